"""Who acts when something falls due, and whose lock is taken first."""

from __future__ import annotations

from collections.abc import Callable
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
    return _handlers[kind]


def lock(aggregate: str, *, skip_locked: bool) -> bool:
    """Lock an aggregate by its ref; KeyError when its kind has no lock."""
    kind, _, pk = aggregate.partition(":")
    return _locks[kind](int(pk), skip_locked=skip_locked)
