"""How often hits are false alarms: by list and by rule, counted in the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Aggregate, Count, DurationField, ExpressionWrapper, F, Q

from members.models import User
from screening.models import Hit


class Median(Aggregate):
    """The middle value, halfway between two where their number is even."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()


@dataclass(frozen=True)
class Tally:
    """The hits of one list and rule. `by_pair` are those that a cleared pair answered: nobody judged them."""

    list_key: str
    rule: str
    raised: int
    waiting: int
    unsure: int
    true: int
    false: int
    by_pair: int
    median: timedelta | None  # from raised to judged, of those that officers judged

    @property
    def share_false(self) -> float | None:
        """False alarms among the hits that officers judged; None before the first."""
        judged = self.true + self.false
        return self.false / judged if judged else None

    @property
    def hours(self) -> float | None:
        """The median in hours."""
        return None if self.median is None else self.median.total_seconds() / 3600


def tallies(user: User) -> list[Tally]:
    """Return the hits led by the officer's jurisdiction, by list and rule."""
    judged = Q(status__in=[Hit.Status.CLEARED, Hit.Status.CONFIRMED], pair__isnull=True)
    took = ExpressionWrapper(F("resolved_at") - F("raised_at"), output_field=DurationField())
    rows: Any = (
        Hit.objects.visible_to(user)  # type: ignore[attr-defined]
        .filter(lead=user.jurisdiction_code or "")
        .order_by("list_key", "rule")
        .values("list_key", "rule")
        .annotate(
            raised=Count("pk"),
            waiting=Count("pk", filter=Q(status__in=[Hit.Status.OPEN, Hit.Status.PROPOSED_CLEAR])),
            unsure=Count("pk", filter=Q(status=Hit.Status.UNSURE)),
            true=Count("pk", filter=Q(status=Hit.Status.CONFIRMED)),
            false=Count("pk", filter=Q(status=Hit.Status.CLEARED, pair__isnull=True)),
            by_pair=Count("pk", filter=Q(pair__isnull=False)),
            median=Median(took, filter=judged),
        )
    )
    return [Tally(**row) for row in rows]
