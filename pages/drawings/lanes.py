"""The drawing of how long lanes take: for each step a bar per lane, the median inside the 95th percentile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

WIDTH = 1000
STEPS: dict[str, Promise] = {
    "routed": _("Filing to routed"),
    "position": _("Filing to first position"),
    "decided": _("Filing to decision"),
}
LANES: dict[str, Promise] = {"humanitarian": _("Humanitarian lane"), "standard": _("Standard lane")}


class Length(Protocol):
    """What is drawn of one step in one lane."""

    @property
    def cases(self) -> int: ...
    @property
    def median(self) -> timedelta | None: ...
    @property
    def p95(self) -> timedelta | None: ...


@dataclass(frozen=True)
class Row:
    """One lane at one step. Widths are thousandths of the step's longest; hours are text, "" without a case."""

    lane: str
    cases: int
    median: str
    p95: str
    median_width: int
    p95_width: int


@dataclass(frozen=True)
class Step:
    name: str
    rows: list[Row]


def draw(times: Mapping[str, Mapping[str, Length]]) -> list[Step]:
    """Draw times by lane and step; each step has its own scale, which begins at zero."""
    found = []
    for step, name in STEPS.items():
        longest = max((times[lane][step].p95 or timedelta() for lane in LANES), default=timedelta())
        rows = [_row(str(label), times[lane][step], longest) for lane, label in LANES.items()]
        found.append(Step(str(name), rows))
    return found


def _row(lane: str, took: Length, longest: timedelta) -> Row:
    return Row(
        lane,
        took.cases,
        hours(took.median),
        hours(took.p95),
        _width(took.median, longest),
        _width(took.p95, longest),
    )


def _width(length: timedelta | None, longest: timedelta) -> int:
    return round(WIDTH * (length / longest)) if length and longest else 0


def hours(length: timedelta | None) -> str:
    """Return a length in hours as people read it: what is short with more digits; "" for none."""
    if length is None:
        return ""
    found = length / timedelta(hours=1)
    return f"{found:.4f}" if found < 0.1 else f"{found:.1f}"
