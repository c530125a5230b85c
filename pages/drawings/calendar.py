"""A calendar of months with what falls due on its days, as a picture; the same stands in a list below it."""

from __future__ import annotations

import calendar as calendars
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol

from django.utils.formats import date_format

CELL, TOP = 36, 48
MOST_MONTHS = 12
#: Each state has a sign, so that it is told without colour too.
SIGNS = {"done": "✓", "late": "!", "missed": "×", "waits": "?", "to_come": "•"}


class Entry(Protocol):
    """Something on a day: `state` is one of WORST, and the worst of a day is drawn."""

    @property
    def on(self) -> date: ...
    @property
    def state(self) -> str: ...


@dataclass(frozen=True)
class Cell:
    x: int
    y: int
    number: int
    state: str  # "" where nothing falls due
    today: bool

    @property
    def sign(self) -> str:
        return SIGNS.get(self.state, "")


@dataclass(frozen=True)
class Month:
    title: str
    names: list[tuple[int, str]]  # (x, letters) of the days of the week
    cells: list[Cell]
    height: int
    width: int = 7 * CELL


WORST = ("missed", "waits", "late", "to_come", "done")


def months(entries: Iterable[Entry], today: date) -> list[Month]:
    """Return the months from the first entry to the last, at most twelve around today; weeks begin on Monday."""
    found = sorted(entries, key=lambda entry: entry.on)
    if not found:
        return []
    by_day: dict[date, list[Entry]] = {}
    for entry in found:
        by_day.setdefault(entry.on, []).append(entry)
    first, last = found[0].on.replace(day=1), found[-1].on.replace(day=1)
    wanted = []
    month = first
    while month <= last:
        wanted.append(month)
        month = (month + timedelta(days=32)).replace(day=1)
    with_entries = [one for one in wanted if any(day.replace(day=1) == one for day in by_day)]
    near = sorted(with_entries, key=lambda one: abs((one - today.replace(day=1)).days))[:MOST_MONTHS]
    return [_month(one, by_day, today) for one in sorted(near)]


def _month(first: date, by_day: dict[date, list[Entry]], today: date) -> Month:
    weeks: Sequence[Sequence[date]] = calendars.Calendar().monthdatescalendar(first.year, first.month)
    cells = [
        Cell(
            x=column * CELL,
            y=TOP + row * CELL,
            number=day.day,
            state=_worst(by_day.get(day, ())),
            today=day == today,
        )
        for row, week in enumerate(weeks)
        for column, day in enumerate(week)
        if day.month == first.month
    ]
    names = [(column * CELL, date_format(day, "D")[:2]) for column, day in enumerate(weeks[0])]
    return Month(date_format(first, "F Y"), names, cells, TOP + len(weeks) * CELL)


def _worst(entries: Iterable[Entry]) -> str:
    states = {entry.state for entry in entries}
    return next((state for state in WORST if state in states), "")
