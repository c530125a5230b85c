"""Recording what happened, and making sure that everyone concerned takes note."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from django.db import connection, models, transaction
from django.db.models import Exists, OuterRef
from django.db.utils import NotSupportedError
from django.utils.translation import gettext as _

from core import clock
from core.actors import PROCESS, Actor
from core.audience import AUDITORS, Audience
from core.errors import Invalid, NotFound
from core.models import ref
from core.policies import require
from ledger import policies
from ledger.models import Delivery, Event, EventDetail, FeedEntry
from ledger.offers import offer, room
from ledger.subscriptions import subscribers_of, subscription

log = structlog.get_logger(__name__)

TYPE = re.compile(r"[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*")

ATTEMPTS = 8
FIRST_PAUSE = timedelta(seconds=5)  # doubles with each failure
GRACE = timedelta(seconds=30)  # an offer has this long before the sweep repeats it
SEAL_LOCK = 0x5EA1  # key of the sealer's advisory lock
SEAL_BATCH = 2000


@dataclass(frozen=True, kw_only=True)
class Happened:
    """What is to be recorded; see `record`."""

    type: str
    actor: Actor
    subject: models.Model
    audience: Audience
    facts: dict[str, Any] | None = None
    aggregate: str = ""
    aggregate_label: str = ""
    private: dict[str, Any] | None = None


def record(
    type: str,
    *,
    actor: Actor,
    subject: models.Model,
    audience: Audience,
    facts: dict[str, Any] | None = None,
    aggregate: str | None = None,
    aggregate_label: str = "",
    private: dict[str, Any] | None = None,
) -> Event:
    """Write an event with its deliveries and feed entries, in the caller's transaction.

    `type` is `<noun>.<past participle>`. `facts` is plain JSON without floats (money, scores and instants are
    text or integers), so that its canonical form is one. `private` goes to the erasable detail, of which the
    event keeps the SHA-256 of salt and canonical JSON. After commit each delivery is offered to its queue; a
    broker that is away loses nothing, the sweep offers it again.
    """
    happened = Happened(
        type=type,
        actor=actor,
        subject=subject,
        audience=audience,
        facts=facts,
        aggregate=aggregate or "",
        aggregate_label=aggregate_label,
        private=private,
    )
    return record_many([happened])[0]


def record_many(happened: Iterable[Happened]) -> list[Event]:
    """Write many events as `record` writes one, in as many statements as one takes."""
    if not connection.in_atomic_block:
        raise NotSupportedError("The ledger needs the transaction of the act it records.")
    salted = [(item, secrets.token_bytes(32) if item.private is not None else b"") for item in happened]
    events = Event.objects.bulk_create(_event(item, salt) for item, salt in salted)
    told = list(zip(events, salted, strict=True))
    EventDetail.objects.bulk_create(
        EventDetail(event=event, salt=salt, payload=item.private)
        for event, (item, salt) in told
        if item.private is not None
    )
    FeedEntry.objects.bulk_create(
        FeedEntry(event=event, audience=key) for event, (item, _salt) in told for key in item.audience
    )
    deliveries = Delivery.objects.bulk_create(
        Delivery(
            event=event,
            subscriber=item.name,
            queue=item.queue_for(event),
            next_attempt_at=event.at + GRACE,
        )
        for event in events
        for item in subscribers_of(event.type)
    )
    for delivery in deliveries:
        transaction.on_commit(partial(offer, delivery.pk, delivery.queue), robust=True)
    return events


def _event(item: Happened, salt: bytes) -> Event:
    if not TYPE.fullmatch(item.type):
        raise ValueError(f"{item.type!r} is no event type: <noun>.<past participle>.")
    _refuse_floats(item.facts)
    _refuse_floats(item.private)
    label = item.aggregate_label
    if not label and item.audience.keys:
        label = _label_of(item.aggregate, item.subject)
    return Event(
        uid=uuid.uuid4(),
        type=item.type,
        at=clock.now(),
        actor_kind=item.actor.actor_kind,
        actor_id=item.actor.actor_id,
        actor_label=item.actor.actor_label[:200],
        subject_type=str(item.subject._meta.model_name),
        subject_id=str(item.subject.pk),
        subject_label=str(item.subject)[:200],
        aggregate=item.aggregate,
        aggregate_label=label,
        facts=item.facts or {},
        commitment=commitment(salt, item.private) if item.private is not None else "",
    )


def _refuse_floats(value: object) -> None:
    if isinstance(value, float):
        raise TypeError(f"{value!r} is a float: write it as text or as an integer of a smaller unit.")
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _refuse_floats(part)


def _label_of(aggregate: str, subject: models.Model) -> str:
    """What outsiders call an aggregate: the subject's own label, or that of an earlier event about it."""
    if not aggregate or aggregate == ref(subject):
        return str(subject)[:40] if aggregate else ""
    earlier = Event.objects.filter(aggregate=aggregate).exclude(aggregate_label="")
    return earlier.order_by("pk").values_list("aggregate_label", flat=True).first() or ""


def commitment(salt: bytes, payload: dict[str, Any]) -> str:
    """Return the hex SHA-256 of salt followed by the payload's canonical JSON (sorted keys, no spaces)."""
    text = json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(salt + text.encode()).hexdigest()


@transaction.atomic(savepoint=False)
def widen(*, aggregate: str, audience: Audience) -> int:
    """Let an audience read what happened before it had a stake; return how many entries that added.

    What was recorded for nobody, or only for a duty such as the auditors', stays where it is.
    """
    events = Event.objects.filter(aggregate=aggregate)
    shared = FeedEntry.objects.filter(event=OuterRef("pk")).exclude(audience__startswith="role:")
    known = set(
        FeedEntry.objects.filter(event__in=events, audience__in=sorted(audience.keys)).values_list(
            "event_id", "audience"
        )
    )
    fresh = [
        FeedEntry(event_id=pk, audience=key)
        for pk in events.filter(Exists(shared)).order_by("pk").values_list("pk", flat=True)
        for key in audience
        if (pk, key) not in known
    ]
    FeedEntry.objects.bulk_create(fresh, ignore_conflicts=True)
    return len(fresh)


def deliver(pk: int) -> bool:
    """Let the subscriber take a delivery: its effects and the delivery's deletion are one transaction.

    Return whether it was taken. One that is locked, parked or gone is left alone; a failure is counted and
    tried again after a growing pause, and parked in the end.
    """
    try:
        with transaction.atomic():
            delivery = (
                Delivery.objects.select_for_update(skip_locked=True, of=("self",))
                .select_related("event")
                .filter(pk=pk, parked_at__isnull=True)
                .first()
            )
            if delivery is None:
                return False
            subscription(delivery.subscriber).handler(delivery.event)
            delivery.delete()
            return True
    except Exception as error:
        log.exception("delivery_failed", delivery=pk)
        _count_failure(pk, error)
        return False


@transaction.atomic
def _count_failure(pk: int, error: Exception | str) -> None:
    delivery = Delivery.objects.select_for_update(of=("self",)).select_related("event").filter(pk=pk).first()
    if delivery is None or delivery.parked_at is not None:
        return
    delivery.attempts += 1
    told = error if isinstance(error, str) else f"{error.__class__.__name__}: {error}"
    delivery.last_error = told[:2000]
    delivery.next_attempt_at = clock.now() + FIRST_PAUSE * 2 ** (delivery.attempts - 1)
    if delivery.attempts >= ATTEMPTS:
        delivery.parked_at = clock.now()
        record(
            "delivery.parked",
            actor=PROCESS,
            subject=delivery,
            audience=Audience.of(AUDITORS),
            facts={
                "subscriber": delivery.subscriber,
                "event": str(delivery.event.uid),
                "error": delivery.last_error[:500],
            },
        )
    delivery.save()


def count_lost(pk: int) -> None:
    """Count an attempt whose worker died under it: what kills its worker each time is parked in the end."""
    _count_failure(pk, "The worker died while it took this delivery.")


@transaction.atomic
def retry(*, actor: Actor, delivery: Delivery) -> Delivery:
    """Send a parked delivery on its way again, with its attempts forgiven."""
    found = Delivery.objects.select_for_update().filter(pk=delivery.pk).first()
    if found is None:
        raise NotFound(_("This delivery has been taken in the meantime."))
    require(policies.can_retry, actor, found)
    found.attempts, found.parked_at, found.next_attempt_at = 0, None, clock.now() + GRACE
    found.save()
    record(
        "delivery.retried",
        actor=actor,
        subject=found,
        audience=Audience.of(AUDITORS),
        facts={"subscriber": found.subscriber, "error": found.last_error[:500]},
    )
    transaction.on_commit(partial(offer, found.pk, found.queue), robust=True)
    return found


def sweep() -> int:
    """Offer again what a lost broker, a killed worker or a failure left behind; return how many.

    Copies are bounded: a crowded queue gets none, for what waits there will be taken, and an offer is not
    repeated within a minute. While the broker does not answer nothing is offered and nothing is put off.
    """
    now = clock.now()
    due = Delivery.objects.filter(parked_at__isnull=True, next_attempt_at__lte=now)
    offered = 0
    for queue in due.order_by().values_list("queue", flat=True).distinct():
        space = room(queue)
        if not space:
            continue
        with transaction.atomic():
            left = list(
                due.filter(queue=queue)
                .select_for_update(skip_locked=True)
                .order_by("next_attempt_at", "pk")[:space]
            )
            for delivery in left:
                delivery.next_attempt_at = now + 2 * GRACE
                transaction.on_commit(partial(offer, delivery.pk, queue), robust=True)
            Delivery.objects.bulk_update(left, ["next_attempt_at"])
        offered += len(left)
    return offered


def seal(batches: int = 5) -> int:
    """Give gapless positions to newly committed events and feed entries; return how many were sealed."""
    sealed = 0
    for _batch in range(batches):
        done = _seal_batch()
        sealed += done
        if done < SEAL_BATCH:
            break
    return sealed


@transaction.atomic
def _seal_batch() -> int:
    """Seal a batch, one sealer at a time by advisory lock.

    Sequence numbers commit out of order, so what counts is which rows have no place yet, not the highest
    number seen.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [SEAL_LOCK])
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(
            """
            WITH unsealed AS (
                DELETE FROM ledger_unsealed WHERE event_id IN (
                    SELECT event_id FROM ledger_unsealed ORDER BY event_id LIMIT %s
                ) RETURNING event_id
            ), top AS (SELECT COALESCE(MAX(position), -1) AS position FROM ledger_leaf)
            INSERT INTO ledger_leaf (position, event_id)
            SELECT top.position + ROW_NUMBER() OVER (ORDER BY event_id), event_id FROM unsealed, top
            """,
            [SEAL_BATCH],
        )
        leaves = cursor.rowcount
        cursor.execute(
            """
            WITH waiting AS (
                SELECT id, ROW_NUMBER() OVER (ORDER BY event_id, id) AS rank FROM (
                    SELECT id, event_id FROM ledger_feedentry WHERE position IS NULL ORDER BY id LIMIT %s
                ) AS batch
            ), top AS (SELECT COALESCE(MAX(position), -1) AS position FROM ledger_feedentry)
            UPDATE ledger_feedentry SET position = top.position + waiting.rank
            FROM waiting, top WHERE ledger_feedentry.id = waiting.id
            """,
            [SEAL_BATCH],
        )
        return int(leaves) + int(cursor.rowcount)


@transaction.atomic
def erase_detail(*, actor: Actor, event: Event, reason: str) -> None:
    """Erase the personal part of an event; the event and its commitment stay, and say so.

    NotFound where there is no such part (any more), Invalid without a reason.
    """
    require(policies.can_erase_detail, actor, event)
    if len(reason.strip()) < 10:
        raise Invalid.field("reason", _("Say in at least 10 characters on what ground the facts are erased."))
    if not EventDetail.objects.filter(event=event).delete()[0]:
        raise NotFound(_("This event holds no personal facts."))
    record(
        "detail.erased",
        actor=actor,
        subject=event,
        aggregate=event.aggregate,
        aggregate_label=event.aggregate_label,
        audience=Audience.of(AUDITORS),
        facts={"event": str(event.uid), "reason": reason.strip()[:1000]},
    )
