"""A merged list as JSON lines, plain or gzipped: one object for an entry (id, source, type, name, aliases, ...). Pure."""

from __future__ import annotations

import gzip
import json
import zlib
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from screening.engine.words import identifier
from screening.lists.rows import KINDS, LONGEST_NAME, Parsed, Row, broken, content

MOST = 2_000_000_000  # bytes unpacked


def parse(path: Path) -> Parsed:
    """Read the file; Invalid, with the line, for one that is broken or cut short."""
    rows: dict[str, Row] = {}
    for number, line in enumerate(_unpacked(path).split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            told = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise broken(path, number, _("no JSON: %(why)s") % {"why": error}) from None
        row = _row(path, number, told)
        if row.entry_id in rows:
            raise broken(path, number, _("entry %(number)s is there twice") % {"number": row.entry_id})
        rows[row.entry_id] = row
    if not rows:
        raise broken(path, 1, _("no entry"))
    return Parsed(list(rows.values()))


def _unpacked(path: Path) -> bytes:
    raw = content(path)
    if not raw.startswith(b"\x1f\x8b"):
        return raw
    try:
        unpacker = zlib.decompressobj(wbits=31)
        found = unpacker.decompress(raw, MOST)
        if not unpacker.eof:
            raise EOFError(_("the file breaks off"))
    except (OSError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise broken(path, 1, str(error)) from None
    return found


def _row(path: Path, number: int, told: Any) -> Row:
    if not isinstance(told, dict):
        raise broken(path, number, _("no object"))
    entry_id, kind, name = (told.get(field) for field in ("id", "type", "name"))
    if not isinstance(entry_id, str) or not isinstance(name, str) or not entry_id or not name.strip():
        raise broken(path, number, _("no id and name"))
    if kind not in KINDS:
        raise broken(path, number, _("unknown type %(kind)s") % {"kind": kind})

    def texts(field: str) -> list[str]:
        found = told.get(field) or []
        if not isinstance(found, list) or not all(isinstance(value, str) for value in found):
            raise broken(path, number, _("%(field)s is no list of texts") % {"field": field})
        return list(dict.fromkeys(" ".join(value.split()) for value in found if value.strip()))

    return Row(
        entry_id[:100],
        kind,
        " ".join(name.split())[:LONGEST_NAME],
        aliases=[alias[:LONGEST_NAME] for alias in texts("aliases")],
        weak=[alias[:LONGEST_NAME] for alias in texts("weak")],
        countries=texts("countries"),
        identifiers=list(dict.fromkeys(filter(None, map(identifier, texts("ids"))))),
        born=texts("dobs"),
        part=str(told.get("source") or "")[:200],
    )
