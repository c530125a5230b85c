"""What the checks of a dossier are made of: a deficiency, and the kinds of fields. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

import pycountry
from django.utils.translation import gettext as _

Dossier = dict[str, Any]


@dataclass(frozen=True)
class Deficiency:
    """One thing to mend."""

    code: str
    path: str
    message: str


Found = Iterator[Deficiency]
DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069]")  # of Unicode: they make a name read as another one


def as_object(value: Any) -> Dossier:
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def text(holder: Dossier, name: str, path: str, *, least: int = 1, most: int = 500) -> Found:
    value = holder.get(name)
    if not isinstance(value, str) or len(value.strip()) < least:
        yield Deficiency(
            "missing" if not value else "too_short",
            f"{path}.{name}",
            _("Fill this in.")
            if least == 1
            else _("Write at least %(least)s characters.") % {"least": least},
        )
    elif DIRECTION.search(value):
        yield Deficiency(
            "bad_text",
            f"{path}.{name}",
            _("Remove the invisible characters that turn the direction of the text."),
        )
    elif len(value) > most:
        yield Deficiency(
            "too_long", f"{path}.{name}", _("Write at most %(most)s characters.") % {"most": most}
        )


def choice(holder: Dossier, name: str, path: str, allowed: Mapping[str, Any] | Sequence[str]) -> Found:
    """`allowed`: codes, with their meaning where a code does not speak for itself."""
    value = holder.get(name)
    if not isinstance(value, str) or value not in allowed:
        told = (
            [f"{meaning} ({code})" for code, meaning in allowed.items()]
            if isinstance(allowed, Mapping)
            else allowed
        )
        yield Deficiency(
            "bad_choice", f"{path}.{name}", _("Choose one of: %(all)s.") % {"all": ", ".join(told)}
        )


def yes_no(holder: Dossier, name: str, path: str) -> Found:
    if not isinstance(holder.get(name), bool):
        yield Deficiency("missing", f"{path}.{name}", _("Answer yes or no."))


@lru_cache(maxsize=1)
def countries() -> frozenset[str]:
    return frozenset(country.alpha_2 for country in pycountry.countries)


@lru_cache(maxsize=1)
def areas() -> frozenset[str]:
    return frozenset(area.code for area in pycountry.subdivisions)


@lru_cache(maxsize=1)
def currencies() -> frozenset[str]:
    return frozenset(currency.alpha_3 for currency in pycountry.currencies)


def is_country(value: Any) -> bool:
    return isinstance(value, str) and value in countries()


def is_currency(value: Any) -> bool:
    return isinstance(value, str) and value in currencies()


def country(holder: Dossier, name: str, path: str) -> Found:
    if not is_country(holder.get(name)):
        yield Deficiency("bad_country", f"{path}.{name}", _("Use the two-letter ISO 3166 code, such as FR."))


def area(holder: Dossier, name: str, path: str, of: str) -> Found:
    """An optional area of the country in the field `of`: its ISO 3166-2 code, or the country's own for the rest."""
    value, where = holder.get(name), holder.get(of)
    if value in (None, "") or (isinstance(value, str) and value == where):
        return
    if not isinstance(value, str) or value not in areas() or value[:2] != where:
        yield Deficiency(
            "bad_area",
            f"{path}.{name}",
            _("Use the ISO 3166-2 code of an area of that country, such as UA-43, or leave it empty."),
        )


def is_day(value: Any) -> bool:
    """Whether a value is a day as ISO 8601 writes it: 2026-11-23."""
    try:
        return isinstance(value, str) and len(value) == 10 and bool(date.fromisoformat(value))
    except ValueError:
        return False


def decimal(value: Any, places: int) -> Decimal | None:
    """Return a plain decimal string of at most so many places and 12 digits before the point, else None."""
    if not isinstance(value, str) or not re.fullmatch(rf"[0-9]{{1,12}}(\.[0-9]{{1,{places}}})?", value):
        return None
    try:
        return Decimal(value)
    except InvalidOperation:
        return None
