"""The dossier: what an application has to say, judged once for browser, API and submission.

Pure but for the lists in force it reads. A dossier is JSON with the sections of SECTIONS; `check` returns what
is missing or wrong, each with a code, the path of the field and how to mend it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

import pycountry
from django.utils.translation import gettext as _
from stdnum import imo, lei
from stdnum.eu import vat

from alliance import selectors as alliance
from core import clock
from exemptions.grounds import Kind, Provider, Supply
from screening.end_use import vagueness

Dossier = dict[str, Any]

SECTIONS = ("items", "parties", "end_use", "route", "documents", "ground", "commercial", "declaration")
TOP_TEXTS = ("own_reference", "title")
ROLES = ("consignee", "end_user", "intermediary", "purchaser", "carrier")
PARTY_KINDS = ("company", "person", "vessel")
MODES = ("sea", "air", "road", "rail", "post", "electronic")
UNDERTAKINGS = ("no_wmd", "no_military", "no_reexport", "allow_checks")
GROUNDS = tuple(Kind.values)
PAYMENTS = ("bank_transfer", "letter_of_credit", "open_account", "cash", "other")
IDENTIFIERS = ("lei", "vat", "imo", "registration")
LARGEST = 400_000  # characters of canonical JSON
DEEPEST = 8

#: UN/ECE Recommendation 20 codes in use on licences, and the HS chapters' measure they stand for.
UNITS = {
    "NAR": "Articles",
    "KGM": "Kilograms",
    "GRM": "Grams",
    "TNE": "Tonnes",
    "LTR": "Litres",
    "MTR": "Metres",
    "MTK": "Square metres",
    "MTQ": "Cubic metres",
    "SET": "Sets",
}
COUNTED = frozenset({"NAR", "SET"})  # whole numbers only
MACHINERY = frozenset({"84", "85", "86", "87", "88", "89", "90"})  # HS chapters counted in articles or sets
CHEMICALS = frozenset({"28", "29", "30", "31", "38"})  # HS chapters never counted


@dataclass(frozen=True)
class Deficiency:
    """One thing to mend."""

    code: str
    path: str
    message: str


Found = Iterator[Deficiency]


def plain(deficiencies: list[Deficiency]) -> list[dict[str, str]]:
    return [asdict(item) for item in deficiencies]


def canonical(dossier: Dossier) -> str:
    """Return canonical JSON: sorted keys, no spaces; what the SHA-256 of a revision is taken over."""
    return json.dumps(dossier, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def fingerprint(dossier: Dossier) -> str:
    return hashlib.sha256(canonical(dossier).encode()).hexdigest()


def difference(before: Dossier, after: Dossier) -> list[dict[str, Any]]:
    """Return what changed, leaf by leaf: [{path, before, after}] in the order of the paths."""
    old, new = dict(_leaves(before)), dict(_leaves(after))
    return [
        {"path": path, "before": old.get(path), "after": new.get(path)}
        for path in sorted(old.keys() | new.keys())
        if old.get(path) != new.get(path)
    ]


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            yield from _leaves(inner, f"{path}[{index}]")
    else:
        yield path, value


def check(dossier: Any) -> list[Deficiency]:
    """Return everything that keeps a dossier from being registered; an empty list when it is complete.

    Takes any JSON value and never raises.
    """
    shape = list(_shape(dossier))
    if shape:
        return shape
    found: list[Deficiency] = []
    for section in SECTIONS:
        found += check_section(section, dossier.get(section), dossier)
    return found


def check_section(section: str, value: Any, dossier: Dossier) -> list[Deficiency]:
    """Return what is wrong with one section, read beside the rest of the dossier."""
    return list(_CHECKS[section](value, dossier))


def check_shape(dossier: Any) -> list[Deficiency]:
    """Return what keeps a value from being kept even as a draft: not JSON of a dossier's form and size."""
    return list(_shape(dossier))


def _shape(dossier: Any) -> Found:
    if not isinstance(dossier, dict):
        yield Deficiency("not_an_object", "", _("A dossier is a JSON object."))
        return
    if _depth(dossier) > DEEPEST:
        yield Deficiency("too_deep", "", _("The dossier is nested deeper than any of its sections needs."))
        return
    try:
        size = len(canonical(dossier))
    except (TypeError, ValueError, RecursionError):
        yield Deficiency("not_json", "", _("The dossier holds something that is not JSON."))
        return
    if size > LARGEST:
        yield Deficiency("too_large", "", _("The dossier is too large; put long texts into documents."))
    for key in dossier:
        if key not in SECTIONS and key not in TOP_TEXTS:
            yield Deficiency("unknown_section", str(key)[:60], _("There is no such section."))
    for key in TOP_TEXTS:
        value = dossier.get(key, "")
        if not isinstance(value, str) or len(value) > 200 or "\x00" in value:
            yield Deficiency("bad_text", key, _("Write at most 200 characters."))
    if "\\u0000" in json.dumps(dossier):
        yield Deficiency("bad_text", "", _("Remove the null characters."))


def _depth(value: Any) -> int:
    deepest, stack = 0, [(value, 1)]
    while stack:
        item, depth = stack.pop()
        deepest = max(deepest, depth)
        if deepest > DEEPEST:
            return deepest
        inner = item.values() if isinstance(item, dict) else item if isinstance(item, list) else ()
        stack += [(one, depth + 1) for one in inner]
    return deepest


# Fields --------------------------------------------------------------------------------------------------


def _object(value: Any) -> Dossier:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(holder: Dossier, name: str, path: str, *, least: int = 1, most: int = 500) -> Found:
    value = holder.get(name)
    if not isinstance(value, str) or len(value.strip()) < least:
        yield Deficiency(
            "missing" if not value else "too_short",
            f"{path}.{name}",
            _("Fill this in.")
            if least == 1
            else _("Write at least %(least)s characters.") % {"least": least},
        )
    elif len(value) > most:
        yield Deficiency(
            "too_long", f"{path}.{name}", _("Write at most %(most)s characters.") % {"most": most}
        )


def _choice(holder: Dossier, name: str, path: str, allowed: tuple[str, ...]) -> Found:
    value = holder.get(name)
    if not isinstance(value, str) or value not in allowed:
        yield Deficiency("bad_choice", f"{path}.{name}", _("One of: %(all)s.") % {"all": ", ".join(allowed)})


def _yes_no(holder: Dossier, name: str, path: str) -> Found:
    if not isinstance(holder.get(name), bool):
        yield Deficiency("missing", f"{path}.{name}", _("Answer yes or no."))


@lru_cache(maxsize=1)
def _countries() -> frozenset[str]:
    return frozenset(country.alpha_2 for country in pycountry.countries)


@lru_cache(maxsize=1)
def _currencies() -> frozenset[str]:
    return frozenset(currency.alpha_3 for currency in pycountry.currencies)


def is_country(value: Any) -> bool:
    return isinstance(value, str) and value in _countries()


def _country(holder: Dossier, name: str, path: str) -> Found:
    if not is_country(holder.get(name)):
        yield Deficiency("bad_country", f"{path}.{name}", _("Use the two-letter ISO 3166 code, such as FR."))


def decimal(value: Any, places: int) -> Decimal | None:
    """Return a plain decimal string of at most so many places and 12 digits before the point, else None."""
    if not isinstance(value, str) or not re.fullmatch(rf"\d{{1,12}}(\.\d{{1,{places}}})?", value):
        return None
    try:
        return Decimal(value)
    except InvalidOperation:
        return None


# Sections ------------------------------------------------------------------------------------------------


def _items(value: Any, dossier: Dossier) -> Found:
    items = _list(value)
    if not 1 <= len(items) <= 100:
        yield Deficiency("missing", "items", _("Add at least one item, and at most 100."))
        return
    lines = [_object(item).get("line") for item in items]
    for number, raw in enumerate(items):
        path, item = f"items[{number}]", _object(raw)
        line = item.get("line")
        if (
            not isinstance(line, int)
            or isinstance(line, bool)
            or not 1 <= line <= 1000
            or lines.count(line) > 1
        ):
            yield Deficiency("bad_line", f"{path}.line", _("Number the items 1, 2, 3, each once."))
        yield from _item(item, path)


def _item(item: Dossier, path: str) -> Found:
    code, asked = item.get("control_code") or "", item.get("classification_requested") is True
    if not isinstance(code, str) or len(code) > 20 or (code and alliance.control_entry(code) is None):
        yield Deficiency(
            "unknown_control_code",
            f"{path}.control_code",
            _(
                "This code is not in the control list in force. Look it up, or ask for the item to be classified."
            ),
        )
    elif not code and not asked:
        yield Deficiency(
            "missing",
            f"{path}.control_code",
            _("Give the control code, or ask for the item to be classified."),
        )
    hs = item.get("hs_code")
    if not isinstance(hs, str) or not re.fullmatch(r"\d{6}(\d{2}){0,2}", hs):
        yield Deficiency("bad_hs_code", f"{path}.hs_code", _("Give 6, 8 or 10 digits, without points."))
        hs = ""
    yield from _text(item, "description", path, least=5)
    unit = item.get("unit")
    if unit not in UNITS:
        yield Deficiency("bad_unit", f"{path}.unit", _("One of: %(all)s.") % {"all": ", ".join(UNITS)})
    elif (hs[:2] in MACHINERY and unit not in COUNTED) or (hs[:2] in CHEMICALS and unit in COUNTED):
        yield Deficiency(
            "wrong_unit",
            f"{path}.unit",
            _("Goods of HS chapter %(chapter)s are not measured in %(unit)s.")
            % {"chapter": hs[:2], "unit": UNITS[unit].lower()},
        )
    quantity = decimal(item.get("quantity"), 3)
    if quantity is None or quantity <= 0:
        yield Deficiency(
            "bad_quantity",
            f"{path}.quantity",
            _("Give a number above zero with at most three decimals, such as 12.5."),
        )
    elif unit in COUNTED and quantity != quantity.to_integral_value():
        yield Deficiency("bad_quantity", f"{path}.quantity", _("Give a whole number of these."))
    if decimal(item.get("value"), 2) is None:
        yield Deficiency(
            "bad_value", f"{path}.value", _("Give the value with at most two decimals, such as 1200.00.")
        )
    if item.get("currency") not in _currencies():
        yield Deficiency(
            "bad_currency", f"{path}.currency", _("Use the three-letter ISO 4217 code, such as EUR.")
        )
    serials = item.get("serial_numbers", [])
    if not isinstance(serials, list) or not all(isinstance(s, str) and 1 <= len(s) <= 60 for s in serials):
        yield Deficiency(
            "bad_serials", f"{path}.serial_numbers", _("List serial numbers of at most 60 characters.")
        )
    elif len(set(serials)) < len(serials):
        yield Deficiency("bad_serials", f"{path}.serial_numbers", _("A serial number is listed twice."))
    elif quantity is not None and unit in COUNTED and len(serials) > quantity:
        yield Deficiency(
            "bad_serials", f"{path}.serial_numbers", _("There are more serial numbers than articles.")
        )
    origin = item.get("components_from", [])
    if not isinstance(origin, list) or len(origin) > 50 or not all(is_country(code) for code in origin):
        yield Deficiency(
            "bad_country", f"{path}.components_from", _("List two-letter ISO 3166 codes, such as US.")
        )


def _parties(value: Any, dossier: Dossier) -> Found:
    parties = _list(value)
    if len(parties) > 50:
        yield Deficiency("too_many", "parties", _("Name at most 50 parties."))
        return
    roles = [_object(party).get("role") for party in parties]
    for role, label in (("consignee", _("a consignee")), ("end_user", _("an end-user"))):
        if role not in roles:
            yield Deficiency(f"missing_{role}", "parties", _("Add %(who)s.") % {"who": label})
    for number, raw in enumerate(parties):
        yield from _party(_object(raw), f"parties[{number}]")


def _party(party: Dossier, path: str) -> Found:
    yield from _choice(party, "role", path, ROLES)
    yield from _choice(party, "kind", path, PARTY_KINDS)
    yield from _text(party, "name", path, least=2, most=300)
    yield from _text(party, "address", path, least=5)
    yield from _country(party, "country", path)
    aliases = party.get("aliases", [])
    if (
        not isinstance(aliases, list)
        or len(aliases) > 20
        or not all(
            isinstance(alias, str) and len(alias.strip()) >= 2 and len(alias) <= 300 for alias in aliases
        )
    ):
        yield Deficiency("bad_aliases", f"{path}.aliases", _("List at most 20 names of 2 to 300 characters."))
    identifiers = party.get("identifiers", [])
    if not isinstance(identifiers, list) or len(identifiers) > 20:
        yield Deficiency("bad_identifier", f"{path}.identifiers", _("List at most 20 identifiers."))
    else:
        for number, raw in enumerate(identifiers):
            yield from _identifier(_object(raw), f"{path}.identifiers[{number}]")
    website = party.get("website") or ""
    if (
        not isinstance(website, str)
        or len(website) > 200
        or (website and not re.fullmatch(r"https?://[^\s/$.?#][^\s]*", website))
    ):
        yield Deficiency("bad_website", f"{path}.website", _("Give an address that starts with https://."))
    founded = party.get("incorporated_on") or ""
    day = _day(founded)
    if founded and (day is None or day > clock.today()):
        yield Deficiency("bad_date", f"{path}.incorporated_on", _("Give a past date as YYYY-MM-DD."))


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else None
    except ValueError:
        return None


def _identifier(identifier: Dossier, path: str) -> Found:
    scheme, value = identifier.get("scheme"), identifier.get("value")
    if scheme not in IDENTIFIERS:
        yield Deficiency(
            "bad_choice", f"{path}.scheme", _("One of: %(all)s.") % {"all": ", ".join(IDENTIFIERS)}
        )
    elif not isinstance(value, str) or not 2 <= len(value.strip()) <= 60:
        yield Deficiency("missing", f"{path}.value", _("Fill this in."))
    elif not identifier_is_valid(str(scheme), value):
        yield Deficiency(
            "bad_check_digit",
            f"{path}.value",
            _("The check digits of this %(scheme)s number do not fit. Compare it with the source.")
            % {"scheme": str(scheme).upper()},
        )


def identifier_is_valid(scheme: str, value: str) -> bool:
    """Tell whether an identifier's form and check digits are right (LEI ISO 17442, EU VAT, IMO ship number)."""
    if scheme == "lei":
        return bool(lei.is_valid(value))
    if scheme == "vat":
        return bool(vat.is_valid(value)) if value.strip()[:2].upper() in EU_VAT else True
    if scheme == "imo":
        return bool(imo.is_valid(value))
    return True


EU_VAT = frozenset({
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "EL", "ES", "FI", "FR", "HR", "HU", "IE", "IT",
    "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
})  # fmt: skip


def _end_use(value: Any, dossier: Dossier) -> Found:
    statement, path = _object(value), "end_use"
    yield from _text(statement, "site", path, least=10)
    yield from _country(statement, "site_country", path)
    yield from _text(statement, "purpose", path, least=30, most=4000)
    purpose = statement.get("purpose")
    if isinstance(purpose, str) and purpose.strip():
        for missing in vagueness(purpose[:4000]):
            yield Deficiency("vague_end_use", f"{path}.purpose", missing)
    undertakings = statement.get("undertakings")
    given = set(filter(lambda u: isinstance(u, str), _list(undertakings)))
    for code in UNDERTAKINGS:
        if code not in given:
            yield Deficiency(
                "missing_undertaking",
                f"{path}.undertakings",
                _("The end-user's undertaking %(code)s is missing.") % {"code": code},
            )
    yield from _yes_no(statement, "military_end_user", path)
    yield from _yes_no(statement, "prohibited_end_use", path)


def _route(value: Any, dossier: Dossier) -> Found:
    route, path = _object(value), "route"
    yield from _country(route, "goods_location", path)
    legs = _list(route.get("legs"))
    if not 1 <= len(legs) <= 20:
        yield Deficiency(
            "missing", "route.legs", _("Add the legs of the route, at least one and at most 20.")
        )
        return
    before: str | None = None
    for number, raw in enumerate(legs):
        at, leg = f"route.legs[{number}]", _object(raw)
        for end in ("origin", "destination"):
            place = leg.get(end)
            if (
                not isinstance(place, str)
                or not re.fullmatch(r"[A-Z]{2}[A-Z2-9]{3}", place)
                or not is_country(place[:2])
            ):
                yield Deficiency(
                    "bad_place",
                    f"{at}.{end}",
                    _("Use the five-character UN/LOCODE, such as DEHAM for Hamburg."),
                )
        yield from _choice(leg, "mode", at, MODES)
        if before is not None and leg.get("origin") != before:
            yield Deficiency(
                "broken_route",
                f"{at}.origin",
                _("Each leg starts where the one before it ends (%(place)s).") % {"place": before},
            )
        before = str(leg.get("destination"))
    start, end = _object(legs[0]).get("origin"), _object(legs[-1]).get("destination")
    if (
        isinstance(start, str)
        and is_country(route.get("goods_location"))
        and start[:2] != route["goods_location"]
    ):
        yield Deficiency(
            "route_start",
            "route.legs[0].origin",
            _("The route starts in the country in which the goods are."),
        )
    receivers = {
        _object(party).get("country")
        for party in _list(dossier.get("parties"))
        if _object(party).get("role") in ("consignee", "end_user")
    }
    if isinstance(end, str) and receivers and end[:2] not in receivers:
        yield Deficiency(
            "route_end",
            f"route.legs[{len(legs) - 1}].destination",
            _("The route ends in the country of the consignee or of the end-user."),
        )


def _documents(value: Any, dossier: Dossier) -> Found:
    documents = _list(value) if value is not None else []
    if not isinstance(value, list | None) or len(documents) > 50:
        yield Deficiency("too_many", "documents", _("Attach at most 50 documents."))
        return
    for number, raw in enumerate(documents):
        uid = _object(raw).get("uid")
        if not isinstance(uid, str) or not re.fullmatch(r"[0-9a-f-]{36}", uid):
            yield Deficiency("bad_document", f"documents[{number}].uid", _("Upload the document first."))


def _ground(value: Any, dossier: Dossier) -> Found:
    ground = _object(value)
    yield from _choice(ground, "kind", "ground", GROUNDS)
    if ground.get("kind") in ("crisis", "humanitarian"):
        yield from _text(ground, "explanation", "ground", least=20, most=2000)
    if ground.get("kind") == "humanitarian":
        yield from _choice(ground, "provider", "ground", tuple(Provider.values))
        yield from _choice(ground, "supply", "ground", tuple(Supply.values))
    if not isinstance(ground.get("reference", ""), str) or len(str(ground.get("reference", ""))) > 200:
        yield Deficiency("too_long", "ground.reference", _("Write at most 200 characters."))


def _commercial(value: Any, dossier: Dossier) -> Found:
    commercial = _object(value)
    yield from _choice(commercial, "payment", "commercial", PAYMENTS)
    yield from _yes_no(commercial, "third_party_payer", "commercial")


def _declaration(value: Any, dossier: Dossier) -> Found:
    declaration = _object(value)
    yield from _text(declaration, "name", "declaration", least=2, most=150)
    yield from _text(declaration, "capacity", "declaration", least=2, most=150)
    if declaration.get("accepted") is not True:
        yield Deficiency("not_declared", "declaration.accepted", _("Confirm the declaration."))


_CHECKS: dict[str, Callable[[Any, Dossier], Found]] = {
    "items": _items,
    "parties": _parties,
    "end_use": _end_use,
    "route": _route,
    "documents": _documents,
    "ground": _ground,
    "commercial": _commercial,
    "declaration": _declaration,
}
