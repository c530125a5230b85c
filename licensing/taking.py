"""How much is taken of a licence, told from above: whoever keeps shipments and the drawdown says so here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from licensing.models import Licence


@dataclass(frozen=True)
class Taken:
    """What is taken of a line, in its unit."""

    gone: Decimal  # has left, is under way, or is reserved by customs
    declared: Decimal  # is in shipments that have not left yet

    @property
    def all(self) -> Decimal:
        return self.gone + self.declared


NOTHING = Taken(Decimal(0), Decimal(0))
Teller = Callable[[Licence], dict[int, Taken]]
_tellers: list[Teller] = []


def told_by(teller: Teller) -> Teller:
    """Let a function tell how much it holds of each line of a licence, by the line's number."""
    _tellers.append(teller)
    return teller


def taken_of(licence: Licence) -> dict[int, Taken]:
    """Return how much is taken of each line of a licence of which something is."""
    found: dict[int, Taken] = {}
    for teller in _tellers:
        for line, one in teller(licence).items():
            other = found.get(line, NOTHING)
            found[line] = Taken(one.gone + other.gone, one.declared + other.declared)
    return found
