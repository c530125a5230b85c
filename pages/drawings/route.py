"""The map of a route: places as numbered dots, legs as great circles, cut to what matters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from pages import geography
from pages.geography import Place, Point

NARROWEST = 200.0  # of the picture's 960 units: the outline is too coarse for a closer look
MARGIN = 0.18


@dataclass(frozen=True)
class Dot:
    """A place of the route: one number however often the route comes by."""

    number: int
    place: Place
    x: float
    y: float
    end: bool
    label_x: float
    label_y: float
    anchor: str


@dataclass(frozen=True)
class Stretch:
    """One leg: its line and its row of the table."""

    origin: Place
    destination: Place
    mode: str
    km: int
    path: str


@dataclass(frozen=True)
class RouteMap:
    view: tuple[float, float, float, float]  # x, y, width, height
    dots: list[Dot]
    stretches: list[Stretch]
    outlines: list[str]
    hubs: list[Point]
    unknown: list[str]
    radius: float
    letter: float

    @property
    def view_box(self) -> str:
        return " ".join(f"{number:.1f}" for number in self.view)

    @property
    def small(self) -> float:
        return self.radius * 0.45

    @property
    def numeral(self) -> float:
        return self.radius * 1.25

    @property
    def total_km(self) -> int:
        return sum(stretch.km for stretch in self.stretches)


def mode_name(mode: str) -> str:
    """Return how a means of transport is called on pages."""
    names = {"sea": _("Sea"), "air": _("Air"), "road": _("Road"), "rail": _("Rail"), "post": _("Post")}
    return names.get(mode, mode)


def _value(leg: Any, name: str) -> str:
    return str(leg.get(name, "") if isinstance(leg, dict) else getattr(leg, name, ""))


def _path(one: Place, other: Place) -> str:
    return "".join(
        "M" + "L".join(f"{point.x:.1f},{point.y:.1f}" for point in line)
        for line in geography.arc(one, other)
        if len(line) > 1
    )


def _frame(points: list[Point]) -> tuple[float, float, float, float]:
    """Return the smallest frame of the picture's own proportions around the points, within the picture."""
    width, height = float(geography.world()["width"]), float(geography.world()["height"])
    xs, ys = [point.x for point in points], [point.y for point in points]
    across = max(max(xs) - min(xs), (max(ys) - min(ys)) * width / height)
    w = min(width, max(NARROWEST, across * (1 + 2 * MARGIN)))
    h = w * height / width
    x = min(max((min(xs) + max(xs)) / 2 - w / 2, 0), width - w)
    y = min(max((min(ys) + max(ys)) / 2 - h / 2, 0), height - h)
    return x, y, w, h


def draw(legs: Iterable[Any]) -> RouteMap:
    """Return the map of legs with `origin`, `destination` (UN/LOCODE) and `mode`, as objects or mappings.

    A code that no country has is listed in `unknown` and its leg is left out.
    """
    stretches: list[Stretch] = []
    unknown: list[str] = []
    for leg in legs:
        ends = [_value(leg, "origin"), _value(leg, "destination")]
        origin, destination = (geography.place(code) for code in ends)
        unknown += [code for code, found in zip(ends, (origin, destination), strict=True) if found is None]
        if origin and destination:
            stretches.append(
                Stretch(
                    origin,
                    destination,
                    mode_name(_value(leg, "mode")),
                    geography.distance_km(origin, destination),
                    _path(origin, destination),
                )
            )
    places = list(dict.fromkeys(place for leg in stretches for place in (leg.origin, leg.destination)))
    spots = [geography.project(place.lat, place.lon) for place in places]
    frame = _frame(spots or [Point(480, 234), Point(0, 0), Point(960, 468)])
    radius = frame[2] * 0.014
    return RouteMap(
        view=frame,
        dots=_dots(places, spots, frame, radius, stretches),
        stretches=stretches,
        outlines=[
            path for code in sorted({place.country for place in places}) if (path := geography.outline(code))
        ],
        hubs=[
            geography.project(hub.lat, hub.lon) for code in geography.HUBS if (hub := geography.country(code))
        ],
        unknown=list(dict.fromkeys(unknown)),
        radius=radius,
        letter=frame[2] * 0.017,
    )


def _dots(
    places: list[Place],
    spots: list[Point],
    frame: tuple[float, float, float, float],
    radius: float,
    stretches: list[Stretch],
) -> list[Dot]:
    """Number the places in order; a name stands on the side its lines do not leave from, clear of others."""
    ends = {stretches[0].origin, stretches[-1].destination} if stretches else set()
    spot_of = dict(zip(places, spots, strict=True))
    dots: list[Dot] = []
    taken: list[tuple[float, float]] = []  # (left, middle) of names already set
    for number, (place, spot) in enumerate(spot_of.items(), 1):
        others = [spot_of[leg.destination] for leg in stretches if leg.origin == place]
        others += [spot_of[leg.origin] for leg in stretches if leg.destination == place]
        leaves_right = sum(other.x - spot.x for other in others) > 0
        length = len(place.name) * radius * 0.75 + radius * 2
        anchor = "end" if leaves_right else "start"
        if anchor == "end" and spot.x - length < frame[0]:
            anchor = "start"
        elif anchor == "start" and spot.x + length > frame[0] + frame[2]:
            anchor = "end"
        label_x = spot.x + radius * (-1.7 if anchor == "end" else 1.7)
        label_y = spot.y
        while (
            any(abs(label_y - y) < radius * 1.9 and abs(label_x - x) < frame[2] * 0.16 for x, y in taken)
            and label_y < frame[1] + frame[3] - radius * 2
        ):
            label_y += radius * 1.9
        taken.append((label_x, label_y))
        dots.append(Dot(number, place, spot.x, spot.y, place in ends, label_x, label_y, anchor))
    return dots
