"""Reads a file of denial notices: every row, every error, and the notices if there is none. Pure.

The columns are those in which the United Kingdom's licensing service exchanges denials. Rows with the same
government and regime reference are one notice with several parties.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from intelligence.models import DenialParty

REQUIRED = (
    "regime_reg_ref", "name", "address", "notifying_government", "country", "denial_cle", "item_description",
    "end_use", "reason_for_refusal", "entity_type",
)  # fmt: skip
OPTIONAL = ("reference", "quantity", "unit", "destination")
#: What the rows of one notice have in common.
SHARED = (
    "reference", "denial_cle", "item_description", "end_use", "reason_for_refusal", "quantity", "unit",
    "destination",
)  # fmt: skip
LONGEST = {
    "reference": 60, "regime_reg_ref": 60, "name": 300, "address": 500, "denial_cle": 20, "item_description": 500,
    "end_use": 2000, "reason_for_refusal": 2000, "unit": 3,
}  # fmt: skip
MOST_ROWS = 5000
MOST_BYTES = 2_000_000


@dataclass(frozen=True)
class RowError:
    """What is wrong with one cell: the row as a spreadsheet counts it, the header being row 1."""

    row: int
    column: str
    message: str

    def __str__(self) -> str:
        where = _("Row %(row)d, %(column)s") if self.column else _("Row %(row)d")
        return f"{where % {'row': self.row, 'column': self.column}}: {self.message}"


@dataclass
class Notice:
    """A denial as a file tells it. `government`, `destination` and the countries of parties are ISO alpha-2."""

    row: int
    government: str
    regime_reference: str
    national_reference: str
    code: str
    description: str
    quantity: str
    unit: str
    destination: str
    end_use: str
    reason: str
    parties: list[dict[str, str]] = field(default_factory=list)  # name, country, address, entity_type


@dataclass(frozen=True)
class Read:
    """What is in a file: notices that are good only where there is no error."""

    notices: list[Notice]
    errors: list[RowError]


def read(content: bytes, country: Callable[[str], str]) -> Read:
    """Read a file; `country` gives the code of a country as somebody writes it, "" for one that is not known."""
    if len(content) > MOST_BYTES:
        return Read([], [RowError(1, "", _("The file has more than two megabytes; divide it."))])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return Read([], [RowError(1, "", _("The file is not in UTF-8; save it as CSV UTF-8."))])
    if "\0" in text:
        return Read([], [RowError(1, "", _("The file is no text; save it as CSV UTF-8."))])
    try:
        rows = list(csv.reader(io.StringIO(text), strict=True))
    except csv.Error as error:
        return Read([], [RowError(1, "", _("This is no CSV file: %(why)s.") % {"why": error})])
    header = [name.strip().casefold() for name in rows[0]] if rows else []
    if errors := list(_wrong_header(header)):
        return Read([], errors)
    if len(rows) > MOST_ROWS + 1:
        return Read([], [RowError(1, "", _("A file has at most %(most)d rows.") % {"most": MOST_ROWS})])
    reading = _Reading(header, country)
    for number, cells in enumerate(rows[1:], start=2):
        if any(cell.strip() for cell in cells):
            reading.take(number, cells)
    if not reading.notices and not reading.errors:
        reading.errors.append(RowError(1, "", _("The file has no rows.")))
    return Read(list(reading.notices.values()), reading.errors)


def _wrong_header(header: list[str]) -> list[RowError]:
    found = [RowError(1, name, _("This column is missing.")) for name in REQUIRED if name not in header]
    found += [
        RowError(
            1, name, _("There is no such column; leave it out.") if header.count(name) == 1 else _("Twice.")
        )
        for name in dict.fromkeys(header)
        if name not in REQUIRED + OPTIONAL or header.count(name) > 1
    ]
    return found


class _Reading:
    """Rows as they are read, gathered into notices."""

    def __init__(self, header: list[str], country: Callable[[str], str]) -> None:
        self.header, self.country = header, country
        self.notices: dict[tuple[str, str], Notice] = {}
        self.first: dict[tuple[str, str], Mapping[str, str]] = {}
        self.errors: list[RowError] = []

    def take(self, number: int, cells: list[str]) -> None:
        if len(cells) != len(self.header):
            told = {"found": len(cells), "wanted": len(self.header)}
            said = _("Has %(found)d cells, the header has %(wanted)d.") % told
            self.errors.append(RowError(number, "", said))
            return
        row = {name: " ".join(cell.split()) for name, cell in zip(self.header, cells, strict=True)}
        row |= {name: "" for name in OPTIONAL if name not in row}
        before = len(self.errors)
        self._check(number, row)
        if len(self.errors) == before:
            self._gather(number, row)

    def _wrong(self, number: int, column: str, message: str) -> None:
        self.errors.append(RowError(number, column, message))

    def _check(self, number: int, row: dict[str, str]) -> None:
        for column in REQUIRED:
            if not row[column]:
                self._wrong(number, column, _("Must not be empty."))
        for column, most in LONGEST.items():
            if len(row[column]) > most:
                self._wrong(number, column, _("At most %(most)d characters.") % {"most": most})
        for column in ("notifying_government", "country", "destination"):
            if row[column]:
                code = self.country(row[column])
                if not code:
                    told = _("%(text)s is no country we know. Write its code or English name, such as DE.")
                    self._wrong(number, column, told % {"text": row[column]})
                row[column] = code
        roles = list(DenialParty.Role.values)
        row["entity_type"] = re.sub(r"[\s-]+", "_", row["entity_type"].casefold())
        if row["entity_type"] and row["entity_type"] not in roles:
            self._wrong(number, "entity_type", _("Must be one of: %(roles)s.") % {"roles": ", ".join(roles)})
        self._check_quantity(number, row)

    def _check_quantity(self, number: int, row: dict[str, str]) -> None:
        if not row["quantity"]:
            if row["unit"]:
                self._wrong(number, "unit", _("A unit goes with a quantity."))
            return
        try:
            quantity = Decimal(row["quantity"])
        except InvalidOperation:
            quantity = Decimal(-1)
        if not quantity.is_finite() or not 0 < quantity < 10**15:
            self._wrong(number, "quantity", _("Must be a number above zero, such as 12.5."))
        if not row["unit"]:
            self._wrong(number, "unit", _("Say in which unit, by its code, such as NMB or KGM."))

    def _gather(self, number: int, row: dict[str, str]) -> None:
        key = (row["notifying_government"], row["regime_reg_ref"].casefold())
        notice = self.notices.get(key)
        if notice is None:
            notice = self.notices[key] = Notice(
                row=number,
                government=row["notifying_government"],
                regime_reference=row["regime_reg_ref"],
                national_reference=row["reference"],
                code=row["denial_cle"],
                description=row["item_description"],
                quantity=row["quantity"],
                unit=row["unit"].upper(),
                destination=row["destination"] or row["country"],
                end_use=row["end_use"],
                reason=row["reason_for_refusal"],
            )
            self.first[key] = row
        else:
            self._must_agree(number, row, notice, self.first[key])
        notice.parties.append({name: row[name] for name in ("name", "country", "address", "entity_type")})

    def _must_agree(
        self, number: int, row: Mapping[str, str], notice: Notice, first: Mapping[str, str]
    ) -> None:
        for column in SHARED:
            if row[column] != first[column]:
                told = {"row": notice.row}
                self._wrong(
                    number, column, _("Differs from row %(row)d, which has the same regime_reg_ref.") % told
                )


def plain(notice: Notice) -> dict[str, Any]:
    """Return a notice as it is kept while it waits."""
    return dict(vars(notice))
