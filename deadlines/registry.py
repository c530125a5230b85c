"""Who acts when something falls due, and whose lock is taken first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from deadlines.models import DueInstant

Handler = Callable[["DueInstant"], None]
HandlerOfMany = Callable[[Sequence["DueInstant"]], None]


class AggregateLock(Protocol):
    """Locks rows by their keys for the rest of the transaction and returns the keys of those it has.

    Left out are those that are gone and, with `skip_locked`, those that another holds; without, it waits.
    """

    def __call__(self, pks: Sequence[int], *, skip_locked: bool) -> set[int]: ...


_handlers: dict[str, HandlerOfMany] = {}
_together: set[str] = set()
_locks: dict[str, AggregateLock] = {}


def on_due(kind: str) -> Callable[[Handler], Handler]:
    """Let a function act when something of a kind falls due, in the transaction that claims the row."""

    def register(handler: Handler) -> Handler:
        def one_by_one(rows: Sequence[DueInstant]) -> None:
            for row in rows:
                handler(row)

        _handlers[kind] = one_by_one
        _together.discard(kind)
        return handler

    return register


def on_due_together(kind: str) -> Callable[[HandlerOfMany], HandlerOfMany]:
    """Let a function act on all that falls due of a kind at once, be it of one aggregate or of many.

    For what falls due in crowds. It must leave alone what it was not given.
    """

    def register(handler: HandlerOfMany) -> HandlerOfMany:
        _handlers[kind] = handler
        _together.add(kind)
        return handler

    return register


def aggregate_lock(kind: str) -> Callable[[AggregateLock], AggregateLock]:
    """Name the function that locks aggregates of a kind, e.g. `case`."""

    def register(lock: AggregateLock) -> AggregateLock:
        _locks[kind] = lock
        return lock

    return register


def handler_of(kind: str) -> HandlerOfMany:
    """Return who acts when something of a kind falls due; LookupError when nobody does."""
    if kind not in _handlers:
        raise LookupError(f"Nobody acts when a {kind} falls due.")
    return _handlers[kind]


def falls_due_together(kind: str) -> bool:
    """Whether many of a kind are handled at once."""
    return kind in _together


def must_be_lockable(aggregate: str) -> None:
    """LookupError when nobody could lock an aggregate: its kind has no lock, or its ref names no row."""
    _parts(aggregate)


def lock(aggregates: Iterable[str]) -> list[str]:
    """Lock aggregates, by their refs, and return those that nobody else holds; LookupError as above."""
    wanted: dict[str, dict[int, str]] = {}
    for aggregate in aggregates:
        kind, pk = _parts(aggregate)
        wanted.setdefault(kind, {})[pk] = aggregate
    return [
        by_pk[pk]
        for kind, by_pk in wanted.items()
        for pk in sorted(_locks[kind](sorted(by_pk), skip_locked=True))
    ]


def _parts(aggregate: str) -> tuple[str, int]:
    kind, _, pk = aggregate.partition(":")
    if kind not in _locks or not pk.isdecimal():
        raise LookupError(f"Nobody knows how to lock {aggregate!r}.")
    return kind, int(pk)
