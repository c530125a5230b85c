"""The picture of the two clocks: what an hour of waiting costs over time, with the instants that matter on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

COLUMNS = 40
WIDTH, HEIGHT = 1000, 120  # of the drawing


@dataclass(frozen=True)
class Column:
    x: int
    y: int
    height: int


@dataclass(frozen=True)
class Mark:
    """An instant that matters: where it stands in the drawing, and what an hour costs there."""

    name: str
    at: datetime
    points: str
    x: int


@dataclass(frozen=True)
class TwoClocks:
    columns: list[Column]
    width: int
    marks: list[Mark]
    highest: str


def two_clocks(
    points: Callable[[datetime], float], begin: datetime, end: datetime, marks: Sequence[tuple[str, datetime]]
) -> TwoClocks:
    """Draw `points` an hour from `begin` to `end`, with named instants in the order of time."""
    length = max(end - begin, timedelta(hours=1))
    values = [points(begin + length * number / COLUMNS) for number in range(COLUMNS)]
    top = max([*values, *(points(at) for _name, at in marks), 1.0])
    step = WIDTH // COLUMNS
    columns = [
        Column(step * number, HEIGHT - height, height)
        for number, height in enumerate(round(value / top * HEIGHT) for value in values)
    ]
    placed = [
        Mark(name, at, f"{points(at):g}", round(min(max((at - begin) / length, 0), 1) * (WIDTH - 6)))
        for name, at in sorted(marks, key=lambda mark: mark[1])
    ]
    return TwoClocks(columns, step - 2, placed, f"{top:g}")
