"""Licences as the JSON that UK licensing hands to its customs gateway: individual with goods, open with countries.

Shapes: licence_payload_file and open_licence_payload_file of LITE-HMRC.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from core.errors import Invalid

ACTIONS = ("insert", "update", "replace", "cancel")
STANDARD, OPEN = ("siel", "sicl", "sitl"), ("oiel", "oicl", "ogel", "ogcl", "ogtl")
LINES = ("line_1", "line_2", "line_3", "line_4", "line_5")


@dataclass(frozen=True)
class Address:
    """Up to five lines, a postcode and a country by code and name."""

    lines: tuple[str, ...] = ()
    postcode: str = ""
    country: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class Party:
    name: str
    address: Address
    id: str = ""
    eori_number: str = ""


@dataclass(frozen=True)
class Good:
    """What may be exported of a line: `unit` is the gateway's, such as NAR, KGM or TON."""

    id: str
    name: str
    description: str
    unit: str
    quantity: Decimal


@dataclass(frozen=True)
class Payload:
    """A licence as the gateway is told: an individual one with goods and end-user, an open one with countries."""

    id: str
    reference: str
    type: str
    action: str
    start_date: date
    end_date: date
    organisation: Party
    end_user: Party | None = None
    countries: tuple[tuple[str, str], ...] = ()
    goods: tuple[Good, ...] = ()
    old_id: str = ""  # of an update: what it takes the place of


def write(payload: Payload) -> str:
    """Write a payload as JSON."""
    told: dict[str, Any] = {
        "id": payload.id,
        "reference": payload.reference,
        "type": payload.type,
        "action": payload.action,
        "start_date": payload.start_date.isoformat(),
        "end_date": payload.end_date.isoformat(),
        "organisation": _party(payload.organisation),
    }
    if payload.old_id:
        told["old_id"] = payload.old_id
    if payload.end_user is not None:
        told["end_user"] = _party(payload.end_user)
    if payload.countries:
        told["countries"] = [{"id": code, "name": name} for code, name in payload.countries]
    if payload.goods:
        told["goods"] = [
            {
                "id": one.id,
                "name": one.name,
                "description": one.description,
                "unit": one.unit,
                "quantity": float(one.quantity),  # the shape's own; a quantity has three decimals at most
            }
            for one in payload.goods
        ]
    return json.dumps({"licence": told}, indent=2, ensure_ascii=False) + "\n"


def _party(party: Party) -> dict[str, Any]:
    address: dict[str, Any] = dict(zip(LINES, party.address.lines, strict=False))
    if party.address.postcode:
        address["postcode"] = party.address.postcode
    address["country"] = dict(zip(("id", "name"), party.address.country, strict=True))
    named = {"id": party.id, "eori_number": party.eori_number}
    return {"name": party.name, **{name: value for name, value in named.items() if value}, "address": address}


def read(text: str) -> Payload:
    """Read a payload; Invalid names each field at fault by its path."""
    try:
        found = json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise Invalid.field("$", "This is no JSON.") from None
    reader = _Reader()
    payload = reader.payload(reader.object(found if isinstance(found, dict) else {}, "", "licence"))
    if reader.errors or payload is None:
        raise Invalid("The payload cannot be read.", fields=reader.errors)
    return payload


class _Reader:
    def __init__(self) -> None:
        self.errors: dict[str, list[str]] = {}

    def _wrong(self, path: str, text: str) -> None:
        self.errors.setdefault(path, []).append(text)

    def object(self, of: Mapping[str, Any], at: str, name: str) -> dict[str, Any]:
        found = of.get(name)
        if isinstance(found, dict):
            return found
        self._wrong(f"{at}.{name}".lstrip("."), "It is missing, or no object.")
        return {}

    def text(self, of: Mapping[str, Any], at: str, name: str, *, needed: bool = True) -> str:
        found = of.get(name, "")
        if not isinstance(found, str) or (needed and not found.strip()):
            self._wrong(f"{at}.{name}", "Give a text.")
            return ""
        return found

    def day(self, of: Mapping[str, Any], at: str, name: str) -> date:
        try:
            return date.fromisoformat(str(of.get(name)))
        except ValueError:
            self._wrong(f"{at}.{name}", "Give a day such as 2026-11-27.")
            return date.min

    def one_of(self, of: Mapping[str, Any], at: str, name: str, allowed: tuple[str, ...]) -> str:
        found = of.get(name)
        if found not in allowed:
            self._wrong(f"{at}.{name}", f"One of: {', '.join(allowed)}.")
        return str(found)

    def party(self, of: Mapping[str, Any], at: str, name: str) -> Party:
        told, path = self.object(of, at, name), f"{at}.{name}"
        address = self.object(told, path, "address")
        lines = [self.text(address, f"{path}.address", one, needed=False) for one in LINES if one in address]
        return Party(
            self.text(told, path, "name"),
            Address(
                tuple(lines),
                self.text(address, f"{path}.address", "postcode", needed=False),
                self.country(self.object(address, f"{path}.address", "country"), f"{path}.address.country"),
            ),
            self.text(told, path, "id", needed=False),
            self.text(told, path, "eori_number", needed=False),
        )

    def country(self, of: Mapping[str, Any], at: str) -> tuple[str, str]:
        return self.text(of, at, "id"), self.text(of, at, "name")

    def list(self, of: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
        found = of.get(name, [])
        if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
            self._wrong(f"licence.{name}", "Give a list of objects.")
            return []
        return found

    def good(self, of: Mapping[str, Any], at: str) -> Good:
        try:
            quantity = Decimal(str(of.get("quantity")))
            if not quantity.is_finite() or quantity <= 0:
                raise InvalidOperation
        except InvalidOperation:
            self._wrong(f"{at}.quantity", "Give a number above zero.")
            quantity = Decimal(0)
        return Good(
            self.text(of, at, "id"),
            self.text(of, at, "name"),
            self.text(of, at, "description", needed=False),
            self.text(of, at, "unit"),
            quantity,
        )

    def payload(self, of: dict[str, Any]) -> Payload | None:
        if not of:
            return None
        at = "licence"
        kind = self.one_of(of, at, "type", STANDARD + OPEN)
        goods = [
            self.good(one, f"licence.goods[{number}]") for number, one in enumerate(self.list(of, "goods"))
        ]
        countries = [
            self.country(one, f"licence.countries[{number}]")
            for number, one in enumerate(self.list(of, "countries"))
        ]
        if kind in STANDARD and not goods:
            self._wrong("licence.goods", "An individual licence names its goods.")
        if kind in OPEN and not countries:
            self._wrong("licence.countries", "An open licence names its countries.")
        return Payload(
            self.text(of, at, "id"),
            self.text(of, at, "reference"),
            kind,
            self.one_of(of, at, "action", ACTIONS),
            self.day(of, at, "start_date"),
            self.day(of, at, "end_date"),
            self.party(of, at, "organisation"),
            self.party(of, at, "end_user") if "end_user" in of else None,
            tuple(countries),
            tuple(goods),
            self.text(of, at, "old_id", needed=False),
        )
