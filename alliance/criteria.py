"""Routing: the criteria in force read the facts of a case and say which way it goes and who has a stake.

Pure given the bundles in force and the facts. Silence never approves a critical item, whatever a bundle says.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.utils.translation import gettext as _

from alliance import cel, crises, selectors, steering
from alliance import facts as vocabulary
from alliance.charters import CharterData
from alliance.measures import Trade
from alliance.models import Criterion
from core.errors import Invalid

Lane = Literal["standard", "crisis", "humanitarian"]
LANES: tuple[Lane, ...] = ("standard", "crisis", "humanitarian")
StakeKind = Literal["location", "essential_security", "no_undercut"]
STAKE_KINDS: tuple[StakeKind, ...] = ("location", "essential_security", "no_undercut")


@dataclass(frozen=True)
class Stake:
    """A member to be consulted, why, and whether its objection binds."""

    jurisdiction: str
    kind: StakeKind
    binding: bool
    rule_key: str
    sentence: str
    legal_basis: str = ""


@dataclass(frozen=True)
class Choice:
    """The way of a case. `review`: no rule was certain, so a person of the lead confirms the way first.

    `critical`: silence may not approve, because an item is critical, the charter says so or nobody knows.

    `trace` lists what every criterion said: (key, "fired" | "not" | "error", detail).
    """

    lane: Lane
    charter_key: str
    charter_version: str
    rule_key: str
    sentence: str
    legal_basis: str
    review: bool
    critical: bool
    stakes: tuple[Stake, ...]
    trace: tuple[tuple[str, str, str], ...]


Trace = list[tuple[str, str, str]]


def _stakes(criteria: Iterable[Criterion], facts: Mapping[str, object], trace: Trace) -> list[Stake]:
    """Return every stake that any criterion names; an error is written to the trace."""
    found: dict[tuple[str, str], Stake] = {}
    for criterion in criteria:
        try:
            codes = cel.evaluate(criterion.expression, facts, "stake")
        except cel.CelError as error:
            trace.append((criterion.key, "error", error.detail))
            continue
        assert isinstance(codes, list)
        trace.append((criterion.key, "fired" if codes else "not", ", ".join(sorted(set(codes)))))
        for code in codes:
            found.setdefault(
                (code, criterion.outcome["consultation"]),
                Stake(
                    jurisdiction=code,
                    kind=criterion.outcome["consultation"],
                    binding=criterion.outcome["binding"],
                    rule_key=criterion.key,
                    sentence=criterion.sentence,
                    legal_basis=criterion.legal_basis,
                ),
            )
    return sorted(found.values(), key=lambda stake: (stake.jurisdiction, stake.kind))


def _lane(criteria: Iterable[Criterion], facts: Mapping[str, object], trace: Trace) -> Criterion | None:
    """Return the first criterion that fires, or None where one gave no answer before any fired."""
    for criterion in criteria:
        try:
            fired = cel.evaluate(criterion.expression, facts, "lane")
        except cel.CelError as error:
            trace.append((criterion.key, "error", error.detail))
            return None
        trace.append((criterion.key, "fired" if fired else "not", ""))
        if fired:
            return criterion
    return None


def _choice(
    criterion: Criterion,
    charter: CharterData,
    stakes: list[Stake],
    trace: Trace,
    *,
    critical: bool,
    review: bool = False,
) -> Choice:
    outcome: Mapping[str, Any] = criterion.outcome
    review = review or bool(outcome.get("review", False))
    # A charter that grants provisionally tells what is critical from what is not, where that is known.
    by_charter = charter.critical and (charter.provisional is None or review)
    return Choice(
        lane=outcome["lane"],
        charter_key=charter.key,
        charter_version=charter.version,
        rule_key=criterion.key,
        sentence=criterion.sentence,
        legal_basis=criterion.legal_basis,
        review=review,
        critical=critical or by_charter,
        stakes=tuple(stakes),
        trace=tuple(trace),
    )


def choose(facts: Mapping[str, object], trade: Trade | None = None) -> Choice:
    """Return the way of a case; exactly one lane for any facts, under one state of the bundles.

    `trade` is what the measures in force are held against; without it, as if no crisis were.
    """
    with selectors.pinned():
        bearings = crises.bearing(trade) if trade else []
        choice = _choose(facts, bearings)
        if trade is None or not _known(facts):
            return choice
        return steering.steered(choice, bearings, trade.lead, facts)


def _known(facts: Mapping[str, object]) -> bool:
    try:
        vocabulary.check(facts)
    except Invalid:
        return False
    return True


def _choose(facts: Mapping[str, object], bearings: Sequence[crises.Bearing]) -> Choice:
    """Return the way of a case with the facts of `alliance.facts`, those whom measures ask among the stakes.

    Facts that do not fit the vocabulary, a criterion that gives no answer, or a charter under which silence
    could approve a critical item send the case to review: the last lane criterion of the bundle.
    """
    criteria = selectors.criteria()
    lanes = [criterion for criterion in criteria if criterion.kind == Criterion.Kind.LANE]
    if not lanes:
        raise Invalid(_("No criteria are in force."))
    trace: Trace = []
    try:
        vocabulary.check(facts)
    except Invalid as error:
        path, messages = next(iter(error.fields.items()))
        trace.append(("facts", "error", f"{path}: {messages[0]}"))
        return _review(lanes[-1], [], trace)
    stakes = _stakes((item for item in criteria if item.kind == Criterion.Kind.STAKE), facts, trace)
    members, lead = list(map(str, facts["members"])), str(facts["exporter_jurisdiction"])  # type: ignore[call-overload]
    stakes = steering.joined(stakes, steering.consulted(bearings, members, lead, trace))
    certain = not any(verdict == "error" for _key, verdict, _detail in trace)
    known = {**facts, vocabulary.STAKES.name: sorted({stake.jurisdiction for stake in stakes})}
    criterion = _lane(lanes, known, trace)
    if criterion is None or not certain:
        return _review(lanes[-1], stakes, trace)
    charter = selectors.charter(criterion.outcome["charter"])
    if facts["critical_item"] and charter.silence_may_approve:
        trace.append((criterion.key, "error", _("Its charter lets silence approve; an item is critical.")))
        return _review(lanes[-1], stakes, trace)
    return _choice(criterion, charter, stakes, trace, critical=bool(facts["critical_item"]))


def _review(last: Criterion, stakes: list[Stake], trace: Trace) -> Choice:
    charter = selectors.charter(last.outcome["charter"])
    if all(key != last.key for key, _verdict, _detail in trace):
        trace.append((last.key, "fired", ""))
    return _choice(last, charter, stakes, trace, critical=True, review=True)
