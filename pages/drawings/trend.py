"""The picture of a trend: one figure over occasions in the order of time, those without it left out of the line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, EDGE, TOP = 600, 170, 40, 42  # of the drawing; room at the sides and for labels above


@dataclass(frozen=True)
class Point:
    x: int
    y: int
    number: int  # of the occasion, as the table beside it counts
    kind: str
    label: str


@dataclass(frozen=True)
class Trend:
    points: list[Point]
    path: str
    highest: str
    last: str


def draw(values: Sequence[tuple[str, float | None]]) -> Trend:
    """Draw (kind, value) of each occasion; the scale begins at zero."""
    known = [value for _kind, value in values if value is not None]
    top = max([*known, 1.0])
    step = (WIDTH - 2 * EDGE) / max(len(values) - 1, 1)
    points = [
        Point(
            round(EDGE + step * number),
            round(HEIGHT - 16 - (HEIGHT - 16 - TOP) * value / top),
            number + 1,
            kind,
            f"{value:g}",
        )
        for number, (kind, value) in enumerate(values)
        if value is not None
    ]
    path = " ".join(f"{'L' if index else 'M'}{one.x} {one.y}" for index, one in enumerate(points))
    return Trend(points, path, f"{top:g}", points[-1].label if points else "")
