"""Sending: a worker takes an endpoint on a lease, tells it a round of events in order, and notes what came of each.

The lease is one short transaction before the calls, the outcome one after them; no transaction is open meanwhile. A
worker that dies between them leaves the lease to run out: the same events go again, with the same `webhook-id`.
"""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from core import clock
from core.actors import PROCESS
from core.audience import Audience
from core.errors import Conflict
from correspondence.models import WebhookAttempt, WebhookEndpoint, WebhookKey, WebhookLetter
from correspondence.webhooks import signing
from correspondence.webhooks.reach import Answer, Line
from ledger import envelopes
from ledger import selectors as ledger_selectors
from ledger import services as ledger
from ledger.models import Event
from members.services.people import audience_of

#: How long to wait after the first, second, ... failure of an event; after one more it is a dead letter.
PAUSES = tuple(
    timedelta(seconds=seconds) for seconds in (5, 30, 120, 600, 1800, 3600, 7200, 14_400)
)  # about eight hours in all
JITTER = 0.2  # share by which a pause is made longer or shorter, so that endpoints do not come back together
THROTTLED = (429, 502, 503, 504)
SLOWED = timedelta(seconds=30)  # the least pause after one of those
GONE = 410
PAGE = 50  # events in a round at most
ROUND_SECONDS = 1.0  # of sending before what was sent is noted
SLICE_SECONDS = 10.0  # for which one task stays with an endpoint
LEASE = timedelta(seconds=30)  # more than a round and its last call take
FAILING_AT_ONCE = 6  # endpoints that failed before are called only so many at a time: the others come first
OWN = "webhook."  # what is about endpoints is not sent to endpoints: a failure would breed another


class Caller(Protocol):
    """What a round is sent through: a Line, or a stand-in."""

    def post(self, body: bytes, headers: Mapping[str, str]) -> Answer: ...

    def hang_up(self) -> None: ...


@dataclass(frozen=True)
class Item:
    """An event that is to be sent: from the feed at a position, or a letter."""

    event: Event
    number: int  # of the attempt
    position: int = -1
    letter: int | None = None


@dataclass(frozen=True)
class Round:
    """What a worker has taken on a lease. `reached`: where the feed stands once all of it is delivered."""

    endpoint: int
    lease: uuid.UUID
    url: str
    signers: list[signing.Signer]
    items: list[Item]
    reached: int
    whole: bool


def due(limit: int = 200) -> list[int]:
    """Return the keys of endpoints that have something to be told now, those that never fail first."""
    now = clock.now()
    active = WebhookEndpoint.objects.filter(status=WebhookEndpoint.Status.ACTIVE)
    asked = WebhookLetter.objects.filter(endpoint=OuterRef("pk"), asked_at__isnull=False)
    waiting = active.filter(
        Q(position__lt=ledger_selectors.head()) | Q(Exists(asked)), next_attempt_at__lte=now
    )
    free = waiting.filter(Q(leased_until__isnull=True) | Q(leased_until__lte=now))
    rows = free.order_by("failures", "next_attempt_at").values_list("pk", "failures")[:limit]
    busy = active.filter(leased_until__gt=now, failures__gt=0).count()
    room = max(0, FAILING_AT_ONCE - busy)
    healthy = [pk for pk, failures in rows if not failures]
    return healthy + [pk for pk, failures in rows if failures][:room]


def serve(pk: int, caller: Caller | None = None) -> int:
    """Tell an endpoint what waits for it, round by round; return how many calls were made."""
    end = time.monotonic() + SLICE_SECONDS
    calls = 0
    try:
        while time.monotonic() < end:
            taken = take(pk)
            if taken is None:
                break
            caller = caller or Line(taken.url)
            answers = send(taken, caller)
            calls += len(answers)
            more = settle(taken, answers)
            if not more:
                break
    finally:
        if caller is not None:
            caller.hang_up()
    return calls


@transaction.atomic
def take(pk: int) -> Round | None:
    """Take an endpoint on a lease with what is next for it; None if it is busy, not due, or nothing waits."""
    now = clock.now()
    endpoint = (
        WebhookEndpoint.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("client__user__authority")
        .filter(pk=pk, status=WebhookEndpoint.Status.ACTIVE, next_attempt_at__lte=now)
        .filter(Q(leased_until__isnull=True) | Q(leased_until__lte=now))
        .first()
    )
    if endpoint is None:
        return None
    person = endpoint.client.user
    if person is None or not endpoint.client.is_usable(None):
        _disable(endpoint, "Its system's access has ended.")
        return None
    if "events:read" not in endpoint.client.allowed_scopes:
        _disable(endpoint, "Its system may no longer read events.")
        return None
    try:
        signers = [
            signing.opened(key.scheme, key.sealed)
            for key in WebhookKey.objects.filter(endpoint=endpoint)
            if key.retires_at is None or key.retires_at > now
        ]
    except Conflict as error:
        _disable(endpoint, error.detail)
        return None
    letters = endpoint.letters.filter(asked_at__isnull=False).select_related("event")[: endpoint.pace]
    items = [Item(letter.event, letter.attempts + 1, letter=letter.pk) for letter in letters]
    audience = person.audience
    stretch = ledger_selectors.read_after(audience, endpoint.position, endpoint.pace, endpoint.types, but=OWN)
    items += [
        Item(event, endpoint.failures + 1 if first == 0 else 1, place)
        for first, (place, event) in enumerate(stretch.places)
    ]
    if not items:
        endpoint.position = stretch.reached
        endpoint.save(update_fields=["position"])
        return None
    endpoint.lease, endpoint.leased_until = uuid.uuid4(), now + LEASE
    endpoint.save(update_fields=["lease", "leased_until"])
    return Round(
        endpoint.pk,
        endpoint.lease,
        endpoint.url,
        signers,
        items,
        stretch.reached,
        stretch.whole and not letters,
    )


def send(taken: Round, caller: Caller) -> list[Answer]:
    """Make the calls of a round in order, up to the first that fails or until its time is over."""
    answers: list[Answer] = []
    end = time.monotonic() + ROUND_SECONDS
    for item in taken.items:
        body, message = envelopes.body(item.event), str(item.event.uid)
        at = int(clock.machine().timestamp())
        answer = caller.post(
            body,
            {
                "Content-Type": f"{envelopes.ONE}; charset=utf-8",
                "User-Agent": "Entente-Webhooks/1",
                "webhook-id": message,
                "webhook-timestamp": str(at),
                "webhook-signature": signing.signature(taken.signers, message, at, body),
            },
        )
        answers.append(answer)
        if why(answer) or time.monotonic() > end:
            break
    return answers


def why(answer: Answer) -> str:
    """Return why an answer counts as a failure, "" for success: any 2xx."""
    if answer.status is None:
        return answer.reason
    if 200 <= answer.status < 300:
        return ""
    if 300 <= answer.status < 400:
        return f"Redirects are not followed (status {answer.status})."
    return f"The answer was status {answer.status}."


@transaction.atomic
def settle(taken: Round, answers: list[Answer]) -> bool:
    """Note what came of a round and give the lease back; return whether to go on at once.

    Nothing is noted where the lease is no longer ours: it ran out, or a replay was asked for meanwhile. The same
    events go again then.
    """
    endpoint = (
        WebhookEndpoint.objects.select_for_update(of=("self",))
        .select_related("client__user__authority")
        .filter(pk=taken.endpoint, lease=taken.lease)
        .first()
    )
    if endpoint is None:
        return False
    now = clock.now()
    endpoint.lease = endpoint.leased_until = None
    pairs = list(zip(taken.items, answers, strict=False))
    WebhookAttempt.objects.bulk_create(
        WebhookAttempt(
            endpoint=endpoint,
            event=item.event,
            number=item.number,
            at=now,
            took_ms=answer.took_ms,
            delivered=not why(answer),
            status=answer.status,
            reason=why(answer),
            answer=answer.text,
        )
        for item, answer in pairs
    )
    for item, answer in pairs:
        if item.letter is not None:
            _settle_letter(item.letter, item.number, answer)
        elif not why(answer):
            endpoint.position, endpoint.failures = item.position, 0
        else:
            _count_failure(endpoint, item, answer)
    failed = bool(pairs) and bool(why(pairs[-1][1]))
    done = not failed and len(pairs) == len(taken.items)
    if done:
        endpoint.position = taken.reached
        endpoint.pace = min(endpoint.pace * 2, PAGE)
    if failed and pairs[-1][1].status == GONE and endpoint.status == WebhookEndpoint.Status.ACTIVE:
        _disable(endpoint, "The endpoint answered that it is gone (status 410).")
    endpoint.save()
    fast = endpoint.pace == PAGE  # one that is slowed gets its next round with the next tick
    return (
        not failed
        and fast
        and not (done and taken.whole)
        and endpoint.status == WebhookEndpoint.Status.ACTIVE
    )


def _settle_letter(pk: int, number: int, answer: Answer) -> None:
    """A test is over with its attempt; a dead letter is over once it is delivered, else it waits again."""
    letter = WebhookLetter.objects.filter(pk=pk).first()
    if letter is None:
        return
    if letter.died_at is None or not why(answer):
        letter.delete()
        return
    letter.attempts, letter.asked_at, letter.reason = number, None, why(answer)[:300]
    letter.save(update_fields=["attempts", "asked_at", "reason"])


def _count_failure(endpoint: WebhookEndpoint, item: Item, answer: Answer) -> None:
    """Put the next attempt off, or give the event up and go on with what comes after it."""
    now = clock.now()
    endpoint.failures += 1
    if answer.status in THROTTLED or answer.status is None:
        endpoint.pace = 1
    if answer.status == GONE:
        endpoint.failures = 0
        return
    if endpoint.failures <= len(PAUSES):
        endpoint.next_attempt_at = now + pause_after(endpoint.failures, answer)
        return
    WebhookLetter.objects.get_or_create(
        endpoint=endpoint,
        event=item.event,
        defaults={
            "position": item.position,
            "attempts": endpoint.failures,
            "reason": why(answer)[:300],
            "died_at": now,
        },
    )
    _tell("webhook.letter_died", endpoint, event=str(item.event.uid), reason=why(answer))
    endpoint.position, endpoint.failures = item.position, 0
    endpoint.next_attempt_at = now + pause_after(1, answer)


def pause_after(failures: int, answer: Answer, dice: random.Random | None = None) -> timedelta:
    """Return how long to wait: what the schedule says, more or less, and at least what the answer asks for."""
    share = 1 + JITTER * (2 * (dice or random).random() - 1)
    pause = PAUSES[min(failures, len(PAUSES)) - 1] * share
    if answer.status in THROTTLED:
        pause = max(pause, SLOWED)
    return max(pause, timedelta(seconds=answer.retry_after))


def _disable(endpoint: WebhookEndpoint, reason: str) -> None:
    endpoint.disable(reason)
    endpoint.save(update_fields=["status", "status_reason"])
    _tell("webhook.disabled", endpoint, reason=reason)


def _tell(type: str, endpoint: WebhookEndpoint, **facts: str) -> None:
    person = endpoint.client.user
    ledger.record(
        type,
        actor=PROCESS,
        subject=endpoint,
        audience=audience_of(person) if person is not None else Audience(frozenset()),
        facts={"webhook": str(endpoint.uid), **facts},
    )
