"""Any CSV with a header, by a mapping that says which column is what. Pure.

A mapping is a JSON object: a field of `Row` and its column, `{"entry_id": "Ref", "name": "Full name"}`. A field of
many values may name several columns, and say what parts the values of one: `{"column": "AKA", "separator": ";"}`.
`kinds` translates what the column of `kind` holds, `{"Firm": "company"}`; where no column says the kind, that of
all is `{"": "company"}`. `delimiter` is a comma unless given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from django.utils.translation import gettext as _

from core.errors import Invalid
from screening.engine.words import identifier
from screening.lists.rows import KINDS, Parsed, Row, Rows, born, broken, decoded, records, table

ONE = ("entry_id", "kind", "name", "programmes", "remarks", "part")
MANY = ("aliases", "weak", "countries", "identifiers", "born", "addresses")


@dataclass(frozen=True)
class _Source:
    column: str
    separator: str = ""

    def values(self, record: Mapping[str, str]) -> list[str]:
        text = record[self.column]
        parts = text.split(self.separator) if self.separator else [text]
        return [part.strip() for part in parts if part.strip()]


def _refuse(why: str) -> NoReturn:
    raise Invalid.field("mapping", why)


def _source(field: str, told: Any) -> _Source:
    if isinstance(told, str) and told.strip():
        return _Source(" ".join(told.split()))
    if isinstance(told, dict) and told.keys() <= {"column", "separator"}:
        column, separator = told.get("column"), told.get("separator", "")
        if isinstance(column, str) and column.strip() and isinstance(separator, str):
            return _Source(" ".join(column.split()), separator)
    _refuse(
        _("The mapping of %(field)s is neither a column nor a column with its separator.") % {"field": field}
    )


def _sources(field: str, told: Any) -> list[_Source]:
    found = [_source(field, one) for one in (told if isinstance(told, list) else [told])]
    if field in ONE and (len(found) != 1 or found[0].separator):
        _refuse(_("The mapping of %(field)s is one column: it has one value.") % {"field": field})
    return found


def _kinds(told: Any) -> dict[str, str]:
    kinds = {} if told is None else told
    if not isinstance(kinds, dict) or not all(
        kind in KINDS for kind in kinds.values() if isinstance(kind, str)
    ):
        _refuse(_("In the mapping, kinds are %(kinds)s.") % {"kinds": ", ".join(KINDS)})
    if not all(isinstance(kind, str) for kind in kinds.values()):
        _refuse(_("In the mapping, kinds are %(kinds)s.") % {"kinds": ", ".join(KINDS)})
    return {kind: kind for kind in KINDS} | {
        " ".join(str(word).split()): kind for word, kind in kinds.items()
    }


def parse(path: Path, mapping: Mapping[str, Any] | None) -> Parsed:
    """Read the file; Invalid, naming it, for a field or a column that is not known."""
    if not mapping:
        _refuse(_("Say by a mapping which column is what: at least entry_id and name."))
    told = dict(mapping)
    kinds, delimiter = _kinds(told.pop("kinds", None)), told.pop("delimiter", ",")
    if not isinstance(delimiter, str) or len(delimiter) != 1 or delimiter in '"\r\n \x00':
        _refuse(_("In the mapping, the delimiter is one character."))
    for field in told:
        if field not in (*ONE, *MANY):
            _refuse(
                _("The mapping has a field %(field)s; there are %(all)s, kinds and delimiter.")
                % {"field": field, "all": ", ".join((*ONE, *MANY))}
            )
    for field in ("entry_id", "name"):
        if field not in told:
            _refuse(_("The mapping does not say which column is %(field)s.") % {"field": field})
    if "kind" not in told and "" not in kinds:
        _refuse(_('The mapping does not say which column is the kind, nor by "kinds" the kind of all.'))
    sources = {field: _sources(field, columns) for field, columns in told.items()}
    columns = dict.fromkeys(source.column for found in sources.values() for source in found)
    rows = Rows(path)
    lines = records(path, decoded(path), delimiter=delimiter)
    for line, record in table(path, lines, columns):
        rows.add(line, _row(path, line, sources, record, kinds))
    return rows.parsed()


def _row(
    path: Path,
    line: int,
    sources: Mapping[str, list[_Source]],
    record: Mapping[str, str],
    kinds: Mapping[str, str],
) -> Row:
    def one(field: str) -> str:
        return record[sources[field][0].column] if field in sources else ""

    def many(field: str) -> list[str]:
        return [value for source in sources.get(field, ()) for value in source.values(record)]

    kind = kinds.get(one("kind"))
    if kind is None:
        raise broken(path, line, _("unknown type %(kind)s") % {"kind": one("kind")})
    births = []
    for text in many("born"):
        days = born(text)
        if not days:
            raise broken(path, line, _("%(text)s is no date of birth") % {"text": text})
        births += days
    return Row(
        one("entry_id"),
        kind,
        one("name"),
        one("programmes"),
        one("remarks"),
        aliases=many("aliases"),
        weak=many("weak"),
        countries=many("countries"),
        identifiers=[identifier(number) for number in many("identifiers")],
        born=births,
        addresses=many("addresses"),
        part=one("part"),
    )
