"""Crises in force now, and which of their measures bear on trade."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from alliance import selectors
from alliance.measures import Effect, Measure, MeasureSet, Scope, Trade, applying, parse, parse_scope
from alliance.models import Adoption, Declaration, Relaxation
from alliance.scenarios import PEACETIME, Scenario
from core import clock


@dataclass(frozen=True)
class Crisis:
    """One declaration in force. `adopted`: members in which its measures hold; `relaxed`: steps applied."""

    pk: int
    reference: str
    title: str
    scenario: str
    set: MeasureSet
    scope: Scope
    sunset_at: datetime
    adopted: frozenset[str]
    relaxed: tuple[str, ...]
    takes_effect_at: datetime | None = None  # in all members at once; None: when it came into force

    def holds(self, at: datetime) -> bool:
        """Whether its measures have begun by an instant and are not over."""
        return self.sunset_at > at and (self.takes_effect_at is None or self.takes_effect_at <= at)


@dataclass(frozen=True)
class Bearing:
    """A measure that bears on a piece of trade, with the crisis it belongs to."""

    crisis: Crisis
    measure: Measure


def in_force() -> tuple[Crisis, ...]:
    """Return the crises whose measures are in force now, oldest first; one small query tells whether what is kept
    is still that.

    A sunset ends a crisis at its instant, and measures named for one instant begin at it, not when the clock's tick
    comes to it.
    """
    now = clock.now()
    rows = Declaration.objects.in_force().order_by("pk")  # type: ignore[attr-defined]
    stamps = tuple(rows.values_list("pk", "changed_at"))
    return tuple(crisis for crisis in _kept(stamps) if crisis.holds(now)) if stamps else ()


@lru_cache(maxsize=1)
def _kept(stamps: tuple[tuple[int, datetime], ...]) -> tuple[Crisis, ...]:
    rows = Declaration.objects.filter(pk__in=[pk for pk, _changed in stamps]).order_by("in_force_at", "pk")
    return tuple(crisis_of(row) for row in rows.prefetch_related("adoptions", "relaxations"))


def crisis_of(row: Declaration) -> Crisis:
    """Return what a declaration that has a sunset means: its measures, where they hold, what is relaxed."""
    assert row.sunset_at is not None  # the database refuses it of one in force
    adopted = [one for one in row.adoptions.all() if one.status == Adoption.Status.ADOPTED]
    applied = [one for one in row.relaxations.all() if one.status == Relaxation.Status.APPLIED]
    return Crisis(
        pk=row.pk,
        reference=row.reference,
        title=row.title,
        scenario=row.scenario,
        set=parse(row.payload),
        scope=parse_scope(row.scope),
        sunset_at=row.sunset_at,
        adopted=frozenset(one.jurisdiction_id for one in adopted),
        relaxed=tuple(one.step for one in applied),
        takes_effect_at=row.takes_effect_at,
    )


def bearing(
    trade: Trade, effect: Effect | None = None, among: Iterable[Crisis] | None = None
) -> list[Bearing]:
    """Return the measures in force that bear on trade led by a member that has adopted them.

    `among`: the crises in force, from whoever asks about much trade and has read them once.
    """
    return [
        Bearing(crisis, measure)
        for crisis in (in_force() if among is None else among)
        if trade.lead in crisis.adopted
        for measure in applying(crisis.set, crisis.scope, crisis.relaxed, trade)
        if effect is None or measure.effect is effect
    ]


def scenario(lead: str | None = None) -> Scenario | None:
    """Return the profile in force: that of the youngest crisis, for a member of the youngest it has adopted, else
    that of peacetime. None where it is not among the profiles that are loaded."""
    named = [crisis.scenario for crisis in in_force() if lead is None or lead in crisis.adopted]
    return selectors.scenarios().get(named[-1] if named else PEACETIME)
