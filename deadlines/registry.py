"""Who acts when something falls due, and whose lock is taken first."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from deadlines.models import DueInstant

Handler = Callable[["DueInstant"], None]


class AggregateLock(Protocol):
    """Locks the row with a key for the rest of the transaction; False if it is busy (or gone)."""

    def __call__(self, pk: int, *, skip_locked: bool) -> bool: ...


_handlers: dict[str, Handler] = {}
_locks: dict[str, AggregateLock] = {}


def on_due(kind: str) -> Callable[[Handler], Handler]:
    """Let a function act when something of a kind falls due, in the transaction that claims the row."""

    def register(handler: Handler) -> Handler:
        _handlers[kind] = handler
        return handler

    return register


def aggregate_lock(kind: str) -> Callable[[AggregateLock], AggregateLock]:
    """Name the function that locks aggregates of a kind, e.g. `case`."""

    def register(lock: AggregateLock) -> AggregateLock:
        _locks[kind] = lock
        return lock

    return register


def handler_of(kind: str) -> Handler:
    """Return who acts when something of a kind falls due; LookupError when nobody does."""
    if kind not in _handlers:
        raise LookupError(f"Nobody acts when a {kind} falls due.")
    return _handlers[kind]


def lock_of(aggregate: str) -> Callable[..., bool]:
    """Return the lock of an aggregate, by its ref; LookupError when its kind has none or it names no row."""
    kind, _, pk = aggregate.partition(":")
    if kind not in _locks or not pk.isdecimal():
        raise LookupError(f"Nobody knows how to lock {aggregate!r}.")
    return partial(_locks[kind], int(pk))
