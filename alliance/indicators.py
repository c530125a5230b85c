"""Indicators that objectives of measures are held against: the published vocabulary of reviews.

What each says before and after a declaration is counted where cases are (`escalation.effectiveness`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Wanted = Literal["fall", "rise"]
WANTED: tuple[Wanted, ...] = ("fall", "rise")


@dataclass(frozen=True)
class Indicator:
    """One name of the vocabulary. `per`: whether it is a number for each period, or one value for each case or
    question that falls into a period. `sentence` says how it is counted."""

    name: str
    title: str
    sentence: str
    unit: str
    per: Literal["period", "thing"]


@dataclass(frozen=True)
class Aim:
    """Which way an indicator has to move for an objective to be reached."""

    indicator: Indicator
    wanted: Wanted


INDICATORS: tuple[Indicator, ...] = (
    Indicator("applications", "Applications", "Cases registered in the period.", "cases a period", "period"),
    Indicator(
        "grants",
        "Grants",
        "Cases granted, wholly or in part, by a decision countersigned in the period.",
        "cases a period",
        "period",
    ),
    Indicator(
        "refusals",
        "Refusals",
        "Cases refused by a decision countersigned in the period.",
        "cases a period",
        "period",
    ),
    Indicator(
        "strong_hits",
        "Strong hits",
        "Cases registered in the period on which a strong screening hit was found: stands for attempts to get round"
        " a measure, since what was shipped in secret is not known.",
        "cases a period",
        "period",
    ),
    Indicator(
        "lapses", "Lapses", "Windows on cases that lapsed in the period.", "windows a period", "period"
    ),
    Indicator(
        "reservations",
        "Objections and conditions",
        "Positions that object or set conditions, taken by a person in the period.",
        "positions a period",
        "period",
    ),
    Indicator(
        "hours_to_decision",
        "Hours to decision",
        "From registration to decision, of each case decided in the period.",
        "hours",
        "thing",
    ),
    Indicator(
        "humanitarian_hours",
        "Humanitarian hours",
        "The same, of cases of the humanitarian lane.",
        "hours",
        "thing",
    ),
    Indicator(
        "hours_to_position",
        "Hours to first position",
        "From the question to the first position of a person, of each question answered in the period.",
        "hours",
        "thing",
    ),
)

BY_NAME: Mapping[str, Indicator] = {one.name: one for one in INDICATORS}


def _aim(name: str, wanted: Wanted) -> Aim:
    return Aim(BY_NAME[name], wanted)


#: What a measure that names no indicators is held against, by its effect: every objective can be measured.
BY_EFFECT: Mapping[str, tuple[Aim, ...]] = {
    "no_grant": (_aim("grants", "fall"),),
    "suspend_licences": (_aim("strong_hits", "fall"),),
    "lane": (_aim("hours_to_decision", "fall"), _aim("lapses", "fall")),
    "consult": (_aim("reservations", "rise"),),
}
#: What may suffer while objectives are reached; told beside them, and nothing is wanted of it.
SIDE_EFFECTS: tuple[Indicator, ...] = (
    BY_NAME["applications"],
    BY_NAME["refusals"],
    BY_NAME["hours_to_decision"],
    BY_NAME["humanitarian_hours"],
    BY_NAME["lapses"],
)
