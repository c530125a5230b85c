"""The picture of a threshold over time: one stair for each value, what is to come drawn broken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

WIDTH, TOP, BOTTOM = 600, 36, 190  # of the drawing; the scale runs from zero at the bottom to 100 at the top
MOST = 4  # stairs, so that their labels can be read on a small screen


@dataclass(frozen=True)
class Stair:
    x: int  # of its beginning
    middle: int
    y: int
    label: str
    day: str


@dataclass(frozen=True)
class Stairs:
    """`path`: of what was and is in force; `coming`: of what is to come. `left_out`: older stairs not drawn."""

    stairs: list[Stair]
    path: str
    coming: str
    left_out: int


def draw(steps: Sequence[tuple[date, int | None]], today: date, none: str) -> Stairs:
    """Draw values from their first days on, oldest first; no value is drawn at the top, above every score."""
    drawn = steps[-MOST:]
    width = WIDTH // max(len(drawn), 1)
    stairs = [
        Stair(
            x=width * number,
            middle=width * number + width // 2,
            y=TOP if value is None else round(BOTTOM - (BOTTOM - TOP) * value / 100),
            label=none if value is None else str(value),
            day=f"{since.day} {since:%b %Y}",
        )
        for number, (since, value) in enumerate(drawn)
    ]
    path = coming = ""
    for number, stair in enumerate(stairs):
        run = f"V{stair.y}H{stair.x + width}"
        if drawn[number][0] <= today:
            path += run if path else f"M{stair.x} {stair.y}{run}"
        else:
            before = stairs[number - 1].y if number else stair.y
            coming += run if coming else f"M{stair.x} {before}{run}"
    return Stairs(stairs, path, coming, len(steps) - len(drawn))
