"""Handing deliveries to the broker: a courtesy that may fail, never a promise."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import structlog

log = structlog.get_logger(__name__)

SILENCE = 10.0  # seconds this process leaves a broker alone that did not answer
CROWD = 500  # messages in a queue above which the sweep adds no copies

_silent_until = 0.0
_put_off: ContextVar[list[tuple[int, str]] | None] = ContextVar("put_off", default=None)


@contextmanager
def put_off() -> Iterator[None]:
    """Make the offers of what is done inside at its end: first a tick's lapses, then what follows from them."""
    waiting: list[tuple[int, str]] = []
    token = _put_off.set(waiting)
    try:
        yield
    finally:
        _put_off.reset(token)
        for pk, queue in waiting:
            offer(pk, queue)


@contextmanager
def withheld() -> Iterator[None]:
    """Make no offers of what is done inside: whoever does it lets the deliveries be taken itself."""
    token = _put_off.set([])
    try:
        yield
    finally:
        _put_off.reset(token)


def offer(pk: int, queue: str) -> bool:
    """Hand a delivery to its queue; return whether the broker took it. What it does not take, the sweep will.

    A broker that is away costs one quick failure; after it nothing is tried for some seconds, so that an act
    with many subscribers and the acts after it stay fast.
    """
    from ledger.tasks import deliver

    global _silent_until
    waiting = _put_off.get()
    if waiting is not None:
        waiting.append((pk, queue))
        return True
    if time.monotonic() < _silent_until:
        return False
    try:
        deliver.apply_async((pk,), queue=queue, retry=False, ignore_result=True)
    except Exception as error:  # each broker has failures of its own
        _silent_until = time.monotonic() + SILENCE
        log.warning("broker_away", delivery=pk, error=str(error))
        return False
    return True


def room(queue: str) -> int | None:
    """Return how many more messages the sweep may add to a queue; None while the broker does not answer."""
    from ledger.tasks import deliver

    try:
        with deliver.app.connection_for_write() as connection:
            channel: Any = connection.default_channel
            try:
                waiting = int(channel.queue_declare(queue=queue, passive=True).message_count)
            except connection.channel_errors:
                waiting = 0  # nobody has used this queue yet
    except Exception as error:
        log.warning("broker_away", queue=queue, error=str(error))
        return None
    return max(0, CROWD - waiting)
