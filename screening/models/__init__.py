"""Lists in versions, their entries, and hits with what officers made of them."""

from screening.models.hits import Hit, HitQuerySet
from screening.models.lists import Entry, EntryName, OwnershipLink, Snapshot, SourceList

__all__ = ["Entry", "EntryName", "Hit", "HitQuerySet", "OwnershipLink", "Snapshot", "SourceList"]
