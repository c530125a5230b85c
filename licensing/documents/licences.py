"""The licence as a PDF/A with a code that leads to its public verification."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any, Literal

import segno
import typst
from anyascii import anyascii
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from core.instants import in_zones
from licensing.conditions import describe
from licensing.dossier import UNITS
from licensing.models import Licence, Party
from licensing.services import credentials

TEMPLATE = Path(__file__).parent / "licence.typ"
#: Archival, and readable by screen readers.
STANDARD: Literal["a-2a"] = "a-2a"
#: What the fonts that come with typst can set: Latin, Greek, Cyrillic and their punctuation.
PRINTABLE = ((0x20, 0x24F), (0x370, 0x52F), (0x1E00, 0x1FFF), (0x2010, 0x2027), (0x20AC, 0x20AC))


def verify_url(number: str) -> str:
    """Return where anyone can verify a licence."""
    return f"{settings.SITE_URL}/verify/{number}/"


def printable(text: str) -> str:
    """Return a text with every character the fonts lack transliterated."""
    return "".join(
        char if any(first <= ord(char) <= last for first, last in PRINTABLE) else anyascii(char) or " "
        for char in text
    )


def pdf(licence: Licence) -> bytes:
    """Set a licence as PDF/A-2a; the same licence gives the same bytes."""
    data = json.dumps(contents(licence), ensure_ascii=False)
    return bytes(
        typst.compile(  # type: ignore[call-overload]
            str(TEMPLATE),
            format="pdf",
            sys_inputs={"data": data, "code": code(licence)},
            pdf_standards=[STANDARD],
            ignore_system_fonts=True,
            timestamp=int((licence.edition_at or licence.issued_at).timestamp()),
        )
    )


def code(licence: Licence) -> str:
    """Draw the code of a licence: it opens the public verification, and carries what offline devices need."""
    drawn = io.BytesIO()
    segno.make(credentials.signed(licence, "code"), error="m").save(
        drawn, kind="svg", xmldecl=False, border=2, scale=4
    )
    return drawn.getvalue().decode()


def contents(licence: Licence) -> dict[str, Any]:
    """Return what the document says, each text as it is printed.

    The write-off table follows boxes 23 to 27 of the form in Annex III A of Regulation (EU) 2021/821.
    """
    roles = dict(Party.Role.choices)
    rows = [
        (_("Number"), licence.number),
        (_("Issued by"), str(licence.issued_by)),
        (_("Issued on"), licence.issued_at.date().isoformat()),
        (_("Holder"), f"{licence.holder.name}, {' '.join(licence.holder.address.split())}"),
        (_("Valid from"), licence.valid_from.isoformat()),
        (
            _("Takes effect"),
            in_zones(licence.takes_effect_at, [licence.issued_by.timezone])
            if licence.takes_effect_at
            else "",
        ),
        (_("Valid until"), licence.valid_until.isoformat()),
        (
            _("Provisional"),
            _("Revoked by itself at %(at)s unless it is confirmed before")
            % {"at": in_zones(licence.confirm_by, [licence.issued_by.timezone])}
            if licence.provisional and licence.confirm_by
            else "",
        ),
        (_("Renewal"), _renewal(licence)),
        (_("Valid in"), ", ".join(licence.territory)),
        (
            _("Edition"),
            _("%(number)d, in place of every earlier one") % {"number": licence.edition}
            if licence.edition > 1
            else "",
        ),
        (_("Destinations"), ", ".join(licence.destinations)),
        (_("Case"), licence.case.reference),
        (_("National reference"), licence.national_reference),
        (_("Decided by two officers"), licence.decision.countersigned_at.date().isoformat())
        if licence.decision and licence.decision.countersigned_at
        else ("", ""),
    ]
    lines = [
        [
            str(line.line),
            line.control_code or _("unlisted"),
            line.hs_code,
            line.description,
            f"{line.quantity.normalize():f} {UNITS.get(line.unit, line.unit)}",
            f"{line.value} {line.currency}",
        ]
        for line in licence.lines.all()
    ]
    parties = [[str(roles.get(p["role"], p["role"])), p["name"], p["country"]] for p in licence.parties]
    found = {
        "lang": (translation.get_language() or "en")[:2],
        "title": _("Export licence %(number)s") % {"number": licence.number},
        "heading": _("PROVISIONAL export licence") if licence.provisional else _("Individual export licence"),
        "rows": [[key, value] for key, value in rows if value],
        "items": _("What may be exported"),
        "item_heads": [_("Line"), _("Control code"), _("HS"), _("Description"), _("At most"), _("Value")],
        "lines": lines,
        "parties": _("Parties"),
        "party_heads": [_("Role"), _("Name"), _("Country")],
        "party_rows": parties,
        "conditions": _("Conditions"),
        "condition_rows": [describe(condition) for condition in licence.conditions]
        or [_("None beyond the law.")],
        "write_off": _("Quantities written off"),
        "write_off_heads": [
            _("Date"),
            _("Customs reference"),
            _("Line"),
            _("Quantity"),
            _("Left"),
            _("Stamp"),
        ],
        "verify": _("Verify this licence: what this address says counts, not this paper."),
        "url": verify_url(licence.number),
        "code_alt": _("Code that leads to the verification of licence %(number)s")
        % {"number": licence.number},
        "page": _("page"),
    }
    printed: dict[str, Any] = _printed(found)
    return printed


def _renewal(licence: Licence) -> str:
    if licence.renewable:
        return ""
    if licence.provisional:
        return _("Not renewable and not extended: provisional")
    return _("Not renewable and not extended: issued on an emergency request")


def _printed(value: Any) -> Any:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, list):
        return [_printed(entry) for entry in value]
    return {key: _printed(entry) for key, entry in value.items()}
