"""Who counts as listed because listed parties own it: the 50 % rule, through several hops. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import date
from typing import Any

from screening.lists.rows import Link

Path = tuple[str, ...]  # from a listed party to the one it owns


@dataclass(frozen=True)
class Rule:
    """A rule by which owned parties count as listed, with the periods in which it is in force."""

    key: str
    title: str
    threshold: float  # percent; a party held by that much counts
    aggregate: bool  # whether the shares of several owners add up
    lists: frozenset[str]  # on which it bears; empty: every list that no other rule names
    periods: tuple[tuple[date, date | None], ...]  # first and last day; None: without end

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Rule:
        """Read an entry of the bundle `ownership`."""
        return cls(
            entry["key"],
            entry["title"],
            entry["threshold"],
            entry["aggregate"],
            frozenset(entry["lists"]),
            tuple(
                (date.fromisoformat(period["from"]), period["until"] and date.fromisoformat(period["until"]))
                for period in entry["periods"]
            ),
        )

    def in_force(self, on: date) -> bool:
        """Whether a day lies in one of its periods, the first and the last day included."""
        return any(first <= on and (last is None or on <= last) for first, last in self.periods)


def rules_for(rules: Iterable[Rule], list_key: str, on: date) -> list[Rule]:
    """Return the rules in force on a day that bear on a list: those that name it, else those that name none."""
    known = list(rules)
    naming = [rule for rule in known if list_key in rule.lists]
    bearing = naming or [rule for rule in known if not rule.lists]
    return [rule for rule in bearing if rule.in_force(on)]


def owned(
    links: Iterable[Link], listed: Set[str], *, at: date, rule: Rule
) -> dict[str, list[tuple[Path, float]]]:
    """Return the parties that count as listed though they are not, each with its owners that count.

    A party counts when those who are listed or count themselves hold the threshold of it: directly, since what
    a party that counts holds, it holds whole (OFAC's guidance of 13 August 2014: shares are not multiplied
    along the way). With `aggregate` their shares add up; a share that is not known adds nothing. Each owner is
    given as the shortest path from a listed party, and the share that the last but one holds of the last.
    """
    if not rule.in_force(at):
        return {}
    holders: dict[str, dict[str, float]] = {}
    held: dict[str, set[str]] = {}
    for link in links:
        if link.share and link.owner != link.owned:
            of = holders.setdefault(link.owned, {})
            of[link.owner] = max(link.share, of.get(link.owner, 0.0))
            held.setdefault(link.owner, set()).add(link.owned)
    paths: dict[str, Path] = {party: (party,) for party in listed}
    arrived = sorted(listed)
    while arrived:  # in rounds, so that the path first found is a shortest one
        asked = {party for owner in arrived for party in held.get(owner, ())} - paths.keys()
        arrived = sorted(party for party in asked if _held(holders[party], paths, rule) >= rule.threshold)
        before = {party: min(paths[o] for o in _nearest(holders[party], paths)) for party in arrived}
        paths |= {party: (*path, party) for party, path in before.items()}
    return {
        party: [((*paths[owner], party), share) for owner, share in sorted(of.items()) if owner in paths]
        for party, of in holders.items()
        if party in paths and party not in listed
    }


def _held(of: Mapping[str, float], paths: Mapping[str, Path], rule: Rule) -> float:
    shares = [share for owner, share in of.items() if owner in paths]
    return round(sum(shares) if rule.aggregate else max(shares), 6)  # 33.3 and 16.7 are 50


def _nearest(of: Mapping[str, float], paths: Mapping[str, Path]) -> list[str]:
    known = [owner for owner in of if owner in paths]
    least = min(len(paths[owner]) for owner in known)
    return [owner for owner in known if len(paths[owner]) == least]
