"""Who acts: a person, a partner's system, a guest by a link, or the platform itself."""

from dataclasses import dataclass
from typing import Protocol


class Actor(Protocol):
    """Whoever an event names as its author."""

    @property
    def actor_kind(self) -> str:
        """One of user, client, guest, clock, process."""

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


@dataclass(frozen=True)
class Guest:
    """A person without an account who came by a link made for one act; named by the link and never by name."""

    actor_id: str
    actor_label: str
    actor_kind: str = "guest"
