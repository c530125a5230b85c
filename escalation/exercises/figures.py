"""Figures that the scorecards of all kinds of exercises share, and what their paths are called."""

from __future__ import annotations

BUCKET = 6  # hours of one column of the picture
ANSWERED, SILENT = "answered", "silent"  # the ways through a tier


def middle(values: list[float]) -> dict[str, float] | None:
    """Return median and 90th percentile, each a value that occurred (nearest rank)."""
    if not values:
        return None
    return {"median": _rank(values, 50), "p90": _rank(values, 90)}


def _rank(values: list[float], percent: int) -> float:
    return round(values[max(0, -(-len(values) * percent // 100) - 1)], 1)


def percent(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 1) if whole else None
