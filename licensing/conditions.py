"""Conditions on a licence: their kinds, and how those of several members become one set.

The union counts; of two numbers or dates the stricter; pairs that cannot both be kept are a conflict that an
officer resolves, after which the positions are confirmed anew. Source: RULES "Partial positions".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import Invalid

Condition = dict[str, Any]  # {"code", "value"?, "line"?}


def _amount(value: Any) -> str:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise ValueError(_("Give a number.")) from None
    if not number.is_finite() or number <= 0 or number >= Decimal(10) ** 15:
        raise ValueError(_("Give a number above zero."))
    return format(number.normalize(), "f")


def _days(value: Any) -> str:
    if not re.fullmatch(r"[1-9]\d{0,3}", str(value)):
        raise ValueError(_("Give a whole number of days."))
    return str(value)


def _date(value: Any) -> str:
    try:
        return date.fromisoformat(str(value)).isoformat()
    except ValueError:
        raise ValueError(_("Give a date as YYYY-MM-DD.")) from None


def _text(value: Any) -> str:
    text = " ".join(str(value).split())
    if not 10 <= len(text) <= 500:
        raise ValueError(_("Write 10 to 500 characters."))
    return text


@dataclass(frozen=True)
class Kind:
    """A kind of condition: how its value reads, and which of two values is the stricter."""

    label: Any
    read: Callable[[Any], str] | None = None
    stricter: Callable[[str, str], str] | None = None
    per_line: bool = False


def _less(one: str, other: str) -> str:
    return min(one, other, key=Decimal)


KINDS: dict[str, Kind] = {
    "quantity_cap": Kind(gettext_lazy("At most this quantity"), _amount, _less, per_line=True),
    "value_cap": Kind(
        gettext_lazy("At most this value, in the currency of the line"), _amount, _less, per_line=True
    ),
    "valid_until": Kind(gettext_lazy("Valid until at the latest"), _date, min),
    "delivery_verification_within": Kind(gettext_lazy("Delivery verified within days"), _days, _less),
    "end_use_report_every": Kind(gettext_lazy("End-use report every so many days"), _days, _less),
    "no_reexport": Kind(gettext_lazy("No re-export")),
    "reexport_with_consent": Kind(gettext_lazy("Re-export only with consent")),
    "consignee_only": Kind(gettext_lazy("Delivery only to the consignee named")),
    "installation_by_exporter": Kind(gettext_lazy("Installed by the exporter's own staff")),
    "installation_by_end_user": Kind(gettext_lazy("Installed by the end-user alone")),
    "single_shipment": Kind(gettext_lazy("One shipment only")),
    "partial_shipments_required": Kind(gettext_lazy("Shipped in parts, each after the last is verified")),
    "text": Kind(gettext_lazy("In words"), _text),
}

INCOMPATIBLE: tuple[frozenset[str], ...] = (
    frozenset({"installation_by_exporter", "installation_by_end_user"}),
    frozenset({"single_shipment", "partial_shipments_required"}),
)


#: The weaker of two conditions gives way to the stricter that contains it.
CONTAINED = {"reexport_with_consent": "no_reexport"}


@dataclass(frozen=True)
class Merged:
    """One set of conditions, in a fixed order, and the pairs of codes that cannot both be kept."""

    conditions: list[Condition]
    conflicts: list[tuple[str, str]]


def clean(conditions: Sequence[Any], path: str = "conditions") -> list[Condition]:
    """Return conditions in their plain form; Invalid, naming each wrong entry, otherwise."""
    errors: dict[str, list[str]] = {}
    cleaned = []
    for number, entry in enumerate(conditions):
        at = f"{path}[{number}]"
        code = entry.get("code") if isinstance(entry, dict) else None
        kind = KINDS.get(code) if isinstance(code, str) else None
        if kind is None or not isinstance(entry, dict):
            errors[f"{at}.code"] = [_("One of: %(codes)s.") % {"codes": ", ".join(KINDS)}]
            continue
        plain: Condition = {"code": code}
        if kind.read is not None:
            try:
                plain["value"] = kind.read(entry.get("value"))
            except ValueError as error:
                errors[f"{at}.value"] = [str(error)]
        if kind.per_line:
            line = entry.get("line")
            if not isinstance(line, int) or isinstance(line, bool) or line < 1:
                errors[f"{at}.line"] = [_("Name the line of the item, from 1.")]
            else:
                plain["line"] = line
        cleaned.append(plain)
    if errors:
        raise Invalid(_("Some conditions need to be corrected."), fields=errors)
    return cleaned


def require_lines(conditions: Sequence[Condition], lines: Iterable[int], path: str = "conditions") -> None:
    """Invalid, naming each wrong entry, when a condition names a line that the application does not have."""
    known = set(lines)
    errors = {
        f"{path}[{number}].line": [_("The application has no line %(line)s.") % {"line": entry["line"]}]
        for number, entry in enumerate(conditions)
        if "line" in entry and entry["line"] not in known
    }
    if errors:
        raise Invalid(_("Some conditions need to be corrected."), fields=errors)


def merge(sets: Iterable[Sequence[Condition]]) -> Merged:
    """Return the conditions of several members as one; the order of the members makes no difference."""
    merged: dict[tuple[str, int, str], Condition] = {}
    for conditions in sets:
        for entry in conditions:
            code = entry["code"]
            kind = KINDS[code]
            own = entry.get("value", "") if kind.stricter is None else ""
            key = (code, entry.get("line", 0), own)
            known = merged.get(key)
            if known is not None and kind.stricter is not None:
                entry = {**entry, "value": kind.stricter(known["value"], entry["value"])}
            merged[key] = entry
    codes = {key[0] for key in merged}
    for weaker, stricter in CONTAINED.items():
        if stricter in codes and weaker in codes:
            codes.remove(weaker)
            del merged[weaker, 0, ""]
    conflicts = []
    for pair in INCOMPATIBLE:
        if pair <= codes:
            one, other = sorted(pair)
            conflicts.append((one, other))
    return Merged([merged[key] for key in sorted(merged)], conflicts)


def cap(conditions: Iterable[Condition], code: str, line: int, asked: Decimal) -> Decimal:
    """Return how much of what was asked for a line the conditions leave: the lowest cap of a code."""
    caps = [
        Decimal(entry["value"]) for entry in conditions if entry["code"] == code and entry.get("line") == line
    ]
    return min([asked, *caps])


def last_day(conditions: Iterable[Condition], wanted: date) -> date:
    """Return the last day of validity the conditions leave."""
    return min([wanted, *(date.fromisoformat(c["value"]) for c in conditions if c["code"] == "valid_until")])


def describe(condition: Condition) -> str:
    """Return a condition as a person reads it."""
    text = str(KINDS[condition["code"]].label)
    if condition["code"] == "text":
        return str(condition["value"])
    if "value" in condition:
        text = f"{text}: {condition['value']}"
    if "line" in condition:
        text = _("%(text)s (line %(line)s)") % {"text": text, "line": condition["line"]}
    return text
