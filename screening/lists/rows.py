"""What every importer returns: the parties of a published list, whatever its format. Pure."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.utils.translation import gettext as _

from core.errors import Invalid

LONGEST_NAME = 400
KINDS = ("company", "person", "vessel", "aircraft")


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


def broken(path: Path, line: int, why: str) -> Invalid:
    """Return the refusal of a file, naming it and the line."""
    return Invalid.field(
        "file",
        _("%(file)s, line %(line)s: %(why)s. Nothing was loaded.")
        % {"file": path.name, "line": line, "why": why},
    )


def content(path: Path) -> bytes:
    """Return the bytes of a file; Invalid where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise Invalid.field(
            "file", _("%(file)s cannot be read: %(why)s") % {"file": path, "why": error.strerror}
        ) from None


def records(path: Path, text: str, *, delimiter: str = ",") -> Iterator[tuple[int, list[str]]]:
    """Yield (line number, fields) of CSV text, blanks folded; Invalid, with the line, where a quote is broken."""
    reader = csv.reader(text.splitlines(keepends=True), strict=True, delimiter=delimiter)
    while True:
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise broken(path, reader.line_num, str(error)) from None
        if record:
            yield reader.line_num, [" ".join(value.replace("\x00", "").split()) for value in record]
