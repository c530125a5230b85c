"""Reading collections: which there are for a person, and what stands in one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import OuterRef, Q, QuerySet, Subquery

from members.models import User
from sharing import tlp
from sharing.models import Collection, Entry

SPEC = "2.1"  # of STIX: all that is shared
LAST, FIRST, ALL = "last", "first", "all"


@dataclass(frozen=True)
class Asked:
    """What is asked of a collection. `versions`: last, first, all, or instants; any of them will do."""

    limit: int
    after: datetime | None = None  # added later than this
    beyond: datetime | None = None  # where the page before ended
    ids: Sequence[str] = ()
    types: Sequence[str] = ()
    versions: Sequence[str | datetime] = (LAST,)
    specs: Sequence[str] = (SPEC,)


@dataclass(frozen=True)
class Page:
    """Entries in the order in which they were added, and whether there are more."""

    entries: list[Entry]
    more: bool


def collections(user: User) -> QuerySet[Collection]:
    """Return the collections that a person may read, the oldest first."""
    found: QuerySet[Collection] = Collection.objects.visible_to(user)  # type: ignore[attr-defined]
    return found.order_by("pk")


def entries(user: User, collection: Collection, asked: Asked) -> Page:
    """Return a page of what stands in a collection; a page costs the same however deep it is."""
    rows: QuerySet[Entry] = Entry.objects.visible_to(user)  # type: ignore[attr-defined]
    rows = rows.filter(collection=collection).filter(_of_versions(asked.versions))
    bounds = [at for at in (asked.after, asked.beyond) if at is not None]
    if bounds:
        rows = rows.filter(added_at__gt=max(bounds))
    if asked.ids:
        rows = rows.filter(stix_id__in=asked.ids)
    if asked.types:
        rows = rows.filter(object__type__in=asked.types)
    if SPEC not in asked.specs:
        rows = rows.none()
    found = list(rows.select_related("object").order_by("added_at")[: asked.limit + 1])
    return Page(found[: asked.limit], len(found) > asked.limit)


def _of_versions(versions: Sequence[str | datetime]) -> Q:
    if ALL in versions:
        return Q()
    same = Entry.objects.filter(collection=OuterRef("collection"), stix_id=OuterRef("stix_id")).values(
        "version"
    )
    found = Q(version__in=[at for at in versions if isinstance(at, datetime)])
    # The last and first are looked up for each row that is read, however many rows there are.
    if LAST in versions:
        found |= Q(version=Subquery(same.order_by("-version")[:1]))
    if FIRST in versions:
        found |= Q(version=Subquery(same.order_by("version")[:1]))
    return found


def title_of(collection: Collection) -> str:
    """Say to whom a collection is releasable, and how it is marked."""
    members = collection.members
    whom = ", ".join(members) if members else "all members"
    return f"Releasable to {whom} ({tlp.colour_of(members)})"


def description_of(collection: Collection) -> str:
    """Say what stands in a collection, and who may have it."""
    members = collection.members
    if not members:
        return "Denials, guidance and warnings for the authorities of all members. Not for exporters."
    if len(members) == 1:
        return (
            f"What {members[0]} received for itself: suspicious orders, and its own denials that it has not "
            "released. Who else received a suspicious order is not told."
        )
    return f"Denials releasable to {', '.join(members)} and to no other member. Not for exporters."
