"""The picture of a change: medians with quartiles before and after, and the difference with its interval."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

WIDTH = 1000
EDGE = 30  # left free on both sides, so that what lies at the end is seen whole


@dataclass(frozen=True)
class Side:
    """One side: where its quartiles and median stand; `figures` says them."""

    low: int
    width: int
    median: int
    figures: str
    n: int


@dataclass(frozen=True)
class Picture:
    """`zero`: where no change stands; `low`, `width`: the interval, width 0 where there is none."""

    before: Side | None
    after: Side | None
    difference: int | None
    zero: int
    low: int
    width: int


def figure(value: float | None) -> str:
    """A figure as it is told: one decimal, none where it is nought or the figure great."""
    if value is None:
        return "–"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return "0" if abs(value) < 0.05 else f"{value:.1f}".removesuffix(".0")


def _side(found: Mapping[str, Any], most: float) -> Side | None:
    if not found["n"]:
        return None
    low, median, high = (
        round(EDGE + (WIDTH - 2 * EDGE) * found[name] / most) for name in ("low", "median", "high")
    )
    return Side(low, max(high - low, 4), median, figure(found["median"]), found["n"])


def draw(shift: Mapping[str, Any]) -> Picture:
    """Draw a shift as a review keeps it; both sides on one scale from zero, the difference on one around zero."""
    sides = (shift["before"], shift["after"])
    most = max([side["high"] for side in sides if side["n"]] + [1e-9])
    known: list[float] = [shift[name] for name in ("low", "difference", "high") if shift[name] is not None]
    reach = max([abs(value) for value in known] + [1e-9])

    def at(value: float) -> int:
        return round(WIDTH / 2 + (WIDTH / 2 - EDGE) * value / reach)

    low = at(shift["low"]) if shift["low"] is not None else WIDTH // 2
    high = at(shift["high"]) if shift["high"] is not None else low
    return Picture(
        before=_side(sides[0], most),
        after=_side(sides[1], most),
        difference=None if shift["difference"] is None else at(shift["difference"]),
        zero=WIDTH // 2,
        low=low,
        width=0 if shift["low"] is None else max(high - low, 6),
    )
