"""Deadlines as a pure function of their inputs, with the steps that led there.

Rules after Regulation (EEC, Euratom) No 1182/71: the day of the event does not count (Article 3(1)); a period
of days ends with its last day, one of months with the same date (3(2)); a last day that is a holiday or falls
on a weekend moves to the next working day, except for periods in hours (3(4)); two days or more hold at least
two working days (3(5)). Working days are the addressee's. A due instant is the first instant that is too late:
a period of days ends at the midnight that closes its last day.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

Unit = Literal["seconds", "hours", "calendar_days", "working_days", "months"]
StartRule = Literal["immediate", "next_full_hour", "next_working_day"]
DAY = timedelta(days=1)
FURTHEST = 20_000  # days looked ahead: a calendar without working days must not hang


@dataclass(frozen=True)
class Rule:
    """A length of time and how it is counted."""

    amount: int
    unit: Unit
    start: StartRule = "immediate"
    rollover: bool = True

    def __post_init__(self) -> None:
        if self.amount < 0:
            raise ValueError("A period cannot be negative.")

    def __str__(self) -> str:
        return f"{self.amount} {self.unit.replace('_', ' ')}"


@dataclass(frozen=True)
class CalendarData:
    """Weekend (Monday is 0) and holidays of a jurisdiction, in one version."""

    key: str
    version: str
    weekend: frozenset[int] = frozenset({5, 6})
    holidays: frozenset[date] = frozenset()

    def is_working(self, day: date) -> bool:
        return day.weekday() not in self.weekend and day not in self.holidays


@dataclass(frozen=True)
class Stop:
    """An interval in which the clock stands; its end is known, if only as the instant it expires."""

    start: datetime
    end: datetime
    reason: str = ""


@dataclass(frozen=True)
class Derivation:
    """The due instant (UTC), the steps a person can follow, and what it was computed from."""

    due_at: datetime
    steps: tuple[str, ...]
    counted: timedelta
    stopped: timedelta
    inputs: dict[str, Any] = field(compare=False)


def merge(stops: Iterable[Stop]) -> list[tuple[datetime, datetime]]:
    """Return the intervals in which the clock stands, in order; where stops overlap they count once."""
    merged: list[tuple[datetime, datetime]] = []
    for stop in sorted(stops, key=lambda stop: stop.start):
        if stop.end <= stop.start:
            continue
        if merged and stop.start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], stop.end))
        else:
            merged.append((stop.start, stop.end))
    return merged


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return the instant at which a local day begins, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def next_working(day: date, calendar: CalendarData) -> date:
    """Return the day itself if it is a working day, else the first one after it."""
    for _ in range(FURTHEST):
        if calendar.is_working(day):
            return day
        day += DAY
    raise ValueError(f"The calendar {calendar.key} has no working days.")


def add_months(day: date, months: int) -> date:
    """Return the same date some months on, or the last day of a month that lacks it (Article 3(2)(c))."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in range(day.day, 27, -1):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    return date(year, month + 1, min(day.day, 28))


def derive(
    start: datetime, rule: Rule, calendar: CalendarData, zone: str, stops: Sequence[Stop] = ()
) -> Derivation:
    """Return when a period that an event started is over.

    `start` is aware; `zone` is the addressee's IANA zone. Adding or lengthening a stop never makes the
    result earlier. ValueError for a naive start, a negative amount or an unknown unit.
    """
    if start.tzinfo is None:
        raise ValueError("A deadline starts at an instant with a time zone.")
    local = ZoneInfo(zone)
    begin = start.astimezone(UTC)
    steps = [f"The event was at {_show(begin, local)}."]
    begin = _begin(begin, rule, calendar, local, steps)
    standing = merge(stops)
    if rule.unit in ("seconds", "hours"):
        due = _elapse(begin, timedelta(**{rule.unit: rule.amount}), standing, local, steps)
    else:
        due = _days(begin, rule, calendar, local, standing, steps)
    stopped = sum(
        (min(end, due) - max(begin, opened) for opened, end in standing if opened < due and end > begin),
        timedelta(),
    )
    steps.append(f"Due at {_show(due, local)}.")
    return Derivation(
        due_at=due,
        steps=tuple(steps),
        counted=due - begin - stopped,
        stopped=stopped,
        inputs={
            "start": start.isoformat(),
            "rule": asdict(rule),
            "calendar": calendar.key,
            "calendar_version": calendar.version,
            "zone": zone,
            "stops": [
                {"start": stop.start.isoformat(), "end": stop.end.isoformat(), "reason": stop.reason}
                for stop in stops
            ],
        },
    )


def recompute(inputs: dict[str, Any], calendar: CalendarData) -> Derivation:
    """Derive again from stored inputs and the calendar version they name."""
    if (calendar.key, calendar.version) != (inputs["calendar"], inputs["calendar_version"]):
        raise ValueError("This is not the calendar the deadline was derived with.")
    stops = [
        Stop(datetime.fromisoformat(item["start"]), datetime.fromisoformat(item["end"]), item["reason"])
        for item in inputs["stops"]
    ]
    return derive(
        datetime.fromisoformat(inputs["start"]), Rule(**inputs["rule"]), calendar, inputs["zone"], stops
    )


def _show(instant: datetime, zone: ZoneInfo) -> str:
    return f"{instant.astimezone(zone):%a %d %b %Y %H:%M:%S %Z} ({instant:%Y-%m-%dT%H:%M:%SZ})"


def _begin(begin: datetime, rule: Rule, calendar: CalendarData, zone: ZoneInfo, steps: list[str]) -> datetime:
    if rule.start == "next_full_hour":
        full = begin.replace(minute=0, second=0, microsecond=0)
        begin = full if full == begin else full + timedelta(hours=1)
        steps.append(f"The hour of the event does not count: the period starts at {_show(begin, zone)}.")
    elif rule.start == "next_working_day":
        begin = midnight(next_working(begin.astimezone(zone).date() + DAY, calendar), zone)
        steps.append(f"The period starts on the next working day, at {_show(begin, zone)}.")
    return begin


def _elapse(
    begin: datetime,
    length: timedelta,
    standing: Sequence[tuple[datetime, datetime]],
    zone: ZoneInfo,
    steps: list[str],
) -> datetime:
    """Let time pass while the clock runs. Hours are elapsed hours: weekends, holidays and clock changes do not
    move them."""
    instant, left = begin, length
    for opened, end in standing:
        if end <= instant:
            continue
        if opened >= instant + left:
            break
        left -= max(opened - instant, timedelta())
        instant = end
        steps.append(f"The clock stood until {_show(end, zone)}.")
    steps.append(f"{length} of running time end then, weekends and holidays included.")
    return instant + left


def _days(
    begin: datetime,
    rule: Rule,
    calendar: CalendarData,
    zone: ZoneInfo,
    standing: Sequence[tuple[datetime, datetime]],
    steps: list[str],
) -> datetime:
    """Count days after the day of the event; a day on which the clock stood at any time does not count."""
    first = begin.astimezone(zone).date()
    if rule.start == "next_working_day":
        first -= DAY
    amount = (add_months(first, rule.amount) - first).days if rule.unit == "months" else rule.amount
    working_only = rule.unit == "working_days"
    steps.append("The day of the event does not count.")
    day, counted, working, skipped = first, 0, 0, 0
    need_working = 2 if not working_only and rule.rollover and amount >= 2 else 0
    for _ in range(FURTHEST):
        if counted >= amount and working >= need_working:
            break
        day += DAY
        if _stood(day, zone, standing):
            skipped += 1
        elif calendar.is_working(day):
            counted, working = counted + 1, working + 1
        elif not working_only:
            counted += 1
    else:
        raise ValueError(f"The calendar {calendar.key} has no working days.")
    if skipped:
        steps.append(f"The clock stood on {skipped} day(s), which do not count.")
    steps.append(f"{rule} end with {day:%a %d %b %Y}.")
    if rule.rollover and not working_only:
        rolled = next_working(day, calendar)
        if rolled != day:
            steps.append(f"That is no working day in {calendar.key}: the next one is {rolled:%a %d %b %Y}.")
            day = rolled
    return midnight(day + DAY, zone)


def _stood(day: date, zone: ZoneInfo, standing: Sequence[tuple[datetime, datetime]]) -> bool:
    if not standing:
        return False
    opens, closes = midnight(day, zone), midnight(day + DAY, zone)
    return any(start < closes and end > opens for start, end in standing)
