"""Putting a list into force: whole or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from core.errors import Invalid
from screening.indexes import index_in_force
from screening.lists import ofac
from screening.lists.formats import FORMATS, Format
from screening.lists.keeping import About, analyse, put_into_force
from screening.lists.rows import Parsed, content
from screening.models import Snapshot, SourceList

MOST_ORPHANS = 0.01  # share of aliases that may name no entry without being accepted by name


@dataclass(frozen=True)
class Loaded:
    """What a load did. `new` is False where the same files were in force already."""

    snapshot: Snapshot
    new: bool
    aliases: int
    orphaned_aliases: list[str]
    orphaned_addresses: list[str]


def digest(files: Iterable[Path]) -> str:
    """Return the SHA-256 over the files' own digests, in their order."""
    whole = hashlib.sha256()
    for path in files:
        whole.update(hashlib.sha256(content(path)).digest())
    return whole.hexdigest()


def format_of(key: str) -> Format:
    """Return a format by its key; Invalid, naming those there are, for another."""
    if key not in FORMATS:
        raise Invalid.field(
            "format",
            _("There is no format %(key)s; there are %(all)s.") % {"key": key, "all": ", ".join(FORMATS)},
        )
    return FORMATS[key]


def load(
    *,
    format: str,
    files: Sequence[Path],
    list_key: str = "",
    mapping: Mapping[str, Any] | None = None,
    version: str = "",
    undated: str = "",
    accept_orphans: bool = False,
    accept_shrink: bool = False,
) -> Loaded:
    """Load files as the version in force of a list; the one before is closed at the same instant.

    Invalid, and nothing changes, for a broken file (with its line), where more than 1 % of the aliases name no
    entry (files of different dates were mixed), and where the list shrinks; the last two can be accepted.
    The list keeps its `mapping` for the next time. Without a `version` it is the date that the files give, else
    `undated`, else the name of the first.
    """
    known = format_of(format)
    if not files:
        raise Invalid.field("file", _("Name the files: %(files)s.") % {"files": ", ".join(known.files)})
    key = list_key or known.list_key
    kept = SourceList.objects.filter(key=key).first()
    if kept is not None and kept.format and kept.format != format:
        raise Invalid.field(
            "list",
            _("The list %(list)s is loaded from the format %(format)s; name another list with --list.")
            % {"list": key, "format": kept.format},
        )
    mapping = mapping or (kept.mapping if kept else None) or None
    about = About(key, known.title, known.publisher, format, mapping)
    parsed = known.parse(files, mapping)
    version = version or parsed.published or undated
    return _put(parsed, files, about, version, accept_orphans=accept_orphans, accept_shrink=accept_shrink)


def load_ofac(
    *,
    sdn: Path,
    alt: Path | None = None,
    add: Path | None = None,
    version: str = "",
    accept_orphans: bool = False,
    accept_shrink: bool = False,
) -> Loaded:
    """Load OFAC's files, of which any but the first may be absent."""
    known = FORMATS["ofac"]
    about = About(known.list_key, known.title, known.publisher, known.key)
    files = [path for path in (sdn, alt, add) if path]
    parsed = ofac.parse(sdn, alt, add)
    return _put(parsed, files, about, version, accept_orphans=accept_orphans, accept_shrink=accept_shrink)


def _put(
    parsed: Parsed,
    files: Sequence[Path],
    about: About,
    version: str,
    *,
    accept_orphans: bool,
    accept_shrink: bool,
) -> Loaded:
    lost = len(parsed.orphaned_aliases)
    if parsed.aliases and lost > MOST_ORPHANS * parsed.aliases and not accept_orphans:
        raise Invalid.field(
            "alt",
            _(
                "%(lost)s of %(all)s aliases name no entry of the list: the files are of different dates. "
                "Use files of one date, or say --accept-orphans."
            )
            % {"lost": lost, "all": parsed.aliases},
        )
    snapshot, new = put_into_force(
        parsed,
        about=about,
        sha256=digest(files),
        version=version or files[0].stem,
        accept_shrink=accept_shrink,
    )
    if new:
        analyse()
    index_in_force()
    return Loaded(snapshot, new, parsed.aliases, parsed.orphaned_aliases, parsed.orphaned_addresses)
