"""The drawing of ties between two columns: who stands at the left, where at the right, and how often."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

ROW = 30  # between two names of a column
LEFT, RIGHT, WIDTH = 168, 228, 340
LONGEST = 22, 14  # letters of a name at the left and at the right; the table has all of it


@dataclass(frozen=True)
class Name:
    """A name with its place and how much hangs on it."""

    text: str
    y: int
    count: int


@dataclass(frozen=True)
class Tie:
    """A line between two names, as wide as the number it stands for."""

    path: str
    width: float
    count: int


@dataclass(frozen=True)
class Ties:
    left: list[Name]
    right: list[Name]
    ties: list[Tie]
    height: int

    @property
    def view_box(self) -> str:
        return f"0 0 {WIDTH} {self.height}"


def ties(rows: Sequence[tuple[str, Mapping[str, int]]]) -> Ties:
    """Return the drawing of (name, how often by what stands at the right), in the order given."""
    goals = sorted({goal for _name, counts in rows for goal in counts})
    height = ROW * max(len(rows), len(goals), 1) + ROW
    left = [
        Name(_short(name, LONGEST[0]), _y(number, len(rows), height), sum(counts.values()))
        for number, (name, counts) in enumerate(rows)
    ]
    totals = {goal: sum(counts.get(goal, 0) for _name, counts in rows) for goal in goals}
    right = [
        Name(_short(goal, LONGEST[1]), _y(number, len(goals), height), totals[goal])
        for number, goal in enumerate(goals)
    ]
    place = {goal: item.y for goal, item in zip(goals, right, strict=True)}
    drawn = [
        Tie(_curve(item.y, place[goal]), min(10.0, 1.5 + 1.5 * count), count)
        for item, (_name, counts) in zip(left, rows, strict=True)
        for goal, count in sorted(counts.items())
    ]
    return Ties(left, right, drawn, height)


def _y(number: int, of: int, height: int) -> int:
    return int((number + 1) * height / (of + 1))


def _curve(start: int, end: int) -> str:
    middle = (LEFT + RIGHT) // 2
    return f"M{LEFT} {start}C{middle} {start} {middle} {end} {RIGHT} {end}"


def _short(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
