"""What of a licence may be changed without a new application, and what is another transaction; pure.

A change that leaves what was decided and consented to as it is, or narrows it, is minor: two officers of the issuer
decide it. More goods, another party, another country or another use were never weighed: they need a new
application,
which replaces the licence (after 15 CFR 750.7(c), where changes of this kind need a replacement licence).
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from anyascii import anyascii
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rapidfuzz.distance import OSA

from licensing import dossier as dossiers
from licensing.dossier import Dossier
from licensing.dossier.fields import DIRECTION, decimal
from licensing.dossier.goods import COUNTED
from licensing.dossier.identifiers import is_place

MOST = 50  # changes in one request
REFERENCE = "national_reference"
LAST_DAY = "valid_until"


class Line(Protocol):
    line: int
    quantity: Decimal
    unit: str
    value: Decimal
    currency: str


@dataclass(frozen=True)
class Amended:
    """What a licence says and what it shall say: `dossier` where that changes, `changes` field by field."""

    changes: list[dict[str, str]] = field(default_factory=list)
    dossier: Dossier | None = None
    errors: dict[str, list[str]] = field(default_factory=dict)  # by "changes[0].to", in the order asked


@dataclass(frozen=True)
class Present:
    """What a licence says now, with the dossier that it was granted on."""

    dossier: Dossier
    lines: Sequence[Line]
    national_reference: str
    holder: Mapping[str, str] = field(default_factory=dict)  # address, contact_email


Rule = Callable[[Present, re.Match[str], str, str], str]


def spelling(present: Present, at: re.Match[str], before: str, after: str) -> str:
    """The same name, spelled as it should be: up to two letters of it differ, or one in eight of a long one."""
    if not 2 <= len(after) <= 300:
        return _("Write the name in 2 to 300 characters.")
    one, other = (" ".join(anyascii(name).casefold().split()) for name in (before, after))
    if OSA.distance(one, other) > max(2, len(one) // 8):
        return _("This is another name, not another spelling: another party needs a new application.")
    return ""


def within_the_country(present: Present, at: re.Match[str], before: str, after: str) -> str:
    """An address or a website of the same party: its country stays."""
    return "" if len(after) <= 500 else _("Write at most 500 characters.")


def same_countries(present: Present, at: re.Match[str], before: str, after: str) -> str:
    """A port in a country that the route touches already, or another way of carriage."""
    if at["name"] == "mode":
        return ""
    if not is_place(after):
        return _("Use the five-character UN/LOCODE, such as DEHAM for Hamburg.")
    legs = present.dossier.get("route", {}).get("legs", [])
    touched = {str(leg.get(end))[:2] for leg in legs for end in ("origin", "destination")}
    if after[:2] not in touched:
        return _("The route does not touch %(country)s yet: that needs a new application.") % {
            "country": after[:2]
        }
    return ""


def own_number(present: Present, at: re.Match[str], before: str, after: str) -> str:
    """The number that the authority's own register has for it."""
    return "" if len(after) <= 60 else _("Write at most 60 characters.")


def less(present: Present, at: re.Match[str], before: str, after: str) -> str:
    """Less than is licensed; more needs a new application."""
    value = at["name"] == "value"
    found = decimal(after, 2 if value else 3)
    if found is None or found <= 0:
        return _("Give a number above zero, such as 12.5.")
    line = next(one for one in present.lines if one.line == int(at["number"]))
    if not value and line.unit in COUNTED and found != found.to_integral_value():
        return _("Give a whole number of these.")
    if found == Decimal(before):
        return _("It says so already.")
    if found > Decimal(before):
        return _("That is more than is licensed, and needs a new application.")
    return ""


def own_contact(present: Present, at: re.Match[str], before: str, after: str) -> str:
    """The holder's own address or contact; it stands with the organisation, and so on all its licences."""
    if at["name"] == "address":
        return "" if 5 <= len(after) <= 500 else _("Write the address in 5 to 500 characters.")
    try:
        validate_email(after)
    except ValidationError:
        return _("Give an e-mail address, such as name@example.com.")
    return ""


@dataclass(frozen=True)
class Field:
    """A field that may be changed, by its path; the rule says what stands against a new value."""

    path: re.Pattern[str]
    label: str | Promise
    rule: Rule


def _field(path: str, label: str | Promise, rule: Rule) -> Field:
    return Field(re.compile(path), label, rule)


#: The law of amendments in one table: what is not here needs a new application.
FIELDS = (
    _field(rf"(?P<name>{REFERENCE})", gettext_lazy("National reference"), own_number),
    _field(r"holder\.(?P<name>address)", gettext_lazy("Address of the holder"), own_contact),
    _field(r"holder\.(?P<name>contact_email)", gettext_lazy("E-mail of the holder"), own_contact),
    _field(r"parties\[(?P<number>\d{1,3})\]\.(?P<name>name)", gettext_lazy("Name"), spelling),
    _field(r"parties\[(?P<number>\d{1,3})\]\.(?P<name>address)", gettext_lazy("Address"), within_the_country),
    _field(r"parties\[(?P<number>\d{1,3})\]\.(?P<name>website)", gettext_lazy("Website"), within_the_country),
    _field(r"route\.legs\[(?P<number>\d{1,3})\]\.(?P<name>origin)", gettext_lazy("From"), same_countries),
    _field(r"route\.legs\[(?P<number>\d{1,3})\]\.(?P<name>destination)", gettext_lazy("To"), same_countries),
    _field(r"route\.legs\[(?P<number>\d{1,3})\]\.(?P<name>mode)", gettext_lazy("Carried by"), same_countries),
    _field(r"lines\[(?P<number>\d{1,4})\]\.(?P<name>quantity)", gettext_lazy("At most"), less),
    _field(r"lines\[(?P<number>\d{1,4})\]\.(?P<name>value)", gettext_lazy("Value"), less),
)
#: Parts of a licence or its dossier that are there and may not be changed so.
MATERIAL = re.compile(
    r"(items|parties|lines|end_use|route|ground|commercial|destinations|conditions|holder|documents)\b"
)


def fields(present: Present) -> list[tuple[str, str, str, str]]:
    """Return every field that may be changed: its path, whose it is, its label, and what it says."""
    paths = [REFERENCE, *(f"holder.{name}" for name in present.holder)]
    for number, party in enumerate(present.dossier.get("parties", [])):
        names = ("name", "address") if party.get("role") == "owner" else ("name", "address", "website")
        paths += [f"parties[{number}].{name}" for name in names]
    for number, _leg in enumerate(present.dossier.get("route", {}).get("legs", [])):
        paths += [f"route.legs[{number}].{name}" for name in ("origin", "destination", "mode")]
    for line in present.lines:
        paths += [f"lines[{line.line}].{name}" for name in ("quantity", "value")]
    return [(path, whose(path, present), label_of(path), said(path, present) or "") for path in paths]


def label_of(path: str) -> str:
    """Name a field as people read it."""
    if path == LAST_DAY:
        return _("Last day")
    return next((str(one.label) for one in FIELDS if one.path.fullmatch(path)), path)


def whose(path: str, present: Present) -> str:
    """Say of which party, leg or line a field is; empty for the licence's own."""
    at = re.search(r"^(\w+)(?:\.legs)?\[(\d+)\]", path)
    if at is None:
        return ""
    number = int(at[2])
    if at[1] == "parties":
        return str(present.dossier["parties"][number].get("name", ""))
    return (
        _("Leg %(number)s") % {"number": number + 1} if at[1] == "route" else _("Line %(n)s") % {"n": number}
    )


def said(path: str, present: Present) -> str | None:
    """Return what a licence says in a field; None where it has no such field."""
    if path == REFERENCE:
        return present.national_reference
    if path.startswith("holder."):
        return present.holder.get(path.removeprefix("holder."))
    at = re.fullmatch(r"(parties|route\.legs|lines)\[(\d+)\]\.(\w+)", path)
    if at is None:
        return None
    number = int(at[2])
    if at[1] == "lines":
        line = next((one for one in present.lines if one.line == number), None)
        return None if line is None else f"{getattr(line, at[3]).normalize():f}"
    legs = present.dossier.get("route", {}).get("legs", [])
    rows = present.dossier.get("parties", []) if at[1] == "parties" else legs
    return str(rows[number].get(at[3]) or "") if number < len(rows) else None


def amended(present: Present, wanted: Sequence[Mapping[str, str]]) -> Amended:
    """Return what is asked, as [{"path", "to"}], against what a licence says, with every error.

    Takes texts of any content and never raises.
    """
    errors: dict[str, list[str]] = {}
    found: list[dict[str, str]] = []
    places: dict[str, int] = {}
    if not wanted:
        errors["changes"] = [_("Say what shall be changed.")]
    if len(wanted) > MOST:
        errors["changes"] = [_("Ask for at most %(most)s changes at once.") % {"most": MOST}]
        wanted = wanted[:MOST]
    for number, entry in enumerate(wanted):
        path, after = entry["path"].strip(), " ".join(entry["to"].split())
        if problem := _problem(present, path, after, places):
            errors[f"changes[{number}].{problem[0]}"] = [problem[1]]
            continue
        places[path] = number
        before = said(path, present) or ""
        if path.startswith("lines["):
            after = f"{Decimal(after).normalize():f}"
        found.append({"path": path, "of": whose(path, present), "before": before, "after": after})
    changed = _dossier(present, found)
    for deficiency in _checked(changed) if changed is not None and not errors else ():
        at = f"changes[{places[deficiency.path]}].to" if deficiency.path in places else "changes"
        errors.setdefault(at, []).append(deficiency.message)
    return Amended(found, changed, errors)


def _problem(present: Present, path: str, after: str, known: Mapping[str, int]) -> tuple[str, str] | None:
    at = next(((one, match) for one in FIELDS if (match := one.path.fullmatch(path))), None)
    before = said(path, present) if at else None
    if at is None or before is None:
        told = (
            _("This needs a new application that replaces the licence.")
            if MATERIAL.match(path)
            else _("There is no such field. Those that may be changed are listed with the licence.")
        )
        return "path", told
    if path in known:
        return "path", _("Name each field once.")
    if any(ord(char) < 32 for char in after) or DIRECTION.search(after):
        return "to", _("Remove the invisible characters.")
    if after == before:
        return "to", _("It says so already.")
    refused = at[0].rule(present, at[1], before, after)
    return ("to", refused) if refused else None


def _dossier(present: Present, changes: Iterable[Mapping[str, str]]) -> Dossier | None:
    """Return the dossier as changed; None where it stays. Who owns a party names it as it is spelled then."""
    found = copy.deepcopy(present.dossier)
    touched = False
    for change in changes:
        at = re.fullmatch(r"(parties|route\.legs)\[(\d+)\]\.(\w+)", change["path"])
        if at is None:
            continue
        touched = True
        rows = found["parties"] if at[1] == "parties" else found["route"]["legs"]
        rows[int(at[2])][at[3]] = change["after"]
        for party in found["parties"] if at[3] == "name" else ():
            if party.get("role") == "owner" and _same(party.get("owns"), change["before"]):
                party["owns"] = change["after"]
    return found if touched else None


def _same(one: object, other: str) -> bool:
    return " ".join(str(one or "").casefold().split()) == " ".join(other.casefold().split())


def _checked(dossier: Dossier) -> list[dossiers.Deficiency]:
    return [
        deficiency
        for section in ("parties", "route")
        for deficiency in dossiers.check_section(section, dossier.get(section), dossier)
    ]


def lower(changes: Iterable[Mapping[str, str]]) -> dict[int, dict[str, Decimal]]:
    """Return the limits that changes lower: by line, `quantity` and `value`."""
    found: dict[int, dict[str, Decimal]] = {}
    for change in changes:
        if at := re.fullmatch(r"lines\[(\d+)\]\.(quantity|value)", change["path"]):
            found.setdefault(int(at[1]), {})[at[2]] = Decimal(change["after"])
    return found


def own(changes: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Return what changes of the holder's own address and contact."""
    return {
        change["path"].removeprefix("holder."): change["after"]
        for change in changes
        if change["path"].startswith("holder.")
    }


def renamed(changes: Iterable[Mapping[str, str]]) -> set[int]:
    """Return which parties of the dossier, counted from 0, are another in name or address."""
    found = (re.fullmatch(r"parties\[(\d+)\]\.(name|address)", change["path"]) for change in changes)
    return {int(at[1]) for at in found if at}
