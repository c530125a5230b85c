"""The drawing of a rota: a bar for each day, with the hours promised, those on duty and the gaps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

Span = tuple[datetime, datetime]
WIDTH = 1000  # of a day, however many hours the clocks make it


@dataclass(frozen=True)
class Bar:
    """A piece of a day: where it begins and how wide it is, in thousandths of the day, as text."""

    x: str
    width: str
    words: str  # its local hours


@dataclass(frozen=True)
class RotaDay:
    """A local day with what is promised, who is there (name and local hours) and what is missing."""

    day: date
    promised: list[Bar] = field(default_factory=list)
    there: list[Bar] = field(default_factory=list)
    missing: list[Bar] = field(default_factory=list)
    duties: list[tuple[str, str]] = field(default_factory=list)


def rota_days(
    first: date,
    days: int,
    zone: str,
    *,
    promised: Sequence[Span],
    missing: Sequence[Span],
    shifts: Iterable[tuple[datetime, datetime, str]],
) -> list[RotaDay]:
    """Return the days of a rota in a zone, from spans of instants; `shifts` are (start, end, name)."""
    there = list(shifts)
    found = []
    for number in range(days):
        day = first + timedelta(days=number)
        whole = _midnight(day, zone), _midnight(day + timedelta(days=1), zone)
        names = [name for start, end, name in there if start < whole[1] and end > whole[0]]
        own = _bars([(start, end) for start, end, _name in there], whole, zone)
        duties = [(name, bar.words) for name, bar in zip(names, own, strict=True)]
        found.append(RotaDay(day, _bars(promised, whole, zone), own, _bars(missing, whole, zone), duties))
    return found


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), tzinfo=ZoneInfo(zone)).astimezone(UTC)


def _bars(spans: Iterable[Span], whole: Span, zone: str) -> list[Bar]:
    begin, end = whole
    touching = [(start, over) for start, over in spans if start < end and over > begin]
    return [_bar(max(start, begin), min(over, end), whole, zone) for start, over in touching]


def _bar(start: datetime, over: datetime, whole: Span, zone: str) -> Bar:
    begin, end = whole
    return Bar(
        f"{WIDTH * ((start - begin) / (end - begin)):.0f}",
        f"{WIDTH * ((over - start) / (end - begin)):.0f}",
        f"{_clock(start, zone)}–{'24:00' if over == end else _clock(over, zone)}",
    )


def _clock(at: datetime, zone: str) -> str:
    return f"{at.astimezone(ZoneInfo(zone)):%H:%M}"
