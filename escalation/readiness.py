"""How ready each member is for a crisis, part by part, and what is missing with what to do about it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext as _

from alliance import adopting, library, rota, selectors
from core import clock
from escalation import rehearsals
from escalation.models import Improvement
from members.models import Appointment, Authority, Delegation, Jurisdiction, Role, Shift
from screening.selectors import published_states

AHEAD = timedelta(days=7)  # of the rota


@dataclass(frozen=True)
class Missing:
    """Something that is not ready: what, and where it is mended."""

    text: str
    act: str
    path: str


@dataclass(frozen=True)
class Part:
    """One part of the score: percent of what it counts that is ready."""

    key: str
    title: str
    score: int
    missing: tuple[Missing, ...]


@dataclass(frozen=True)
class Readiness:
    member: Jurisdiction
    parts: tuple[Part, ...]

    @property
    def score(self) -> int:
        """The mean of the parts, none weighing more than another."""
        return round(sum(part.score for part in self.parts) / len(self.parts)) if self.parts else 0

    @property
    def missing(self) -> list[Missing]:
        return [item for part in self.parts for item in part.missing]


Answers = dict[str, Part]  # by code of the member


def _part(key: str, title: str, ready: int, of: int, missing: Iterable[Missing]) -> Part:
    return Part(key, title, round(100 * ready / of) if of else 100, tuple(missing))


def _measures(members: Sequence[Jurisdiction]) -> Answers:
    """Share of the sets of the library for whose present version the member has said that it is prepared."""
    sets, words = [one.set for one in library.library()], adopting.standing_words()
    found = {}
    for member in members:
        open_ = [one for one in sets if (member.code, one.key, one.version) not in words]
        found[member.code] = _part(
            "measures",
            _("Measures prepared"),
            len(sets) - len(open_),
            len(sets),
            (
                Missing(
                    _("Not prepared for “%(set)s” (version %(version)s).")
                    % {"set": one.title, "version": one.version},
                    _("Say by which law it would be adopted"),
                    f"/workbench/measures/in-library/{one.key}/",
                )
                for one in open_
            ),
        )
    return found


def _rota(members: Sequence[Jurisdiction]) -> Answers:
    """Share of the hours promised by charters in force in the next seven days in which somebody is on the rota."""
    begin = clock.now()
    end = begin + AHEAD
    duties: dict[int, list[rota.Span]] = defaultdict(list)
    shifts = Shift.objects.filter(starts_at__lt=end, ends_at__gt=begin, person__is_active=True)
    for authority, starts, ends in shifts.values_list("authority_id", "starts_at", "ends_at"):
        duties[authority].append((starts, ends))
    authorities: dict[str, list[Authority]] = defaultdict(list)
    for authority_row in Authority.objects.order_by("ministry"):
        authorities[authority_row.jurisdiction_id].append(authority_row)
    found = {}
    for member in members:
        promised = covered = timedelta(0)
        missing = []
        for one in authorities[member.code]:
            spans = rota.promised(one, begin, end)
            gaps = rota.without(spans, duties[one.pk])
            whole, away = _length(spans), _length(gaps)
            promised, covered = promised + whole, covered + whole - away
            if away:
                missing.append(
                    Missing(
                        _(
                            "%(authority)s: in %(hours)d of %(promised)d hours promised this week nobody is there."
                        )
                        % {
                            "authority": one.name,
                            "hours": away.total_seconds() / 3600,
                            "promised": whole.total_seconds() / 3600,
                        },
                        _("Fill the rota"),
                        "/administration/rota/",
                    )
                )
        found[member.code] = _part(
            "rota", _("Rota"), int(covered.total_seconds()), int(promised.total_seconds()), missing
        )
    return found


def _length(spans: Iterable[rota.Span]) -> timedelta:
    return sum((end - start for start, end in spans), timedelta(0))


def _deputies(members: Sequence[Jurisdiction]) -> Answers:
    """Share of the roles that decide, authority by authority, that a second person holds or stands in for."""
    holders: dict[tuple[str, str, str], set[int]] = defaultdict(set)
    rows = Appointment.objects.filter(
        role__in=[Role.DECIDER, Role.CRISIS_SEAT], user__is_active=True, user__authority__isnull=False
    )
    for code, name, role, person in rows.values_list(
        "user__authority__jurisdiction_id", "user__authority__name", "role", "user_id"
    ):
        holders[code, name, role].add(person)
    deputies = set(Delegation.objects.running().values_list("person_id", flat=True))
    found = {}
    for member in members:
        own = {key: people for key, people in holders.items() if key[0] == member.code}
        alone = [key for key, people in own.items() if len(people) < 2 and not people & deputies]
        missing = [
            Missing(
                _("%(authority)s: one person alone is %(role)s.")
                % {"authority": name, "role": str(Role(role).label).lower()},
                _("Name a deputy"),
                "/administration/deputies/",
            )
            for _code, name, role in sorted(alone)
        ]
        if not own:
            text = _("Nobody decides for this member, and it has no seat in the crisis unit.")
            missing.append(Missing(text, _("Appoint officers"), "/administration/people/"))
        found[member.code] = _part("deputies", _("Deputies"), len(own) - len(alone), len(own) or 1, missing)
    return found


def _lists(members: Sequence[Jurisdiction]) -> Answers:
    """Share of the screening lists that are within their greatest age; the lists are those of all members."""
    lists = published_states(clock.now())
    stale = [one for one in lists if one.stale]
    missing = [
        Missing(
            _("The list %(key)s is older than it may be.") % {"key": one.source.key},
            _("See the lists"),
            "/workbench/lists/",
        )
        for one in stale
    ]
    if not lists:
        missing = [Missing(_("No official list is loaded."), _("See the lists"), "/workbench/lists/")]
    part = _part("lists", _("Screening lists"), len(lists) - len(stale), len(lists) or 1, missing)
    return {member.code: part for member in members}


def _rehearsals(members: Sequence[Jurisdiction]) -> Answers:
    """Share of the paths of charters in force that exercises with the member have led through in time."""
    found = {}
    for member, paths in rehearsals.by_member(member.code for member in members).items():
        late: dict[str, list[rehearsals.Rehearsal]] = defaultdict(list)
        for path in paths:
            if path.missing:
                late[path.charter].append(path)
        missing = [
            Missing(
                _("%(charter)s: %(late)d of its paths not rehearsed with this member in %(days)d days.")
                % {"charter": title, "late": len(own), "days": own[0].within_days},
                _("Plan an exercise"),
                "/workbench/exercises/",
            )
            for title, own in late.items()
        ]
        rehearsed = sum(not path.missing for path in paths)
        found[member] = _part("rehearsals", _("Rehearsals"), rehearsed, len(paths), missing)
    return found


def _improvements(members: Sequence[Jurisdiction]) -> Answers:
    """Share of what the member's officers are to do because of exercises that is not overdue."""
    todo: dict[str, list[Improvement]] = defaultdict(list)
    rows = Improvement.objects.filter(status=Improvement.Status.OPEN, owner__authority__isnull=False)
    for row in rows.select_related("exercise", "owner__authority"):
        todo[str(row.owner.jurisdiction_code)].append(row)
    found = {}
    for member in members:
        own = todo[member.code]
        late = [row for row in own if row.is_overdue]
        missing = [
            Missing(
                _("Overdue since “%(exercise)s”: %(text)s")
                % {"exercise": row.exercise.title, "text": row.text},
                _("Say what was done"),
                f"/workbench/exercises/{row.exercise.uid}/",
            )
            for row in late
        ]
        found[member.code] = _part("improvements", _("Improvements"), len(own) - len(late), len(own), missing)
    return found


PARTS: tuple[Callable[[Sequence[Jurisdiction]], Answers], ...] = (
    _measures,
    _rota,
    _deputies,
    _lists,
    _rehearsals,
    _improvements,
)


def readiness() -> list[Readiness]:
    """Return how ready each member is, in the order of their names."""
    members = list(Jurisdiction.objects.order_by("name"))
    with selectors.pinned():
        answers = [part(members) for part in PARTS]
    return [Readiness(member, tuple(answer[member.code] for answer in answers)) for member in members]
