"""What a change of the measures in force does, case by case and licence by licence, found before it is made.

Measures are read and not propagated: what a step changes is the difference between what bears on trade before and
what bears on it after. The same comparison tells what reversing a step or ending a crisis would touch.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from alliance import crises
from alliance.crises import Crisis
from alliance.measures import Effect, MeasureSet, Scope, Trade
from alliance.models import Declaration
from core import clock
from licensing import waived
from licensing.models import Case, Licence, WaiverUse
from licensing.selectors.trades import trades_of_cases, trades_of_licences, within
from members.models import Jurisdiction

ON_CASES = frozenset({Effect.NO_GRANT, Effect.LANE, Effect.CONSULT})
ON_LICENCES = frozenset({Effect.SUSPEND_LICENCES})

Named = tuple[str, str]  # reference of a declaration, key of a measure


@dataclass(frozen=True, order=True)
class Change:
    """What happens alike to some cases and licences: measures that cease and that begin to bear on them.

    `kept`: effects of what ceases that another measure goes on having.
    """

    ceases: tuple[Named, ...]
    begins: tuple[Named, ...]
    kept: tuple[str, ...] = ()


@dataclass
class Touched:
    """Keys of the open cases and of the licences in force that a change touches, by what happens to them."""

    cases: dict[Change, list[int]] = field(default_factory=dict)
    licences: dict[Change, list[int]] = field(default_factory=dict)

    def as_json(self) -> list[dict[str, Any]]:
        return [
            {
                "ceases": [list(one) for one in change.ceases],
                "begins": [list(one) for one in change.begins],
                "kept": list(change.kept),
                "cases": self.cases.get(change, []),
                "licences": self.licences.get(change, []),
            }
            for change in sorted({*self.cases, *self.licences})
        ]

    @property
    def case_keys(self) -> list[int]:
        return sorted(pk for keys in self.cases.values() for pk in keys)

    @property
    def licence_keys(self) -> list[int]:
        return sorted(pk for keys in self.licences.values() for pk in keys)

    @property
    def sha256(self) -> str:
        """One hash over all of it, by which anyone who may see the list can tell that it is the one recorded."""
        text = json.dumps(self.as_json(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def from_json(rows: Iterable[dict[str, Any]]) -> Touched:
    """Return what `as_json` wrote."""
    found = Touched()
    for row in rows:
        change = Change(
            tuple((one[0], one[1]) for one in row["ceases"]),
            tuple((one[0], one[1]) for one in row["begins"]),
            tuple(row["kept"]),
        )
        for kind, keys in ((found.cases, row["cases"]), (found.licences, row["licences"])):
            if keys:
                kind[change] = list(keys)
    return found


Under = tuple[
    WaiverUse, bool
]  # the use of a waiver that a licence rests on, and whether nothing has broken it


def _bearing(
    trade: Trade, among: Sequence[Crisis], effects: frozenset[Effect], under: Under | None
) -> dict[Named, Effect]:
    return {
        (one.crisis.reference, one.measure.key): one.measure.effect
        for one in crises.bearing(trade, None, among)
        if one.measure.effect in effects
        and not (under and waived.lifts_now(under[0].waiver, one, holds=under[1]))
    }


def change_of(
    trade: Trade,
    before: Sequence[Crisis],
    after: Sequence[Crisis],
    effects: frozenset[Effect],
    under: Under | None = None,
) -> Change | None:
    """Return what happens to trade when one set of crises in force gives way to another; None: nothing.

    `under`: the waiver a licence rests on. What it lifts neither ceases nor begins, and while it is broken the
    licence is held up by that, whatever measures do.
    """
    if under and not under[1]:
        return None
    was, will = (_bearing(trade, among, effects, under) for among in (before, after))
    if was == will:
        return None
    gone = {name: effect for name, effect in was.items() if name not in will}
    return Change(
        tuple(sorted(gone)),
        tuple(sorted(name for name in will if name not in was)),
        tuple(
            sorted({effect.value for effect in gone.values()} & {effect.value for effect in will.values()})
        ),
    )


def touched(before: Sequence[Crisis], after: Sequence[Crisis]) -> Touched:
    """Return which open cases and licences in force a change of the crises in force touches, and how.

    Four queries at most, read in portions; what is kept in memory is what is touched and what rests on a waiver. Of
    the licences only those are read that a measure which changes could mean.
    """
    found = Touched()
    if tuple(before) == tuple(after):
        return found
    changing = set(before) ^ set(after)
    for pk, trade in trades_of_cases(Case.objects.filter(status__in=Case.OPEN)):
        if change := change_of(trade, before, after, ON_CASES):
            found.cases.setdefault(change, []).append(pk)
    live = Licence.objects.filter(
        status=Licence.Status.ISSUED, issued_by__in=frozenset[str]().union(*(one.adopted for one in changing))
    )
    scopes = [scope for one in changing for scope in one.set.reach(one.scope, ON_LICENCES)]
    with_parties = any(one.scope.parties or one.set.names_parties for one in {*before, *after})
    meant = within(live, scopes)
    under = waived.of_licences(meant.order_by())
    for pk, trade in trades_of_licences(meant, with_parties=with_parties):
        if change := change_of(trade, before, after, ON_LICENCES, under.get(pk)):
            found.licences.setdefault(change, []).append(pk)
    return found


def relaxed_to(declaration: Declaration, steps: Iterable[str]) -> Touched:
    """Return what it touches when exactly these steps of a declaration in force stand applied from now on."""
    before = crises.in_force()
    after = [replace(one, relaxed=tuple(steps)) if one.pk == declaration.pk else one for one in before]
    return touched(before, tuple(after))


@dataclass
class Reach:
    """Of one member: open cases by effect, licences that would be suspended, and how many exporters have either."""

    member: Jurisdiction
    cases: dict[str, int] = field(default_factory=dict)
    all_cases: int = 0
    licences: int = 0
    organisations: set[int] = field(default_factory=set)

    @property
    def exporters(self) -> int:
        return len(self.organisations)


def dry_run(found: MeasureSet, scope: Scope, relaxed: Sequence[str] = ()) -> list[Reach]:
    """Return, member by member, what a set would bear on had all adopted it and were nothing else in force.

    Six or seven queries, whatever the numbers.
    """
    rows = {one.code: Reach(one) for one in Jurisdiction.objects.order_by("code")}
    crisis = Crisis(
        0, "", found.title, found.scenario, found, scope, clock.now(), frozenset(rows), tuple(relaxed)
    )
    bears = touched((), (crisis,))
    effects = {one.key: one.effect.value for one in found.measures}
    of_case = {pk: change for change, keys in bears.cases.items() for pk in keys}
    asked = Case.objects.filter(pk__in=of_case).order_by("pk")
    for pk, lead, exporter in asked.values_list("pk", "lead_id", "application__organisation_id"):
        row = rows[lead]
        row.all_cases += 1
        row.organisations.add(exporter)
        for effect in {effects[key] for _reference, key in of_case[pk].begins}:
            row.cases[effect] = row.cases.get(effect, 0) + 1
    live = Licence.objects.filter(pk__in=bears.licence_keys).order_by("pk")
    for issuer, holder in live.values_list("issued_by_id", "holder_id"):
        rows[issuer].licences += 1
        rows[issuer].organisations.add(holder)
    return list(rows.values())


def ended(declaration: Declaration) -> Touched:
    """Return what it touches when a declaration in force ends now."""
    before = crises.in_force()
    return touched(before, tuple(one for one in before if one.pk != declaration.pk))
