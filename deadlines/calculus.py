"""Deadlines as a pure function of their inputs, with the steps that led there.

Rules after Regulation (EEC, Euratom) No 1182/71: the hour or day of the event does not count (Article 3(1)); a
period of days ends with its last day, one of months with the same date (3(2)); a last day that is a holiday or
falls on a weekend moves to the next working day, except for periods in hours (3(4)); two days or more hold at
least two working days (3(5)). Working days are the addressee's (Article 2). An extension adds to the period up to
the rule's cap (Regulation (EU) 2021/821 Article 14(1): ten working days, thirty in all). A due instant is the
first instant that is too late: a period of days ends at the midnight that closes its last day. docs/time.md tells
what was chosen where the Regulation is silent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo

Unit = Literal["seconds", "hours", "calendar_days", "working_days", "months"]
StartRule = Literal["immediate", "next_full_hour", "next_working_day", "cut_off"]
TwoWorkingDays = Literal["days", "always", "never"]
Interval = tuple[datetime, datetime]

DAY = timedelta(days=1)
TWO_DAYS = timedelta(days=2)
LONGEST = {
    "seconds": 315_360_000,
    "hours": 87_600,
    "calendar_days": 3_650,
    "working_days": 2_600,
    "months": 120,
}
CLOCK_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
FURTHEST = 20_000  # days looked ahead: a calendar without working days must not hang


@dataclass(frozen=True)
class Rule:
    """A length of time and how it is counted.

    With `start="cut_off"` an event at or after `cut_off` (the addressee's time of day, HH:MM), or on a day that is
    no working day, counts as one at the beginning of the next working day. `cap` is what the period may come to
    with all its extensions, in the same unit; 0 permits none.

    `two_working_days` says which periods of two days or more hold at least two working days: those in `days`
    (and months), `always` (48 hours too: whether Article 3(5) means them is arguable), or `never`.
    """

    amount: int
    unit: Unit
    start: StartRule = "immediate"
    rollover: bool = True
    two_working_days: TwoWorkingDays = "days"
    cut_off: str = "18:00"
    cap: int = 0

    def __post_init__(self) -> None:
        if self.unit not in LONGEST:
            raise ValueError(f"{self.unit!r} is no unit of time: one of {', '.join(LONGEST)}.")
        if self.start not in get_args(StartRule) or self.two_working_days not in get_args(TwoWorkingDays):
            raise ValueError(f"{self.start!r}, {self.two_working_days!r}: no way to count.")
        if not 0 <= self.amount <= LONGEST[self.unit]:
            raise ValueError(f"A period has 0 to {LONGEST[self.unit]} {self.unit}, not {self.amount}.")
        if not 0 <= self.cap <= LONGEST[self.unit]:
            raise ValueError(f"A cap has 0 to {LONGEST[self.unit]} {self.unit}, not {self.cap}.")
        if not CLOCK_TIME.fullmatch(self.cut_off):
            raise ValueError(f"{self.cut_off!r} is no time of day: HH:MM.")

    def __str__(self) -> str:
        unit = self.unit.replace("_", " ")
        return f"{self.amount} {unit.removesuffix('s') if self.amount == 1 else unit}"

    @property
    def elapses(self) -> bool:
        """Whether the period is running time and not days of a calendar."""
        return self.unit in ("seconds", "hours")


@dataclass(frozen=True)
class CalendarData:
    """Weekend (Monday is 0) and holidays of a jurisdiction, in one version."""

    key: str
    version: str
    weekend: frozenset[int] = frozenset({5, 6})
    holidays: frozenset[date] = frozenset()
    names: Mapping[date, str] = field(default_factory=dict, compare=False)

    def is_working(self, day: date) -> bool:
        return day.weekday() not in self.weekend and day not in self.holidays

    def why(self, day: date) -> str:
        """Say why a day is no working day."""
        return self.names.get(day, "holiday") if day in self.holidays else "weekend"


@dataclass(frozen=True)
class Stop:
    """An interval in which the clock stands; its end is known, if only as the instant it expires.

    One that ends when it starts, or before, stops nothing.
    """

    start: datetime
    end: datetime
    reason: str = ""

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("A stop starts and ends at instants with a time zone.")


@dataclass(frozen=True)
class Extension:
    """Time added to a period while it runs, in the rule's unit: how much, who asked for it, why, and when."""

    amount: int
    requester: str
    reason: str
    at: datetime

    def __post_init__(self) -> None:
        if self.amount < 1:
            raise ValueError("An extension adds at least one unit of time.")
        if self.at.tzinfo is None:
            raise ValueError("An extension is granted at an instant with a time zone.")


@dataclass(frozen=True)
class CalendarChange:
    """That a period was derived anew under another version of its calendar: from which, by whom, why, and when."""

    before: str
    by: str
    reason: str
    at: datetime


@dataclass(frozen=True)
class Derivation:
    """The due instant (UTC), the steps a person can follow, and what it was computed from.

    `counted` and `stopped` add up to the time from the start of the period to the due instant.
    """

    due_at: datetime
    steps: tuple[str, ...]
    counted: timedelta
    stopped: timedelta
    inputs: dict[str, Any] = field(compare=False)


def merge(stops: Iterable[Stop]) -> list[Interval]:
    """Return the intervals in which the clock stands, in order; where stops overlap they count once."""
    merged: list[Interval] = []
    for stop in sorted(stops, key=lambda stop: stop.start):
        start, end = stop.start.astimezone(UTC), stop.end.astimezone(UTC)
        if end <= start:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return the instant at which a local day begins, in UTC; where clocks skip midnight, that instant."""
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


def extended(rule: Rule, extensions: Iterable[Extension]) -> Rule:
    """Return the rule with all that was added to it; ValueError beyond its cap."""
    more = sum(extension.amount for extension in extensions)
    if more and rule.amount + more > rule.cap:
        raise ValueError(
            f"With its extensions a period of {rule} may come to {rule.cap}, not {rule.amount + more}."
        )
    return replace(rule, amount=rule.amount + more)


def derive(
    start: datetime,
    rule: Rule,
    calendar: CalendarData,
    zone: str,
    stops: Sequence[Stop] = (),
    extensions: Sequence[Extension] = (),
    change: CalendarChange | None = None,
) -> Derivation:
    """Return when a period that an event started is over.

    `start` is aware; `zone` is the addressee's IANA zone. Adding or lengthening a stop, or adding an extension,
    never makes the result earlier; their order does not matter. ValueError for a naive start, or beyond the
    cap; ZoneInfoNotFoundError for an unknown zone.
    """
    if start.tzinfo is None:
        raise ValueError("A deadline starts at an instant with a time zone.")
    count = _Count(extended(rule, extensions), calendar, ZoneInfo(zone), merge(stops))
    if change is not None:
        count.recomputed(change)
    begin = count.begin(start.astimezone(UTC))
    count.extend(rule, extensions)
    due = count.elapse(begin) if rule.elapses else count.days(begin)
    stopped = sum(
        (
            min(end, due) - max(begin, opened)
            for opened, end in count.standing
            if opened < due and end > begin
        ),
        timedelta(),
    )
    return Derivation(
        due_at=due,
        steps=tuple(count.steps),
        counted=due - begin - stopped,
        stopped=stopped,
        inputs={
            "start": start.isoformat(),
            "rule": asdict(rule),
            "calendar": calendar.key,
            "calendar_version": calendar.version,
            "zone": zone,
            "stops": [_plain(stop) for stop in stops],
            "extensions": [_plain(extension) for extension in extensions],
            "calendar_change": _plain(change) if change is not None else None,
        },
    )


def _plain(thing: Stop | Extension | CalendarChange) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in asdict(thing).items()
    }


@dataclass
class _Count:
    """One derivation under way: its inputs, and the steps so far."""

    rule: Rule
    calendar: CalendarData
    zone: ZoneInfo
    standing: list[Interval]
    steps: list[str] = field(default_factory=list)

    def recomputed(self, change: CalendarChange) -> None:
        self.steps.append(
            f"Derived anew at {self._show(change.at)} by {change.by} under {self._calendar()} in place of version "
            f"{change.before}: {change.reason}"
        )

    def extend(self, rule: Rule, extensions: Sequence[Extension]) -> None:
        for extension in sorted(
            extensions, key=lambda item: (item.at, item.amount, item.requester, item.reason)
        ):
            more = replace(rule, amount=extension.amount)
            self.steps.append(
                f"At {self._show(extension.at)} {extension.requester} had it extended by {more}, "
                f"which may come to {rule.cap} in all: {extension.reason}"
            )

    def begin(self, event: datetime) -> datetime:
        """Return when the period starts."""
        self.steps.append(f"The event was at {self._show(event)}.")
        if self.rule.start == "next_full_hour":
            begin = self._next_full_hour(event)
            self.steps.append(
                f"The hour of the event does not count: the period starts at {self._show(begin)}."
            )
            return begin
        if self.rule.start == "next_working_day":
            day = next_working(event.astimezone(self.zone).date() + DAY, self.calendar)
            begin = midnight(day, self.zone)
            self.steps.append(f"The period starts with the next working day, {_day(day)}.")
            return begin
        if self.rule.start == "cut_off":
            return self._from_open_desk(event)
        return event

    def _from_open_desk(self, event: datetime) -> datetime:
        """An event that finds the desk closed, in the evening or on a free day, counts as one at the beginning of
        the next working day: a later event is so never due earlier."""
        local = event.astimezone(self.zone)
        day = local.date()
        if self.calendar.is_working(day):
            if local.time() < time.fromisoformat(self.rule.cut_off):
                return event
            why = f"The event came after {self.rule.cut_off}"
        else:
            why = f"{_day(day)} is no working day in {self._calendar()} ({self.calendar.why(day)})"
        day = next_working(day + DAY, self.calendar)
        self.steps.append(f"{why}: it counts as one at the beginning of {_day(day)}.")
        return midnight(day, self.zone)

    def _next_full_hour(self, event: datetime) -> datetime:
        """An event on the hour happens in the hour that begins then. Full hours are the addressee's: zones
        differ by half and quarter hours."""
        instant = event
        while True:
            local = instant.astimezone(self.zone)
            past = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
            if not past and instant > event:
                return instant
            instant += timedelta(hours=1) - past

    def elapse(self, begin: datetime) -> datetime:
        """Let time pass while the clock runs. Hours are elapsed hours: weekends, holidays and changes of the
        clock do not move them."""
        left = self._length()
        instant = begin
        for opened, end in self.standing:
            if end <= instant:
                continue
            if opened >= instant + left:
                break
            left -= max(opened - instant, timedelta())
            instant = end
            self.steps.append(f"The clock stood from {self._show(opened)} to {self._show(end)}.")
        due = instant + left
        self.steps.append(
            f"{self.rule} of running time, weekends and holidays included, are over at {self._show(due)}."
        )
        if self.rule.two_working_days == "always" and self._length() >= TWO_DAYS:
            due = max(due, self._second_working_day(begin))
            self.steps.append(f"The period holds two working days: it is over at {self._show(due)}.")
        return due

    def _length(self) -> timedelta:
        return timedelta(**{self.rule.unit: self.rule.amount})

    def _second_working_day(self, begin: datetime) -> datetime:
        """Return the time of day of an instant on the second working day after it."""
        local = begin.astimezone(self.zone)
        day = next_working(next_working(local.date() + DAY, self.calendar) + DAY, self.calendar)
        return datetime.combine(day, local.time(), tzinfo=self.zone).astimezone(UTC)

    def days(self, begin: datetime) -> datetime:
        """Count days after the day of the event; a day on which the clock stood at any time does not count."""
        before = begin.astimezone(self.zone).date()  # the last day that does not count
        if self.rule.start == "next_working_day":
            before -= DAY
        else:
            self.steps.append(f"The day of the event, {_day(before)}, does not count.")
        last = self._last_day(before)
        if self.rule.rollover and self.rule.unit != "working_days":
            last = self._rolled(last)
        due = midnight(last + DAY, self.zone)
        self.steps.append(f"Due when that day is over: from {self._show(due)} on it is too late.")
        if self.calendar.holidays and last > (known := max(self.calendar.holidays)):
            self.steps.append(f"Holidays after {_day(known)} are not known to {self._calendar()}.")
        return due

    def _last_day(self, before: date) -> date:
        rule = self.rule
        working_only = rule.unit == "working_days"
        amount = (add_months(before, rule.amount) - before).days if rule.unit == "months" else rule.amount
        two = rule.rollover and rule.two_working_days != "never" and not working_only and amount >= 2
        day, counted, working, stood = before, 0, 0, 0
        skipped: list[str] = []
        for _ in range(FURTHEST):
            if counted >= amount and (working >= 2 or not two):
                break
            day += DAY
            if self._stood(day):
                stood += 1
            elif self.calendar.is_working(day):
                counted, working = counted + 1, working + 1
            elif working_only:
                if day in self.calendar.holidays and day.weekday() not in self.calendar.weekend:
                    skipped.append(f"{_day(day)} ({self.calendar.why(day)})")
            else:
                counted += 1
        else:
            raise ValueError(
                f"No last day within {FURTHEST} days: {self._calendar()} has too few working days."
            )
        if skipped:
            more = f" and {len(skipped) - 5} more" if len(skipped) > 5 else ""
            self.steps.append(f"No working days in {self._calendar()}: {', '.join(skipped[:5])}{more}.")
        if stood:
            first, last = midnight(before + DAY, self.zone), midnight(day + DAY, self.zone)
            for opened, end in self.standing:
                if opened < last and end > first:
                    self.steps.append(f"The clock stood from {self._show(opened)} to {self._show(end)}.")
            self.steps.append(f"Days on which the clock stood do not count: {stood}.")
        if counted > amount:
            self.steps.append("A period of two days or more holds at least two working days.")
        self.steps.append(f"Counting {self.rule}, the last day is {_day(day)}.")
        return day

    def _rolled(self, last: date) -> date:
        """Return the day itself, or the next one on which people work and the clock runs."""
        day = last
        while not self.calendar.is_working(day) or (day != last and self._stood(day)):
            day = next_working(day + DAY, self.calendar)
        if day != last:
            why = self.calendar.why(last)
            self.steps.append(
                f"That is no working day in {self._calendar()} ({why}): the period ends with {_day(day)}."
            )
        return day

    def _stood(self, day: date) -> bool:
        if not self.standing:
            return False
        opens, closes = midnight(day, self.zone), midnight(day + DAY, self.zone)
        return any(start < closes and end > opens for start, end in self.standing)

    def _calendar(self) -> str:
        return f"calendar {self.calendar.key} ({self.calendar.version})"

    def _show(self, instant: datetime) -> str:
        return f"{instant.astimezone(self.zone):%a %d %b %Y %H:%M:%S %Z} ({instant:%Y-%m-%dT%H:%M:%SZ})"


def _day(day: date) -> str:
    return f"{day:%a %d %b %Y}"
