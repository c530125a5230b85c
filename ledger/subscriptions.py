"""Who reacts to what: the subscribers of event types."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ledger.models import Event

Handler = Callable[["Event"], None]
Queue = str | Callable[["Event"], str]


@dataclass(frozen=True)
class Subscription:
    """A function that takes events of one type, on a queue."""

    name: str
    type: str
    queue: Queue
    handler: Handler

    def queue_for(self, event: Event) -> str:
        return self.queue if isinstance(self.queue, str) else self.queue(event)


_by_type: dict[str, list[Subscription]] = defaultdict(list)
_by_name: dict[str, Subscription] = {}


def subscribe(type: str, queue: Queue = "standard") -> Callable[[Handler], Handler]:
    """Let a function take every event of a type.

    The function is the body of the task: it runs in the transaction that deletes its delivery, may run again
    after a crash only if that transaction did not commit, and never enqueues anything itself.
    """

    def register(handler: Handler) -> Handler:
        name = f"{handler.__module__}.{handler.__qualname__}:{type}"
        subscription = Subscription(name, type, queue, handler)
        if name not in _by_name:
            _by_type[type].append(subscription)
        _by_name[name] = subscription
        return handler

    return register


def subscribers_of(type: str) -> list[Subscription]:
    return _by_type.get(type, [])


def subscription(name: str) -> Subscription:
    """Return a subscription by its name; KeyError when the code that named it is gone."""
    return _by_name[name]
