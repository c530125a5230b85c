"""Items: what is to be exported."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from alliance import selectors as alliance
from licensing.dossier.fields import (
    Deficiency,
    Dossier,
    Found,
    as_list,
    as_object,
    decimal,
    is_country,
    is_currency,
    text,
)
from licensing.dossier.identifiers import is_hs

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


def items(value: Any, dossier: Dossier) -> Found:
    items = as_list(value)
    if not 1 <= len(items) <= 100:
        yield Deficiency("missing", "items", _("Add at least one item, and at most 100."))
        return
    lines = [as_object(item).get("line") for item in items]
    for number, raw in enumerate(items):
        path, item = f"items[{number}]", as_object(raw)
        line = item.get("line")
        if (
            not isinstance(line, int)
            or isinstance(line, bool)
            or not 1 <= line <= 1000
            or lines.count(line) > 1
        ):
            yield Deficiency("bad_line", f"{path}.line", _("Number the items 1, 2, 3, each once."))
        yield from item_fields(item, path)


def item_fields(item: Dossier, path: str) -> Found:
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
    if not isinstance(hs, str) or not is_hs(hs):
        yield Deficiency(
            "bad_hs_code",
            f"{path}.hs_code",
            _("Give the HS code as 6, 8 or 10 digits, without points, of a chapter that there is."),
        )
        hs = ""
    yield from text(item, "description", path, least=5)
    unit = item.get("unit")
    if not isinstance(unit, str) or unit not in UNITS:
        unit = None
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
    if not is_currency(item.get("currency")):
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
