"""Putting a list into force: whole or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.actors import PROCESS
from core.audience import ALLIANCE, Audience
from core.errors import Invalid
from ledger import services as ledger
from screening.lists import ofac
from screening.matching import index_in_force
from screening.models import Entry, EntryName, Snapshot, SourceList

OFAC_SDN = ("us-ofac-sdn", "Specially Designated Nationals and Blocked Persons List", "US Treasury, OFAC")
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
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def load_ofac(
    *,
    sdn: Path,
    alt: Path | None = None,
    add: Path | None = None,
    version: str = "",
    accept_orphans: bool = False,
    list_about: tuple[str, str, str] = OFAC_SDN,
) -> Loaded:
    """Load OFAC's files as the version in force; the one before is closed at the same instant.

    Invalid, with file and line, for a broken file, and where more than 1 % of the aliases name no entry and
    that was not accepted: files of different dates were mixed.
    """
    parsed = ofac.parse(sdn, alt, add)
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
    sha256 = digest(path for path in (sdn, alt, add) if path)
    loaded = _put_into_force(parsed, sha256, version or sdn.stem, list_about)
    index_in_force()
    return loaded


@transaction.atomic
def _put_into_force(parsed: ofac.Parsed, sha256: str, version: str, about: tuple[str, str, str]) -> Loaded:
    key, title, publisher = about
    source, _created = SourceList.objects.get_or_create(
        key=key, defaults={"title": title, "publisher": publisher}
    )
    source = SourceList.objects.select_for_update().get(pk=source.pk)
    before = Snapshot.objects.filter(source_list=source, in_force_until__isnull=True).first()
    orphans = [*parsed.orphaned_aliases, *parsed.orphaned_addresses]
    report = (parsed.aliases, parsed.orphaned_aliases, parsed.orphaned_addresses)
    if before is not None and before.sha256 == sha256:
        return Loaded(before, False, *report)
    now = clock.now()
    if before is not None:
        before.in_force_until = now
        before.save(update_fields=["in_force_until"])
    snapshot = Snapshot.objects.create(
        source_list=source,
        version=version[:60],
        sha256=sha256,
        loaded_at=now,
        in_force_from=now,
        entries_count=len(parsed.rows),
        names_count=0,
        orphans=orphans[:1000],
    )
    entries = Entry.objects.bulk_create(
        (
            Entry(
                snapshot=snapshot,
                entry_id=row.entry_id,
                kind=row.kind,
                name=row.name,
                programmes=row.programmes,
                remarks=row.remarks,
                countries=row.countries,
                identifiers=row.identifiers,
            )
            for row in parsed.rows
        ),
        batch_size=2000,
    )
    names = [
        EntryName(entry=entry, name=name, kind=kind)
        for entry, row in zip(entries, parsed.rows, strict=True)
        for name, kind in [
            (row.name, EntryName.Kind.PRIMARY),
            *((alias, EntryName.Kind.ALIAS) for alias in row.aliases),
            *((alias, EntryName.Kind.WEAK) for alias in row.weak),
        ]
    ]
    EntryName.objects.bulk_create(names, batch_size=4000)
    snapshot.names_count = len(names)
    snapshot.save(update_fields=["names_count"])
    ledger.record(
        "list.loaded",
        actor=PROCESS,
        subject=snapshot,
        audience=Audience.of(ALLIANCE),
        facts={
            "list": key,
            "version": snapshot.version,
            "sha256": sha256,
            "entries": snapshot.entries_count,
            "names": snapshot.names_count,
            "orphans": len(orphans),
        },
    )
    return Loaded(snapshot, True, *report)
