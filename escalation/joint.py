"""What a reader may know of decisions that take effect together: the instant in each member's time, the cases."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef

from escalation.models import JointCase, JointEffect
from licensing.models import Case, Decision
from members.models import Jurisdiction, User


@dataclass(frozen=True)
class LocalTime:
    """The instant as it is written in a member, with how far that is from UTC then: `UTC+2`."""

    member: Jurisdiction
    at: datetime
    offset: str


def local_times(effect: JointEffect) -> list[LocalTime]:
    """Return the instant in the time of every member, in the order of their names."""
    found = []
    for member in Jurisdiction.objects.order_by("name"):
        at = effect.takes_effect_at.astimezone(ZoneInfo(member.timezone))
        spent = at.utcoffset()
        assert spent is not None  # aware
        minutes = int(spent.total_seconds() // 60)
        sign, whole, rest = "-" if minutes < 0 else "+", abs(minutes) // 60, abs(minutes) % 60
        found.append(LocalTime(member, at, f"UTC{sign}{whole}" + (f":{rest:02}" if rest else "")))
    return found


@dataclass(frozen=True)
class Told:
    """The cases of a joint effect. `rows`: (case, its decision or None) of those the reader may read; `hidden`: how
    many others each member leads; `decided`: how many of all were decided under it."""

    rows: list[tuple[Case, Decision | None]]
    hidden: list[tuple[str, int]]
    all: int
    decided: int


def told(user: User, effect: JointEffect) -> Told:
    """Return what a reader may know of the cases, in three queries."""
    readable = Case.objects.visible_to(user).filter(pk=OuterRef("case"))  # type: ignore[attr-defined]
    rows: list[Any] = list(
        JointCase.objects.filter(effect=effect)
        .select_related("case__lead")
        .annotate(named=Exists(readable))
        .order_by("case__lead__name", "case__reference")
    )
    decisions = {decision.case_id: decision for decision in taken(effect)}
    hidden = Counter(row.case.lead.name for row in rows if not row.named)
    return Told(
        rows=[(row.case, decisions.get(row.case_id)) for row in rows if row.named],
        hidden=sorted(hidden.items()),
        all=len(rows),
        decided=len(decisions),
    )


def taken(effect: JointEffect) -> list[Decision]:
    """Return the decisions that take, or took, effect at the instant of a joint effect."""
    if effect.agreed_at is None:
        return []
    rows = Decision.objects.filter(
        case__joint_cases__effect=effect,
        takes_effect_at=effect.takes_effect_at,
        countersigned_at__gte=effect.agreed_at,
    )
    return list(rows.select_related("case__lead", "licence").order_by("case__reference"))
