"""How every bench tells its figures: a table for people, a last line of JSON for machines."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import quantiles
from typing import Literal

from config.embedded.progress import table


@dataclass(frozen=True)
class Figure:
    """One measured value and, where one is asked for, the bound that it must reach."""

    name: str
    value: float
    unit: str
    bound: float | None = None
    direction: Literal["at most", "at least"] = "at most"

    @property
    def reached(self) -> bool:
        if self.bound is None:
            return True
        return self.value <= self.bound if self.direction == "at most" else self.value >= self.bound


def percentile(values: Sequence[float], share: int) -> float:
    """Return the value below which `share` per cent of the values lie, interpolated."""
    if len(values) == 1:
        return values[0]
    return quantiles(values, n=100, method="inclusive")[share - 1]


def publish(name: str, figures: Sequence[Figure], *, facts: Mapping[str, object] | None = None) -> int:
    """Print table and JSON; return 0 only if every bound is reached."""
    rows = [
        [
            figure.name,
            f"{figure.value:,.3f}".rstrip("0").rstrip("."),
            figure.unit,
            "" if figure.bound is None else f"{figure.direction} {figure.bound:g}",
            "" if figure.bound is None else ("reached" if figure.reached else "MISSED"),
        ]
        for figure in figures
    ]
    print(table(["Figure", "Value", "Unit", "Asked for", ""], rows))
    document = {
        "bench": name,
        "figures": {figure.name: round(figure.value, 6) for figure in figures},
        "reached": all(figure.reached for figure in figures),
        **(facts or {}),
    }
    print(json.dumps(document, ensure_ascii=False))
    return 0 if document["reached"] else 1
