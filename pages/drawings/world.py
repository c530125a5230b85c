"""The world with a number for some countries: the more, the darker; where something lapsed, a ring."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pages import geography


@dataclass(frozen=True)
class Shade:
    """A country of the picture: its outline, or a dot where it is too small to have one, and how dark it is."""

    code: str
    outline: str
    x: float
    y: float
    opacity: str  # from 0.25 to 1, as text


@dataclass(frozen=True)
class Ring:
    """A mark in the middle of a country with a number in it."""

    x: float
    y: float
    number: int


@dataclass(frozen=True)
class WorldMap:
    shades: list[Shade]
    rings: list[Ring]


def draw(places: Iterable[tuple[str, int, int]]) -> WorldMap:
    """Return the map of (country code, number that shades it, number in its ring); unknown codes are left out."""
    places = list(places)
    most = max((number for _code, number, _ring in places), default=0)
    shades, rings = [], []
    for code, number, ringed in places:
        middle = geography.country(code)
        if middle is None:
            continue
        spot = geography.project(middle.lat, middle.lon)
        if number:
            opacity = f"{0.25 + 0.75 * number / most:.2f}"
            shades.append(Shade(code, geography.outline(code), spot.x, spot.y, opacity))
        if ringed:
            rings.append(Ring(spot.x, spot.y, ringed))
    return WorldMap(shades, rings)
