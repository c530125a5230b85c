"""Lists as the database keeps them: versions put into force, told apart and read back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, Max, Min, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from alliance.selectors import ownership_rules
from core import clock
from core.actors import PROCESS
from core.audience import ALLIANCE, Audience
from core.errors import Invalid
from ledger import services as ledger
from screening.engine.index import Listed
from screening.lists import ownership
from screening.lists.ownership import Rule, rules_for
from screening.lists.rows import Link, Parsed, Row
from screening.models import Entry, EntryName, OwnershipLink, Snapshot, SourceList

BATCH = 2000
PARTS = ("list", "version", "sha256", "owned")  # of the state of a list, the last where it has any


@dataclass(frozen=True)
class About:
    """Which list some files are a version of."""

    key: str
    title: str
    publisher: str
    format: str = ""
    mapping: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Difference:
    """How two versions of a list differ: the publisher's numbers of entries."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]


def lists_in_force() -> list[dict[str, str]]:
    """Return {list, version, sha256} of every snapshot in force.

    And `owned`, the keys of the ownership rules in force today, where by them further parties of the list may
    count as listed: the same snapshot with and without a rule are two states.
    """
    unlisted = Entry.objects.filter(source_list=OuterRef("source_list"), until__isnull=True, listed=False)
    found = Snapshot.objects.filter(in_force_until__isnull=True).select_related("source_list")
    states = []
    for snapshot in found.annotate(unlisted=Exists(unlisted)).order_by("source_list__key"):
        key = snapshot.source_list.key
        state = {"list": key, "version": snapshot.version, "sha256": snapshot.sha256}
        rules = rules_for(_rules(), key, clock.today()) if snapshot.unlisted else []
        if rules:
            state["owned"] = ",".join(rule.key for rule in rules)
        states.append(state)
    return states


def hash_of(lists: Iterable[Mapping[str, str]]) -> str:
    """Return the name of a set of snapshots."""
    lines = [" ".join(filter(None, (state.get(part) for part in PARTS))) for state in lists]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _rules() -> list[Rule]:
    return [Rule.of(entry) for entry in ownership_rules()]


def lists_hash() -> str:
    """Return the name of the set of snapshots in force."""
    return hash_of(lists_in_force())


def snapshot_of(list_key: str, version: str, sha256: str = "") -> Snapshot:
    """Return the snapshot of a list that bears a version; where files differ under one version, the latest."""
    found = Snapshot.objects.filter(source_list__key=list_key, version=version)
    if sha256:
        found = found.filter(sha256=sha256)
    return found.select_related("source_list").latest("loaded_at", "pk")


def snapshot_at(list_key: str, instant: datetime) -> Snapshot | None:
    """Return the version of a list that was in force at an instant; at the change of two, the later."""
    found = Snapshot.objects.filter(source_list__key=list_key, in_force_from__lte=instant)
    return found.exclude(in_force_until__lte=instant).select_related("source_list").order_by("pk").last()


def entries_of(snapshot: Snapshot) -> QuerySet[Entry]:
    """Return the entries of one version, whatever has come into force since."""
    return Entry.objects.filter(Entry.of(snapshot))


def links_of(snapshot: Snapshot) -> QuerySet[OwnershipLink]:
    """Return the ownership links of one version."""
    return OwnershipLink.objects.filter(OwnershipLink.of(snapshot))


def entries_at(wanted: Iterable[tuple[Snapshot, str]]) -> dict[tuple[int, str], Entry]:
    """Return what versions say of entries, by (snapshot's key, publisher's number), with their names."""
    pairs = list(wanted)
    found = Entry.objects.filter(
        source_list__in={snapshot.source_list_id for snapshot, _number in pairs},
        entry_id__in={number for _snapshot, number in pairs},
    ).prefetch_related("names")
    versions: dict[tuple[int, str], list[Entry]] = {}
    for entry in found:
        versions.setdefault((entry.source_list_id, entry.entry_id), []).append(entry)
    return {
        (snapshot.pk, number): entry
        for snapshot, number in pairs
        for entry in versions.get((snapshot.source_list_id, number), ())
        if entry.stands_in(snapshot)
    }


def owned_in(snapshot: Snapshot, keys: Iterable[str]) -> dict[str, list[tuple[tuple[str, ...], float]]]:
    """Return who counts as listed in a version by any of these rules, with owners as `ownership.owned` does.

    Whoever names a rule has found it in force: its periods are not asked again.
    """
    links = [
        Link(owner, owned, None if share is None else float(share))
        for owner, owned, share in links_of(snapshot).values_list("owner", "owned", "share")
    ]
    own = set(entries_of(snapshot).filter(listed=True).values_list("entry_id", flat=True))
    wanted = set(keys)
    found: dict[str, list[tuple[tuple[str, ...], float]]] = {}
    for rule in _rules():
        if rule.key in wanted:
            always = replace(rule, periods=((date.min, None),))
            found = ownership.owned(links, own, at=date.min, rule=always) | found
    return found


def owners_of(snapshot: Snapshot, entry_id: str, on: date) -> list[tuple[list[str], float]]:
    """Return by whom a party counts as listed that is not listed itself: names from the listed owner, share."""
    rules = [rule.key for rule in rules_for(_rules(), snapshot.source_list.key, on)]
    found = owned_in(snapshot, rules).get(entry_id, [])
    numbers = {number for path, _share in found for number in path}
    names = dict(entries_of(snapshot).filter(entry_id__in=numbers).values_list("entry_id", "name"))
    return [([names.get(number, number) for number in path], share) for path, share in found]


def is_kept(state: Sequence[str]) -> bool:
    """Return whether the snapshot of a state is in this database."""
    key, version, sha256 = state[:3]
    return Snapshot.objects.filter(source_list__key=key, version=version, sha256=sha256).exists()


def listed(lists: Iterable[Sequence[str]]) -> Iterator[Listed]:
    """Yield the parties of exactly these states, whatever has come into force since.

    A state is (list, version, sha256) and, for a list with parties that are not listed themselves, the keys of
    the ownership rules by which they may count, joined by commas: those of `PARTS`.
    """
    for state in lists:
        yield from _parties(state, _counted(state))


def _counted(state: Sequence[str]) -> QuerySet[Entry]:
    """Return the entries that count as listed in a state."""
    key, version, sha256, *owned = state
    snapshot = snapshot_of(key, version, sha256)
    counted = Q(listed=True)
    if any(owned):
        counted |= Q(entry_id__in=owned_in(snapshot, owned[0].split(",")))
    return entries_of(snapshot).filter(counted)


def _parties(state: Sequence[str], entries: QuerySet[Entry]) -> Iterator[Listed]:
    """Yield entries of a list as the index takes them.

    Entries and names are two streams in the order of entries, joined here, so that each is read once.
    """
    entries = entries.order_by("pk")
    first, last = entries.aggregate(first=Min("pk"), last=Max("pk")).values()
    rows = (
        EntryName.objects.filter(entry_id__gte=first or 0, entry_id__lte=last or 0)
        .order_by("entry_id", "pk")
        .values_list("entry_id", "name", "kind")
        .iterator(chunk_size=5000)
    )
    groups = groupby(rows, key=lambda row: row[0])
    about = entries.values_list("pk", "entry_id", "kind", "name", "countries", "identifiers", "born")
    for pk, entry_id, kind, name, countries, identifiers, born in about.iterator(chunk_size=5000):
        names = next(list(group) for of, group in groups if of == pk)
        yield Listed(
            state[0],
            state[1],
            entry_id,
            kind,
            name,
            tuple((row[1], row[2]) for row in names),
            tuple(countries),
            tuple(identifiers),
            tuple(born),
        )


def between(
    before: Iterable[Sequence[str]], after: Iterable[Sequence[str]]
) -> tuple[list[Listed], set[tuple[str, str]]]:
    """Return (parties to add, (list, entry id) to take out) that lead from one state of the lists to another.

    A changed entry is taken out and added. Every list of the state before is in the one after.
    """
    old = {state[0]: state for state in before}
    added: list[Listed] = []
    removed: set[tuple[str, str]] = set()
    for state in after:
        key, now = state[0], _counted(state)
        if key not in old:
            added += _parties(state, now)
            continue
        then = _counted(old[key])
        removed |= {(key, e) for e in then.exclude(pk__in=now).values_list("entry_id", flat=True)}
        added += _parties(state, now.exclude(pk__in=then))
    return added, removed


def difference(before: Snapshot | None, after: Snapshot) -> Difference:
    """Return how one version of a list differs from another; from none at all, everything was added."""
    old = dict(entries_of(before).values_list("entry_id", "pk")) if before else {}
    new = dict(entries_of(after).values_list("entry_id", "pk"))
    same = old.keys() & new.keys()
    moved = [entry_id for entry_id in same if old[entry_id] != new[entry_id]]
    content = dict(
        Entry.objects.filter(
            pk__in=[pk for entry_id in moved for pk in (old[entry_id], new[entry_id])]
        ).values_list("pk", "sha256")
    )
    return Difference(
        tuple(sorted(new.keys() - old.keys())),
        tuple(sorted(e for e in moved if content[old[e]] != content[new[e]])),
        tuple(sorted(old.keys() - new.keys())),
    )


def changed_entries(snapshot: Snapshot) -> list[Entry]:
    """Return the entries that a version added or changed, with their names: what it may match anew.

    Among them are those that count as listed by their owners now and did not in the version before.
    """
    fresh = Q(since=snapshot)
    if entries_of(snapshot).filter(listed=False).exists():
        rules = [rule.key for rule in rules_for(_rules(), snapshot.source_list.key, clock.today())]
        before = (
            Snapshot.objects.filter(source_list=snapshot.source_list_id, pk__lt=snapshot.pk)
            .order_by("pk")
            .last()
        )
        known = owned_in(before, rules).keys() if before else set()
        fresh |= Q(entry_id__in=owned_in(snapshot, rules).keys() - known)
    return list(entries_of(snapshot).filter(fresh).prefetch_related("names").order_by("pk"))


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
            for name, kind in _names(rows[entry_id])
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


def _names(row: Row) -> list[tuple[str, str]]:
    return [
        (row.name, EntryName.Kind.PRIMARY),
        *((alias, EntryName.Kind.ALIAS) for alias in row.aliases),
        *((alias, EntryName.Kind.WEAK) for alias in row.weak),
    ]


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
