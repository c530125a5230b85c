"""Items and parties as a table: CSV in, CSV out, in one shape, judged by the dossier's own checks.

RFC 4180 with a header. Read are UTF-8, with or without a byte order mark, and commas, semicolons or tabs. Rows are
counted as a spreadsheet shows them: the header is row 1. A text that a spreadsheet would take for a formula is
written with an apostrophe before it, and read without.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from core.errors import Invalid
from licensing import dossier as dossiers
from licensing.dossier import Deficiency, Dossier
from licensing.dossier.identifiers import IDENTIFIERS

LARGEST = 300_000  # bytes of a file: more than a dossier holds
MOST_ROWS = {"items": 100, "parties": 50}  # of a dossier
DELIMITERS = (",", ";", "\t")
SEPARATOR = "|"  # between the values of a cell that holds several
FORMULA = "=+-@\t\r"  # a spreadsheet takes what begins so for a formula
TRUE, FALSE = ("yes", "true", "1"), ("", "no", "false", "0")
EXAMPLES: dict[str, dict[str, str]] = {
    "items": {
        "description": "High-speed camera, 1 million frames per second",
        "control_code": "6A003",
        "classification_requested": "no",
        "hs_code": "900710",
        "quantity": "4",
        "unit": "NAR",
        "value": "96000.00",
        "currency": "EUR",
        "serial_numbers": "HC-1|HC-2",
        "components_from": "US|JP",
    },
    "parties": {
        "role": "consignee",
        "kind": "company",
        "name": "Straits Combustion Laboratory Pte Ltd",
        "aliases": "SCL|Straits Lab",
        "address": "8 Research Link, Singapore 117600",
        "country": "SG",
        "lei": "529900T8BM49AURSDO55",
        "vat": "",
        "imo": "",
        "eori": "",
        "registration": "201012345K",
        "website": "https://straits-lab.example",
        "incorporated_on": "2009-05-04",
        "owns": "",
        "share": "",
    },
}
#: The columns of each table, in the order in which they are written.
COLUMNS = {section: tuple(example) for section, example in EXAMPLES.items()}
LISTED = ("serial_numbers", "components_from", "aliases")


@dataclass(frozen=True)
class Fault:
    """Something to mend in a file: where, what is written there, and how to mend it. `row` 1 is the header."""

    row: int
    column: str  # "" where the row as a whole is meant
    message: str
    cell: str = ""

    @property
    def pointer(self) -> str:
        return f"/rows/{self.row}/{self.column}".rstrip("/")


@dataclass(frozen=True)
class Row:
    """A row as it was written, by column."""

    number: int
    cells: Mapping[str, str]
    wrong: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Table:
    """What a file says: its rows, what they make of the section, and what is wrong with them."""

    section: str
    rows: Sequence[Row] = ()
    entries: Sequence[Dossier] = ()
    faults: Sequence[Fault] = field(default_factory=tuple)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the file has, and those that are wrong without being there."""
        named = {name for row in self.rows for name in (*row.cells, *row.wrong)}
        return tuple(name for name in COLUMNS[self.section] if name in named)


def read(section: str, content: bytes, present: Sequence[Any] = (), *, dossier: Dossier) -> Table:
    """Read a file of items or parties, and judge each row as the form would.

    `present` are the entries before those of the file: items are numbered on after them, and owners may own them.
    `dossier` is the rest of the draft. Never raises: what cannot be read is a fault of row 1.
    """
    try:
        header, records = _records(content)
    except Invalid as error:
        return Table(section, faults=(Fault(1, "", error.detail),))
    faults = list(_header_faults(section, header))
    if faults:
        return Table(section, faults=tuple(faults))
    if not 0 < len(records) <= MOST_ROWS[section] - len(present):
        return Table(section, faults=(_amount(section, len(records), len(present)),))
    rows = []
    entries: list[Dossier] = []
    for number, record in records:
        cells = {name: _plain(cell) for name, cell in zip(header, record, strict=False)}
        if len(record) > len(header):
            told = _("This row has more cells than the header. Put texts that hold a separator in quotes.")
            faults.append(Fault(number, "", told))
        entry, wrong = READERS[section](cells, number)
        rows.append(Row(number, cells))
        entries.append(entry)
        faults += wrong
    _number(section, entries, present)
    judged = [*present, *entries]
    settled = {(fault.row, fault.column) for fault in faults}
    for deficiency in dossiers.check_section(section, judged, {**dossier, section: judged}):
        fault = _placed(section, deficiency, len(present), rows, entries)
        if fault is not None and (fault.row, fault.column) not in settled:
            faults.append(fault)
    faults.sort(key=lambda fault: (fault.row, fault.column))
    marked = [
        Row(row.number, row.cells, frozenset(f.column for f in faults if f.row == row.number)) for row in rows
    ]
    return Table(section, tuple(marked), tuple(entries), tuple(faults))


def _amount(section: str, found: int, present: int) -> Fault:
    if not found:
        return Fault(1, "", _("There are no rows below the header."))
    told = {"found": found, "most": MOST_ROWS[section], "present": present}
    return Fault(
        1,
        "",
        _("The file has %(found)d rows and the draft %(present)d; together at most %(most)d fit.") % told,
    )


def _records(content: bytes) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Return the names of the header, and each row that is not empty with its number; Invalid for no CSV."""
    if len(content) > LARGEST:
        raise Invalid.field("file", _("The file is larger than 300 kilobytes; split it."))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid.field("file", _("Save the file as CSV in UTF-8 and send it again.")) from None
    if "\x00" in text:
        raise Invalid.field("file", _("Save the file as CSV in UTF-8 and send it again."))
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    rows = []
    try:
        for number, record in enumerate(reader, start=1):
            if any(cell.strip() for cell in record):
                rows.append((number, record))
    except csv.Error:
        raise Invalid.field(
            "file",
            _("Line %(line)d is no CSV: look for a quote that is not closed.") % {"line": reader.line_num},
        ) from None
    if not rows:
        raise Invalid.field("file", _("The file is empty."))
    return [name.strip().casefold().replace(" ", "_") for name in rows[0][1]], rows[1:]


def _delimiter(text: str) -> str:
    """Return what separates the cells: whatever the header has most of."""
    header = text.lstrip().partition("\n")[0]
    return max(DELIMITERS, key=header.count)


def _header_faults(section: str, header: Sequence[str]) -> Iterator[Fault]:
    told = {"all": ", ".join(COLUMNS[section])}
    for number, name in enumerate(header, start=1):
        if not name:
            yield Fault(1, "", _("Column %(number)d has no name.") % {"number": number})
        elif name not in COLUMNS[section]:
            named = {**told, "name": name[:60]}
            yield Fault(1, "", _("There is no column %(name)s. There are: %(all)s.") % named, name[:60])
        elif header.index(name) != number - 1:
            yield Fault(1, name, _("This column is there twice."), name)


def _plain(cell: str) -> str:
    """Return a cell as it was meant: without the apostrophe that keeps spreadsheets from calculating."""
    return cell[1:] if cell[:1] == "'" and cell[1:2] and cell[1] in FORMULA + "'" else cell.strip()


def _guarded(value: str) -> str:
    return f"'{value}" if value[:1] and value[0] in FORMULA + "'" else value


def _item(cells: Mapping[str, str], number: int) -> tuple[Dossier, list[Fault]]:
    asked = cells.get("classification_requested", "").casefold()
    faults = []
    if asked not in TRUE + FALSE:
        faults.append(
            Fault(
                number, "classification_requested", _("Write yes or no."), cells["classification_requested"]
            )
        )
    return {
        "description": cells.get("description", ""),
        "control_code": cells.get("control_code", "").upper(),
        "classification_requested": asked in TRUE,
        "hs_code": re.sub(r"[ .]", "", cells.get("hs_code", "")),
        "quantity": cells.get("quantity", ""),
        "unit": cells.get("unit", "").upper(),
        "value": cells.get("value", ""),
        "currency": cells.get("currency", "").upper(),
        "serial_numbers": _several(cells.get("serial_numbers", "")),
        "components_from": [code.upper() for code in _several(cells.get("components_from", ""))],
    }, faults


def _party(cells: Mapping[str, str], number: int) -> tuple[Dossier, list[Fault]]:
    role = cells.get("role", "").casefold().replace("-", "_").replace(" ", "_")
    entry: Dossier = {
        "role": role,
        "kind": cells.get("kind", "").casefold(),
        "name": cells.get("name", ""),
        "aliases": _several(cells.get("aliases", "")),
        "address": cells.get("address", ""),
        "country": cells.get("country", "").upper(),
        "identifiers": [
            {"scheme": scheme, "value": cells[scheme]} for scheme in IDENTIFIERS if cells.get(scheme)
        ],
        "website": cells.get("website", ""),
        "incorporated_on": cells.get("incorporated_on", ""),
    }
    if role == "owner":
        entry |= {"owns": cells.get("owns", ""), "share": cells.get("share", "")}
        return entry, []
    told = _("Only an owner owns a share: leave this empty, or write owner as the role.")
    return entry, [Fault(number, name, told, cells[name]) for name in ("owns", "share") if cells.get(name)]


READERS: dict[str, Callable[[Mapping[str, str], int], tuple[Dossier, list[Fault]]]] = {
    "items": _item,
    "parties": _party,
}


def _several(cell: str) -> list[str]:
    """Return the values of a cell; a separator that belongs to a value has a backslash before it."""
    parts = [""]
    for piece in re.findall(r"\\[\\|]|.", cell, re.DOTALL):
        if piece == SEPARATOR:
            parts.append("")
        else:
            parts[-1] += piece[-1]
    return [part.strip() for part in parts if part.strip()]


def _number(section: str, entries: list[Dossier], present: Sequence[Any]) -> None:
    """Number the lines of items on from those that are there."""
    if section == "items":
        lines = [entry.get("line") for entry in present if isinstance(entry, dict)]
        first = max((line for line in lines if isinstance(line, int)), default=0) + 1
        for number, entry in enumerate(entries):
            entry["line"] = first + number


def _placed(
    section: str, deficiency: Deficiency, skipped: int, rows: Sequence[Row], entries: Sequence[Dossier]
) -> Fault | None:
    """Return what the dossier finds wrong as a fault of a row; None where it is about the section as a whole, or
    about an entry that is not of the file."""
    found = re.fullmatch(rf"{section}\[(\d+)\]\.(.+)", deficiency.path)
    if found is None or int(found[1]) < skipped:
        return None
    index, inner = int(found[1]) - skipped, found[2]
    column = inner.partition(".")[0].partition("[")[0]
    if numbered := re.match(r"identifiers\[(\d+)\]", inner):
        column = str(entries[index]["identifiers"][int(numbered[1])]["scheme"])
    row = rows[index]
    column = column if column in COLUMNS[section] else ""
    return Fault(row.number, column, deficiency.message, row.cells.get(column, ""))


def write(section: str, entries: Sequence[Any]) -> str:
    """Return entries of a draft as CSV in the same shape: header, commas, quotes where they are needed."""
    return _csv([COLUMNS[section], *(_cells(section, entry) for entry in entries if isinstance(entry, dict))])


def template(section: str) -> str:
    """Return the header with one example row, to fill in."""
    return _csv([COLUMNS[section], list(EXAMPLES[section].values())])


def write_faults(table: Table) -> str:
    """Return what is wrong with a file as CSV: row, column, what is written there and how to mend it."""
    rows = [(str(one.row), one.column, one.cell, one.message) for one in table.faults]
    return _csv([("row", "column", "written", "how_to_mend_it"), *rows])


def _csv(rows: Sequence[Sequence[str]]) -> str:
    out = io.StringIO(newline="")
    csv.writer(out).writerows([[_guarded(cell) for cell in row] for row in rows])
    return out.getvalue()


def _cells(section: str, entry: Dossier) -> list[str]:
    numbers = {
        str(one.get("scheme")): one.get("value")
        for one in entry.get("identifiers") or []
        if isinstance(one, dict)
    }
    return [_said(numbers.get(name, entry.get(name))) for name in COLUMNS[section]]


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return SEPARATOR.join(re.sub(r"[\\|]", r"\\\g<0>", str(one)) for one in value)
    return "" if value is None else str(value)
