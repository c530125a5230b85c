"""Who stops clocks: how often, for how long, how late, and how much of it was needed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from licensing.models import Case, ClockStop
from licensing.stops import REASONS
from members.models import User


@dataclass
class StopTally:
    """The stops of an authority, or of one of its officers; void ones are counted in `voided` and nowhere else."""

    authority: str
    officer: str = ""
    stops: int = 0
    stood: timedelta = timedelta()
    late: int = 0
    repeated: int = 0
    answered: int = 0
    voided: int = 0

    @property
    def avoidable(self) -> int:
        """Percent of the stops that came late, again, or for what had been answered: each stop once."""
        return round(100 * self._avoidable / self.stops) if self.stops else 0

    _avoidable: int = 0

    def add(self, stop: ClockStop) -> None:
        if stop.voided_at is not None:
            self.voided += 1
            return
        self.stops += 1
        self.stood += stop.length
        self.late += stop.is_late
        self.repeated += stop.repeated
        self.answered += stop.answered_before
        self._avoidable += stop.is_late or stop.repeated or stop.answered_before


def stops(user: User, *, since: datetime | None = None) -> QuerySet[ClockStop]:
    """Return the stops of the cases a person may read, the newest first."""
    rows: QuerySet[ClockStop] = ClockStop.objects.visible_to(user)  # type: ignore[attr-defined]
    if since is not None:
        rows = rows.filter(opened_at__gte=since)
    return rows.select_related("case", "authority", "owner", "voided_by", "request").order_by(
        "-opened_at", "-pk"
    )


def statistic(user: User, *, since: datetime | None = None) -> list[tuple[StopTally, list[StopTally]]]:
    """Return a tally for each authority with those of its officers, the ones that stood longest first."""
    wholes: dict[int, StopTally] = {}
    parts: dict[int, dict[int, StopTally]] = defaultdict(dict)
    for stop in stops(user, since=since).iterator(chunk_size=2000):
        whole = wholes.setdefault(stop.authority_id, StopTally(stop.authority.name))
        part = parts[stop.authority_id].setdefault(
            stop.owner_id, StopTally(stop.authority.name, stop.owner.name)
        )
        whole.add(stop)
        part.add(stop)
    longest = sorted(wholes, key=lambda pk: (-wholes[pk].stood, wholes[pk].authority))
    return [
        (wholes[pk], sorted(parts[pk].values(), key=lambda tally: (-tally.stood, tally.officer)))
        for pk in longest
    ]


def of_case(user: User, case: Case) -> list[ClockStop]:
    """Return a case's stops in the order in which they were opened, each with its reason in words."""
    found = list(stops(user).filter(case=case).order_by("opened_at", "pk"))
    for stop in found:
        stop.case = case
        stop.reason = REASONS[stop.reason_code]  # type: ignore[attr-defined]
    return found
