"""Requests of partners' systems that may come twice and are done once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

from django.db import connection, transaction
from django.utils.translation import gettext as _

from core import clock, sealing
from core.errors import KeyInUse, KeyReused
from members.models import ApiClient, KeptAnswer

#: How long an answer is kept; a key that comes later is a new one.
KEPT = timedelta(days=7)
PURPOSE = "entente.kept-answers"


@dataclass(frozen=True)
class Answer:
    """What is sent back; `replayed` says that it was kept from the first time."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    replayed: bool = False


@transaction.atomic
def answer_once(*, client: ApiClient, key: str, request_hash: str, act: Callable[[], Answer]) -> Answer:
    """Return the answer of `act`, or the one it gave when the client first sent this key.

    The effects of `act` and its answer are one transaction: a crash between any two writes leaves neither, and the
    repetition does the act; after the commit the repetition gets the answer. An act that raises leaves no answer.
    KeyInUse while the first is running, without waiting for it; KeyReused for a key of another request.
    """
    if not _alone(client, key):
        raise KeyInUse(_("The first request with this key is still being handled. Try again in a moment."))
    kept = KeptAnswer.objects.filter(client=client, key=key).first()
    if kept is not None:
        if kept.request_hash != request_hash:
            raise KeyReused(_("This Idempotency-Key was used for another request. Make a new one."))
        return Answer(kept.status, _opened(kept), kept.headers, replayed=True)
    answer = act()
    KeptAnswer.objects.create(
        client=client,
        key=key,
        request_hash=request_hash,
        status=answer.status,
        headers=answer.headers,
        body=sealing.seal(answer.body, PURPOSE).encode(),
    )
    return replace(answer, replayed=False)


def _opened(kept: KeptAnswer) -> bytes:
    """Return the body of a kept answer: sealed at rest, since some answers tell a secret this once."""
    try:
        return sealing.opened(bytes(kept.body).decode(), PURPOSE)
    except ValueError as error:
        raise KeyReused(_("What this key was answered cannot be opened any more. Make a new one.")) from error


def _alone(client: ApiClient, key: str) -> bool:
    """Take the key for this transaction, unless another transaction has it."""
    digest = hashlib.sha256(f"idempotency {client.pk} {key}".encode()).digest()
    number = int.from_bytes(digest[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        return bool(cursor.fetchone()[0])


def forget_answers() -> None:
    """Delete answers that nobody will ask for again."""
    KeptAnswer.objects.filter(answered_at__lt=clock.now() - KEPT).delete()
