"""The picture of a score: one scale with its bands, one bar an axis, and what missing facts may change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

AXES = ("destination", "item", "party", "end_use", "route", "commercial")  # in the order they are read


@dataclass(frozen=True)
class Segment:
    """A stretch of a bar, in hundredths of its length; drawn on 1,000 units."""

    start: float
    length: float
    name: str

    @property
    def x(self) -> str:
        return f"{self.start * 10:.0f}"

    @property
    def width(self) -> str:
        return f"{self.length * 10:.0f}"

    @property
    def inner_width(self) -> str:
        """The width with a gap to the next stretch."""
        return f"{max(2.0, self.length * 10 - 4):.0f}"


@dataclass(frozen=True)
class ScoreLine:
    """A row of the table."""

    axis: str
    indicator: str
    points: int
    low: int
    high: int
    max: int
    reason: str
    missing: bool


@dataclass(frozen=True)
class Bar:
    """An axis: points found, and the interval from none to all of what is missing."""

    axis: str
    points: int
    low: int
    high: int
    max: int
    segments: list[Segment]
    whisker: Segment | None


@dataclass(frozen=True)
class ScorePicture:
    total: int
    low: int
    high: int
    band: str
    band_name: str
    bands: list[Segment]
    scale: list[tuple[str, str, int, int]]  # (band, name, from, to)
    bars: list[Bar]
    lines: list[ScoreLine]
    hard_stops: list[Mapping[str, Any] | Any]

    @property
    def certain(self) -> bool:
        return self.low == self.high

    @property
    def low_x(self) -> int:
        return self.low * 10

    @property
    def high_x(self) -> int:
        return self.high * 10

    @property
    def pointer_x(self) -> int:
        return min(992, max(0, self.total * 10 - 4))


def axis_name(axis: str) -> str:
    """Return how an axis of the scorecard is called on pages."""
    names = {
        "destination": _("Destination"),
        "item": _("Item"),
        "party": _("Parties"),
        "end_use": _("End use"),
        "route": _("Route"),
        "commercial": _("Commercial"),
    }
    return names.get(axis, axis.replace("_", " ").capitalize())


def band_name(band: str) -> str:
    names = {"green": _("Green"), "amber": _("Amber"), "red": _("Red"), "black": _("Black")}
    return names.get(band, band.capitalize())


def _of(thing: Any, name: str, default: Any = None) -> Any:
    return thing.get(name, default) if isinstance(thing, Mapping) else getattr(thing, name, default)


def _line(line: Any) -> ScoreLine:
    points, most, missing = int(_of(line, "points")), int(_of(line, "max")), bool(_of(line, "missing", False))
    return ScoreLine(
        axis=str(_of(line, "axis")),
        indicator=str(_of(line, "indicator")).replace("_", " ").capitalize().replace("Fatf", "FATF"),
        points=points,
        low=int(_of(line, "low", 0 if missing else points)),
        high=int(_of(line, "high", most if missing else points)),
        max=most,
        reason=str(_of(line, "reason", "")),
        missing=missing,
    )


def _bar(axis: str, most: int, lines: Sequence[ScoreLine]) -> Bar:
    """Sum an axis; no axis counts more than its greatest number of points."""
    points, low, high = (
        min(most, sum(getattr(line, name) for line in lines)) for name in ("points", "low", "high")
    )
    segments, at = [], 0.0
    for line in lines:
        length = min(line.points, most - at)
        if length > 0:
            segments.append(Segment(at / most * 100, length / most * 100, line.indicator))
            at += length
    whisker = Segment(low / most * 100, (high - low) / most * 100, "") if high > low else None
    return Bar(axis_name(axis), points, low, high, most, segments, whisker)


def draw(
    score: Any, bands: Iterable[Mapping[str, Any]] = (), axes: Mapping[str, int] | None = None
) -> ScorePicture:
    """Return the picture of a score or stored assessment.

    `score`: total (or score), low, high, band, lines of axis, indicator, points, max, reason and missing,
    hard_stops; objects or mappings. `bands` ({band, from, to}) and `axes` ({axis: greatest}) are those of the
    scorecard it was made with; axes not given are as great as their lines.
    """
    lines = [_line(line) for line in _of(score, "lines", ())]
    greatest = dict(axes or {})
    for line in lines:
        if line.axis not in (axes or {}):
            greatest[line.axis] = greatest.get(line.axis, 0) + line.max
    ordered = sorted(greatest, key=lambda axis: AXES.index(axis) if axis in AXES else len(AXES))
    total = _of(score, "total")
    band = str(_of(score, "band"))
    scale = [(entry["band"], band_name(entry["band"]), entry["from"], entry["to"]) for entry in bands]
    return ScorePicture(
        total=int(_of(score, "score") if total is None else total),
        low=int(_of(score, "low")),
        high=int(_of(score, "high")),
        band=band,
        band_name=band_name(band),
        bands=[
            Segment(start, (scale[at + 1][2] if at + 1 < len(scale) else 100) - start, name)
            for at, (name, _name, start, _end) in enumerate(scale)
        ],
        scale=scale,
        bars=[
            _bar(axis, greatest[axis], [line for line in lines if line.axis == axis])
            for axis in ordered
            if greatest[axis]
        ],
        lines=[ScoreLine(**{**line.__dict__, "axis": axis_name(line.axis)}) for line in lines],
        hard_stops=list(_of(score, "hard_stops", ())),
    )
