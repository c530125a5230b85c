"""The US Consolidated Screening List as one CSV with 29 columns: the lists of Commerce, State and Treasury. Pure.

Format: the CSV of trade.gov's Consolidated Screening List; several values in one field are parted by `; `.
"""

from __future__ import annotations

import re
from pathlib import Path

from django.utils.translation import gettext as _

from screening.lists.rows import Parsed, Row, Rows, born, broken, decoded, numbered, records, table

COLUMNS = (
    "_id", "source", "type", "programs", "name", "addresses", "vessel_flag", "remarks", "alt_names",
    "citizenships", "dates_of_birth", "nationalities", "ids",
)  # fmt: skip
COUNTRIES = ("citizenships", "nationalities", "vessel_flag")
#: The lists of Commerce and State leave the type empty: their parties count as companies, as in OFAC's files.
KINDS = {
    "": "company",
    "Entity": "company",
    "Individual": "person",
    "Vessel": "vessel",
    "Aircraft": "aircraft",
}
NUMBERS = re.compile(
    r"passport|\bno\.|number|#|\bids?\b|identification|\bcode\b|imo\b|mmsi|fein|ssn|isin|licen[cs]e|\bbik\b|lei\b|"
    r"r\.?f\.?c|c\.u\.r\.p|d\.n\.i|c\.u\.i\.t|electoral",
    re.IGNORECASE,
)
NO_NUMBERS = re.compile(r"phone|fax|directive|date|nationality|target|website|e-?mail", re.IGNORECASE)


def _several(text: str) -> list[str]:
    return [part.strip() for part in text.split(";") if part.strip()]


def _identifiers(text: str) -> list[str]:
    """Return the numbers of `Passport, A123456, IR; Tax ID No., 7702070139, RU`."""
    found = []
    for part in _several(text):
        label, _comma, number = part.partition(", ")
        number = number.partition(", ")[0]
        if label == "SWIFT/BIC" and number.isalpha():
            found.append(number.upper())
        elif (NUMBERS.search(label) or label == "SWIFT/BIC") and not NO_NUMBERS.search(label):
            found += numbered([number])
    return found


def parse(path: Path) -> Parsed:
    """Read the file. A party that stands on two lists of the compilation under one number is one entry."""
    rows = Rows(path)
    parts: dict[str, set[str]] = {}
    for line, about in table(path, records(path, decoded(path)), COLUMNS):
        if about["type"] not in KINDS:
            raise broken(path, line, _("unknown type %(kind)s") % {"kind": about["type"]})
        addresses = _several(about["addresses"])
        row = Row(
            about["_id"],
            KINDS[about["type"]],
            about["name"],
            about["programs"],
            about["remarks"],
            aliases=_several(about["alt_names"]),
            countries=[
                *(found[1] for address in addresses if (found := re.search(r"(?:^|, )([A-Z]{2})$", address))),
                *(
                    c
                    for column in ("citizenships", "nationalities", "vessel_flag")
                    for c in _several(about[column])
                ),
            ],
            identifiers=_identifiers(about["ids"]),
            born=[day for text in _several(about["dates_of_birth"]) for day in born(text)],
            addresses=addresses,
            part=about["source"],
        )
        known = rows.found.get(row.entry_id)
        if known is None or row.part in parts[row.entry_id] or not row.name:
            rows.add(line, row)
            parts[row.entry_id] = {row.part}
        else:
            parts[row.entry_id].add(row.part)
            known.aliases += [row.name, *row.aliases]
            known.countries += row.countries
            known.identifiers += row.identifiers
            known.born += row.born
            known.addresses += row.addresses
            known.part = f"{known.part}; {row.part}"
            known.programmes = "; ".join(dict.fromkeys(filter(None, (known.programmes, row.programmes))))
    return rows.parsed()
