"""How the people of an exercise behave: drawn from the number, member by member."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from escalation.exercises.plans import Plan


def dice(plan: Plan, *about: object) -> random.Random:
    """Return dice for one thing, the same for the same number: what else happens does not change them."""
    return random.Random(":".join(map(str, (plan.number, *about))))  # noqa: S311 - plays, guards nothing


@dataclass(frozen=True)
class Traits:
    """A member's people. Hours are medians of log-normal times; shares are from 0 to 1."""

    answer_hours: float
    spread: float  # sigma of the logarithm
    countersign_hours: float
    decide_hours: float
    silent: float  # share of questions nobody answers
    sees: float  # share of what must not be granted that the member sees through
    cries: float  # share of sound cases it objects to
    hasty: float  # share of objections first sent without all their reasons


def traits(plan: Plan, member: str) -> Traits:
    """Draw how the people of a member behave."""
    roll = dice(plan, "traits", member)
    return Traits(
        answer_hours=round(roll.uniform(5, 20), 1),
        spread=round(roll.uniform(0.45, 0.8), 2),
        countersign_hours=round(roll.uniform(1, 4), 1),
        decide_hours=round(roll.uniform(2, 10), 1),
        silent=round(roll.uniform(0.01, 0.1), 3),
        sees=round(roll.uniform(0.55, 0.95), 2),
        cries=round(roll.uniform(0.01, 0.06), 3),
        hasty=round(roll.uniform(0.05, 0.35), 2),
    )


def hours(roll: random.Random, median: float, spread: float) -> float:
    """Draw a time in hours."""
    return roll.lognormvariate(math.log(median), spread)
