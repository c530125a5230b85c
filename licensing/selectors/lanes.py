"""How long cases of a lane take: medians and 95th percentiles from filing to each step, in a bounded time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Aggregate, Count, DurationField, F, Min, OuterRef, Q, Subquery

from core import clock
from licensing.models import Case, Position

DAYS = (30, 90)
STEPS = ("routed", "position", "decided")


@dataclass(frozen=True)
class Took:
    """Times from filing to one step: of how many cases, the median and the 95th percentile by nearest rank.

    Both are None where there is no case.
    """

    cases: int = 0
    median: timedelta | None = None
    p95: timedelta | None = None


class NearestRank(Aggregate):
    """The smallest of the values that at least a share of all are not above, as PostgreSQL's percentile_disc."""

    function = "percentile_disc"
    template = "%(function)s(%(share)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()


def times(lanes: tuple[str, ...], days: int) -> dict[str, dict[str, Took]]:
    """Return by lane and step how long cases took in the last days; two queries, each bounded by an index.

    Routed and first position: of the cases filed in that time. Decided: of those decided in it. A position is one
    that a person has taken. Every case of the alliance counts: figures name nobody.
    """
    since = clock.now() - timedelta(days=days)
    taken = Position.objects.filter(consultation__case=OuterRef("pk"), taken_by__isnull=False).order_by()
    first = taken.values("consultation__case").annotate(first=Min("taken_at")).values("first")
    filed = Case.objects.filter(opened_at__gte=since, lane__in=lanes).annotate(
        routed=F("routed_at") - F("opened_at"), position=Subquery(first) - F("opened_at")
    )
    decided = Case.objects.filter(decided_at__gte=since, lane__in=lanes).annotate(
        decided=F("decided_at") - F("opened_at")
    )
    found: dict[str, dict[str, Took]] = {lane: dict.fromkeys(STEPS, Took()) for lane in lanes}
    for rows, steps in ((filed, ("routed", "position")), (decided, ("decided",))):
        told = {
            f"{step}_{name}": made
            for step in steps
            for name, made in (
                ("cases", Count("pk", filter=Q(**{f"{step}__isnull": False}))),
                ("median", NearestRank(F(step), share=0.5)),
                ("p95", NearestRank(F(step), share=0.95)),
            )
        }
        grouped: Any = rows.order_by().values("lane").annotate(**told)
        for row in grouped:
            for step in steps:
                found[row["lane"]][step] = Took(
                    row[f"{step}_cases"], row[f"{step}_median"], row[f"{step}_p95"]
                )
    return found
