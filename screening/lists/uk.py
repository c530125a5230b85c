"""The UK Sanctions List as CSV. Pure.

Format: the CSV of the Foreign, Commonwealth and Development Office: a line with the date of the report, a header,
and a line for each name of an entry.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.utils.translation import gettext as _

from screening.lists.rows import (
    Parsed,
    Row,
    Rows,
    born,
    broken,
    decoded,
    number_in,
    numbered,
    records,
    table,
)

KINDS = {"individual": "person", "entity": "company", "ship": "vessel"}
KIND_COLUMNS = ("designationtype", "individualentityship")  # as it is called now, and was before 2025
NAMES = ("name1", "name2", "name3", "name4", "name5", "name6")
COLUMNS = ("uniqueid", *NAMES, "nametype", "aliasstrength", "dob")
COUNTRIES = ("nationalityies", "addresscountry", "currentbelievedflagofship")
NUMBERS = ("passportnumber", "nationalidentifiernumber", "businessregistrationnumbers", "imonumber")
ADDRESS = (*(f"addressline{number}" for number in range(1, 7)), "addresspostalcode", "addresscountry")


def _plain(column: str) -> str:
    """Return a column's name without case and punctuation, which have changed: `Nationality(/ies)`."""
    return re.sub(r"[^a-z0-9]", "", column.casefold())


def _several(text: str) -> list[str]:
    """Return the values of `(1) Iran (2) Iraq`, `Iran; Iraq` or `Iran|Iraq`."""
    return [part.strip() for part in re.split(r"\(\d+\)|[;|]", text) if part.strip()]


def _from_header(path: Path, lines: Iterable[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    """Yield the header and what follows it; the header is the first or second line."""
    for place, (line, record) in enumerate(lines):
        if place == 0 and "uniqueid" not in map(_plain, record):
            continue
        yield line, [_plain(column) for column in record] if place <= 1 else record


def _published(path: Path, text: str) -> str:
    first = text.partition("\n")[0]
    found = re.search(r"report date:?\s*([\w/. -]+)", first, re.IGNORECASE)
    return next(iter(born(found[1].strip())), "") if found else ""


def parse(path: Path) -> Parsed:
    """Read the file; entries go by their unique ID (RUS0001)."""
    text = decoded(path)
    lines = list(_from_header(path, records(path, text)))
    header = lines[0][1] if lines else []
    kind_column = next((column for column in KIND_COLUMNS if column in header), KIND_COLUMNS[0])
    rows = Rows(path)
    named: set[str] = set()  # entries whose own name is known
    for line, about in table(path, iter(lines), (*COLUMNS, kind_column)):
        number, said_kind = about["uniqueid"], about[kind_column]
        kind = KINDS.get(said_kind.casefold())
        if kind is None:
            raise broken(path, line, _("unknown type %(kind)s") % {"kind": said_kind})
        name = " ".join(filter(None, (about[part] for part in NAMES)))
        row = rows.found.get(number) or rows.add(line, Row(number, kind, name))
        if row.kind != kind:
            raise broken(path, line, _("entry %(number)s is of two types") % {"number": number})
        _add_name(row, name, about, named)
        row.aliases += _several(about.get("namenonlatinscript", ""))
        row.countries += [c for column in COUNTRIES for c in _several(about.get(column, ""))]
        values = (value for column in NUMBERS for value in _several(about.get(column, "")))
        row.identifiers += numbered(map(number_in, values))
        row.born += [day for value in _several(about["dob"]) for day in born(value)]
        row.addresses.append(", ".join(filter(None, (about.get(part, "") for part in ADDRESS))))
        row.programmes = row.programmes or about.get("regimename", "")
        row.remarks = row.remarks or about.get("otherinformation", "")
    for row in rows.found.values():
        row.addresses = [a for a in row.addresses if a not in row.countries]
    return rows.parsed(published=_published(path, text))


def _add_name(row: Row, name: str, about: dict[str, str], named: set[str]) -> None:
    """Add a line's name to its entry: its own name, a variation, an alias or one of low quality."""
    if about["nametype"].casefold() == "primary name" and row.entry_id not in named:
        named.add(row.entry_id)
        row.name = name or row.name  # what stood there before is among the other names by its own line
    elif about["aliasstrength"].casefold().startswith("low"):
        row.weak.append(name)
    else:
        row.aliases.append(name)
