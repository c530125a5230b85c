"""What is open about the hits of a case, and how old the lists are."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from screening.lists.formats import FORMATS
from screening.models import Entry, Hit, Snapshot, SourceList

UNRESOLVED = (Hit.Status.OPEN, Hit.Status.UNSURE, Hit.Status.PROPOSED_CLEAR)


def open_hits(case_ref: str) -> int:
    """Count the hits of a case that officers have not resolved."""
    return Hit.objects.filter(case_ref=case_ref, status__in=UNRESOLVED).count()


def confirmed_parties(case_ref: str) -> set[int]:
    """Return the shared parties of a case that officers found to be on a list."""
    confirmed = Hit.objects.filter(case_ref=case_ref, status=Hit.Status.CONFIRMED)
    return set(confirmed.values_list("shared_party_id", flat=True))


def standing_of(case_ref: str) -> tuple[bool, set[int]]:
    """Return whether hits of a case have still to be resolved, and the parties found to be on a list: one query."""
    rows = Hit.objects.filter(case_ref=case_ref, status__in=(*UNRESOLVED, Hit.Status.CONFIRMED))
    found = list(rows.order_by().values_list("status", "shared_party_id"))
    confirmed = {party for status, party in found if status == Hit.Status.CONFIRMED}
    return any(status != Hit.Status.CONFIRMED for status, _party in found), confirmed


def uncleared(case_ref: str) -> set[tuple[int, str, str]]:
    """Return (shared party, list, entry) of every hit of a case that officers have not cleared."""
    return set(
        Hit.objects.filter(case_ref=case_ref)
        .exclude(status=Hit.Status.CLEARED)
        .values_list("shared_party_id", "list_key", "entry_id")
    )


def entry_now(hit: Hit) -> str:
    """Return what has become of the entry of a hit since: same, changed or gone from its list."""
    now = Entry.objects.filter(
        source_list=hit.snapshot.source_list_id, entry_id=hit.entry_id, until__isnull=True
    ).first()
    if now is None:
        return "gone"
    return "same" if now.sha256 == hit.entry_sha256 or not hit.entry_sha256 else "changed"


def list_titles() -> dict[str, str]:
    """Return what every list is called, by its key."""
    return dict(SourceList.objects.order_by("key").values_list("key", "title"))


@dataclass(frozen=True)
class ListState:
    """A list as it stands: its version in force (None before the first load) and how old it is."""

    source: SourceList
    snapshot: Snapshot | None
    age: timedelta | None  # since it was last known to be what the publisher publishes
    stale: bool  # older than it may be

    @property
    def hours(self) -> int | None:
        """Whole hours of its age."""
        return None if self.age is None else int(self.age.total_seconds() // 3600)


def list_states(at: datetime) -> list[ListState]:
    """Return every list in the order of the keys."""
    in_force = {s.source_list_id: s for s in Snapshot.objects.filter(in_force_until__isnull=True)}
    states = []
    for source in SourceList.objects.order_by("key"):
        snapshot = in_force.get(source.pk)
        checked = source.checked_at if snapshot else None
        age = None if checked is None else max(at - checked, timedelta(0))
        limit = source.max_age_hours
        stale = age is not None and limit is not None and age > timedelta(hours=limit)
        states.append(ListState(source, snapshot, age, stale))
    return states


def published_states(at: datetime) -> list[ListState]:
    """Return the lists that their publishers publish to everyone and that have been loaded, for anyone to read.

    An authority's own list is not among them: nobody outside learns that there is one.
    """
    official = {known.list_key: known for known in FORMATS.values() if known.urls}
    return [
        state
        for state in list_states(at)
        if state.age is not None
        and (known := official.get(state.source.key)) is not None
        and known.key == state.source.format
    ]


def stale_lists(at: datetime) -> list[str]:
    """Return the keys of the lists in force that are older than they may be."""
    return [state.source.key for state in list_states(at) if state.stale]


@dataclass(frozen=True)
class Changes:
    """The entries a version added and changed as they stand in it, and those it removed as they stood."""

    added: list[Entry]
    changed: list[Entry]
    removed: list[Entry]


def changes_of(snapshot: Snapshot, most: int) -> Changes:
    """Return what a version changed, at most so many entries of each kind, by name."""
    before = Entry.objects.filter(until=snapshot, entry_id=OuterRef("entry_id"))
    after = Entry.objects.filter(since=snapshot, entry_id=OuterRef("entry_id"))
    fresh = Entry.objects.filter(since=snapshot).order_by("name", "pk")
    gone = Entry.objects.filter(until=snapshot).order_by("name", "pk")
    return Changes(
        list(fresh.exclude(Exists(before))[:most]),
        list(fresh.filter(Exists(before))[:most]),
        list(gone.exclude(Exists(after))[:most]),
    )
