"""What every importer returns: the parties of a published list, whatever its format. Pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from django.utils.translation import gettext as _

from core.errors import Invalid
from screening.engine.index import Listed
from screening.engine.words import identifier

LONGEST_NAME = 400
LONGEST_NUMBER = 100  # of an entry
LONGEST_PROGRAMMES, LONGEST_PART = 300, 200
KINDS = ("company", "person", "vessel", "aircraft")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
WIDEST_SPAN = 20  # years: a birth between two years that lie further apart is noted by those two alone


@dataclass(frozen=True)
class Link:
    """One listed party holds a share of another (50 % rule). `share` in percent, None where the list gives none."""

    owner: str  # entry ids of the same list
    owned: str
    share: float | None = None


@dataclass
class Row:
    """A listed party with everything the files say of it."""

    entry_id: str  # the publisher's
    kind: str  # one of KINDS
    name: str
    programmes: str = ""
    remarks: str = ""
    aliases: list[str] = field(default_factory=list)
    weak: list[str] = field(default_factory=list)  # aliases the publisher calls weak or low quality
    countries: list[str] = field(default_factory=list)  # as the publisher writes them
    identifiers: list[str] = field(default_factory=list)  # normalised by screening.engine.words.identifier
    born: list[str] = field(default_factory=list)  # 1962, 1962-03 or 1962-03-17
    addresses: list[str] = field(default_factory=list)
    part: str = ""  # which list a compilation has it from, e.g. "Entity List (EL)"
    listed: bool = True  # False: not listed itself, there only because a listed party owns it


@dataclass(frozen=True)
class Parsed:
    """A whole list, its ownership links, and the rows that name no entry of it (files of different dates)."""

    rows: list[Row]
    links: list[Link] = field(default_factory=list)
    aliases: int = 0
    orphaned_aliases: list[str] = field(default_factory=list)
    orphaned_addresses: list[str] = field(default_factory=list)
    published: str = ""  # date of publication the file itself gives, if any


class Said(Protocol):
    """What tells a party from another: a row of a file, or an entry as the database keeps it."""

    entry_id: Any
    kind: Any
    name: Any
    countries: Any
    identifiers: Any
    born: Any


SAID = ("entry_id", "kind", "name", "countries", "identifiers", "born")


def named(row: Row) -> list[tuple[str, str]]:
    """Return the names of a row with what each is: primary, alias or weak."""
    return [
        (row.name, "primary"),
        *((alias, "alias") for alias in row.aliases),
        *((alias, "weak") for alias in row.weak),
    ]


def as_listed(list_key: str, version: str, said: Said, names: Iterable[tuple[str, str]]) -> Listed:
    """Return a listed party as the index takes it, wherever it was read."""
    return Listed(
        list_key,
        version,
        said.entry_id,
        said.kind,
        said.name,
        tuple(names),
        tuple(said.countries),
        tuple(said.identifiers),
        tuple(said.born),
    )


def folded(text: str) -> str:
    """Return text without what a database cannot hold (null characters, halves of characters), blanks folded."""
    if not text.isascii():
        text = text.encode("utf-8", "ignore").decode()
    return " ".join(text.replace("\x00", "").split())


def once(values: Iterable[str]) -> list[str]:
    """Return what is said, each once, in its order."""
    return list(dict.fromkeys(filter(None, values)))


def numbered(values: Iterable[str]) -> list[str]:
    """Return passport, tax or registration numbers as they are compared; what is too short tells nothing."""
    found = (identifier(value) for value in values)
    return once(number for number in found if 5 <= len(number) <= 40 and re.search(r"\d", number))


def number_in(text: str) -> str:
    """Return the number without the words that say what it is: `Libyan passport No. 513519 (expired)`."""
    plain = re.sub(r"\([^)]*\)|,.*$", " ", folded(text)[:LONGEST_NAME])
    plain = re.split(r"(?:number|\bno\b\.?|\bnr\b\.?|:|\))\s*:?", plain, flags=re.IGNORECASE)[-1]
    return re.sub(r"^(?:\s*[^\W\d]{3,}[^\w\s]*\s+)+", "", plain).strip()


def born(text: str) -> list[str]:
    """Return the births a text tells as 1962, 1962-03 or 1962-03-17; none where it tells none.

    Read are 1962-03-17, 17 Mar 1962, 17/03/1962, 00/03/1962, dd/mm/1962, Mar 1962, 1962, each also with circa, and
    `1962 to 1965` or `1962-1965`, which are its years.
    """
    plain = re.sub(r"^(?:dd|mm)/(?:mm/)?", "", folded(text)[:LONGEST_NUMBER], flags=re.IGNORECASE)
    plain = re.sub(r"^(?:circa|approximately|about|c\.|ca\.?)\s*", "", plain, flags=re.IGNORECASE)
    if span := re.fullmatch(r"(?:.*?\D)?(\d{4})\s*(?:to|-|–|/)\s*(?:.*\D)?(\d{4})", plain, re.ASCII):
        return years(int(span[1]), int(span[2]))
    if found := re.fullmatch(r"(\d{4})(?:-(\d\d?)(?:-(\d\d?)(?:T.*)?)?)?", plain, re.ASCII):
        return _born(found[1], found[2], found[3])
    if found := re.fullmatch(r"(?:(\d\d?)[/.-])?(\d\d?)[/.-](\d{4})", plain, re.ASCII):
        return _born(found[3], found[2], found[1])
    if found := re.fullmatch(r"(?:(\d\d?)[\s-]+)?([A-Za-z]{3})[a-z]*\.?[\s-]+(\d{4})", plain, re.ASCII):
        month = found[2].lower()
        if month in MONTHS:
            return _born(found[3], str(MONTHS.index(month) + 1), found[1])
    return []


def _born(year: str, month: str | None, day: str | None) -> list[str]:
    """Return a birth as exactly as it is told; 00 stands for what is not known."""
    if not 1800 <= int(year) <= 2100:
        return []
    if not month or not 1 <= int(month) <= 12:
        return [year]
    if not day or not 1 <= int(day) <= 31:
        return [f"{year}-{int(month):02}"]
    return [f"{year}-{int(month):02}-{int(day):02}"]


def years(first: int, last: int) -> list[str]:
    """Return the years of a span in which somebody was born."""
    if not 1800 <= first <= last <= 2100:
        return []
    return [str(year) for year in (range(first, last + 1) if last - first <= WIDEST_SPAN else (first, last))]


def tidied(row: Row) -> Row:
    """Return a row as it is kept: names cut to what is compared, each said once, a weak name not also an alias."""
    row.name = row.name[:LONGEST_NAME].strip()
    row.aliases = [a for a in once(alias[:LONGEST_NAME].strip() for alias in row.aliases) if a != row.name]
    strong = {row.name, *row.aliases}
    row.weak = [w for w in once(weak[:LONGEST_NAME].strip() for weak in row.weak) if w not in strong]
    row.programmes, row.part = row.programmes[:LONGEST_PROGRAMMES], row.part[:LONGEST_PART]
    for said in ("countries", "identifiers", "born", "addresses"):
        setattr(row, said, once(getattr(row, said)))
    return row


class Rows:
    """The rows of one file as they are read; an entry that is there twice or has no number or name is refused."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.found: dict[str, Row] = {}

    def add(self, line: int, row: Row) -> Row:
        if not row.entry_id or not row.name:
            raise broken(self.path, line, _("no entry number and name"))
        if len(row.entry_id) > LONGEST_NUMBER:
            raise broken(self.path, line, _("an entry number of more than 100 characters"))
        if row.entry_id in self.found:
            raise broken(self.path, line, _("entry %(number)s is there twice") % {"number": row.entry_id})
        self.found[row.entry_id] = row
        return row

    def parsed(self, links: Iterable[Link] = (), published: str = "") -> Parsed:
        """Return the list; Invalid where it is empty. Links to parties that are not in it are left out."""
        if not self.found:
            raise Invalid.field("file", _("%(file)s holds no entry.") % {"file": self.path.name})
        rows = [tidied(row) for row in self.found.values()]
        known = [ln for ln in links if ln.owner in self.found and ln.owned in self.found]
        return Parsed(
            rows,
            list(dict.fromkeys(known)),
            aliases=sum(len(row.aliases) + len(row.weak) for row in rows),
            published=published[:40],
        )


def broken(path: Path, line: int, why: str) -> Invalid:
    """Return the refusal of a file, naming it and the line."""
    return Invalid.field(
        "file",
        _("%(file)s, line %(line)s: %(why)s. Nothing was loaded.")
        % {"file": path.name, "line": line, "why": why},
    )


def unreadable(path: Path, error: OSError) -> Invalid:
    """Return the refusal of a file that the system does not give."""
    why = error.strerror or str(error)
    return Invalid.field("file", _("%(file)s cannot be read: %(why)s") % {"file": path, "why": why})


def content(path: Path) -> bytes:
    """Return the bytes of a file; Invalid where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise unreadable(path, error) from None


def records(path: Path, text: str, *, delimiter: str = ",") -> Iterator[tuple[int, list[str]]]:
    """Yield (line number, fields) of CSV text, blanks folded; Invalid, with the line, where a quote is broken."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter)
    while True:
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise broken(path, reader.line_num, str(error)) from None
        if record:
            yield reader.line_num, [folded(value) for value in record]


def decoded(path: Path) -> str:
    """Return the text of a file in UTF-8; Invalid, with the line, where it is not."""
    raw = content(path)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise broken(path, raw.count(b"\n", 0, error.start) + 1, _("this is not UTF-8")) from None
    if not text.strip():
        raise Invalid.field("file", _("%(file)s is empty.") % {"file": path.name})
    return text


def table(
    path: Path, lines: Iterator[tuple[int, list[str]]], columns: Iterable[str]
) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (line number, value by column) of records whose first is the header.

    Invalid where a wanted column is missing, where one is named twice, and where a record has not as many fields.
    """
    line, header = next(lines, (1, []))
    missing = [column for column in columns if column not in header]
    if missing:
        raise broken(path, line, _("there is no column %(columns)s") % {"columns": ", ".join(missing)})
    twice = [column for column in columns if header.count(column) > 1]
    if twice:
        raise broken(path, line, _("there are two columns %(columns)s") % {"columns": ", ".join(twice)})
    for line, record in lines:
        if len(record) != len(header):
            raise broken(
                path,
                line,
                _("%(found)s fields where there should be %(wanted)s")
                % {"found": len(record), "wanted": len(header)},
            )
        yield line, dict(zip(header, record, strict=True))
