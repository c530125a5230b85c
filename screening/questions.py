"""Names to be screened, from a CSV file: what is wrong with a file is said by line, and no name is quietly cut."""

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from django.utils.translation import gettext as _

from screening.engine.words import LONGEST
from screening.lists.rows import broken, decoded

LARGEST_FIELD = 10_000_000  # characters: a field over csv's own limit would end the reading of all others


class Question(NamedTuple):
    """A row: its line, its values by column, and why it cannot be screened, if so."""

    line: int
    values: dict[str, str]
    refused: str = ""


def questions(path: Path, needed: Sequence[str], names: Sequence[str]) -> Iterator[Question]:
    """Yield the rows of a file whose header has the columns `needed`; `names` are those of names.

    A row with more fields than the header (a comma outside quotes has cut its name), without a needed field or with
    a name of more than 300 characters is refused and the others are not. Invalid where the file is empty, not in
    UTF-8, has a broken quote, or lacks a column or has it twice.
    """
    before = csv.field_size_limit(LARGEST_FIELD)
    try:
        reader = csv.reader(io.StringIO(decoded(path), newline=""), strict=True)
        header = [name.strip() for name in next(reader, [])]
        _check(path, header, needed)
        for record in reader:
            if record:
                values = dict(zip(header, record, strict=False))
                yield Question(
                    reader.line_num, values, _refusal(len(record), len(header), values, needed, names)
                )
    except csv.Error as error:
        raise broken(path, reader.line_num, str(error)) from None
    finally:
        csv.field_size_limit(before)


def _check(path: Path, header: list[str], needed: Sequence[str]) -> None:
    missing = [column for column in needed if column not in header]
    if missing:
        found = ", ".join(header)[:200]
        why = _("there is no column %(columns)s, only %(found)s") % {
            "columns": ", ".join(missing),
            "found": found,
        }
        if len(header) == 1 and any(mark in found for mark in ";\t|"):
            why += _("; columns are set apart by commas")
        raise broken(path, 1, why)
    twice = sorted({column for column in header if column and header.count(column) > 1})
    if twice:
        raise broken(path, 1, _("there are two columns %(columns)s") % {"columns": ", ".join(twice)})


def _refusal(
    found: int, wanted: int, values: dict[str, str], needed: Sequence[str], names: Sequence[str]
) -> str:
    if found > wanted:
        return _(
            "%(found)s fields where the header has %(wanted)s: a value with a comma stands in quotes"
        ) % {
            "found": found,
            "wanted": wanted,
        }
    if lacking := [column for column in needed if column not in values]:
        return _("there is no %(columns)s") % {"columns": ", ".join(lacking)}
    if any(len(values[column]) > LONGEST for column in names):
        return _("a name has at most %(most)s characters") % {"most": LONGEST}
    return ""
