"""What measures in force change about the way of a case: who is asked, and the lane and charter it runs under.

Never towards less: a hard stop keeps the way the criteria chose, and no measure leads where silence could approve
what it could not approve before, or where nobody is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from alliance import crises, selectors
from alliance.charters import CharterData
from alliance.crises import Bearing
from alliance.measures import Effect
from core.errors import NotFound

if TYPE_CHECKING:
    from alliance.criteria import Choice, Stake, Trace


def key_of(bearing: Bearing) -> str:
    """What a measure is called in traces and as the rule of a stake."""
    return f"{bearing.crisis.reference}:{bearing.measure.key}"[:60]


def sentence_of(bearing: Bearing) -> str:
    return _("Measure of the crisis %(reference)s: %(title)s.") % {
        "reference": bearing.crisis.reference,
        "title": bearing.measure.title,
    }


def consulted(bearings: Iterable[Bearing], members: Iterable[str], lead: str, trace: Trace) -> list[Stake]:
    """Return the stakes that measures give to members: to those they name, or to all but the lead."""
    from alliance.criteria import Stake

    found = []
    for bearing in bearings:
        if bearing.measure.effect is not Effect.CONSULT:
            continue
        asked = sorted(set(bearing.measure.members or members) - {lead})
        trace.append((key_of(bearing), "fired" if asked else "not", ", ".join(asked)))
        found += [
            Stake(
                jurisdiction=code,
                kind="essential_security",
                binding=bearing.measure.binding,
                rule_key=key_of(bearing),
                sentence=sentence_of(bearing)[:300],
                legal_basis=bearing.measure.legal_basis,
            )
            for code in asked
        ]
    return found


def joined(stakes: Sequence[Stake], more: Iterable[Stake]) -> list[Stake]:
    """Return stakes with those of measures: of two of one member and kind the first, binding where either is."""
    found = {(stake.jurisdiction, stake.kind): stake for stake in stakes}
    for stake in more:
        known = found.setdefault((stake.jurisdiction, stake.kind), stake)
        if stake.binding and not known.binding:
            found[stake.jurisdiction, stake.kind] = replace(known, binding=True)
    return sorted(found.values(), key=lambda stake: (stake.jurisdiction, stake.kind))


def steered(choice: Choice, bearings: Sequence[Bearing], lead: str, facts: Mapping[str, Any]) -> Choice:
    """Return the way of a case under the measures that choose a lane: of several, the first of the youngest crisis.

    Where none does, a case from the score on that the scenario in force names runs in the crisis lane.
    """
    lanes = [bearing for bearing in bearings if bearing.measure.effect is Effect.LANE]
    if lanes:
        youngest = lanes[-1].crisis
        bearing = next(one for one in lanes if one.crisis == youngest)
        profile = selectors.scenarios().get(youngest.scenario)
        charter = bearing.measure.charter or (profile.charter if profile else "")
        basis = bearing.measure.legal_basis
        return _led(choice, charter, key_of(bearing), sentence_of(bearing), basis, facts)
    profile = crises.scenario(lead)
    if profile is None or profile.lane_from_score is None or choice.lane != "standard":
        return choice
    if facts["score"] < profile.lane_from_score:
        return choice
    sentence = _("Scenario “%(title)s”: cases from a score of %(score)d run in the crisis lane.") % {
        "title": profile.title,
        "score": profile.lane_from_score,
    }
    basis = choice.legal_basis
    if profile.agreed is not None:
        basis = f"{profile.agreed.reference}: {profile.agreed.minute}"
    return _led(choice, profile.charter, f"scenario:{profile.key}"[:60], sentence, basis, facts)


def _led(choice: Choice, key: str, rule: str, sentence: str, basis: str, facts: Mapping[str, Any]) -> Choice:
    try:
        charter = selectors.charter(key)
    except NotFound as error:
        return replace(choice, review=True, trace=(*choice.trace, (rule, "error", error.detail)))
    if facts["hard_stops"]:
        return replace(
            choice,
            trace=(*choice.trace, (rule, "not", _("A hard stop keeps its way, whatever a measure says."))),
        )
    if _weaker(charter, choice, critical=bool(facts["critical_item"])):
        return replace(
            choice, trace=(*choice.trace, (rule, "not", _("It would ask less than what the criteria chose.")))
        )
    return replace(
        choice,
        lane="humanitarian" if choice.lane == "humanitarian" else "crisis",
        charter_key=charter.key,
        charter_version=charter.version,
        rule_key=rule,
        sentence=sentence,
        legal_basis=basis,
        critical=choice.critical or charter.critical,
        trace=(*choice.trace, (rule, "fired", charter.title)),
    )


def _weaker(charter: CharterData, choice: Choice, *, critical: bool) -> bool:
    before = selectors.charter(choice.charter_key, choice.charter_version)
    if before.tiers and not charter.tiers:
        return True
    return charter.silence_may_approve and (critical or choice.critical or not before.silence_may_approve)
