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
