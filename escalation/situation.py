"""What the crisis unit looks at: cases and lapses by place, windows about to lapse, speed beside leakage, its work.

Figures count every open case of the alliance, which is the duty of the unit and of auditors; a case is named only
to who may read it. The number of queries is the same however much there is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from statistics import median
from typing import Any

from django.db.models import CharField, Count, Exists, F, OuterRef, Q, Value
from django.db.models.functions import Cast, Concat

from core import clock
from escalation.guidance import RECEIVERS, Reach, reach
from escalation.models import Guidance
from ledger.models import LAPSES, Event
from licensing.models import Assessment, Case, Consultation, Licence, Party
from members.models import Absence, Jurisdiction, User
from screening.models import Hit
from screening.selectors import UNRESOLVED

SOON = timedelta(hours=24)
BACK = timedelta(days=30)
MOST = 50  # rows of a list that the page shows


@dataclass(frozen=True)
class Place:
    """A country with the open cases that go there, and the windows its member let lapse in 30 days."""

    code: str
    cases: int
    lapses: int


@dataclass(frozen=True)
class Speed:
    """Hours from filing to decision of the humanitarian cases decided in 30 days; None where there is none."""

    decided: int
    median: float | None
    p95: float | None
    waiting: int


@dataclass(frozen=True)
class Leakage:
    """What tells of leakage today: hits that officers found true, strong hits nobody has judged, and hard stops."""

    confirmed: int  # of open cases
    strong: int  # of open cases, not resolved
    stopped: int  # open cases whose last assessment stops them
    licensed: int  # confirmed, or strong and not resolved, under a live licence


@dataclass(frozen=True)
class Situation:
    at: datetime
    places: list[Place]
    silent: list[tuple[Jurisdiction | None, int]]  # None: the crisis unit
    windows: list[
        Any
    ]  # consultations that lapse within a day, the first ones; `named`: the reader may read the case
    windows_all: int
    queue: list[Any]  # consultations that wait for seats of the unit
    speed: Speed
    leakage: Leakage
    guidance: list[tuple[Guidance, Reach]]
    offline: list[Absence]
    gaps: list[Event]
    open_cases: int


def situation(user: User) -> Situation:
    """Return the situation as it is now, for a reader of the unit or an auditor."""
    now = clock.now()
    members = {one.code: one for one in Jurisdiction.objects.all()}
    lapses = _lapses(now)
    places = _places(lapses)
    asked = _asked(user)
    soon = asked.filter(due_at__lte=now + SOON)
    notices = list(Guidance.objects.in_force().order_by("valid_until"))  # type: ignore[attr-defined]
    far = reach(notices)
    return Situation(
        at=now,
        places=places,
        silent=[
            (members.get(code), count) for code, count in sorted(lapses.items(), key=lambda one: -one[1])
        ],
        windows=list(soon[:MOST]),
        windows_all=soon.count(),
        queue=list(asked.filter(jurisdiction__isnull=True)[:MOST]),
        speed=_speed(now),
        leakage=_leakage(),
        guidance=[(one, far[one.pk]) for one in notices],
        offline=list(Absence.objects.running().select_related("jurisdiction").order_by("jurisdiction")),
        gaps=_gaps(now),
        open_cases=Case.objects.filter(status__in=Case.OPEN).count(),
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
    decided = lane.filter(status=Case.Status.DECIDED, decided_at__gte=now - BACK)
    hours = hours_of(decided.values_list("opened_at", "decided_at"))
    return Speed(len(hours), *middle_and_worst(hours), waiting=lane.filter(status__in=Case.OPEN).count())


def hours_of(rows: Any) -> list[float]:
    """Return the hours from filing to decision, the shortest first."""
    return sorted((decided - opened) / timedelta(hours=1) for opened, decided in rows)


def middle_and_worst(hours: Sequence[float]) -> tuple[float | None, float | None]:
    """Return median and 95th percentile (nearest rank) of hours that rise."""
    if not hours:
        return None, None
    return round(median(hours), 1), round(hours[ceil(0.95 * len(hours)) - 1], 1)


def _leakage() -> Leakage:
    """Count hits by what stands on them, in three queries."""
    open_refs = _refs(Case.objects.filter(status__in=Case.OPEN))
    live = Licence.objects.filter(status__in=[Licence.Status.ISSUED, Licence.Status.SUSPENDED])
    live_refs = _refs(Case.objects.filter(licence__in=live))
    found_true = Q(status=Hit.Status.CONFIRMED)
    to_judge = Q(strong=True, status__in=UNRESOLVED)
    counted = Hit.objects.filter(case_ref__in=open_refs).aggregate(
        confirmed=Count("pk", filter=found_true), strong=Count("pk", filter=to_judge)
    )
    licensed = Hit.objects.filter(found_true | to_judge, case_ref__in=live_refs).count()
    newest = Assessment.objects.filter(revision=OuterRef("revision")).order_by("-made_at")
    stopped = Case.objects.filter(Exists(newest.exclude(hard_stops=[])), status__in=Case.OPEN).count()
    return Leakage(counted["confirmed"], counted["strong"], stopped, licensed)


def _refs(cases: Any) -> Any:
    named = Concat(Value("case:"), Cast(F("pk"), CharField()), output_field=CharField())
    return cases.annotate(named=named).values("named")


def _gaps(now: datetime) -> list[Event]:
    """Return the gaps of rotas that were told and are not over."""
    told = Event.objects.filter(type="rota.gap", at__gte=now - timedelta(days=9)).order_by("-pk")
    seen: dict[str, Event] = {}
    for event in told[:500]:
        if datetime.fromisoformat(event.facts["until"]) > now:
            seen.setdefault(event.subject_id, event)
    return list(seen.values())
