"""Recording what happened, and making sure that everyone concerned takes note."""

from __future__ import annotations

import hashlib
import json
import secrets
import uuid
from datetime import timedelta
from functools import partial
from typing import Any

import structlog
from django.db import connection, models, transaction
from django.db.utils import NotSupportedError

from core import clock
from core.actors import PROCESS, Actor
from core.audience import AUDITORS, Audience
from core.models import ref
from core.policies import ALLOW, Verdict, deny, require
from ledger.models import Delivery, Event, EventDetail, FeedEntry, Unsealed
from ledger.subscriptions import subscribers_of, subscription

log = structlog.get_logger(__name__)

ATTEMPTS = 8
FIRST_PAUSE = timedelta(seconds=5)  # doubles with each failure
SEAL_LOCK = 0x5EA1  # key of the sealer's advisory lock
SEAL_BATCH = 2000


def record(
    type: str,
    *,
    actor: Actor,
    subject: models.Model,
    audience: Audience,
    facts: dict[str, Any] | None = None,
    aggregate: str = "",
    aggregate_label: str = "",
    private: dict[str, Any] | None = None,
) -> Event:
    """Write an event with its deliveries and feed entries, in the caller's transaction.

    `facts` is plain JSON; `private` goes to the erasable detail, of which the event keeps the SHA-256 of
    salt and canonical JSON. After commit each delivery is offered to its queue; a broker that is away loses
    nothing, the sweep offers it again.
    """
    if not connection.in_atomic_block:
        raise NotSupportedError("ledger.record needs the transaction of the act it records.")
    salt = secrets.token_bytes(32) if private is not None else b""
    event = Event.objects.create(
        uid=uuid.uuid4(),
        type=type,
        at=clock.now(),
        actor_kind=actor.actor_kind,
        actor_id=actor.actor_id,
        actor_label=actor.actor_label[:200],
        subject_type=str(subject._meta.model_name),
        subject_id=str(subject.pk),
        subject_label=str(subject)[:200],
        aggregate=aggregate,
        aggregate_label=aggregate_label or _label_of(aggregate, subject),
        facts=facts or {},
        commitment=commitment(salt, private) if private is not None else "",
    )
    Unsealed.objects.create(event=event)
    if private is not None:
        EventDetail.objects.create(event=event, salt=salt, payload=private)
    FeedEntry.objects.bulk_create(FeedEntry(event=event, audience=key) for key in audience)
    deliveries = Delivery.objects.bulk_create(
        Delivery(
            event=event,
            subscriber=item.name,
            queue=item.queue_for(event),
            next_attempt_at=event.at + timedelta(seconds=30),
        )
        for item in subscribers_of(type)
    )
    for delivery in deliveries:
        transaction.on_commit(partial(_offer, delivery.pk, delivery.queue), robust=True)
    return event


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


def _offer(pk: int, queue: str) -> None:
    """Hand a delivery to the broker; whatever fails here, the sweep makes good."""
    from ledger.tasks import deliver

    try:
        deliver.apply_async((pk,), queue=queue, retry=False, ignore_result=True)
    except Exception as error:
        log.warning("broker_away", delivery=pk, error=str(error))


@transaction.atomic
def widen(*, aggregate: str, audience: Audience) -> int:
    """Let an audience read what happened before it had a stake; return how many entries that added."""
    known = set(
        FeedEntry.objects.filter(event__aggregate=aggregate, audience__in=audience.keys).values_list(
            "event_id", "audience"
        )
    )
    fresh = [
        FeedEntry(event_id=pk, audience=key)
        for pk in Event.objects.filter(aggregate=aggregate).values_list("pk", flat=True)
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
def _count_failure(pk: int, error: Exception) -> None:
    delivery = Delivery.objects.select_for_update(of=("self",)).select_related("event").filter(pk=pk).first()
    if delivery is None or delivery.parked_at is not None:
        return
    delivery.attempts += 1
    delivery.last_error = f"{error.__class__.__name__}: {error}"[:2000]
    delivery.next_attempt_at = clock.now() + FIRST_PAUSE * 2 ** min(delivery.attempts - 1, 10)
    if delivery.attempts >= ATTEMPTS:
        delivery.parked_at = clock.now()
        record(
            "delivery.parked",
            actor=PROCESS,
            subject=delivery,
            audience=Audience.of(AUDITORS),
            facts={"subscriber": delivery.subscriber, "event": str(delivery.event.uid)},
        )
    delivery.save()


def can_retry(actor: Any, delivery: Delivery) -> Verdict:
    """Auditors and administrators may send a parked delivery again."""
    if {"auditor", "administrator"} & set(getattr(actor, "roles", ())):
        return ALLOW
    return deny("Only an auditor or an administrator can send a parked delivery again.")


@transaction.atomic
def retry(*, actor: Actor, delivery: Delivery) -> Delivery:
    """Send a parked delivery on its way again, with its attempts forgiven."""
    delivery = Delivery.objects.select_for_update().get(pk=delivery.pk)
    require(can_retry, actor, delivery)
    delivery.attempts, delivery.parked_at, delivery.next_attempt_at = 0, None, clock.now()
    delivery.save()
    record("delivery.retried", actor=actor, subject=delivery, audience=Audience.of(AUDITORS))
    transaction.on_commit(lambda: _offer(delivery.pk, delivery.queue), robust=True)
    return delivery


@transaction.atomic
def sweep(limit: int = 500) -> int:
    """Offer again what a lost broker, a killed worker or a failure left behind; return how many.

    Each offer moves the next one away, so that a long outage does not fill the broker with copies.
    """
    now = clock.now()
    left = list(
        Delivery.objects.select_for_update(skip_locked=True)
        .filter(parked_at__isnull=True, next_attempt_at__lte=now)
        .order_by("next_attempt_at")[:limit]
    )
    for delivery in left:
        delivery.next_attempt_at = now + timedelta(seconds=60)
        transaction.on_commit(partial(_offer, delivery.pk, delivery.queue), robust=True)
    Delivery.objects.bulk_update(left, ["next_attempt_at"])
    return len(left)


@transaction.atomic
def seal() -> int:
    """Give gapless positions to newly committed events and feed entries; return how many were sealed.

    One sealer at a time, by advisory lock. Sequence numbers commit out of order, so what counts is which
    rows have no place yet, not the highest number seen.
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


def erase_detail(*, actor: Actor, event: Event, reason: str) -> None:
    """Erase the personal part of an event; the event and its commitment stay."""
    with transaction.atomic():
        EventDetail.objects.filter(event=event).delete()
        record(
            "detail.erased",
            actor=actor,
            subject=event,
            audience=Audience.of(AUDITORS),
            facts={"event": str(event.uid), "reason": reason},
        )
