"""OpenSanctions: the simplified targets as CSV, and all entities with their relations as JSON lines. Pure.

Formats: targets.simple.csv, several values in a cell parted by `;` and quoted as in CSV; entities.ftm.json, the
FollowTheMoney model, an entity a line.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from screening.engine.words import identifier
from screening.lists.rows import Link, Parsed, Row, Rows, born, broken, decoded, once, records, table
from screening.lists.streams import objects, texts

KINDS = {
    "Person": "person", "LegalEntity": "company", "Organization": "company", "Company": "company",
    "PublicBody": "company", "Vessel": "vessel", "Airplane": "aircraft", "Vehicle": "vessel",
}  # fmt: skip
NO_PARTIES = {"CryptoWallet", "Security"}  # things of a party, which is an entry of its own
COLUMNS = (
    "id", "schema", "name", "aliases", "birth_date", "countries", "addresses", "identifiers", "sanctions",
    "dataset",
)  # fmt: skip

ALIASES = ("name", "alias", "previousName")
WEAK = ("weakAlias", "abbreviation")
COUNTRIES = ("country", "nationality", "citizenship", "jurisdiction", "flag", "mainCountry")
NUMBERS = (
    "passportNumber", "idNumber", "socialSecurityNumber", "taxNumber", "vatCode", "registrationNumber", "innCode",
    "ogrnCode", "okpoCode", "leiCode", "imoNumber", "mmsi", "swiftBic", "dunsCode", "uscCode", "uniqueEntityId",
    "npiCode", "isinCode", "serialNumber", "permId", "cageCode", "number",
)  # fmt: skip
#: An entity without the mark `target` is listed where its topics say so.
LISTED = re.compile(r"sanction|sanction\.counter|debarment|export\.control|export\.risk|invest\.ban")


def _several(cell: str) -> list[str]:
    """Return the values of a cell: `A;"B; the second";C`."""
    try:
        return [
            value.strip() for record in csv.reader([cell], delimiter=";") for value in record if value.strip()
        ]
    except csv.Error:
        return [value.strip() for value in cell.split(";") if value.strip()]


def parse_targets(path: Path) -> Parsed:
    """Read targets.simple.csv."""
    rows = Rows(path)
    for line, about in table(path, records(path, decoded(path)), COLUMNS):
        kind = KINDS.get(about["schema"])
        if kind is None:
            _refuse_unknown(path, line, about["schema"])
            continue
        rows.add(
            line,
            Row(
                about["id"],
                kind,
                about["name"],
                "; ".join(_several(about.get("program_ids", ""))) or about["sanctions"],
                about["sanctions"],
                aliases=_several(about["aliases"]),
                countries=_several(about["countries"]),
                identifiers=[identifier(number) for number in _several(about["identifiers"])],
                born=[day for text in _several(about["birth_date"]) for day in born(text)],
                addresses=_several(about["addresses"]),
                part=about["dataset"],
            ),
        )
    return rows.parsed()


def _refuse_unknown(path: Path, line: int, schema: str) -> None:
    if schema not in NO_PARTIES:
        raise broken(path, line, _("unknown type %(kind)s") % {"kind": schema})


class _Entities:
    """What the lines of entities.ftm.json say; a relation may stand before or after what it relates."""

    def __init__(self, path: Path) -> None:
        self.rows = Rows(path)
        self.path = path
        self.addresses: dict[str, tuple[list[str], list[str]]] = {}  # address: (texts, countries)
        self.lives_at: dict[str, list[str]] = defaultdict(list)  # party: addresses
        self.numbers: dict[str, list[str]] = defaultdict(list)  # party: numbers of its documents
        self.programmes: dict[str, list[str]] = defaultdict(list)
        self.links: list[Link] = []

    def read(self, line: int, entity: dict[str, Any]) -> None:
        number, schema = (" ".join(texts(self.path, line, entity, name)) for name in ("id", "schema"))
        properties = entity.get("properties")
        if not schema or not isinstance(properties, dict):
            raise broken(self.path, line, _("no schema and properties"))

        def said(*names: str) -> list[str]:
            return once(text for name in names for text in texts(self.path, line, properties, name))

        if schema in KINDS:
            row = self.row(line, entity, KINDS[schema], said)
            if row.name or row.listed:  # what has no name and is no entry of the list cannot be found
                self.rows.add(line, row)
                self.lives_at[number] += said("addressEntity")
        elif schema == "Ownership" and not said("endDate"):
            share = max(
                (s for text in said("percentage") if (s := percentage(text)) is not None), default=None
            )
            self.links += [Link(owner, owned, share) for owner in said("owner") for owned in said("asset")]
        elif schema == "Address":
            whole = said("full") or [", ".join(said("street", "street2", "postalCode", "city", "region"))]
            self.addresses[number] = (whole, said("country"))
        elif schema in ("Identification", "Passport"):
            for holder in said("holder"):
                self.numbers[holder] += said("number", "passportNumber")
        elif schema == "Sanction":
            for party in said("entity"):
                self.programmes[party] += said("programId") or said("program")
        elif entity.get("target") is True:
            _refuse_unknown(self.path, line, schema)

    def row(self, line: int, entity: dict[str, Any], kind: str, said: Callable[..., list[str]]) -> Row:
        caption = " ".join(texts(self.path, line, entity, "caption"))
        names, topics, target = said(*ALIASES), said("topics"), entity.get("target")
        return Row(
            " ".join(texts(self.path, line, entity, "id")),
            kind,
            caption if caption in names else next(iter(names), caption),
            "; ".join(topics),
            " ".join(said("notes", "summary")),
            aliases=names,
            weak=said(*WEAK),
            countries=said(*COUNTRIES),
            identifiers=[identifier(text) for text in said(*NUMBERS)],
            born=[day for text in said("birthDate") for day in born(text)],
            addresses=said("address"),
            part=", ".join(texts(self.path, line, entity, "datasets")),
            listed=target if isinstance(target, bool) else any(map(LISTED.fullmatch, topics)),
        )

    def parsed(self) -> Parsed:
        """Return the listed parties, and what they own directly or through others."""
        found = self.rows.found
        owned_by: dict[str, list[str]] = defaultdict(list)
        for link in self.links:
            owned_by[link.owner].append(link.owned)
        wanted = {number for number, row in found.items() if row.listed}
        edge = list(wanted)
        while edge:
            new = {owned for owner in edge for owned in owned_by[owner]} & found.keys() - wanted
            wanted |= new
            edge = list(new)
        self.rows.found = {number: row for number, row in found.items() if number in wanted}
        for number, row in self.rows.found.items():
            row.programmes = "; ".join(once([*self.programmes[number], *row.programmes.split("; ")]))
            row.identifiers += [identifier(text) for text in self.numbers[number]]
            for address in self.lives_at[number]:
                whole, countries = self.addresses.get(address, ([], []))
                row.addresses += whole
                row.countries += countries
        return self.rows.parsed(self.links)


def percentage(text: str) -> float | None:
    """Return the share that a text tells: 51, 51.5 %, 50-75 (the lower end); None where it tells none."""
    found = re.search(r"(\d{1,3}(?:[.,]\d{1,6})?)", text, re.ASCII)
    share = float(found[1].replace(",", ".")) if found else None
    return share if share is not None and 0 <= share <= 100 else None


def parse_entities(path: Path) -> Parsed:
    """Read entities.ftm.json. Parties that are no targets are kept only where listed ones own them."""
    entities = _Entities(path)
    for line, entity in objects(path):
        entities.read(line, entity)
    return entities.parsed()
