"""Where places lie and where they fall on the drawn world. For drawing only: never a fact of a case."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from math import acos, asin, atan2, cos, degrees, hypot, radians, sin, sqrt
from pathlib import Path
from typing import Any

import pycountry
from django.conf import settings

EARTH_KM = 6371.0
HUBS = ("SG", "MT", "BH", "HK", "MU")  # transshipment hubs too small for the outline: drawn as dots
_EQUAL_EARTH = (1.340264, -0.081106, 0.000893, 0.003796)  # Šavrič, Patterson, Jenny 2018


@dataclass(frozen=True)
class Place:
    """A place on the map. `exact` is false where only the country is known and its middle is shown."""

    code: str
    name: str
    country: str  # ISO 3166-1 alpha-2
    lat: float
    lon: float
    exact: bool = True


@dataclass(frozen=True)
class Point:
    """A point of the drawn world, in the units of its picture."""

    x: float
    y: float


@cache
def world() -> dict[str, Any]:
    """Return the projected outline that frontend/build.mjs made."""
    path = Path(settings.BASE_DIR) / "static" / "dist" / "world.json"
    return dict(json.loads(path.read_text(encoding="utf-8")))


@cache
def _gazetteer() -> dict[str, Any]:
    path = Path(__file__).parent / "data" / "places.json"
    return dict(json.loads(path.read_text(encoding="utf-8")))


def _alpha3(code: str) -> str:
    found = pycountry.countries.get(alpha_2=code)
    return "XKX" if code == "XK" else str(found.alpha_3) if found else ""


def country_name(code: str) -> str:
    """Return the usual English name of a country by ISO 3166-1 alpha-2 code; the code where unknown."""
    if code == "XK":
        return "Kosovo"
    found = pycountry.countries.get(alpha_2=code.upper())
    return str(getattr(found, "common_name", None) or found.name) if found else code


def country(code: str) -> Place | None:
    """Return the middle of a country, None where it is not known."""
    code = code.upper()
    if code in _gazetteer()["countries"]:
        lat, lon = _gazetteer()["countries"][code]
    elif (centre := world()["centres"].get(_alpha3(code))) is not None:
        lon, lat = centre
    else:
        return None
    return Place(code, country_name(code), code, lat, lon, exact=False)


def place(code: str) -> Place | None:
    """Return a place by UN/LOCODE (five characters) or country code; one not listed lies mid-country."""
    code = code.strip().upper()
    if code in _gazetteer()["places"]:
        name, lat, lon = _gazetteer()["places"][code]
        return Place(code, name, code[:2], lat, lon)
    middle = country(code[:2])
    if middle is None or len(code) == 2:
        return middle
    return Place(code, f"{code}, {middle.name}", code[:2], middle.lat, middle.lon, exact=False)


def outline(code: str) -> str:
    """Return the SVG path of a country by ISO 3166-1 alpha-2 code; "" where it is too small to have one."""
    return str(world()["countries"].get(_alpha3(code.upper()), ""))


def project(lat: float, lon: float) -> Point:
    """Return where degrees fall on the drawn world (Equal Earth)."""
    a1, a2, a3, a4 = _EQUAL_EARTH
    m = sqrt(3) / 2
    theta = asin(m * sin(radians(lat)))
    t2 = theta * theta
    t6 = t2 * t2 * t2
    x = radians(lon) * cos(theta) / (m * (a1 + 3 * a2 * t2 + t6 * (7 * a3 + 9 * a4 * t2)))
    y = theta * (a1 + a2 * t2 + t6 * (a3 + a4 * t2))
    drawn = world()["projection"]
    return Point(drawn["x"] + drawn["scale"] * x, drawn["y"] - drawn["scale"] * y)


def _vector(place: Place) -> tuple[float, float, float]:
    lat, lon = radians(place.lat), radians(place.lon)
    return cos(lat) * cos(lon), cos(lat) * sin(lon), sin(lat)


def _angle(one: Place, other: Place) -> float:
    product = sum(a * b for a, b in zip(_vector(one), _vector(other), strict=True))
    return acos(max(-1.0, min(1.0, product)))


def distance_km(one: Place, other: Place) -> int:
    """Return the great-circle distance: what a route cannot be shorter than."""
    return round(EARTH_KM * _angle(one, other))


def arc(one: Place, other: Place, steps: int = 32) -> list[list[Point]]:
    """Return the great circle between two places as lines: two where it leaves the edge of the picture."""
    angle = _angle(one, other)
    if angle < 1e-6:
        return []
    start, end = _vector(one), _vector(other)
    lines: list[list[Point]] = [[]]
    last = None
    for step in range(steps + 1):
        share = step / steps
        weight, other_weight = sin((1 - share) * angle) / sin(angle), sin(share * angle) / sin(angle)
        x, y, z = (weight * a + other_weight * b for a, b in zip(start, end, strict=True))
        lon = degrees(atan2(y, x))
        if last is not None and abs(lon - last) > 180:
            lines.append([])
        lines[-1].append(project(degrees(atan2(z, hypot(x, y))), lon))
        last = lon
    return lines
