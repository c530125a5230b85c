"""What may be published of a number of things of which there are few: the one rule for every public figure. Pure.

Exporters are few, and a small number told about them names one. A number below `SMALLEST` is not told, zero
included. Where a sum is published with its parts, a part that is not told must not follow from those that are:
parts are held back until what is left over is shared by at least two, is no small number itself, and leaves
each of them open; where that cannot be, neither sum nor parts are told.

The part held back for that is the first by name among those that could be told, never the smallest: a choice
that looked at the numbers would tell of them. Threshold rule and complementary suppression, compare Eurostat's
handbook on statistical disclosure control. Periods that are over are published whole; none is a difference of
two others.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

SMALLEST = 5
#: How many values have to stay possible for a part that is not told.
OPEN = 3


def told(number: int) -> int | None:
    """Return a number as it may be published, on its own: None where it is small."""
    return number if number >= SMALLEST else None


@dataclass(frozen=True)
class Parted:
    """A sum and its parts as they may be published together; None is not told."""

    total: int | None
    parts: dict[str, int | None]


def parted(counts: Mapping[str, int]) -> Parted:
    """Return a sum and its parts, by name, as they may be published together.

    What is told is true: nothing is rounded. ValueError for a negative count.
    """
    if any(number < 0 for number in counts.values()):
        raise ValueError("A count is not negative.")
    total = told(sum(counts.values()))
    held = {name for name, number in counts.items() if number < SMALLEST}
    for name in sorted(counts):
        if not held or _open(held, counts):
            break
        held.add(name)
    if total is None or (held and not _open(held, counts)):
        return Parted(None, dict.fromkeys(counts))
    return Parted(total, {name: None if name in held else number for name, number in counts.items()})


def parted_by(*breakdowns: Mapping[str, int]) -> list[Parted]:
    """Return one sum broken down in several ways, as they may be published together: where one of them does not
    bear the sum, none tells it, nor the parts from which it could be added up."""
    found = [parted(one) for one in breakdowns]
    if any(one.total is None for one in found):
        return [Parted(None, dict.fromkeys(one)) for one in breakdowns]
    return found


def _open(held: Collection[str], counts: Mapping[str, int]) -> bool:
    """Whether each part that is held back could be several numbers, for whoever knows the rest and this rule."""
    left, number = sum(counts[name] for name in held), len(held)
    if number < 2 or left < SMALLEST:
        return False
    return left > (SMALLEST - 1) * number or _width(left, number) >= OPEN


def _width(left: int, number: int) -> int:
    """How many values a part can have where all that are held back are small and add up to `left`."""
    most = SMALLEST - 1
    return min(most, left) - max(0, left - most * (number - 1)) + 1
