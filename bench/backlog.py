"""The order of a backlog against first come, first served and against the earliest due time, on the same cases.

One desk, a surge of cases, a fixed seed. The same cases arrive at the same instants and take the same steps
whatever the order: only which case is taken up next differs. Harm is what the published curves say, summed over the
time each case waits for its decision.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from config.embedded.folder import ROOT
from config.embedded.progress import step
from config.embedded.report import Figure, percentile, publish
from licensing.backlog import Terms, Waiting, placed
from licensing.harm import POINT, Curve, Need, judge

BEGAN = datetime(2026, 11, 23, tzinfo=UTC)
HOUR = timedelta(hours=1)
SEED = 4
SUPPLIES = ("medical", "food", "water", "shelter", "sanitation", "energy", "mine_clearance", "other")
CHECK = timedelta(minutes=20)  # a second officer's look at what bars a case


@dataclass(frozen=True)
class Arrival:
    """A case as it arrives. `checks`: security checks to pass before it may be decided, by name."""

    key: int
    lane: str
    at: datetime
    due_at: datetime
    curve: Curve
    checks: tuple[str, ...]

    @property
    def barred(self) -> bool:
        return bool(self.checks)


@dataclass
class Outcome:
    """What became of the cases under one order."""

    harm: float = 0.0  # points
    late: int = 0
    longest: float = 0.0  # hours
    waits: list[float] | None = None
    checked: Counter[tuple[int, str]] | None = None
    unchecked: int = 0  # decisions before a check


Order = Callable[[list[Waiting], datetime, Terms], int]


def run(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="./entente bench backlog", description=__doc__)
    parser.add_argument("--cases", type=int, default=600, help="cases that arrive (default: %(default)s)")
    parser.add_argument(
        "--load", type=float, default=1.15, help="work that arrives in times of what a desk can do"
    )
    parser.add_argument("--seed", type=int, default=SEED)
    options = parser.parse_args(arguments)
    terms, cases = arrivals(options.cases, options.load, random.Random(options.seed))
    found = {}
    for name, order in ORDERS.items():
        with step(f"{options.cases} cases, {name}"):
            found[name] = simulate(cases, terms, order)
    ours, first, soonest = found["most harm by waiting"], found["first come"], found["earliest due"]
    figures = [
        *(Figure(f"harm of waiting, {name}", one.harm, "points") for name, one in found.items()),
        Figure("ours in share of first come", ours.harm / first.harm, "", 0.75),
        Figure("ours in share of earliest due", ours.harm / soonest.harm, "", 1.0),
        *(
            Figure(f"late by the legal clock, {name}", one.late / len(cases), "")
            for name, one in found.items()
        ),
        Figure("late, ours less earliest due", (ours.late - soonest.late) / len(cases), "", 0.01),
        *(
            Figure(f"hours to the decision, {name}, p95", percentile(one.waits or [0.0], 95), "h")
            for name, one in found.items()
        ),
        *(Figure(f"longest wait, {name}", one.longest, "h") for name, one in found.items()),
        Figure("checks done differently from first come", _differ(ours, first), "", 0.0),
        Figure("decided before a check", sum(one.unchecked for one in found.values()), "", 0.0),
    ]
    facts = {
        "cases": options.cases,
        "seed": options.seed,
        "load": options.load,
        "barred": sum(c.barred for c in cases),
    }
    return publish("backlog", figures, facts=facts)


def _differ(one: Outcome, other: Outcome) -> int:
    assert one.checked is not None
    assert other.checked is not None
    return sum((one.checked - other.checked).values()) + sum((other.checked - one.checked).values())


def arrivals(count: int, load: float, dice: random.Random) -> tuple[Terms, list[Arrival]]:
    """Return what is agreed, and cases of all lanes that arrive in a surge and then thin out."""
    bundle = json.loads((ROOT / "alliance" / "bundles" / "harm.json").read_text())
    tables, agreed = bundle["tables"], bundle["tables"]["order"]
    terms = Terms(agreed["aging"], timedelta(minutes=agreed["minutes_per_case"]), tuple(agreed["lanes"]))
    span = terms.per_case * count / load
    found = []
    for key in range(count):
        # two thirds arrive in the first half: a surge
        share = dice.random() / 2 if dice.random() < 2 / 3 else 0.5 + dice.random() / 2
        at = BEGAN + span * share
        lane = dice.choices(("standard", "humanitarian", "crisis"), (6, 3, 1))[0]
        state = "accepted" if lane != "standard" else dice.choice(("review", "refused"))
        ground = {"humanitarian": "humanitarian", "crisis": "crisis"}.get(
            lane, dice.choice(("none", "humanitarian"))
        )
        needed: date | None = None
        if ground != "none" and dice.random() < 0.4:
            needed = at.date() + timedelta(days=dice.randint(1, 14))
        need = Need(
            ground=ground,
            state=state if ground != "none" else "none",
            supply=dice.choice(SUPPLIES) if ground == "humanitarian" else "",
            people=int(10 ** dice.uniform(1, 6.5)) if ground != "none" else 0,
            needed_by=needed,
            perishable=dice.random() < 0.3,
        )
        curve, _lines = judge(need, tables, bundle["entries"], "UTC")
        window = {"standard": 240, "humanitarian": 24, "crisis": 48}[lane]
        checks = tuple(
            name for name, often in (("strong hit", 0.08), ("critical item", 0.1)) if dice.random() < often
        )
        found.append(Arrival(key, lane, at, at + window * HOUR, curve, checks))
    return terms, sorted(found, key=lambda one: (one.at, one.key))


def simulate(cases: Sequence[Arrival], terms: Terms, order: Order) -> Outcome:
    """Take up one case after the other. A barred one is checked, check by check, and comes back to be decided."""
    by_key = {one.key: one for one in cases}
    left = {one.key: list(one.checks) for one in cases}
    coming, here = list(cases)[::-1], dict[int, Waiting]()
    now, done = BEGAN, Outcome(waits=[], checked=Counter())
    assert done.waits is not None
    assert done.checked is not None
    while coming or here:
        while coming and coming[-1].at <= now:
            one = coming.pop()
            here[one.key] = _waiting(one, now, barred=bool(left[one.key]))
        if not here:
            now = coming[-1].at
            continue
        here = {key: _waiting(by_key[key], now, barred=bool(left[key])) for key in here}
        key = order(list(here.values()), now, terms)
        if left[key]:
            now += CHECK
            done.checked[key, left[key].pop(0)] += 1
            continue
        now += terms.per_case
        one = by_key[key]
        del here[key]
        hours = (now - one.at) / HOUR
        done.waits.append(hours)
        done.longest = max(done.longest, hours)
        done.late += now > one.due_at
        done.unchecked += any(done.checked[key, name] != 1 for name in one.checks)
        done.harm += _harm(one, now)
    return done


def _waiting(one: Arrival, now: datetime, *, barred: bool) -> Waiting:
    return Waiting(one.key, one.lane, one.at, one.due_at, one.curve.rate(one.at, now), barred)


def _harm(one: Arrival, until: datetime) -> float:
    """Points of harm from the arrival to the decision, summed in quarters of an hour."""
    pace, at, found = HOUR / 4, one.at, 0.0
    while at < until:
        found += one.curve.rate(one.at, at) / POINT * (min(pace, until - at) / HOUR)
        at += pace
    return found


def _ours(cases: list[Waiting], now: datetime, terms: Terms) -> int:
    return placed(cases, now, terms)[0].case.key


def _first_come(cases: list[Waiting], now: datetime, terms: Terms) -> int:
    return min(cases, key=lambda one: (one.opened_at, one.key)).key


def _earliest_due(cases: list[Waiting], now: datetime, terms: Terms) -> int:
    return min(cases, key=lambda one: (one.due_at or one.opened_at, one.key)).key


ORDERS: dict[str, Order] = {
    "most harm by waiting": _ours,
    "first come": _first_come,
    "earliest due": _earliest_due,
}
