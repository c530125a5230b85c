"""Thresholds the members agree on one by one: which there are, and where a bundle holds each.

Pure. Each is read by the software: the score from which a scenario sends cases to the crisis lane, the scores at
which the bands of the criteria begin, and the rule by which the members vote on all of these.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from alliance.reading import Reader
from core.errors import Invalid

#: In place of the key of a scenario profile: what holds whichever is in force.
EVERY = "every"
LANE, QUORUM, MAJORITY = "lane_from_score", "quorum", "majority"
BANDS = ("amber", "red", "black")
#: Name, in the tables of a scenarios bundle, of the rule by which members vote.
RULE = "appetite"
#: Hours a vote stays open: three days at least, so that no member is asleep through it; a month at most.
WINDOW_HOURS = (72, 720)


@dataclass(frozen=True)
class Threshold:
    """A kind of threshold. `kind`: of the bundle that holds it; `sentence`: what reads it.

    Whole numbers from `least` to `most`; `optional`: there may be none. `every`: one for all scenarios, else one
    for each profile.
    """

    name: str
    kind: str
    title: str | Promise
    sentence: str | Promise
    least: int
    most: int
    unit: str | Promise
    optional: bool = False
    every: bool = True


THRESHOLDS: Mapping[str, Threshold] = {
    one.name: one
    for one in (
        Threshold(
            LANE,
            "scenarios",
            _("Crisis lane from a score of"),
            _("While the scenario is in force, cases of this risk score and above run in the crisis lane."),
            1,
            100,
            _("points"),
            optional=True,
            every=False,
        ),
        Threshold(
            "amber_from",
            "scorecard",
            _("Amber from a score of"),
            _("From this score on a case is amber: the criteria ask members with a stake."),
            1,
            98,
            _("points"),
        ),
        Threshold(
            "red_from",
            "scorecard",
            _("Red from a score of"),
            _("From this score on a case is red: the criteria send it to the crisis lane."),
            2,
            99,
            _("points"),
        ),
        Threshold(
            "black_from",
            "scorecard",
            _("Black from a score of"),
            _("From this score on a case is black, as with a hard stop: silence never approves."),
            3,
            100,
            _("points"),
        ),
        Threshold(
            QUORUM,
            "scenarios",
            _("Quorum of a vote"),
            _("So many of the members have to vote for a change of any of these thresholds to be agreed."),
            50,
            100,
            "%",
        ),
        Threshold(
            MAJORITY,
            "scenarios",
            _("Majority of a vote"),
            _("So many of the votes for and against have to be for a change; abstentions count for neither."),
            51,
            100,
            "%",
        ),
    )
}

Key = tuple[str, str]
"""A threshold: the key of a scenario profile or EVERY, and its name."""


@dataclass(frozen=True)
class Agreement:
    """By what a value was agreed: reference of the change in the register, and the minute that says so."""

    reference: str
    minute: str


@dataclass(frozen=True)
class Held:
    """What a bundle holds. `agreed` None: as the members found it, before any change. `path`: where."""

    value: int | None
    agreed: Agreement | None
    path: str


def read_agreed(reader: Reader, names: Sequence[str]) -> dict[str, Agreement]:
    """Return the agreements an object names in its field `agreed`, by threshold; Invalid at what does not fit."""
    if not reader.has("agreed"):
        return {}
    told = reader.object("agreed", (), optional=names)
    found = {}
    for name in told.value:
        one = told.object(name, ("reference", "minute"))
        found[name] = Agreement(one.text("reference", longest=20), one.text("minute", longest=400))
    return found


def check_rule(tables: Reader) -> None:
    """Raise Invalid unless the rule of the vote in the tables of a scenarios bundle is well formed."""
    if not tables.has(RULE):
        return
    rule = tables.object(RULE, (QUORUM, MAJORITY, "window_hours"), optional=("agreed",))
    for name in (QUORUM, MAJORITY):
        rule.whole(name, THRESHOLDS[name].least, THRESHOLDS[name].most)
    rule.whole("window_hours", *WINDOW_HOURS)
    read_agreed(rule, (QUORUM, MAJORITY))


def _agreement(holder: Mapping[str, Any], name: str) -> Agreement | None:
    told = holder.get("agreed", {}).get(name)
    return Agreement(told["reference"], told["minute"]) if told else None


def held(kind: str, payload: Mapping[str, Any]) -> dict[Key, Held]:
    """Return the thresholds that the payload of a checked bundle holds; none for other kinds of bundle."""
    found: dict[Key, Held] = {}
    tables = payload.get("tables", {})
    if kind == "scenarios":
        for index, entry in enumerate(payload["entries"]):
            path = f"entries.{index}.parameters.{LANE}"
            found[entry["key"], LANE] = Held(entry["parameters"][LANE], _agreement(entry, LANE), path)
        if rule := tables.get(RULE):
            for name in (QUORUM, MAJORITY):
                found[EVERY, name] = Held(rule[name], _agreement(rule, name), f"tables.{RULE}.{name}")
    elif kind == "scorecard":
        for index, band in enumerate(tables["bands"]):
            if band["band"] in BANDS:
                name = f"{band['band']}_from"
                found[EVERY, name] = Held(
                    band["from"], _agreement(tables, name), f"tables.bands.{index}.from"
                )
    return found


def changed(payload: Mapping[str, Any], key: Key, value: int | None, agreed: Agreement) -> dict[str, Any]:
    """Return a payload in which a threshold has another value and says by what it was agreed.

    Invalid where the profile of the threshold is not in it.
    """
    scenario, name = key
    told = {"reference": agreed.reference, "minute": agreed.minute}
    found: dict[str, Any] = copy.deepcopy(dict(payload))
    if key not in held(THRESHOLDS[name].kind, payload):
        raise Invalid.field("entries", _("The profile “%(key)s” is missing.") % {"key": scenario})
    tables = found["tables"]
    if name == LANE:
        entry = next(one for one in found["entries"] if one["key"] == scenario)
        entry["parameters"][LANE] = value
        entry.setdefault("agreed", {})[LANE] = told
    elif name in (QUORUM, MAJORITY):
        tables[RULE][name] = value
        tables[RULE].setdefault("agreed", {})[name] = told
    else:
        bands = tables["bands"]
        index = next(number for number, band in enumerate(bands) if f"{band['band']}_from" == name)
        bands[index]["from"] = value
        bands[index - 1]["to"] = (value or 0) - 1
        tables.setdefault("agreed", {})[name] = told
    return found


def carried(votes: Mapping[str, int], members: int, quorum: int, majority: int) -> str:
    """Return what came of a vote: agreed, rejected, or lapsed where the quorum was missing.

    `votes`: how many members were `for`, `against` and `abstain`; `quorum` and `majority` in percent, exactly: no
    figure is rounded. Two members at least have to be for it, and more than against it.
    """
    yes, no = votes.get("for", 0), votes.get("against", 0)
    spoken = yes + no + votes.get("abstain", 0)
    if not spoken or 100 * spoken < quorum * members:
        return "lapsed"
    return "agreed" if yes >= 2 and yes > no and 100 * yes >= majority * (yes + no) else "rejected"
