"""Who acts: a person, a partner's system, or the platform itself."""

from dataclasses import dataclass
from typing import Protocol


class Actor(Protocol):
    """Whoever an event names as its author."""

    @property
    def actor_kind(self) -> str:
        """One of user, client, clock, process."""

    @property
    def actor_id(self) -> str:
        """Stable identifier within the kind."""

    @property
    def actor_label(self) -> str:
        """Name for a reader of the record."""


@dataclass(frozen=True)
class Platform:
    """The platform acting by rule and not by a person's will."""

    actor_kind: str
    actor_id: str
    actor_label: str


CLOCK = Platform("clock", "clock", "The clock")
PROCESS = Platform("process", "entente", "Entente")
