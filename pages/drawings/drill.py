"""The drawing of an exercise: for each member a row of columns, answers up and lapses down, over virtual time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

HALF = 40  # height of the answers, and of the lapses
COLUMN = 10


@dataclass(frozen=True)
class Bar:
    x: int
    y: str
    height: str


@dataclass(frozen=True)
class Row:
    """One member: bars of its answers above the line and of its lapses below, and the sums."""

    name: str
    answers: list[Bar]
    lapses: list[Bar]
    answered: int
    lapsed: int


@dataclass(frozen=True)
class Band:
    """When something was injected, in the drawing's units."""

    x: str
    width: str
    words: str


@dataclass(frozen=True)
class Drawing:
    width: int
    rows: list[Row]
    bands: dict[str, list[Band]]  # by row
    hours: int  # of the whole width


def drill_drawing(
    timeline: Mapping[str, Any], injects: list[dict[str, Any]], names: Mapping[str, str]
) -> Drawing:
    """Return the drawing of a scorecard's timeline; an inject stands behind the member it struck, or all."""
    columns, hours = timeline["columns"], timeline["hours"]
    most = max([1, *(n for side in ("answers", "lapses") for row in timeline[side].values() for n in row)])
    rows, bands = [], {}
    for member in timeline["answers"]:
        up, down = timeline["answers"][member], timeline["lapses"][member]
        rows.append(
            Row(
                names.get(member, member),
                [_bar(n, value, most, up=True) for n, value in enumerate(up) if value],
                [_bar(n, value, most, up=False) for n, value in enumerate(down) if value],
                sum(up),
                sum(down),
            )
        )
        bands[rows[-1].name] = [
            Band(
                f"{COLUMN * inject['from'] / hours:.1f}",
                f"{max(2.0, COLUMN * (inject['to'] - inject['from']) / hours):.1f}",
                inject["inject"],
            )
            for inject in injects
            if inject["what"] == member or inject["kind"] in ("surge", "stale", "situation")
        ]
    return Drawing(columns * COLUMN, rows, bands, columns * hours)


def _bar(column: int, value: int, most: int, *, up: bool) -> Bar:
    height = max(2.0, HALF * value / most)
    return Bar(column * COLUMN + 1, f"{HALF - height:.1f}" if up else str(HALF), f"{height:.1f}")
