"""The dossier: what an application has to say, judged once for browser, API and submission.

Pure but for the lists in force it reads. A dossier is JSON with the sections of SECTIONS; `check` returns what
is missing or wrong, each with a code, the path of the field and how to mend it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

from django.utils.translation import gettext as _

from licensing.dossier import goods, parties, purpose
from licensing.dossier.fields import DIRECTION, Deficiency, Dossier, Found, as_list, as_object, is_country
from licensing.dossier.goods import UNITS
from licensing.dossier.identifiers import IDENTIFIERS
from licensing.dossier.purpose import PAYMENTS, UNDERTAKINGS, in_words

__all__ = [
    "CORRECTABLE", "IDENTIFIERS", "PAYMENTS", "SECTIONS", "TOP_TEXTS", "UNDERTAKINGS", "UNITS", "Deficiency",
    "Dossier", "canonical", "check", "check_section", "check_shape", "destinations", "difference", "fingerprint",
    "in_words", "is_country", "plain",
]  # fmt: skip

SECTIONS = (
    "items", "parties", "end_use", "route", "documents", "ground", "emergency", "commercial", "declaration",
)  # fmt: skip
#: What an answer may correct: emergency handling is asked for when filing, and triaged once.
CORRECTABLE = tuple(section for section in SECTIONS if section != "emergency")
LISTS = ("items", "parties", "documents")
TOP_TEXTS = ("own_reference", "title")
LARGEST = 400_000  # bytes of canonical JSON
DEEPEST = 8


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


def destinations(dossier: Dossier) -> set[str]:
    """Return the countries in which the goods end up: of consignees, end-users, the site of use and the last leg.

    ISO 3166-1 alpha-2; takes a draft however incomplete, and leaves out what is no country.
    """
    named: list[Any] = [
        as_object(party).get("country")
        for party in as_list(dossier.get("parties"))
        if as_object(party).get("role") in ("consignee", "end_user")
    ]
    named.append(as_object(dossier.get("end_use")).get("site_country"))
    legs = as_list(as_object(dossier.get("route")).get("legs"))
    named += [str(as_object(leg).get("destination") or "")[:2] for leg in legs[-1:]]
    return {code for code in named if is_country(code)}


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
        size = len(json.dumps(dossier, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode())
    except (TypeError, ValueError, RecursionError):
        yield Deficiency("not_json", "", _("The dossier holds something that is not JSON."))
        return
    if size > LARGEST:
        yield Deficiency("too_large", "", _("The dossier is too large; put long texts into documents."))
    for key in dossier:
        if key not in SECTIONS and key not in TOP_TEXTS:
            yield Deficiency("unknown_section", str(key)[:60], _("There is no such section."))
    for key in SECTIONS:
        if key in LISTS and not isinstance(dossier.get(key) or [], list):
            yield Deficiency("not_a_list", key, _("This section is a list."))
        if key not in LISTS and not isinstance(dossier.get(key) or {}, dict):
            yield Deficiency("not_an_object", key, _("This section is an object."))
    for key in TOP_TEXTS:
        value = dossier.get(key, "")
        if not isinstance(value, str):
            yield Deficiency("bad_text", key, _("This is a text."))
        elif "\x00" in value:
            yield Deficiency("bad_text", key, _("Remove the null characters."))
        elif len(value) > 200:
            yield Deficiency("bad_text", key, _("Write at most 200 characters."))
        elif DIRECTION.search(value):
            yield Deficiency(
                "bad_text", key, _("Remove the invisible characters that turn the text's direction.")
            )
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


_CHECKS: dict[str, Callable[[Any, Dossier], Found]] = {
    "items": goods.items,
    "parties": parties.parties,
    "end_use": purpose.end_use,
    "route": purpose.route,
    "documents": purpose.documents,
    "ground": purpose.ground,
    "emergency": purpose.emergency,
    "commercial": purpose.commercial,
    "declaration": purpose.declaration,
}
