"""Open lists merged into one file of JSON lines. Pure.

Fields: id, source, type, name, aliases, weak, countries, dobs, ids.
"""

from __future__ import annotations

from pathlib import Path

from django.utils.translation import gettext as _

from screening.engine.words import identifier
from screening.lists.rows import KINDS, Parsed, Row, Rows, born, broken
from screening.lists.streams import objects, texts

FIELDS = ("id", "source", "type", "name")


def parse(path: Path) -> Parsed:
    """Read the file, which may be compressed (.gz)."""
    rows = Rows(path)
    for line, about in objects(path):
        entry_id, source, kind, name = (" ".join(texts(path, line, about, field)) for field in FIELDS)
        if kind not in KINDS:
            raise broken(path, line, _("unknown type %(kind)s") % {"kind": kind})
        rows.add(
            line,
            Row(
                entry_id,
                kind,
                name,
                aliases=texts(path, line, about, "aliases"),
                weak=texts(path, line, about, "weak"),
                countries=texts(path, line, about, "countries"),
                identifiers=[identifier(number) for number in texts(path, line, about, "ids")],
                born=[day for text in texts(path, line, about, "dobs") for day in born(text)],
                part=source,
            ),
        )
    return rows.parsed()
