"""The model checker of charters: whether, whatever is answered or not, a case ends as it may end.

A bounded exhaustive search: every way each tier can come out (`alliance.exploring`) and every way from tier to
tier, with the function that also settles tiers for real. What is not sound is shown by the shortest path that
breaks it, in sentences. Pure but for the texts' language.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from alliance.charters import (
    GRADES,
    CharterData,
    DecisionRule,
    SeatKind,
    Silence,
    Tier,
    parse,
)
from alliance.duty import first_gap
from alliance.exploring import Way, Witness, explore
from alliance.provisional import LONGEST_CONFIRMATION
from alliance.settling import DECIDED, LAPSING, Outcome, Say
from alliance.telling import heading, interval, said, span, worded
from core import clock
from core.errors import Invalid


@dataclass(frozen=True)
class Hole:
    """Something a charter would let happen that may not happen, where to mend it, and the path that leads there."""

    kind: str  # deadlock, limbo, silence, provisional, outer_limit, cover, seat
    path: str
    sentence: str
    trace: tuple[str, ...]


@dataclass(frozen=True)
class Report:
    """What the check found. `states` is how many counts of answers and places in the ladder were tried."""

    states: int
    proofs: tuple[str, ...]
    holes: tuple[Hole, ...]

    @property
    def sound(self) -> bool:
        return not self.holes


@dataclass(frozen=True)
class _Place:
    """Arrival at a tier: what the tier below had decided, if it had, and the path here with the time it took."""

    number: int
    below: Outcome | None
    trace: tuple[str, ...] = ()


def accept(payload: object, path: str = "") -> CharterData:
    """Return the charter a payload describes; Invalid names what does not fit, or each hole with its trace."""
    charter = parse(payload, path)
    report = check(charter)
    if report.holes:
        fields: dict[str, list[str]] = {}
        for hole in report.holes:
            fields.setdefault(f"{path}.{hole.path}" if path else hole.path, []).append(
                " ".join((hole.sentence, *hole.trace))
            )
        raise Invalid(
            _("The charter %(key)s has a hole: %(hole)s")
            % {"key": charter.key, "hole": report.holes[0].sentence},
            fields=fields,
        )
    return charter


def check(charter: CharterData, year: int | None = None) -> Report:
    """Search a charter for holes; duty hours are followed through `year`, default this one, and the next."""
    year = year or clock.today().year
    found: dict[tuple[str, str], Hole] = {}
    states, reached = 0, 0
    for place, critical, ways, tried in _places(charter):
        states, reached = states + tried, reached + 1
        for hole in _dead_ends(charter, place, ways, critical=critical):
            found.setdefault((hole.kind, hole.path), hole)
    longest, path = _longest(charter, 0, None)
    for hole in (
        *_times(charter, longest, path),
        *_unconfirmed(charter),
        *_uncovered(charter, year),
        *_twice(charter),
    ):
        found.setdefault((hole.kind, hole.path), hole)
    holes = tuple(sorted(found.values(), key=lambda hole: (len(hole.trace), hole.path)))
    return Report(states + reached, () if holes else _proofs(charter, longest, year), holes)


def _places(charter: CharterData) -> Iterator[tuple[_Place, bool, dict[Way, Witness], int]]:
    """Yield each place in the ladder, the nearest first, with the ways out of it and the counts tried there: those
    of a critical case, which a charter for them has to bear as well, and those of any other."""
    for critical in (True, False) if charter.critical else (False,):
        yield from _places_of(charter, critical)


def _places_of(
    charter: CharterData, critical: bool
) -> Iterator[tuple[_Place, bool, dict[Way, Witness], int]]:
    waiting = [_Place(0, None)] if charter.tiers else []
    known = {(place.number, place.below) for place in waiting}
    while waiting:
        place = waiting.pop(0)
        tier = charter.tiers[place.number]
        explored = explore(tier, place.below, critical=critical)
        yield place, critical, explored.ways, explored.states
        for way, witness in sorted(explored.ways.items(), key=lambda item: item[0].outcome):
            for below, step in _upward(charter, tier, way, witness):
                if (place.number + 1, below) not in known:
                    known.add((place.number + 1, below))
                    waiting.append(_Place(place.number + 1, below, (*place.trace, *step)))


def _upward(
    charter: CharterData, tier: Tier, way: Way, witness: Witness
) -> Iterator[tuple[Outcome | None, tuple[str, ...]]]:
    """Yield how a case climbs from a tier: by its outcome, or because the lead lets its own time pass."""
    if tier.number + 1 >= len(charter.tiers):
        return
    name = charter.tiers[tier.number + 1].name
    if way.outcome is Outcome.CLIMB:
        yield None, (said(tier, witness), _("The case climbs to “%(name)s”.") % {"name": name})
    elif way.outcome in DECIDED:
        yield (
            way.outcome,
            (
                said(tier, witness),
                _("The lead does not decide within %(time)s; the case climbs to “%(name)s”.")
                % {"time": span(charter.decide_within), "name": name},
            ),
        )


def _dead_ends(
    charter: CharterData, place: _Place, ways: dict[Way, Witness], *, critical: bool
) -> Iterator[Hole]:
    tier = charter.tiers[place.number]
    at, last = f"tiers.{tier.number}", place.number + 1 == len(charter.tiers)
    for way, witness in ways.items():
        trace = (*place.trace, said(tier, witness))
        silent = Say.SILENT in witness.said
        granted = (
            _("The case can be granted although too few approved it.")
            if Say.FAVOUR in witness.said
            else _("The case can be granted although nobody approved it.")
        )
        if way.outcome is Outcome.CLIMB and last:
            yield Hole(
                "deadlock",
                f"{at}.silence" if silent else f"{at}.on_deadlock",
                _("The last tier has nobody to escalate to."),
                (
                    *trace,
                    _("The charter lets the case climb, and there is no tier above: it stays for ever."),
                ),
            )
        elif way.outcome is Outcome.STUCK:
            yield Hole(
                "limbo",
                f"{at}.silence",
                _("A decision is to stand that nobody has taken."),
                (
                    *trace,
                    _("What was decided before is to stand, and nothing was: the case has no next step."),
                ),
            )
        elif way.outcome is Outcome.PROVISIONAL and not last:
            yield Hole(
                "provisional",
                f"{at}.silence",
                _("Only the last tier grants provisionally: before that there is still somebody to ask."),
                (*trace, worded(tier.silence)),
            )
        elif charter.critical and (way.by_silence or (critical and way.outcome is Outcome.PROVISIONAL)):
            yield Hole(
                "silence",
                f"{at}.silence",
                _("Silence never approves a critical item."),
                (*trace, worded(tier.silence), granted),
            )
    if charter.critical and last and tier.silence not in LAPSING:
        everyone = ways.get(Way(Outcome.CLIMB)) or next(iter(ways.values()))
        yield Hole(
            "silence",
            f"{at}.silence",
            _(
                "The last tier of a charter for critical items lapses to a dated hold (lapse_to_hold), or for what "
                "is not critical to a provisional grant (provisional_grant)."
            ),
            (*place.trace, said(tier, everyone), _("Silence alone would then end a critical case.")),
        )


def _longest(charter: CharterData, number: int, below: Outcome | None) -> tuple[int, tuple[str, ...]]:
    """Return the seconds of the longest path from a tier to a decision or a hold, and that path.

    A ladder has at most nine tiers and three ways to arrive at each.
    """
    decision = charter.decide_within.longest_seconds()
    overdue = _("The lead does not decide within %(time)s.") % {"time": span(charter.decide_within)}
    if number >= len(charter.tiers):
        return (0, ()) if charter.tiers else (decision, (overdue,))
    tier = charter.tiers[number]
    worst: tuple[int, tuple[str, ...]] = (0, ())
    for way, witness in explore(tier, below).ways.items():
        steps, seconds = [said(tier, witness)], tier.window.longest_seconds()
        beyond: tuple[int, tuple[str, ...]] = (0, ())
        if way.outcome in DECIDED:
            if tier.appeal is not None:
                seconds += tier.appeal.longest_seconds()
                steps.append(_("Nobody appeals within %(time)s.") % {"time": span(tier.appeal)})
            seconds += decision
            steps.append(overdue)
            beyond = _longest(charter, number + 1, way.outcome)
        elif way.outcome is Outcome.CLIMB:
            beyond = _longest(charter, number + 1, None)
        elif way.outcome is Outcome.PROVISIONAL and charter.provisional is not None:
            seconds += charter.provisional.confirm_within.longest_seconds()
            steps.append(
                _("Nobody confirms the provisional grant within %(time)s.")
                % {"time": span(charter.provisional.confirm_within)}
            )
        if seconds + beyond[0] > worst[0]:
            worst = (seconds + beyond[0], (*steps, *beyond[1]))
    return worst


def _times(charter: CharterData, longest: int, path: tuple[str, ...]) -> Iterator[Hole]:
    limit = charter.outer_limit.longest_seconds()
    if longest > limit:
        yield Hole(
            "outer_limit",
            "outer_limit",
            _("The windows of all tiers and of the decision do not fit inside this limit."),
            (
                *path,
                _("That is %(spent)s; everything should end within %(limit)s.")
                % {"spent": interval(longest), "limit": span(charter.outer_limit)},
            ),
        )
    if charter.hold.longest_seconds() > limit:
        yield Hole(
            "limbo",
            "hold",
            _("A hold outlasts the limit of the whole procedure."),
            (
                _("Nobody answers and the case is put on hold for %(hold)s.") % {"hold": span(charter.hold)},
                _("When the hold ends, the limit of %(limit)s has long passed.")
                % {"limit": span(charter.outer_limit)},
            ),
        )


def _unconfirmed(charter: CharterData) -> Iterator[Hole]:
    """A provisional grant that may hold longer than it may: Regulation (EU) No 182/2011 Article 8."""
    if charter.provisional is None:
        return
    within = charter.provisional.confirm_within
    if within.longest_seconds() > LONGEST_CONFIRMATION:
        yield Hole(
            "provisional",
            "provisional.confirm_within",
            _("A provisional grant is confirmed within 14 days, or it is repealed."),
            (
                _("Silence grants %(share)d %% of each line provisionally.")
                % {"share": charter.provisional.share},
                _("Nobody confirms it, and it holds for %(time)s all the same.") % {"time": span(within)},
            ),
        )


def _uncovered(charter: CharterData, year: int) -> Iterator[Hole]:
    for tier in charter.tiers:
        gap = first_gap(tier.seats, year) if tier.window.unit in ("hours", "seconds") else None
        if gap is None:
            continue
        seat = heading(tier, gap.member, gap.ministry)
        if gap.start is None or gap.end is None:
            step = _("The charter names nobody who is on duty for it.")
        else:
            step = _("From %(start)s to %(end)s nobody is on duty for it.") % {
                "start": f"{gap.start:%A %Y-%m-%d %H:%M UTC}",
                "end": f"{gap.end:%A %Y-%m-%d %H:%M UTC}",
            }
        yield Hole(
            "cover",
            f"tiers.{tier.number}.seats.cover",
            _("A window in hours runs while nobody is on duty."),
            (
                _("Tier %(number)d, %(name)s: %(seat)s has %(window)s, by night and on holidays too.")
                % {"number": tier.number, "name": tier.name, "seat": seat, "window": span(tier.window)},
                step,
            ),
        )


def _twice(charter: CharterData) -> Iterator[Hole]:
    """Seats that decide at two tiers and need no higher grade at the upper one."""
    for upper in charter.tiers:
        for lower in charter.tiers[: upper.number]:
            if lower.rule is DecisionRule.ALL_ANSWER or upper.seats.kind is not lower.seats.kind:
                continue
            ministries = [name for name in upper.seats.ministries if name in lower.seats.ministries]
            members = [name for name in upper.seats.members if name in lower.seats.members]
            if not ministries or (upper.seats.kind is SeatKind.MEMBERS and not members):
                continue
            if GRADES.index(upper.seats.minimum_grade) > GRADES.index(lower.seats.minimum_grade):
                continue
            seat = heading(upper, members[0] if members else "", ministries[0])
            yield Hole(
                "seat",
                f"tiers.{upper.number}.seats",
                _("A seat is held by someone who decided at a lower tier."),
                (
                    _("Tier %(number)d, %(name)s: %(seat)s decides.")
                    % {"number": lower.number, "name": lower.name, "seat": seat},
                    _("The case climbs to tier %(number)d, %(name)s, where the same seat decides again and no "
                      "higher grade is asked for.") % {"number": upper.number, "name": upper.name},
                ),
            )  # fmt: skip


def _proofs(charter: CharterData, longest: int, year: int) -> tuple[str, ...]:
    count = len(charter.tiers)
    lines = [
        _("No deadlock: whatever is answered, each tier settles, climbs or goes to a hold."),
        _(
            "No limbo: a decision or a hold is reached on every path; a hold ends after %(hold)s and has an owner."
        )
        % {"hold": span(charter.hold)},
    ]
    if charter.critical:
        lines.append(_("Silence never approves: on no path is a tier settled because someone said nothing."))
    elif charter.silence_may_approve:
        lines.append(_("Silence can approve: this charter is not for critical items."))
    else:
        lines.append(_("Silence approves nothing, though the charter is not for critical items."))
    if charter.provisional is not None and any(t.silence is Silence.PROVISIONAL_GRANT for t in charter.tiers):
        lines.append(
            _(
                "Silence grants no critical item even provisionally, and of anything else at most %(share)d %% of "
                "each line: two members confirm that within %(time)s, or it is repealed by itself."
            )
            % {"share": charter.provisional.share, "time": span(charter.provisional.confirm_within)}
        )
    lines.append(
        _("The outer limit holds: the longest path takes %(longest)s of %(limit)s.")
        % {"longest": interval(longest), "limit": span(charter.outer_limit)}
    )
    in_hours = sum(tier.window.unit in ("hours", "seconds") for tier in charter.tiers)
    if in_hours:
        lines.append(
            ngettext(
                "Somebody is on duty at every minute of %(year)d and %(next)d for each seat of %(count)d tier.",
                "Somebody is on duty at every minute of %(year)d and %(next)d for each seat of %(count)d tiers.",
                in_hours,
            ) % {"year": year, "next": year + 1, "count": in_hours}
        )  # fmt: skip
    if count > 1:
        lines.append(_("Nobody judges twice: no seat decides at two tiers without a higher grade."))
    return tuple(lines)
