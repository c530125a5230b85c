"""The United Nations Security Council Consolidated List in XML. Pure.

Format: CONSOLIDATED_LIST of individuals and entities, after the Council's published schema sc-sanctions.xsd.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element

from screening.lists.rows import Parsed, Row, Rows, born, number_in, numbered, years
from screening.lists.streams import all_said, elements, said

KINDS = {"INDIVIDUAL": "person", "ENTITY": "company"}
PARTS = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")
DEEPEST = 3  # brackets within brackets that hold names
NOTES = re.compile(r"\s*\((?:previously listed as|formerly listed as|birth name|combat name|original script)\)|"
                   r"\s+-\s+sub-unit name", re.IGNORECASE)  # fmt: skip
IN_REMARKS = re.compile(r"\bIMO\)?\s*(?:company\s+)?(?:number|no\.?)?\s*:?\s*(\d{7})\b", re.IGNORECASE)


def _foreign(text: str) -> bool:
    return any(letter.isalpha() and ord(letter) > 0x370 for letter in text)


def names(text: str, within: int = 0) -> list[str]:
    """Return the names an alias holds: several parted by `;`, and one in another script before or in brackets."""
    text = NOTES.sub("", text).strip(" ,;")
    if within < DEEPEST and (found := re.fullmatch(r"([^()]+?)\s*\((.*)\)", text)):
        outer, inner = found[1], found[2]
        if ";" in inner or _foreign(outer) != _foreign(inner):
            return [outer, *names(inner, within + 1)]
        return [text]
    return [part for piece in re.split(r";|\s[b-z]\)\s", text) if (part := piece.strip(" ,"))]


def _births(party: Element) -> Iterator[str]:
    for birth in party.findall("INDIVIDUAL_DATE_OF_BIRTH"):
        first, last = said(birth, "FROM_YEAR"), said(birth, "TO_YEAR")
        if re.fullmatch(r"\d{4}\d{4}", first + last, re.ASCII):
            yield from years(int(first), int(last))
        else:
            yield from born(said(birth, "DATE") or said(birth, "YEAR"))


def _numbers(party: Element, remarks: str) -> list[str]:
    """Return the numbers of documents; a field may say in words whose and what number it is."""
    written = map(number_in, all_said(party, "INDIVIDUAL_DOCUMENT/NUMBER"))
    return [*numbered(written), *IN_REMARKS.findall(remarks)]


def _addresses(party: Element) -> list[str]:
    fields = ("STREET", "CITY", "STATE_PROVINCE", "ZIP_CODE", "COUNTRY")
    return [
        ", ".join(filter(None, (said(address, field) for field in fields)))
        for address in party.findall(f"{party.tag}_ADDRESS")
    ]


def parse(path: Path) -> Parsed:
    """Read the file; entries go by their reference number (QDi.001)."""
    rows = Rows(path)
    published = ""
    for line, party in elements(path, "CONSOLIDATED_LIST", *KINDS):
        if party.tag not in KINDS:
            published = party.get("dateGenerated", "")[:10]
            continue
        aliases, weak = all_said(party, "NAME_ORIGINAL_SCRIPT"), []
        for alias in party.findall(f"{party.tag}_ALIAS"):
            found = names(said(alias, "ALIAS_NAME"))
            if said(alias, "QUALITY").casefold() == "low":
                weak += found
            else:
                aliases += found
        remarks = said(party, "COMMENTS1")
        rows.add(
            line,
            Row(
                said(party, "REFERENCE_NUMBER") or said(party, "DATAID"),
                KINDS[party.tag],
                " ".join(filter(None, (said(party, part) for part in PARTS))),
                said(party, "UN_LIST_TYPE"),
                remarks,
                aliases=aliases,
                weak=weak,
                countries=[
                    *all_said(party, "NATIONALITY/VALUE"),
                    *all_said(party, f"{party.tag}_ADDRESS/COUNTRY"),
                ],
                identifiers=_numbers(party, remarks),
                born=list(_births(party)),
                addresses=_addresses(party),
            ),
        )
    return rows.parsed(published=published)
