"""What the crisis unit looks at: cases and lapses by place, windows about to lapse, speed beside leakage, its work.

Figures count every open case of the alliance, which is the duty of the unit and of auditors; a case is named only
to who may read it. The number of queries is the same however much there is, and each finds its rows by an index.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from django.db.models import CharField, Count, Exists, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Cast, Concat

from alliance.alignment import Alignment, alignment
from alliance.models import Declaration, Relaxation, Renewal
from core import clock
from escalation.guidance import RECEIVERS, Reach, reach
from escalation.models import Guidance, JointEffect, SharedIntermediary
from ledger.models import LAPSES, Event
from licensing.models import Assessment, Case, Consultation, Licence, Party
from members.models import Absence, Jurisdiction, User
from screening.models import Hit
from screening.selectors import UNRESOLVED

SOON = timedelta(hours=24)
BACK = timedelta(days=30)
GAPS_BACK = timedelta(days=9)  # a gap is told at most two days ahead, and a rota is looked at for a week
MOST = 50  # rows of a list that the page shows
LIVE = (Licence.Status.ISSUED, Licence.Status.SUSPENDED)


@dataclass(frozen=True)
class Place:
    """A country with the open cases that go there, and the windows its member let lapse in 30 days."""

    code: str
    cases: int
    lapses: int


@dataclass(frozen=True)
class Speed:
    """Time from filing to decision of the humanitarian cases decided in 30 days; None where there is none."""

    decided: int
    median: timedelta | None
    p95: timedelta | None
    waiting: int


@dataclass(frozen=True)
class Leakage:
    """What tells of leakage now; each alert is looked at in the queue of hits or among intermediaries."""

    confirmed: int  # hits of open cases that officers found true
    strong: int  # strong hits of open cases that nobody has resolved
    stopped: int  # open cases whose last assessment stops them
    licensed: int  # hits found true, or strong and not resolved, under a live licence
    intermediaries: int  # parties between exporter and end-user that several cases share, of open cases

    @property
    def any(self) -> bool:
        return bool(self.confirmed or self.strong or self.stopped or self.licensed or self.intermediaries)


@dataclass(frozen=True)
class Keys:
    """What waits for the second key of a seat of another member."""

    declarations: list[Declaration]
    endings: list[Declaration]
    renewals: list[Renewal]
    steps: list[Relaxation]
    guidance: list[Guidance]
    joint: list[JointEffect]

    @property
    def any(self) -> bool:
        waiting = (self.declarations, self.endings, self.renewals, self.steps, self.guidance, self.joint)
        return any(waiting)


@dataclass(frozen=True)
class Situation:
    """One look. `windows` and `queue` hold consultations; `named` says whether the reader may read the case."""

    at: datetime
    open_cases: int
    places: list[Place]
    silent: list[tuple[Jurisdiction | None, int]]  # None: the crisis unit
    windows: list[Any]
    windows_all: int
    queue: list[Any]
    queue_all: int
    keys: Keys
    crises: list[Alignment]
    speed: Speed
    leakage: Leakage
    guidance: list[tuple[Guidance, Reach]]
    offline: list[Absence]
    gaps: list[Event]


def situation(user: User) -> Situation:
    """Return the situation as it is now, for a reader of the unit or an auditor."""
    now = clock.now()
    lapses = _lapses(now)
    asked = _asked(user)
    soon = asked.filter(due_at__lte=now + SOON)
    unit = asked.filter(jurisdiction__isnull=True)
    notices = list(Guidance.objects.visible_to(user).in_force().order_by("valid_until"))  # type: ignore[attr-defined]
    far = reach(notices)
    return Situation(
        at=now,
        open_cases=Case.objects.filter(status__in=Case.OPEN).count(),
        places=_places(lapses),
        silent=_silent(lapses),
        windows=list(soon[:MOST]),
        windows_all=soon.count(),
        queue=list(unit[:MOST]),
        queue_all=unit.count(),
        keys=_keys(user),
        crises=[alignment(one) for one in _declared(user)],
        speed=_speed(now),
        leakage=_leakage(),
        guidance=[(one, far[one.pk]) for one in notices],
        offline=list(Absence.objects.running().select_related("jurisdiction").order_by("jurisdiction")),
        gaps=_gaps(now),
    )


def _declared(user: User) -> Any:
    rows = Declaration.objects.visible_to(user).in_force()  # type: ignore[attr-defined]
    return rows.filter(sunset_at__gt=clock.now()).prefetch_related("adoptions__jurisdiction")


def _keys(user: User) -> Keys:
    known = Declaration.objects.visible_to(user)  # type: ignore[attr-defined]
    written = Guidance.objects.visible_to(user)  # type: ignore[attr-defined]
    waiting = known.filter(
        Q(status=Declaration.Status.PROPOSED) | Q(status="in_force", ending_by__isnull=False)
    )
    rows = list(waiting.order_by("declared_at"))
    return Keys(
        declarations=[one for one in rows if one.status == Declaration.Status.PROPOSED],
        endings=[one for one in rows if one.status == Declaration.Status.IN_FORCE],
        renewals=list(
            Renewal.objects.filter(declaration__in=known, confirmed_at__isnull=True).select_related(
                "declaration"
            )
        ),
        steps=list(
            Relaxation.objects.filter(
                declaration__in=known, declaration__status="in_force", status=Relaxation.Status.PROPOSED
            ).select_related("declaration")
        ),
        guidance=list(written.filter(status=Guidance.Status.PROPOSED).order_by("proposed_at")),
        joint=list(
            JointEffect.objects.visible_to(user)  # type: ignore[attr-defined]
            .filter(status=JointEffect.Status.PROPOSED, takes_effect_at__gt=clock.now())
            .order_by("takes_effect_at")
        ),
    )


def _asked(user: User) -> Any:
    """Open consultations by due instant, each with whether the reader may read its case."""
    readable = Case.objects.visible_to(user).filter(pk=OuterRef("case"))  # type: ignore[attr-defined]
    rows = Consultation.objects.filter(status=Consultation.Status.OPEN, case__status__in=Case.OPEN)
    return (
        rows.select_related("case__lead", "jurisdiction")
        .annotate(named=Exists(readable))
        .order_by("due_at", "pk")
    )


def _lapses(now: datetime) -> dict[str, int]:
    """How many windows and decisions each member let lapse in 30 days, by code; "" is the crisis unit."""
    rows = Event.objects.filter(type__in=LAPSES, at__gte=now - BACK).order_by()
    found = rows.values_list("facts__jurisdiction").annotate(number=Count("pk"))
    return {code or "": number for code, number in found}


def _silent(lapses: dict[str, int]) -> list[tuple[Jurisdiction | None, int]]:
    members = Jurisdiction.objects.in_bulk()
    return [
        (members.get(code), count)
        for code, count in sorted(lapses.items(), key=lambda one: (-one[1], one[0]))
    ]


def _places(lapses: dict[str, int]) -> list[Place]:
    rows = Party.objects.filter(
        role__in=RECEIVERS,
        revision__in=Case.objects.filter(status__in=Case.OPEN).values("revision"),
    )
    found = rows.order_by().values_list("country").annotate(number=Count("revision", distinct=True))
    cases = dict(found)
    codes = sorted(
        {*cases, *lapses} - {""}, key=lambda code: (-cases.get(code, 0), -lapses.get(code, 0), code)
    )
    return [Place(code, cases.get(code, 0), lapses.get(code, 0)) for code in codes]


def _speed(now: datetime) -> Speed:
    lane = Case.objects.filter(lane="humanitarian")
    took = took_of(lane.filter(decided_at__gte=now - BACK).values_list("opened_at", "decided_at"))
    waiting = lane.filter(status__in=Case.OPEN).count()
    return Speed(len(took), percentile(took, 50), percentile(took, 95), waiting)


def took_of(rows: Any) -> list[timedelta]:
    """Return the time from filing to decision, the shortest first."""
    return sorted(decided - opened for opened, decided in rows)


def percentile(rising: list[timedelta], percent: int) -> timedelta | None:
    """Return the nearest rank of lengths that rise, as preconditions of exit plans read it; None of nothing."""
    return rising[max(0, ceil(len(rising) * percent / 100) - 1)] if rising else None


def _leakage() -> Leakage:
    """Count what officers and assessments have found, in four queries."""
    found_true = Q(status=Hit.Status.CONFIRMED)
    to_judge = Q(strong=True, status__in=UNRESOLVED)
    opened = Case.objects.filter(status__in=Case.OPEN)
    counted = Hit.objects.filter(case_ref__in=_refs(opened)).aggregate(
        confirmed=Count("pk", filter=found_true), strong=Count("pk", filter=to_judge)
    )
    live = _refs(Case.objects.filter(licence__in=Licence.objects.filter(status__in=LIVE)))
    last = Assessment.objects.filter(revision=OuterRef("revision")).order_by("-made_at", "-pk")
    judged = opened.annotate(found=Subquery(last.values("hard_stops")[:1]), known=Exists(last))
    return Leakage(
        confirmed=counted["confirmed"],
        strong=counted["strong"],
        stopped=judged.filter(known=True).exclude(found=[]).count(),
        licensed=Hit.objects.filter(found_true | to_judge, case_ref__in=live).count(),
        intermediaries=SharedIntermediary.objects.filter(case__in=opened)
        .order_by()
        .values("party")
        .distinct()
        .count(),
    )


def _refs(cases: Any) -> Any:
    named = Concat(Value("case:"), Cast(F("pk"), CharField()), output_field=CharField())
    return cases.order_by().annotate(named=named).values("named")


def _gaps(now: datetime) -> list[Event]:
    """Return the gaps of rotas that were told and are not over, the newest word on each authority."""
    told = Event.objects.filter(type="rota.gap", at__gte=now - GAPS_BACK).order_by("-pk")
    seen: dict[str, Event] = {}
    for event in told[:500]:
        if datetime.fromisoformat(event.facts["until"]) > now:
            seen.setdefault(event.subject_id, event)
    return list(seen.values())
