"""The EU's consolidated list of financial sanctions, xmlFullSanctionsList_1_1. Pure.

Format: the export of the Financial Sanctions Files: sanctionEntity with its facts in attributes.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

from django.utils.translation import gettext as _

from screening.lists.rows import Parsed, Row, Rows, born, broken, number_in, numbered, once, years
from screening.lists.streams import all_said, elements, said

KINDS = {"person": "person", "enterprise": "company", "entity": "company", "p": "person", "e": "company"}


def _names(party: Element) -> Iterator[tuple[str, bool, bool]]:
    """Yield (name, whether it is strong, whether it is in English or in no language)."""
    for alias in party.findall("nameAlias"):
        parts = (alias.get(part, "") for part in ("firstName", "middleName", "lastName"))
        name = alias.get("wholeName", "") or " ".join(filter(None, parts))
        if name:
            yield name, alias.get("strong") != "false", alias.get("nameLanguage", "").upper() in ("", "EN")


def _births(party: Element) -> Iterator[str]:
    for birth in party.findall("birthdate"):
        first, last = birth.get("yearRangeFrom", ""), birth.get("yearRangeTo", "")
        year, month, day = (birth.get(part, "") for part in ("year", "monthOfYear", "dayOfMonth"))
        if birth.get("birthdate"):
            yield from born(birth.get("birthdate", ""))
        elif year:
            yield from born("-".join([year, *([month, *([day] if day else [])] if month else [])]))
        elif all(text.isascii() and text.isdigit() and len(text) == 4 for text in (first, last)):
            yield from years(int(first), int(last))


def _country(element: Element) -> str:
    country = element.get("countryDescription", "") or element.get("countryIso2Code", "")
    return "" if country in ("UNKNOWN", "00") else country


def _address(address: Element) -> str:
    parts = [address.get(part, "") for part in ("street", "poBox", "zipCode", "city", "region", "place")]
    lines = [text for text in parts if text]
    return ", ".join([*lines, *filter(None, [_country(address)])]) if lines else ""


def parse(path: Path) -> Parsed:
    """Read the file; entries go by their EU reference number (EU.27.28), else by their logical id."""
    rows, published = Rows(path), ""
    for line, party in elements(path, "export", "sanctionEntity"):
        if party.tag == "export":
            published = party.get("generationDate", "")[:10]
            continue
        subject = party.find("subjectType")
        said_kind = (
            "" if subject is None else subject.get("code", "") or subject.get("classificationCode", "")
        )
        if said_kind.casefold() not in KINDS:
            raise broken(path, line, _("unknown type %(kind)s") % {"kind": said_kind})
        names = list(_names(party))
        strong = [name for name, is_strong, _english in names if is_strong]
        english = (name for name, is_strong, in_english in names if is_strong and in_english)
        numbers = (
            document.get("number", "") or document.get("latinNumber", "")
            for document in party.findall("identification")
        )
        rows.add(
            line,
            Row(
                party.get("euReferenceNumber", "") or party.get("logicalId", ""),
                KINDS[said_kind.casefold()],
                next(english, "") or next(iter(strong), "") or next((name for name, *_rest in names), ""),
                "; ".join(once(act.get("programme", "") for act in party.findall("regulation"))),
                " ".join(all_said(party, "remark")) or said(party, "designationDetails"),
                aliases=strong,
                weak=[name for name, is_strong, _english in names if not is_strong],
                countries=[_country(e) for tag in ("citizenship", "address") for e in party.findall(tag)],
                identifiers=numbered(map(number_in, numbers)),
                born=list(_births(party)),
                addresses=[_address(address) for address in party.findall("address")],
            ),
        )
    return rows.parsed(published=published)
