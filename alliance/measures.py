"""Measures of a crisis: what they do, to which trade, and the plan by which they are relaxed again.

Pure: reads payloads and compares. What is in force, `alliance.crises` says; what a measure does to a case or a
licence is done where those live.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from alliance.charters import Window
from alliance.indicators import BY_EFFECT, BY_NAME, WANTED, Aim
from alliance.reading import Reader

COUNTRY = re.compile(r"[A-Z]{2}")
CONTROL_PREFIX = re.compile(r"\d([A-E](\d{3}([.a-z0-9]*)?)?)?")  # 3, 3A, 3A001, 3A001.b.2
PARTY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")  # uid of a shared party
GROUNDS = ("none", "crisis", "humanitarian")
SUNSET_UNITS = ("calendar_days", "months")
MOST_MEASURES, MOST_STEPS, MOST_PRECONDITIONS, MOST_INDICATORS = 20, 12, 8, 5


class Effect(StrEnum):
    """What a measure does to the trade it matches, in members that have adopted it."""

    NO_GRANT = "no_grant"  # no licence is granted
    SUSPEND_LICENCES = "suspend_licences"  # licences do not cover shipments
    LANE = "lane"  # cases run in the crisis lane, under the measure's charter or the scenario's
    CONSULT = "consult"  # the members named have a stake


@dataclass(frozen=True)
class Trade:
    """What a case or a licence is about, as far as measures can tell it apart."""

    lead: str  # code of the member that leads the case or issued the licence
    control_codes: frozenset[str]
    destinations: frozenset[str]  # where consignees and end-users receive the goods
    parties: frozenset[str] = frozenset()  # uids of shared parties
    ground: str = "none"


@dataclass(frozen=True)
class Scope:
    """Trade that is meant: an empty dimension means any; all that are given have to fit."""

    control_codes: tuple[str, ...] = ()  # beginnings of control codes
    destinations: tuple[str, ...] = ()
    parties: tuple[str, ...] = ()
    grounds: tuple[str, ...] = ()

    def matches(self, trade: Trade) -> bool:
        """One item, one destination or one party in scope is enough: measures err towards what they guard."""
        return (
            (not self.control_codes or any(c.startswith(self.control_codes) for c in trade.control_codes))
            and (not self.destinations or not trade.destinations.isdisjoint(self.destinations))
            and (not self.parties or not trade.parties.isdisjoint(self.parties))
            and (not self.grounds or trade.ground in self.grounds)
        )

    def holds(self, trade: Trade) -> bool:
        """All items, destinations and parties are in scope: relaxing errs towards what is guarded as well."""
        return (
            (not self.control_codes or all(c.startswith(self.control_codes) for c in trade.control_codes))
            and (not self.destinations or trade.destinations <= set(self.destinations))
            and (not self.parties or trade.parties <= set(self.parties))
            and (not self.grounds or trade.ground in self.grounds)
        )

    def __bool__(self) -> bool:
        return bool(self.control_codes or self.destinations or self.parties or self.grounds)


@dataclass(frozen=True)
class Measure:
    key: str
    title: str
    objective: str
    legal_basis: str
    effect: Effect
    scope: Scope
    charter: str = ""  # for `lane`; empty: the scenario's
    members: tuple[str, ...] = ()  # for `consult`; empty: all members
    binding: bool = False  # for `consult`: whether their objection binds
    indicators: tuple[Aim, ...] = ()  # what its objective is held against; empty: those of its effect

    @property
    def aims(self) -> tuple[Aim, ...]:
        """What a review holds its objective against; never empty."""
        return self.indicators or BY_EFFECT[self.effect]


@dataclass(frozen=True)
class Precondition:
    """An expression over the live facts (`alliance.live_facts`): green when it is true."""

    key: str
    sentence: str
    expression: str


@dataclass(frozen=True)
class Lift:
    """Measures that a step takes back for the trade it holds; an empty scope: for all."""

    measures: tuple[str, ...]
    scope: Scope


@dataclass(frozen=True)
class Step:
    key: str
    title: str
    sector: str  # e.g. humanitarian, civilian infrastructure
    lifts: tuple[Lift, ...]
    preconditions: tuple[Precondition, ...]
    after: tuple[str, ...] = ()  # steps that have to stand applied
    wind_down_days: int = 0


@dataclass(frozen=True)
class MeasureSet:
    key: str
    version: str
    title: str
    scenario: str
    objective: str
    legal_basis: str
    sunset: Window
    measures: tuple[Measure, ...]
    exit: tuple[Step, ...]

    def step(self, key: str) -> Step | None:
        return next((step for step in self.exit if step.key == key), None)

    @property
    def names_parties(self) -> bool:
        """Whether a measure, or what lifts one, tells trade apart by its parties."""
        lifts = [lift.scope for step in self.exit for lift in step.lifts]
        return any(scope.parties for scope in [*lifts, *(measure.scope for measure in self.measures)])

    def reach(self, declared: Scope, effects: Iterable[Effect]) -> list[Scope]:
        """Return scopes of which one at least means whatever a measure of one of some effects bears on: the
        measure's own, or the declaration's where only that names destinations."""
        return [
            one.scope if one.scope.destinations else declared
            for one in self.measures
            if one.effect in effects
        ]


def applying(found: MeasureSet, scope: Scope, relaxed: Iterable[str], trade: Trade) -> list[Measure]:
    """Return the measures of a set that bear on trade, given the declaration's scope and the steps applied."""
    if not scope.matches(trade):
        return []
    lifts = [lift for key in relaxed if (step := found.step(key)) for lift in step.lifts]
    return [
        measure
        for measure in found.measures
        if measure.scope.matches(trade)
        and not any(measure.key in lift.measures and lift.scope.holds(trade) for lift in lifts)
    ]


def read_scope(reader: Reader) -> Scope:
    return Scope(
        tuple(reader.matches("control_codes", CONTROL_PREFIX, "3A001"))
        if reader.has("control_codes")
        else (),
        tuple(reader.matches("destinations", COUNTRY, "SY")) if reader.has("destinations") else (),
        tuple(reader.matches("parties", PARTY, "a uid of a party")) if reader.has("parties") else (),
        tuple(reader.choices("grounds", GROUNDS)) if reader.has("grounds") else (),
    )


SCOPE_FIELDS = ("control_codes", "destinations", "parties", "grounds")


def parse_scope(value: object, path: str = "scope") -> Scope:
    """Return the scope of a declaration; Invalid names the path of what does not fit."""
    return read_scope(Reader(value, path, (), optional=SCOPE_FIELDS))


def parse(payload: object, path: str = "") -> MeasureSet:
    """Return the set a payload describes; Invalid names the path of what does not fit.

    Needed are an objective, a sunset of at most six months and an exit plan that lifts every measure. Source: the
    urgency procedure of Reg (EU) 182/2011 Art 8, six months at most; FEATURES 6.1 to 6.3.
    """
    reader = Reader(
        payload,
        path,
        ("key", "version", "title", "scenario", "objective", "legal_basis", "sunset", "measures", "exit"),
    )
    measures = tuple(
        _measure(row)
        for row in reader.objects(
            "measures",
            ("key", "title", "objective", "legal_basis", "effect", "scope"),
            optional=("charter", "members", "binding", "indicators"),
        )
    )
    if not 1 <= len(measures) <= MOST_MEASURES:
        reader.fail("measures", _("Needs 1 to %(most)d measures.") % {"most": MOST_MEASURES})
    reader.once("measures", [measure.key for measure in measures])
    keys = tuple(measure.key for measure in measures)
    steps = tuple(
        _step(row, keys)
        for row in reader.objects(
            "exit",
            ("key", "title", "sector", "lifts", "preconditions"),
            optional=("after", "wind_down_days"),
        )
    )
    if not 1 <= len(steps) <= MOST_STEPS:
        reader.fail(
            "exit",
            _("Needs an exit plan of 1 to %(most)d steps: no measure without a way out.")
            % {"most": MOST_STEPS},
        )
    reader.once("exit", [step.key for step in steps])
    _ordered(reader, steps)
    for key in keys:
        if not any(key in lift.measures and not lift.scope for step in steps for lift in step.lifts):
            reader.fail("exit", _("No step lifts the measure “%(key)s” wholly.") % {"key": key})
    return MeasureSet(
        key=reader.key("key", longest=40),
        version=reader.text("version", longest=20),
        title=reader.text("title", longest=200),
        scenario=reader.key("scenario", longest=40),
        objective=reader.text("objective", longest=4000),
        legal_basis=reader.text("legal_basis", longest=500),
        sunset=_sunset(reader),
        measures=measures,
        exit=steps,
    )


def _sunset(reader: Reader) -> Window:
    row = reader.object("sunset", ("amount", "unit"))
    unit = row.choice("unit", SUNSET_UNITS)
    return Window(row.whole("amount", 1, 6 if unit == "months" else 184), unit)  # type: ignore[arg-type]


def _measure(row: Reader) -> Measure:
    effect = Effect(row.choice("effect", tuple(Effect)))
    if row.has("charter") and effect is not Effect.LANE:
        row.fail("charter", _("Only a measure that chooses a lane names a charter."))
    if (row.has("members") or row.has("binding")) and effect is not Effect.CONSULT:
        row.fail("members", _("Only a measure that consults names members."))
    return Measure(
        key=row.key("key", longest=40),
        title=row.text("title", longest=200),
        objective=row.text("objective", longest=1000),
        legal_basis=row.text("legal_basis", longest=500),
        effect=effect,
        scope=read_scope(row.object("scope", (), optional=SCOPE_FIELDS)),
        charter=row.key("charter", longest=40) if row.has("charter") else "",
        members=tuple(row.matches("members", COUNTRY, "DE")) if row.has("members") else (),
        binding=row.flag("binding") if row.has("binding") else False,
        indicators=_aims(row) if row.has("indicators") else (),
    )


def _aims(row: Reader) -> tuple[Aim, ...]:
    rows = row.objects("indicators", ("name", "wanted"))
    aims = tuple(
        Aim(BY_NAME[one.choice("name", tuple(BY_NAME))], one.choice("wanted", WANTED))  # type: ignore[arg-type]
        for one in rows
    )
    if not 1 <= len(aims) <= MOST_INDICATORS:
        row.fail("indicators", _("Needs 1 to %(most)d indicators.") % {"most": MOST_INDICATORS})
    row.once("indicators", [aim.indicator.name for aim in aims])
    return aims


def _step(row: Reader, measures: tuple[str, ...]) -> Step:
    preconditions = tuple(
        Precondition(one.key("key", longest=40), one.text("sentence", longest=300), one.text("expression"))
        for one in row.objects("preconditions", ("key", "sentence", "expression"))
    )
    if not 1 <= len(preconditions) <= MOST_PRECONDITIONS:
        row.fail("preconditions", _("Needs 1 to %(most)d preconditions.") % {"most": MOST_PRECONDITIONS})
    row.once("preconditions", [one.key for one in preconditions])
    lifts = tuple(
        Lift(
            tuple(one.choices("measures", measures)),
            read_scope(one.object("scope", (), optional=SCOPE_FIELDS)) if one.has("scope") else Scope(),
        )
        for one in row.objects("lifts", ("measures",), optional=("scope",))
    )
    if not lifts or not all(lift.measures for lift in lifts):
        row.fail("lifts", _("Has to lift at least one measure."))
    return Step(
        key=row.key("key", longest=40),
        title=row.text("title", longest=200),
        sector=row.text("sector", longest=100),
        lifts=lifts,
        preconditions=preconditions,
        after=tuple(map(str, row.items("after"))) if row.has("after") else (),
        wind_down_days=row.whole("wind_down_days", 0, 365) if row.has("wind_down_days") else 0,
    )


def _ordered(reader: Reader, steps: tuple[Step, ...]) -> None:
    """A step follows only steps written before it, so that the plan cannot go in circles."""
    before: set[str] = set()
    for index, step in enumerate(steps):
        for key in step.after:
            if key not in before:
                reader.fail(
                    f"exit.{index}.after", _("“%(key)s” is no step written before this one.") % {"key": key}
                )
        before.add(step.key)


def payload_of(scope: Scope) -> Mapping[str, Any]:
    """Return a scope as the JSON it is read from."""
    return {name: list(values) for name in SCOPE_FIELDS if (values := getattr(scope, name))}
