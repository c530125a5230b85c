"""The picture of a licence's lines: what has left, what is held for a declaration, and what is left."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class Bar:
    """A line on a scale of 1,000: `gone` from the left, `held` beside it."""

    number: int
    description: str
    unit: str
    licensed: Decimal
    left: Decimal
    gone: int
    held: int


def draw(lines: Iterable[Any]) -> list[Bar]:
    """Draw lines as `enforcement.selectors.Left` has them; what is there at all can be seen."""
    return [
        Bar(
            one.line.line,
            one.line.description,
            one.line.unit,
            one.line.quantity,
            one.left,
            _length(one.shipped + one.drawn, one.line.quantity),
            _length(one.declared + one.reserved, one.line.quantity),
        )
        for one in lines
    ]


def _length(part: Decimal, whole: Decimal) -> int:
    return max(6, min(1000, round(1000 * part / whole))) if part > 0 else 0
