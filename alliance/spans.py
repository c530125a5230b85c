"""Lengths of time as agreed data write them."""

from dataclasses import dataclass
from typing import Literal

from alliance.reading import Reader

Unit = Literal["seconds", "hours", "calendar_days", "working_days", "months"]
UNITS: tuple[Unit, ...] = ("seconds", "hours", "calendar_days", "working_days", "months")


@dataclass(frozen=True)
class Window:
    """A length of time as a charter writes it; what it comes to is the deadline calculus's business."""

    amount: int
    unit: Unit

    def longest_seconds(self) -> int:
        """Seconds of the window at its longest, weekends in it counted and holidays not."""
        day = 86_400
        match self.unit:
            case "seconds":
                return self.amount
            case "hours":
                return self.amount * 3600
            case "calendar_days":
                return self.amount * day
            case "working_days":
                weeks, rest = divmod(self.amount, 5)
                return (weeks * 7 + (rest + 2 if rest else 0)) * day
            case "months":
                return self.amount * 31 * day

    def __str__(self) -> str:
        return f"{self.amount} {self.unit.replace('_', ' ')}"


def read(reader: Reader, name: str) -> Window:
    window = reader.object(name, ("amount", "unit"))
    unit = window.choice("unit", UNITS)
    return Window(window.whole("amount", 1, 100_000), next(known for known in UNITS if known == unit))
