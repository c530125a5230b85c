"""The order of a backlog: most harm by waiting first, as far as legal clock and security checks let it. Pure.

Cases are taken one after the other, each for as long as `Terms.per_case`. Then:

1. **Who can be in time.** Of the cases with a legal due time, as many as possible are kept in time, and of those
   the ones that weigh most. Cases of equal length with due times are a matroid, so taking them greedily by weight
   gives both at once: no order makes fewer late.
2. **The legal clock.** Where one more case in front would make one of these late, they go first, the nearest due
   time leading: up to that instant the legal clock decides.
3. **Harm.** All others follow by weight: hundredths of a point an hour, and `Terms.aging` for each hour of waiting,
   so that nothing starves.

A case that is barred (a hard stop, an open strong hit, a critical item) weighs by its waiting alone: harm lifts
nothing past its security checks. The order is read by people; no guard, policy or check reads it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Terms:
    """What is agreed about the order: `aging` in hundredths of a point an hour for each hour of waiting."""

    aging: int = 100
    per_case: timedelta = timedelta(minutes=30)
    lanes: tuple[str, ...] = ("humanitarian", "crisis", "standard")


@dataclass(frozen=True)
class Waiting:
    """A case that waits. `rate`: hundredths of a point that the next hour costs; `due_at`: the legal clock."""

    key: int
    lane: str
    opened_at: datetime
    due_at: datetime | None
    rate: int
    barred: bool = False

    def weight(self, now: datetime, terms: Terms) -> int:
        waited = max(now - self.opened_at, timedelta(0))
        return (0 if self.barred else self.rate) + terms.aging * waited // HOUR


@dataclass(frozen=True)
class Placed:
    """A case at its place, and what put it there: `pressed` (the legal clock), `barred` or `harm`."""

    case: Waiting
    by: str


def placed(cases: Iterable[Waiting], now: datetime, terms: Terms) -> list[Placed]:
    """Return cases in the order in which they are best taken up, whatever order they come in.

    What the legal clock presses of any lane comes first, then lane by lane: those who read a queue work through all
    of it.
    """
    waiting = list(cases)
    pressed = _pressed(waiting, now, terms)
    taken = {case.key for case in pressed}
    rest = [case for case in waiting if case.key not in taken]
    rank = {lane: place for place, lane in enumerate(terms.lanes)}
    rest.sort(key=lambda case: (rank.get(case.lane, len(rank)), *_heaviest(case, now, terms)))
    return [
        *(Placed(case, "pressed") for case in pressed),
        *(Placed(case, "barred" if case.barred else "harm") for case in rest),
    ]


def in_time(cases: Sequence[Waiting], now: datetime, terms: Terms) -> list[Waiting]:
    """Return the cases that are kept in time: as many as can be, and of those the heaviest."""
    taken: dict[int, int] = {}  # slot: the next slot before it that may be free

    def free(slot: int) -> int:
        path = []
        while slot in taken:
            path.append(slot)
            slot = taken[slot]
        for passed in path:
            taken[passed] = slot
        return slot

    kept = []
    for case in sorted(cases, key=lambda case: _heaviest(case, now, terms)):
        if case.due_at is None:
            continue
        slot = free(min((case.due_at - now) // terms.per_case, len(cases)))
        if slot >= 1:
            taken[slot] = slot - 1
            kept.append(case)
    return kept


def _pressed(cases: Sequence[Waiting], now: datetime, terms: Terms) -> list[Waiting]:
    """Return those that the legal clock presses, the nearest due time first: with one more case in front of them
    one would be late."""
    kept = sorted(in_time(cases, now, terms), key=_soonest)
    last = 0
    for number, case in enumerate(kept, 1):
        assert case.due_at is not None
        if case.due_at - now < terms.per_case * (number + 1):
            last = number
    return kept[:last]


def _soonest(case: Waiting) -> tuple[datetime, datetime, int]:
    assert case.due_at is not None
    return (case.due_at, case.opened_at, case.key)


def _heaviest(case: Waiting, now: datetime, terms: Terms) -> tuple[int, bool, datetime, datetime, int]:
    """Sort key: the heaviest first; among equals the nearer due time, the longer waiting, the lower key."""
    return (
        -case.weight(now, terms),
        case.due_at is None,
        case.due_at or case.opened_at,
        case.opened_at,
        case.key,
    )
