"""Lists as the database keeps them: versions put into force, told apart and read back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby

from django.db.models import Exists, Max, Min, OuterRef, Q, QuerySet

from alliance.selectors import ownership_rules
from core import clock
from screening.engine.addresses import Lived
from screening.engine.index import Listed
from screening.lists import ownership
from screening.lists.ownership import Rule, rules_for
from screening.lists.rows import SAID, Link, as_listed
from screening.models import Entry, EntryName, OwnershipLink, Snapshot

PARTS = ("list", "version", "sha256", "owned")  # of the state of a list, the last where it has any


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
        bearing = rules_for(rules(), key, clock.today()) if snapshot.unlisted else []
        if bearing:
            state["owned"] = ",".join(rule.key for rule in bearing)
        states.append(state)
    return states


def hash_of(lists: Iterable[Mapping[str, str]]) -> str:
    """Return the name of a set of snapshots."""
    lines = [" ".join(filter(None, (state.get(part) for part in PARTS))) for state in lists]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def rules() -> list[Rule]:
    """Return the ownership rules of the bundle in force, with their periods."""
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
    for rule in rules():
        if rule.key in wanted:
            always = replace(rule, periods=((date.min, None),))
            found = ownership.owned(links, own, at=date.min, rule=always) | found
    return found


def owners_of(snapshot: Snapshot, entry_id: str, on: date) -> list[tuple[list[str], float]]:
    """Return by whom a party counts as listed that is not listed itself: names from the listed owner, share."""
    bearing = [rule.key for rule in rules_for(rules(), snapshot.source_list.key, on)]
    found = owned_in(snapshot, bearing).get(entry_id, [])
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
    for entry in entries.only(*SAID).iterator(chunk_size=5000):
        names = next(list(group) for of, group in groups if of == entry.pk)
        yield as_listed(state[0], state[1], entry, [(name, kind) for _of, name, kind in names])


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


def changed_entries(snapshot: Snapshot) -> QuerySet[Entry]:
    """Return the entries that a version added or changed: what it may match anew.

    Among them are those that count as listed by their owners now and did not in the version before.
    """
    fresh = Q(since=snapshot)
    if entries_of(snapshot).filter(listed=False).exists():
        bearing = [rule.key for rule in rules_for(rules(), snapshot.source_list.key, clock.today())]
        before = (
            Snapshot.objects.filter(source_list=snapshot.source_list_id, pk__lt=snapshot.pk)
            .order_by("pk")
            .last()
        )
        known = owned_in(before, bearing).keys() if before else set()
        fresh |= Q(entry_id__in=owned_in(snapshot, bearing).keys() - known)
    return entries_of(snapshot).filter(fresh).order_by("pk")


def changed(snapshot: Snapshot) -> Iterator[Listed]:
    """Yield what a version added or changed as the index takes it."""
    return _parties((snapshot.source_list.key, snapshot.version), changed_entries(snapshot))


def held_by_listed() -> Iterator[Listed]:
    """Yield the parties of the lists in force that count as listed by their owners alone, by the rules of today."""
    for state in lists_in_force():
        if state.get("owned"):
            key, version, sha256 = state["list"], state["version"], state["sha256"]
            counted = _counted((key, version, sha256, state["owned"]))
            yield from _parties((key, version, sha256), counted.filter(listed=False))


def lived(lists: Iterable[Sequence[str]]) -> Iterator[Lived]:
    """Yield the parties of exactly these states that have addresses."""
    for state in lists:
        yield from _at_home(state, _counted(state))


def lived_changed(snapshot: Snapshot) -> Iterator[Lived]:
    """Yield what a version added or changed with the addresses it has."""
    yield from _at_home((snapshot.source_list.key, snapshot.version), changed_entries(snapshot))


def _at_home(state: Sequence[str], entries: QuerySet[Entry]) -> Iterator[Lived]:
    said = entries.exclude(addresses=[]).order_by("pk").values_list("entry_id", "kind", "name", "addresses")
    for entry_id, kind, name, addresses in said.iterator(chunk_size=5000):
        yield Lived(state[0], state[1], entry_id, kind, name, tuple(addresses))
