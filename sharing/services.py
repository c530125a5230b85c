"""Putting what members share into the collections of those to whom it is releasable."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Max

from core import audience, clock
from escalation.models import Guidance
from intelligence.models import Denial
from licensing.models import SuspiciousOrder
from sharing import mapping, stix
from sharing.mapping import Told
from sharing.models import Collection, Entry, SharedObject
from sharing.stix import Json

LOCK = 0x571C  # key of the advisory lock under which instants are given
NEXT = timedelta(microseconds=1)
STEP = timedelta(milliseconds=1)  # between two versions: what STIX writes


@transaction.atomic
def share_denial(*, denial_id: int, at: datetime) -> int:
    """Share a denial as it now stands; return how many entries that added.

    It goes to the collection of those to whom it is releasable, and to those in which it stood before: whoever
    could read it there learns what became of it, a withdrawal too.
    """
    wait_for_turn()
    denial = Denial.objects.select_related("jurisdiction").get(pk=denial_id)
    return _put(mapping.of_denial(denial), [denial.audience], at, {"denial": denial})


@transaction.atomic
def share_report(*, report_id: int, at: datetime) -> int:
    """Share a suspicious order with each member that may read it, in a collection of its own for each: none of
    them is told who else does."""
    wait_for_turn()
    report = SuspiciousOrder.objects.select_related("organisation__jurisdiction", "application").get(
        pk=report_id
    )
    codes = report.shares.order_by("pk").values_list("jurisdiction", flat=True)
    told = mapping.of_suspicious_order(report)
    return _put(told, [[audience.jurisdiction(code)] for code in codes], at, {"report": report})


@transaction.atomic
def share_guidance(*, guidance_id: int, at: datetime) -> int:
    """Share an issued notice with all members; one that has ended, as revoked."""
    wait_for_turn()
    notice = Guidance.objects.select_related("issued_for").get(pk=guidance_id)
    if notice.issued_at is None:
        return 0
    return _put(mapping.of_guidance(notice), [[audience.ALLIANCE]], at, {"guidance": notice})


def wait_for_turn() -> None:
    """Take the lock under which instants are given; it is held until they are visible.

    What is shared is read after it, so that the last to share a thing has read its last state.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def _put(told: Told, audiences: Iterable[list[str]], at: datetime, thing: dict[str, Any]) -> int:
    objects = _versions(told, at, thing)
    collections = {collection.pk: collection for collection in map(_collection, audiences)}
    for before in Collection.objects.filter(
        entries__object__in=SharedObject.objects.filter(**thing).values("pk")
    ).distinct():
        collections.setdefault(before.pk, before)
    return add_entries(collections, objects)


def add_entries(collections: Iterable[int], objects: list[SharedObject]) -> int:
    """Let objects stand in collections from now on, where they do not; return how many entries that made.

    Under the lock of `wait_for_turn`.
    """
    wanted = sorted(collections)
    there = set(
        Entry.objects.filter(collection__in=wanted, object__in=objects).values_list("collection", "object")
    )
    last: datetime | None = Entry.objects.aggregate(last=Max("added_at"))["last"]
    now = clock.now()
    added = now if last is None else max(now, last + NEXT)
    fresh = [
        Entry(collection_id=collection, object=one, stix_id=one.stix_id, version=one.version)
        for collection in wanted
        for one in objects
        if (collection, one.pk) not in there
    ]
    for place, entry in enumerate(fresh):
        entry.added_at = added + place * NEXT
    Entry.objects.bulk_create(fresh)
    return len(fresh)


def _collection(keys: list[str]) -> Collection:
    keys = sorted(keys)
    row, _made = Collection.objects.get_or_create(
        audience=keys,
        defaults={"uid": stix.collection_id(mapping.members_of(keys)), "made_at": clock.now()},
    )
    return row


def _versions(told: Told, at: datetime, thing: dict[str, Any]) -> list[SharedObject]:
    """Return the rows of objects in their order: the last version of each, or a further one where it changed."""
    wanted: list[tuple[Json, dict[str, Any]]] = [(one, {}) for one in told.common] + [
        (one, thing) for one in told.own
    ]
    last: dict[str, SharedObject] = {}
    for row in SharedObject.objects.filter(stix_id__in=[one["id"] for one, _of in wanted]).order_by(
        "version"
    ):
        last[row.stix_id] = row
    rows = []
    for content, of in wanted:
        before = last.get(content["id"])
        if before is not None and _same(before.content, content):
            rows.append(before)
            continue
        version = datetime.fromisoformat(str(content.get("modified") or content["created"]))
        if before is not None:
            version = max(at.replace(microsecond=at.microsecond // 1000 * 1000), before.version + STEP)
            content = {**content, "modified": stix.instant(version)}
        rows.append(
            SharedObject.objects.create(
                stix_id=content["id"], type=content["type"], version=version, content=content, **of
            )
        )
    return rows


def _same(one: Json, other: Json) -> bool:
    return {**one, "modified": ""} == {**other, "modified": ""}
