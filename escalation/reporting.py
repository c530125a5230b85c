"""What a situation report says: numbers of one declaration for one period, read from the tables and the ledger.

In scope is trade that the scopes of the declaration and of one of its measures match, whichever member leads it,
as in preconditions of its exit plan (`alliance.live_facts`). Numbers are of members and of the alliance; no case,
exporter or party is named, so that every member reads the same report. What is counted carries its own instant, so
that a report made late says what one made in time would have said; only the scope is read as it is now. What was
committed after the report although it is dated before is in the numbers since the declaration of the next one.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from math import ceil
from typing import Any

from django.db.models import Q

from alliance.crises import crisis_of
from alliance.models import Adoption, Declaration, Relaxation
from core.models import ref, ref_id
from deadlines.models import DueInstant
from escalation.guidance import reach
from escalation.joint import taken
from escalation.models import Exercise, Guidance, JointEffect
from ledger.models import LAPSES, Event
from licensing.models import Case, Decision
from licensing.selectors.trades import trades_of_cases
from members.models import Jurisdiction, User

DUE = "situation.report"  # kind of its due instants

#: What the ledger tells of screening and intermediaries, by what a report calls it.
ALERTS = {
    "hit.raised": "hits_raised",
    "hit.confirmed": "hits_confirmed",
    "intermediary.shared": "intermediaries_shared",
    "application.assessed": "hard_stops",  # where it found one
}
ADOPTIONS = {"adoption.adopted": Adoption.Status.ADOPTED, "adoption.opted_out": Adoption.Status.OPTED_OUT}


@dataclass(frozen=True)
class Period:
    """From an instant up to, and not including, another; `began`: since when the declaration is in force."""

    began: datetime
    starts: datetime
    ends: datetime

    def holds(self, at: datetime | None) -> bool:
        return at is not None and self.starts <= at < self.ends


class _Figures:
    """One reading for one declaration and period; each table is asked once."""

    def __init__(self, declaration: Declaration, period: Period) -> None:
        self.declaration, self.period = declaration, period
        crisis = crisis_of(declaration)
        self.scope, self.measures = crisis.scope, [measure.scope for measure in crisis.set.measures]

    @cached_property
    def happened(self) -> list[tuple[str, int, Any]]:
        """(type, case, hard stops) of what the ledger tells of cases in the period."""
        rows = Event.objects.filter(
            type__in=[*ALERTS, "case.withdrawn"], at__gte=self.period.starts, at__lt=self.period.ends
        ).order_by("pk")
        return [
            (type, ref_id(aggregate, "case"), stops)
            for type, aggregate, stops in rows.values_list("type", "aggregate", "facts__hard_stops")
            if aggregate.startswith("case:")
        ]

    @cached_property
    def lapses(self) -> list[tuple[int, str, datetime]]:
        """(case, member, at) of windows and times to decide that passed since the declaration."""
        rows = Event.objects.filter(type__in=LAPSES, at__gte=self.period.began, at__lt=self.period.ends)
        told = rows.order_by("pk").values_list("aggregate", "facts__jurisdiction", "at")
        return [(ref_id(aggregate, "case"), member or "", at) for aggregate, member, at in told]

    @cached_property
    def opened(self) -> dict[int, datetime]:
        rows = Case.objects.filter(opened_at__gte=self.period.began, opened_at__lt=self.period.ends)
        return dict(rows.values_list("pk", "opened_at"))

    @cached_property
    def decided(self) -> dict[int, tuple[str, datetime, timedelta]]:
        """Lane, instant and time taken of the cases decided since the declaration."""
        rows = Case.objects.filter(decided_at__gte=self.period.began, decided_at__lt=self.period.ends)
        return {
            pk: (lane, at, at - opened)
            for pk, lane, opened, at in rows.values_list("pk", "lane", "opened_at", "decided_at")
            if at is not None
        }

    @cached_property
    def standing(self) -> dict[int, str]:
        """Lanes of the cases that were open at the end of the period."""
        before = Case.objects.filter(opened_at__lt=self.period.ends)
        gone = Event.objects.filter(type="case.withdrawn", at__gte=self.period.ends)
        withdrawn_since = [ref_id(one, "case") for one in gone.values_list("aggregate", flat=True)]
        rows = before.filter(
            Q(status__in=Case.OPEN) | Q(decided_at__gte=self.period.ends) | Q(pk__in=withdrawn_since)
        )
        return dict(rows.values_list("pk", "lane"))

    @cached_property
    def meant(self) -> set[int]:
        """Which of all these cases are in scope."""
        asked = {*self.opened, *self.decided, *self.standing, *(pk for pk, _who, _at in self.lapses)}
        asked |= {pk for _type, pk, _stops in self.happened}
        if not asked:
            return set()
        return {
            pk
            for pk, trade in trades_of_cases(Case.objects.filter(pk__in=asked))
            if self.scope.matches(trade) and any(own.matches(trade) for own in self.measures)
        }

    def alerts(self) -> dict[str, int]:
        found = Counter(
            ALERTS[type]
            for type, pk, stops in self.happened
            if type in ALERTS and pk in self.meant and (type != "application.assessed" or stops)
        )
        return {name: found[name] for name in ALERTS.values()}

    def cases(self) -> dict[str, Any]:
        mine = {pk: at for pk, (_lane, at, _took) in self.decided.items() if pk in self.meant}
        kinds = Decision.objects.filter(case__in=mine, status=Decision.Status.COUNTERSIGNED)
        decided = [(kind, mine[pk]) for pk, kind in kinds.values_list("case_id", "kind")]
        opened = [at for pk, at in self.opened.items() if pk in self.meant]
        withdrawn = sum(type == "case.withdrawn" and pk in self.meant for type, pk, _stops in self.happened)
        return {
            "opened": sum(map(self.period.holds, opened)),
            "opened_since": len(opened),
            "decided": sum(map(self.period.holds, mine.values())),
            "decided_since": len(mine),
            "withdrawn": withdrawn,
            "open": sum(pk in self.meant for pk in self.standing),
            "by_kind": [
                {
                    "kind": kind,
                    "decided": sum(own == kind and self.period.holds(at) for own, at in decided),
                    "decided_since": sum(own == kind for own, _at in decided),
                }
                for kind in Decision.Kind.values
            ],
        }

    def humanitarian(self) -> dict[str, Any]:
        took = sorted(
            took
            for pk, (lane, at, took) in self.decided.items()
            if lane == "humanitarian" and pk in self.meant and self.period.holds(at)
        )
        return {
            "decided": len(took),
            "median_minutes": _rank(took, 50),
            "p95_minutes": _rank(took, 95),
            "open": sum(lane == "humanitarian" and pk in self.meant for pk, lane in self.standing.items()),
        }

    def adoptions(self) -> dict[str, tuple[str, datetime]]:
        """Where each member stood at the end of the period, and since when, as the ledger tells."""
        rows = Event.objects.filter(
            aggregate=ref(self.declaration), type__in=ADOPTIONS, at__lt=self.period.ends
        ).order_by("pk")
        told = rows.values_list("facts__jurisdiction", "type", "at")
        return {member: (str(ADOPTIONS[type]), at) for member, type, at in told}

    def members(self) -> list[dict[str, Any]]:
        """One line a member, in the order of codes, whether it is party to the declaration or joined since; the
        seats of the crisis unit last, without a code."""
        stands = self.adoptions()
        asked = {row.jurisdiction_id for row in self.declaration.adoptions.all()}
        mine = [(member, at) for pk, member, at in self.lapses if pk in self.meant]
        codes = sorted({*Jurisdiction.objects.values_list("code", flat=True), *asked, *stands})
        lines = []
        for code in [*codes, ""]:
            stand, since = stands.get(code, ("pending" if code in asked else "", None))
            lines.append(
                {
                    "member": code,
                    "adoption": stand,
                    "adoption_since": since.isoformat() if since else None,
                    "lapses": sum(who == code and self.period.holds(at) for who, at in mine),
                    "lapses_since": sum(who == code for who, _at in mine),
                }
            )
        return lines

    def alignment(self) -> dict[str, Any]:
        stands = self.adoptions().values()
        adopted = [at - self.period.began for stand, at in stands if stand == Adoption.Status.ADOPTED]
        seconds = [int(took.total_seconds()) for took in adopted]
        return {"first_seconds": min(seconds, default=None), "last_seconds": max(seconds, default=None)}

    def guidance(self) -> list[dict[str, Any]]:
        """The notices in force at some time of the period, each as far as it had come at its end."""
        rows = Guidance.objects.filter(issued_at__lt=self.period.ends).filter(
            Q(ended_at__isnull=True) | Q(ended_at__gte=self.period.starts)
        )
        notices = list(rows.order_by("issued_at", "pk"))
        far = reach(notices, self.period.ends)
        return [
            {
                "reference": one.reference,
                "effect": str(one.effect),
                "members": far[one.pk].members,
                "read": far[one.pk].read,
                "cases": far[one.pk].cases,
                "acknowledged": far[one.pk].acknowledged,
                "answered": far[one.pk].answered,
            }
            for one in notices
        ]

    def steps(self) -> list[dict[str, Any]]:
        """The steps of the exit plan that were applied or reversed in the period."""
        found = []
        for row in Relaxation.objects.filter(declaration=self.declaration):
            for what, at in (("applied", row.applied_at), ("reversed", row.reversed_at)):
                if at is not None and self.period.holds(at):
                    found.append({"step": row.step, "what": what, "at": at.isoformat()})
        return sorted(found, key=lambda one: (one["at"], one["step"]))

    def joint(self) -> dict[str, int]:
        """How often decisions took effect together in the period, and how many did."""
        effects = JointEffect.objects.filter(
            declaration=self.declaration,
            took_effect_at__gte=self.period.starts,
            took_effect_at__lt=self.period.ends,
        )
        return {"instants": len(effects), "decisions": sum(len(taken(effect)) for effect in effects)}

    def exercises(self) -> list[dict[str, Any]]:
        rows = Exercise.objects.filter(ran_at__gte=self.period.starts, ran_at__lt=self.period.ends)
        return [
            {"title": title, "ran_at": at.isoformat()}
            for title, at in rows.order_by("ran_at", "pk").values_list("title", "ran_at")
            if at is not None
        ]


def _rank(rising: list[timedelta], percent: int) -> int | None:
    """Nearest rank in minutes, rounded up; None of nothing."""
    if not rising:
        return None
    return ceil(rising[max(0, ceil(len(rising) * percent / 100) - 1)] / timedelta(minutes=1))


def content(
    declaration: Declaration,
    period: Period,
    *,
    reference: str,
    number: int,
    final: bool,
    made_at: datetime,
) -> dict[str, Any]:
    """Return the report as it is kept and handed out: whole numbers, instants as text, nothing else.

    `…_since` counts from the declaration's coming into force, everything else in the period.
    """
    figures = _Figures(declaration, period)
    return {
        "reference": reference,
        "declaration": declaration.reference,
        "title": declaration.title,
        "scenario": declaration.scenario,
        "measures": f"{declaration.set_key} {declaration.set_version}",
        "number": number,
        "in_force_at": period.began.isoformat(),
        "from": period.starts.isoformat(),
        "until": period.ends.isoformat(),
        "made_at": made_at.isoformat(),
        "final": final,
        "ended_because": declaration.ended_because if final else "",
        "cases": figures.cases(),
        "humanitarian": figures.humanitarian(),
        "members": figures.members(),
        "alignment": figures.alignment(),
        "guidance": figures.guidance(),
        "exit_steps": figures.steps(),
        "joint_effects": figures.joint(),
        "exercises": figures.exercises(),
        "alerts": figures.alerts(),
    }


def coming(user: User) -> list[tuple[Declaration, datetime]]:
    """Return when the next report of each declaration in force is due, the soonest first."""
    known = {
        ref(one): one
        for one in Declaration.objects.visible_to(user).in_force()  # type: ignore[attr-defined]
    }
    rows = DueInstant.objects.filter(kind=DUE, aggregate__in=known, state=DueInstant.State.OPEN)
    return [(known[row.aggregate], row.due_at) for row in rows.order_by("due_at", "pk")]
