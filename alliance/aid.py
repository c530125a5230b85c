"""The decision table of humanitarian grounds: who brings what, under which regime, to where.

Each row answers two tests that never answer one another: whether the sanctions of a regime are lifted, and
whether an export licence is needed. Pure. Of the rows that fit a question the most specific one answers;
`conflict` finds pairs of rows of which neither would be, so that a table with such a pair is refused when
it is loaded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import combinations

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy


class CarveOut(TextChoices):
    """Whether the asset freezes of a regime stand in the way; from the mildest to the strictest."""

    NOT_APPLICABLE = "not_applicable", gettext_lazy("No sanction bears on it")
    LIFTED = "lifted", gettext_lazy("Lifted for this")
    ASK = "ask", gettext_lazy("Ask an authority")
    NOT_LIFTED = "not_lifted", gettext_lazy("Not lifted")


class Licence(TextChoices):
    """Whether an export licence is needed; from the mildest to the strictest.

    `stays`: the regime lifts no licence requirement and names no lane, so that another regime has to.
    """

    NOT_LICENSABLE = "not_licensable", gettext_lazy("No licence is needed")
    GENERAL_EXEMPTION = "general_exemption", gettext_lazy("A general exemption covers it")
    STAYS = "stays", gettext_lazy("The licence requirement stays")
    RAPID_LANE = "rapid_lane", gettext_lazy("A licence is needed: humanitarian lane")
    FULL_REVIEW = "full_review", gettext_lazy("A licence is needed: full review")


class Acceptability(TextChoices):
    """Whether a place is an acceptable destination of aid; from the mildest to the strictest."""

    ACCEPTED = "accepted", gettext_lazy("Accepted")
    WITH_CONDITIONS = "accepted_with_conditions", gettext_lazy("Accepted with conditions")
    REVIEW = "review", gettext_lazy("An officer decides")
    NOT_ACCEPTED = "not_accepted", gettext_lazy("Not accepted")


TIERS = ("areas", "countries", "groups", "embargoed", "anywhere")
"""Kinds of sets of places, the most specific first."""


@dataclass(frozen=True)
class Place:
    """A destination. `area`: an ISO 3166-2 code, the country's own code for the rest of it, or "" if not
    said."""

    country: str
    area: str = ""
    embargoed: bool = False
    groups: frozenset[str] = frozenset()

    @property
    def code(self) -> str:
        return self.area or self.country


@dataclass(frozen=True)
class Where:
    """A set of places: areas, countries, country groups, all under (or not under) embargo, or anywhere."""

    tier: str = "anywhere"
    codes: frozenset[str] = frozenset()
    embargoed: bool = False

    def holds(self, place: Place) -> bool:
        if self.tier == "areas":
            return place.area in self.codes
        if self.tier == "countries":
            return place.country in self.codes
        if self.tier == "groups":
            return bool(place.groups & self.codes)
        return self.tier == "anywhere" or place.embargoed == self.embargoed

    def meets(self, other: Where) -> bool:
        """Whether a place may be in both, whatever the country data will say of groups and embargoes."""
        first, second = sorted((self, other), key=lambda where: TIERS.index(where.tier))
        if first.tier in ("areas", "countries") and second.tier == first.tier:
            return bool(first.codes & second.codes)
        if (first.tier, second.tier) == ("areas", "countries"):
            return bool({code[:2] for code in first.codes} & second.codes)
        return (first.tier, second.tier) != ("embargoed", "embargoed") or first.embargoed == second.embargoed

    def within(self, other: Where) -> bool:
        """Whether this set, where it meets the other, is the same or the more specific one."""
        if self.tier != other.tier:
            return TIERS.index(self.tier) < TIERS.index(other.tier)
        return self.codes <= other.codes and self.embargoed == other.embargoed


@dataclass(frozen=True)
class Answer:
    """The answer of one test, what it rests on, and how well that is known."""

    outcome: str
    legal_basis: str
    source: str
    confidence: str

    @property
    def confirmed(self) -> bool:
        """Whether it was found in a text or agreed; what is only recalled decides nothing."""
        return self.confidence != "recalled"


@dataclass(frozen=True)
class Row:
    """A row of the table. No `providers` or `supplies`: any. `needs_reference`: the claim names plan or
    appeal."""

    key: str
    regime: str
    sentence: str
    providers: frozenset[str]
    supplies: frozenset[str]
    where: Where
    carve_out: Answer
    licence: Answer
    documents: tuple[str, ...]
    needs_reference: bool
    owner: str
    review_date: date

    def holds(self, provider: str, supply: str, place: Place) -> bool:
        return (
            (not self.providers or provider in self.providers)
            and (not self.supplies or supply in self.supplies)
            and self.where.holds(place)
        )

    def meets(self, other: Row) -> bool:
        return (
            _meet(self.providers, other.providers)
            and _meet(self.supplies, other.supplies)
            and self.where.meets(other.where)
        )

    def within(self, other: Row) -> bool:
        return (
            _within(self.providers, other.providers)
            and _within(self.supplies, other.supplies)
            and self.where.within(other.where)
        )


@dataclass(frozen=True)
class Regime:
    """A body of law that answers for cases of its `members`; of every case if it names none."""

    key: str
    title: str
    sentence: str
    members: frozenset[str]

    def bears_on(self, members: Iterable[str]) -> bool:
        return not self.members or bool(self.members & set(members))


@dataclass(frozen=True)
class Destination:
    """What is agreed of a country, or of an area of it, as a destination of aid."""

    code: str
    name: str
    acceptability: str
    conditions: tuple[str, ...]
    legal_basis: str
    owner: str
    review_date: date
    source: str
    confidence: str

    @property
    def confirmed(self) -> bool:
        return self.confidence != "recalled"


@dataclass(frozen=True)
class Table:
    """The rows and regimes in force, and the destinations of aid. `documents`: titles by key."""

    version: str = ""
    rows: tuple[Row, ...] = ()
    regimes: tuple[Regime, ...] = ()
    documents: Mapping[str, str] = field(default_factory=dict)
    destinations: Mapping[str, Destination] = field(default_factory=dict)

    def row(self, regime: str, provider: str, supply: str, place: Place) -> Row | None:
        """Return the most specific row of a regime that fits; None where the table knows nothing."""
        found: Row | None = None
        for row in self.rows:
            if row.regime == regime and row.holds(provider, supply, place):
                found = row if found is None or row.within(found) else found
        return found

    def divided(self) -> frozenset[str]:
        """Countries of which areas are told apart: for these a case has to say which area it is."""
        return frozenset(code[:2] for code in self.destinations if "-" in code)

    def destination(self, place: Place) -> Destination | None:
        """Return what is agreed of a place: of its area, else of the country; None where nothing is, or
        where it has to be said first which area of a divided country is meant."""
        if not place.area and place.country in self.divided():
            return None
        return self.destinations.get(place.area) or self.destinations.get(place.country)


def _meet(mine: frozenset[str], theirs: frozenset[str]) -> bool:
    return not mine or not theirs or bool(mine & theirs)


def _within(mine: frozenset[str], theirs: frozenset[str]) -> bool:
    return not theirs or (bool(mine) and mine <= theirs)


def conflict(rows: Sequence[Row]) -> tuple[Row, Row] | None:
    """Return two rows of one regime that could both fit one question with neither the more specific, or None.

    Where there is none, the rows that fit a question form a chain: the order of `within` is transitive and
    every two of them are comparable, so that exactly one of them is the most specific.
    """
    for one, other in combinations(rows, 2):
        if one.regime == other.regime and one.meets(other) and one.within(other) == other.within(one):
            return one, other
    return None
