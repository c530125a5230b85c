"""Audiences: who may read a thing, as a set of plain keys."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

PUBLIC = "public"
ALLIANCE = "alliance"
AUDITORS = "role:auditor"
CRISIS_UNIT = "role:crisis_unit"


def jurisdiction(code: str) -> str:
    """Key of everyone who serves one jurisdiction, by ISO 3166-1 alpha-2 code."""
    return f"jurisdiction:{code}"


def adjudicators(code: str) -> str:
    """Key of a jurisdiction's humanitarian adjudicators, who read its humanitarian cases and no others."""
    return f"adjudicators:{code}"


def organisation(pk: int) -> str:
    """Key of the members of one exporter organisation."""
    return f"organisation:{pk}"


def mandate(pk: int) -> str:
    """Key of an agent's people while a mandate is in force: for applications filed under it."""
    return f"mandate:{pk}"


def mandate_use(pk: int) -> str:
    """The same where the mandate lets them read licences: for licences and shipments under those applications."""
    return f"mandate_use:{pk}"


@dataclass(frozen=True)
class Audience:
    """An immutable set of audience keys; two audiences meet when they share a key."""

    keys: frozenset[str]

    @classmethod
    def of(cls, *keys: str) -> "Audience":
        return cls(frozenset(keys))

    def __or__(self, other: "Audience | Iterable[str]") -> "Audience":
        return Audience(self.keys | frozenset(other))

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self.keys))

    def meets(self, other: "Audience") -> bool:
        return bool(self.keys & other.keys)


NOBODY = Audience(frozenset())
