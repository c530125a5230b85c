"""What the answers at one tier of a charter amount to: pure, and blind to the order of arrival."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

OPEN, ANSWERED, LAPSED, CLOSED = "open", "answered", "lapsed", "closed"
APPROVING = frozenset(
    {"no_objection", "approve_with_conditions", "deemed_no_objection", "deemed_not_identical"}
)
OBJECTING = frozenset({"object"})


class Outcome(StrEnum):
    """Where a tier stands."""

    WAIT = "wait"  # someone may still answer
    SETTLED = "settled"  # the lead may decide
    OBJECTED = "objected"  # the tier as a body objects; the lead may refuse, not grant
    CLIMB = "climb"  # no answer to be had here: the next tier takes over


@dataclass(frozen=True)
class Answer:
    """One addressee's standing at a tier; `position` is the kind in force, None while there is none."""

    addressee: str
    ministry: str
    status: str
    silence: str
    position: str | None = None


def settle(rule: str, answers: Sequence[Answer]) -> Outcome:
    """Return where a tier stands under its decision rule.

    `all_answer`: each addressee answers for itself; what one objects to is that one's objection.
    `majority`: more than half of those who neither abstain nor recuse; a tie climbs.
    `chair_decides`: the first seat decides; without its yes or no the tier climbs.

    A lapsed window whose silence means nothing by itself (`escalate`) makes the tier climb, except where the
    rule is already satisfied without it. Source of the rules: DESIGN "Time"; EO 12981 s.5 for chair and
    majority; Regulation (EU) No 182/2011 Article 3 for abstention not counting.
    """
    if rule == "chair_decides":
        return _chair(answers)
    if rule == "majority":
        return _majority(answers)
    return _all_answer(answers)


def _all_answer(answers: Sequence[Answer]) -> Outcome:
    if any(answer.status == OPEN for answer in answers):
        return Outcome.WAIT
    if any(answer.status == LAPSED and answer.position is None for answer in answers):
        return Outcome.CLIMB
    return Outcome.SETTLED


def _majority(answers: Sequence[Answer]) -> Outcome:
    for_it = sum(answer.position in APPROVING for answer in answers)
    against = sum(answer.position in OBJECTING for answer in answers)
    pending = sum(answer.status == OPEN for answer in answers)
    silent = sum(answer.status == LAPSED and answer.position is None for answer in answers)
    counted = for_it + against + pending + silent
    if counted and for_it * 2 > counted:
        return Outcome.SETTLED
    if counted and against * 2 > counted:
        return Outcome.OBJECTED
    return Outcome.WAIT if pending else Outcome.CLIMB


def _chair(answers: Sequence[Answer]) -> Outcome:
    chair = answers[0] if answers else None
    if chair is None:
        return Outcome.CLIMB
    if chair.position in APPROVING:
        return Outcome.SETTLED
    if chair.position in OBJECTING:
        return Outcome.OBJECTED
    return Outcome.WAIT if chair.status == OPEN else Outcome.CLIMB


#: What silence of one addressee does: the kind of deemed position, or None where the tier has to climb or hold.
DEEMED = {"no_objection": "deemed_no_objection", "not_identical": "deemed_not_identical"}


def deemed_position(silence: str, *, critical: bool) -> str | None:
    """Return the position silence stands for, None where it stands for none.

    Silence never approves a critical item, whatever a charter says.
    """
    return None if critical else DEEMED.get(silence)
