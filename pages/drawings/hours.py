"""The picture of a day: what went well and what failed in each hour, stacked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

WIDTH, HEIGHT, BASE = (
    600,
    150,
    120,
)  # of the drawing; the bars stand on the base, the hours are named below it
LEAST = 3  # height of a part that is there at all


@dataclass(frozen=True)
class Bar:
    """One hour: where it stands, how high each part is, and the numbers for the table beside the picture."""

    x: int
    width: int
    good: int
    good_height: int
    good_y: int
    bad: int
    bad_height: int
    bad_y: int
    start: datetime
    named: bool


@dataclass(frozen=True)
class Day:
    bars: list[Bar]
    good: int
    bad: int
    most: int


def draw(hours: Sequence[tuple[datetime, int, int]]) -> Day:
    """Draw (start, good, bad) of each hour; the highest bar is the hour with the most of both together."""
    most = max([good + bad for _start, good, bad in hours] or [0])
    step = WIDTH // max(len(hours), 1)
    scale = (BASE - 10) / max(most, 1)

    def height(number: int) -> int:
        return max(LEAST, round(number * scale)) if number else 0

    bars = []
    for place, (start, good, bad) in enumerate(hours):
        up, down = height(good), height(bad)
        bars.append(
            Bar(
                x=place * step + 2,
                width=step - 4,
                good=good,
                good_height=up,
                good_y=BASE - up,
                bad=bad,
                bad_height=down,
                bad_y=BASE - up - down,
                start=start,
                named=place % 6 == 0,
            )
        )
    return Day(bars, sum(bar.good for bar in bars), sum(bar.bad for bar in bars), most)
