"""Writing a version of a list: whole or not at all, and only the entries that differ."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from core import clock
from core.actors import PROCESS
from core.audience import ALLIANCE, Audience
from core.errors import Invalid
from ledger import services as ledger
from screening.lists.rows import Parsed, Row, named
from screening.lists.store import entries_of
from screening.models import Entry, EntryName, OwnershipLink, Snapshot, SourceList

BATCH = 2000


@dataclass(frozen=True)
class About:
    """Which list some files are a version of."""

    key: str
    title: str
    publisher: str
    format: str = ""
    mapping: Mapping[str, Any] | None = None


def content_hash(row: Row) -> str:
    """Return the SHA-256 of all that the files say of a party; the order of its aliases says nothing."""
    said = {name: sorted(set(v)) if isinstance(v, list) else v for name, v in asdict(row).items()}
    return hashlib.sha256(json.dumps(said, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


@transaction.atomic
def put_into_force(
    parsed: Parsed, *, about: About, sha256: str, version: str, accept_shrink: bool = False
) -> tuple[Snapshot, bool]:
    """Make a parsed list the version in force, and close the one before at the same instant.

    Returns the snapshot, and whether it is new: the same files again only note that the list was checked.
    Invalid where an entry is there twice, and where the list lost more entries than `LISTS_SHRINK_PERCENT` and
    that was not accepted. Only entries that differ are written.
    """
    SourceList.objects.get_or_create(
        key=about.key, defaults={"title": about.title, "publisher": about.publisher}
    )
    source = SourceList.objects.select_for_update().get(key=about.key)
    before = Snapshot.objects.filter(source_list=source, in_force_until__isnull=True).first()
    now = clock.now()
    source.checked_at, source.failed_at, source.failure = now, None, ""
    source.format = about.format or source.format
    source.mapping = about.mapping or source.mapping
    source.save(update_fields=["checked_at", "failed_at", "failure", "format", "mapping"])
    if before is not None and before.sha256 == sha256:
        return before, False
    rows = _by_number(parsed.rows)
    if before is not None and not accept_shrink:
        _refuse_shrinking(before.entries_count, len(rows))
    if before is not None:
        before.in_force_until = now
        before.save(update_fields=["in_force_until"])
    snapshot = Snapshot.objects.create(
        source_list=source,
        version=version[:60],
        sha256=sha256,
        published=parsed.published[:40],
        loaded_at=now,
        in_force_from=now,
        entries_count=len(rows),
        names_count=0,
        orphans=[*parsed.orphaned_aliases, *parsed.orphaned_addresses][:1000],
    )
    _write_entries(snapshot, rows)
    _write_links(snapshot, parsed)
    snapshot.names_count = EntryName.objects.filter(entry__in=entries_of(snapshot)).count()
    snapshot.save(update_fields=["names_count", "added_count", "changed_count", "removed_count"])
    ledger.record(
        "list.loaded",
        actor=PROCESS,
        subject=snapshot,
        audience=Audience.of(ALLIANCE),
        facts={
            "list": source.key,
            "version": snapshot.version,
            "sha256": sha256,
            "entries": snapshot.entries_count,
            "names": snapshot.names_count,
            "orphans": len(parsed.orphaned_aliases) + len(parsed.orphaned_addresses),
            "added": snapshot.added_count,
            "changed": snapshot.changed_count,
            "removed": snapshot.removed_count,
        },
    )
    return snapshot, True


def analyse() -> None:
    """Let the database know how many entries and words there are now, for searches to be planned well at once.

    Otherwise it would learn of it minutes after a load, and go through all entries for every search until then.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT screening_analyse()")


def _by_number(rows: Sequence[Row]) -> dict[str, Row]:
    found: dict[str, Row] = {}
    for row in rows:
        if row.entry_id in found:
            raise Invalid.field(
                "file",
                _("Entry %(number)s is there twice. Nothing was loaded.") % {"number": row.entry_id},
            )
        found[row.entry_id] = row
    return found


def _refuse_shrinking(before: int, after: int) -> None:
    most = settings.LISTS_SHRINK_PERCENT
    if (before - after) * 100 > most * before:
        raise Invalid.field(
            "file",
            _(
                "The list would shrink from %(before)s to %(after)s entries, by more than %(most)s %%: the files "
                "may be cut short. Nothing was loaded. If the publisher did remove them, say --accept-shrink."
            )
            % {"before": before, "after": after, "most": most},
        )


def _write_entries(snapshot: Snapshot, rows: Mapping[str, Row]) -> None:
    """Close the entries that are gone or differ, write the new ones, and count them on the snapshot."""
    standing = Entry.objects.filter(source_list=snapshot.source_list_id, until__isnull=True)
    old = {e: (pk, sha256) for e, pk, sha256 in standing.values_list("entry_id", "pk", "sha256")}
    hashes = {entry_id: content_hash(row) for entry_id, row in rows.items()}
    fresh = [e for e in rows if e not in old or old[e][1] != hashes[e]]
    removed = [e for e in old if e not in rows]
    added = sum(e not in old for e in fresh)
    snapshot.added_count, snapshot.changed_count = added, len(fresh) - added
    snapshot.removed_count = len(removed)
    over = [old[e][0] for e in (*removed, *fresh) if e in old]
    Entry.objects.filter(pk__in=over).update(until=snapshot)
    written = Entry.objects.bulk_create(
        (_entry(snapshot, rows[e], hashes[e]) for e in fresh), batch_size=BATCH
    )
    EntryName.objects.bulk_create(
        (
            EntryName(entry=entry, name=name, kind=kind)
            for entry, entry_id in zip(written, fresh, strict=True)
            for name, kind in named(rows[entry_id])
        ),
        batch_size=BATCH,
    )


def _entry(snapshot: Snapshot, row: Row, sha256: str) -> Entry:
    return Entry(
        source_list_id=snapshot.source_list_id,
        since=snapshot,
        sha256=sha256,
        entry_id=row.entry_id,
        kind=row.kind,
        name=row.name,
        part=row.part,
        listed=row.listed,
        programmes=row.programmes,
        remarks=row.remarks,
        countries=row.countries,
        identifiers=row.identifiers,
        born=row.born,
        addresses=row.addresses,
    )


def _write_links(snapshot: Snapshot, parsed: Parsed) -> None:
    """Close the ownership links that are gone or differ and write the new ones; one pair has the largest share."""
    wanted: dict[tuple[str, str], float | None] = {}
    for link in parsed.links:
        pair = (link.owner, link.owned)
        wanted[pair] = max((s for s in (wanted.get(pair), link.share) if s is not None), default=None)
    standing = OwnershipLink.objects.filter(source_list=snapshot.source_list_id, until__isnull=True)
    same, over = set(), []
    for held in standing:
        pair = (held.owner, held.owned)
        if pair in wanted and held.share == _percent(wanted[pair]):
            same.add(pair)
        else:
            over.append(held.pk)
    OwnershipLink.objects.filter(pk__in=over).update(until=snapshot)
    OwnershipLink.objects.bulk_create(
        (
            OwnershipLink(
                source_list_id=snapshot.source_list_id,
                since=snapshot,
                owner=owner,
                owned=owned,
                share=_percent(share),
            )
            for (owner, owned), share in wanted.items()
            if (owner, owned) not in same
        ),
        batch_size=BATCH,
    )


def _percent(share: float | None) -> Decimal | None:
    return None if share is None else Decimal(str(share)).quantize(Decimal("0.01"))
