"""Whether somebody is on duty for every seat at every minute: duty hours in their zones, through whole years.

Pure. Local hours are turned into instants day by day, so that nights in which clocks change count as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from alliance.charters import Cover, SeatKind, Seats


@dataclass(frozen=True)
class Gap:
    """The first time at which nobody is on duty for a seat. `start` None: nobody is named at all."""

    ministry: str
    member: str
    start: datetime | None = None
    end: datetime | None = None


def first_gap(seats: Seats, year: int) -> Gap | None:
    """Return the earliest gap in the duty hours of a tier's seats in a year and the next; None without one.

    Substitutes cover for every seat whose own people are off duty.
    """
    members = seats.members if seats.kind is SeatKind.MEMBERS else ("",)
    gaps = []
    for member in members:
        for ministry in seats.ministries:
            able = [
                hours
                for hours in seats.cover
                if hours.ministry in (ministry, *seats.substitutes) and hours.member in ("", member)
            ]
            if not able:
                return Gap(ministry, member)
            if hole := _hole(able, year):
                gaps.append(Gap(ministry, member, *hole))
    return min(gaps, key=lambda gap: gap.start or datetime.max.replace(tzinfo=UTC), default=None)


def _hole(able: Sequence[Cover], year: int) -> tuple[datetime, datetime] | None:
    begin, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 2, 1, 1, tzinfo=UTC)
    if any(len(hours.days) == 7 and (hours.start, hours.end) == (0, 1440) for hours in able):
        return None
    reached = begin
    first, last = date(year, 1, 1) - timedelta(days=2), date(year + 2, 1, 2)
    for start, over in sorted(shift for hours in able for shift in shifts(hours, first, last)):
        if start > reached:
            return reached, min(start, end)
        reached = max(reached, over)
    return (reached, end) if reached < end else None


def shifts(hours: Cover, first: date, last: date) -> Iterator[tuple[datetime, datetime]]:
    """Return the duty hours that begin on the days from the first to the last, as instants."""
    zone = ZoneInfo(hours.zone or "UTC")
    day = first
    while day <= last:
        if day.weekday() in hours.days:
            next_day = hours.end <= hours.start
            yield (
                _instant(day, hours.start, zone),
                _instant(day + timedelta(days=next_day), hours.end, zone),
            )
        day += timedelta(days=1)


def _instant(day: date, minute: int, zone: ZoneInfo) -> datetime:
    if minute == 1440:
        day, minute = day + timedelta(days=1), 0
    return datetime.combine(day, time(minute // 60, minute % 60), tzinfo=zone).astimezone(UTC)
