"""Lists in versions, their entries, and hits with what officers made of them."""

from screening.models.hits import ClearedPair, ClearedPairQuerySet, Hit, HitQuerySet
from screening.models.lists import Entry, EntryName, OwnershipLink, Snapshot, SourceList

__all__ = [
    "ClearedPair",
    "ClearedPairQuerySet",
    "Entry",
    "EntryName",
    "Hit",
    "HitQuerySet",
    "OwnershipLink",
    "Snapshot",
    "SourceList",
]
