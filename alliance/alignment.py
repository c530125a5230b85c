"""How fast members align on a crisis: from the second key to the first and to the last adoption."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from alliance.models import Adoption, Declaration
from core import clock


@dataclass(frozen=True)
class Alignment:
    """Where the members stand. `first`, `last`: after what time the first and, so far, the last adopted."""

    declaration: Declaration
    adoptions: tuple[Adoption, ...]
    first: timedelta | None
    last: timedelta | None
    waited: timedelta  # since the second key: until all had answered, the end, or now

    def count(self, status: str) -> int:
        return sum(row.status == status for row in self.adoptions)

    @property
    def adopted(self) -> int:
        return self.count(Adoption.Status.ADOPTED)

    @property
    def pending(self) -> int:
        return self.count(Adoption.Status.PENDING)

    @property
    def opted_out(self) -> int:
        return self.count(Adoption.Status.OPTED_OUT)

    @property
    def complete(self) -> bool:
        """Whether every member has said where it stands."""
        return bool(self.adoptions) and not self.pending

    @property
    def percent(self) -> int:
        return round(100 * self.adopted / len(self.adoptions)) if self.adoptions else 0


def alignment(declaration: Declaration) -> Alignment:
    """Return how a declaration's members have aligned; its adoptions are read or prefetched."""
    rows = tuple(sorted(declaration.adoptions.all(), key=lambda row: row.jurisdiction_id))
    begun = declaration.in_force_at
    if begun is None:
        return Alignment(declaration, rows, None, None, timedelta(0))
    adopted = [
        row.decided_at - begun for row in rows if row.status == Adoption.Status.ADOPTED and row.decided_at
    ]
    answered = [row.decided_at for row in rows if row.decided_at]
    complete = bool(rows) and len(answered) == len(rows)
    until: datetime = max(answered) if complete else declaration.ended_at or clock.now()
    return Alignment(
        declaration=declaration,
        adoptions=rows,
        first=min(adopted, default=None),
        last=max(adopted, default=None),
        waited=max(until - begun, timedelta(0)),
    )


def trend(declarations: Iterable[Declaration]) -> list[Alignment]:
    """Return the alignments of declarations that were ever in force, oldest first."""
    begun = [row for row in declarations if row.in_force_at is not None]
    return [alignment(row) for row in sorted(begun, key=lambda row: (row.in_force_at, row.pk))]
