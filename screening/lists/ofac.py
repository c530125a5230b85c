"""OFAC's SDN list in its official CSV form: SDN.CSV, ALT.CSV and ADD.CSV, without header lines. Pure.

Format: the "SDN list data formats" page of OFAC (field order, `-0-` for empty, a closing control-Z).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from django.utils.translation import gettext as _

from core.errors import Invalid
from screening.engine.words import identifier
from screening.lists.rows import LONGEST_NUMBER, Parsed, Row, born, broken, content, once, records

SDN_FIELDS, ALT_FIELDS, ADD_FIELDS = 12, 5, 6
KINDS = {"individual": "person", "vessel": "vessel", "aircraft": "aircraft", "": "company"}
WEAK = re.compile(r"a\.k\.a\. '(.{2,200}?)'(?=[;.,]|$)")  # a name may hold an apostrophe: 'ABU-'UMAR'
BORN = re.compile(r"\bDOB (.+?)(?=[;.]|$)")  # also in "alt. DOB 1962"
CITIZEN = re.compile(r"(?:^|; )(?:alt\. )?(?:nationality|citizen) (.+?)(?=[;.]|$)")
NUMBERED = re.compile(
    r"(?:Passport|IMO|Tax ID No\.|Registration (?:Number|ID)|National ID No\.|Identification Number|"
    r"Business Registration Number|Government Gazette Number|MMSI|Aircraft Manufacturer's Serial Number \(MSN\)|"
    r"Company Number|Enterprise Number|SWIFT/BIC|D-U-N-S Number|Legal Entity Number|LEI)\s+"
    r"([A-Z0-9][A-Z0-9./ -]{3,38}[A-Z0-9])"
)


def _lines(path: Path, fields: int) -> Iterator[tuple[int, list[str]]]:
    """Yield (line number, fields); Invalid, naming file and line, for a file that is broken or cut short."""
    raw = content(path)
    body = raw.rstrip(b"\x1a\r\n ")
    if body and not re.search(rb"[\r\n]", raw[len(body) :]):
        raise broken(path, body.count(b"\n") + 1, _("the file breaks off in the middle of a line"))
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = body.decode("cp1252", errors="replace")
    if not text:
        raise Invalid.field("file", _("%(file)s is empty.") % {"file": path.name})
    for line, record in records(path, text):
        if len(record) != fields:
            raise broken(
                path,
                line,
                _("%(found)s fields where there should be %(wanted)s")
                % {"found": len(record), "wanted": fields},
            )
        yield line, ["" if value == "-0-" else value for value in record]


def _numbered(path: Path | None, fields: int, named_by: int | None = None) -> Iterator[tuple[str, list[str]]]:
    """Yield (entry number, fields) of a file that adds to entries; nothing where there is no such file."""
    if path is None:
        return
    for line, record in _lines(path, fields):
        if not record[0].isdigit() or (named_by is not None and not record[named_by]):
            raise broken(path, line, _("no entry number and name"))
        yield record[0], record


def parse(sdn: Path, alt: Path | None = None, add: Path | None = None) -> Parsed:
    """Read the files of one publication; aliases and addresses may be absent."""
    rows: dict[str, Row] = {}
    for line, record in _lines(sdn, SDN_FIELDS):
        number, name, kind, programmes = record[:4]
        if not number.isdigit() or len(number) > LONGEST_NUMBER or not name:
            raise broken(sdn, line, _("no entry number and name"))
        if number in rows:
            raise broken(sdn, line, _("entry %(number)s is there twice") % {"number": number})
        if kind not in KINDS:
            raise broken(sdn, line, _("unknown type %(kind)s") % {"kind": kind})
        remarks = record[11]
        rows[number] = Row(
            number,
            KINDS[kind],
            name[:400],
            programmes[:300],
            remarks,
            weak=list(dict.fromkeys(WEAK.findall(remarks))),
            countries=once([record[9], *CITIZEN.findall(remarks)]),
            identifiers=once(identifier(found) for found in NUMBERED.findall(remarks)),
            born=once(day for text in BORN.findall(remarks) for day in born(text)),
        )
    aliases, lost_aliases = 0, []
    for number, record in _numbered(alt, ALT_FIELDS, named_by=3):
        name = record[3]
        aliases += 1
        if number in rows:
            rows[number].aliases.append(name[:400])
        else:
            lost_aliases.append(f"{number} {name}")
    lost_addresses = []
    for number, record in _numbered(add, ADD_FIELDS):
        country = record[4]
        if number not in rows:
            lost_addresses.append(f"{number} {country}")
            continue
        row = rows[number]
        row.countries = once([*row.countries, country])
        if any(record[2:4]):  # not the country alone
            row.addresses = once([*row.addresses, ", ".join(filter(None, record[2:5]))])
    return Parsed(
        list(rows.values()), aliases=aliases, orphaned_aliases=lost_aliases, orphaned_addresses=lost_addresses
    )
