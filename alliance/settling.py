"""What the answers at one tier of a charter amount to: pure, and blind to the order of arrival.

The ladder settles tiers with it, and the model checker explores with the same function.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from alliance.charters import Deadlock, DecisionRule, Quorum, Silence, Tier

OPEN, ANSWERED, LAPSED, CLOSED = "open", "answered", "lapsed", "closed"
APPROVING = frozenset(
    {"no_objection", "approve_with_conditions", "deemed_no_objection", "deemed_not_identical"}
)
DEEMED_POSITIONS = frozenset({"deemed_no_objection", "deemed_not_identical"})
OBJECTING = frozenset({"object"})
ANSWERING = frozenset({"no_objection", "approve_with_conditions", "object", "abstain"})
"""Positions that somebody took: what counts towards a quorum."""


class Outcome(StrEnum):
    """Where a tier stands."""

    WAIT = "wait"  # someone may still answer
    SETTLED = "settled"  # the lead may decide
    OBJECTED = "objected"  # the tier as a body objects; the lead may refuse, not grant
    CLIMB = "climb"  # no answer to be had here: the next tier takes over
    HOLD = "hold"  # no answer to be had here: a hold with an end and an owner
    PROVISIONAL = "provisional"  # nobody answered: a provisional grant, or a hold where something bars it
    STUCK = (
        "stuck"  # what was decided before is to stand, and nothing was; the checker refuses such a charter
    )


DECIDED = frozenset({Outcome.SETTLED, Outcome.OBJECTED})

FAVOURING = {
    Silence.NO_OBJECTION: "deemed_no_objection",
    Silence.NOT_IDENTICAL: "deemed_not_identical",
    Silence.RELEASE: "deemed_no_objection",
}
"""Silences that stand for a position in favour, and which."""
LAPSING = frozenset({Silence.LAPSE_TO_HOLD, Silence.PROVISIONAL_GRANT})
"""Silences that end the ladder without a decision of anybody."""
STANDING = frozenset({Silence.DECISION_STANDS, Silence.BECOMES_FINAL})
"""Silences under which holds what was decided before."""


class Say(StrEnum):
    """What a seat's answer counts as."""

    FAVOUR = "favour"
    AGAINST = "against"
    ABSTAIN = "abstain"
    RECUSE = "recuse"
    PENDING = "pending"
    SILENT = "silent"


@dataclass(frozen=True)
class Answer:
    """One addressee's standing at a tier; `position` is the kind in force, None while there is none.

    `member` is whose it is: of a seat of the crisis unit, the member of whoever speaks for it.
    """

    addressee: str
    ministry: str
    status: str
    silence: str
    position: str | None = None
    weight: int = 1
    member: str = ""

    @property
    def says(self) -> Say:
        """What the answer counts as. A question, or a window closed without need of an answer, is none."""
        if self.position in APPROVING:
            return Say.FAVOUR
        if self.position in OBJECTING:
            return Say.AGAINST
        if self.status == OPEN:
            return Say.PENDING
        if self.status == LAPSED and self.position is None:
            return Say.AGAINST if self.silence == Silence.DEEMED_REFUSAL else Say.SILENT
        return Say.RECUSE if self.position == "recuse" else Say.ABSTAIN


@dataclass(frozen=True, slots=True)
class Tally:
    """The answers of a tier, counted. `deemed` of those in favour and `refused` of those against are silent.

    `chair` is what the first seat says, None where there is no seat; `quorate`: whether a quorum is there, or
    none is asked for.
    """

    favour: int = 0
    against: int = 0
    abstain: int = 0
    recuse: int = 0
    pending: int = 0
    silent: int = 0
    deemed: int = 0
    refused: int = 0
    favour_weight: int = 0
    against_weight: int = 0
    counted_weight: int = 0  # of all who neither abstain nor recuse
    chair: Say | None = None
    quorate: bool = True

    @property
    def counted(self) -> int:
        """Those who count: abstaining and recused seats leave the denominator."""
        return self.favour + self.against + self.pending + self.silent


def quorate(quorum: Quorum | None, answers: Iterable[Answer]) -> bool:
    """Whether those are there without whom a tier does not decide."""
    if quorum is None:
        return True
    answers = list(answers)
    there = {answer.member for answer in answers if answer.position in ANSWERING}
    return len(there) >= quorum.members and all(
        answer.position in ANSWERING or answer.says is Say.RECUSE
        for answer in answers
        if answer.ministry in quorum.ministries
    )


def count(answers: Sequence[Answer], quorum: Quorum | None = None) -> Tally:
    """Count answers; the first is the chair's."""
    said = [answer.says for answer in answers]
    heavy = {say: sum(a.weight for a, says in zip(answers, said, strict=True) if says is say) for say in Say}
    return Tally(
        **{say.value: said.count(say) for say in Say},
        deemed=sum(answer.position in DEEMED_POSITIONS for answer in answers),
        refused=sum(
            answer.status == LAPSED and says is Say.AGAINST and answer.position is None
            for answer, says in zip(answers, said, strict=True)
        ),
        favour_weight=heavy[Say.FAVOUR],
        against_weight=heavy[Say.AGAINST],
        counted_weight=sum(heavy[say] for say in (Say.FAVOUR, Say.AGAINST, Say.PENDING, Say.SILENT)),
        chair=said[0] if said else None,
        quorate=quorate(quorum, answers),
    )


def settle(
    tier: Tier, answers: Sequence[Answer], below: Outcome | None = None, *, critical: bool = False
) -> Outcome:
    """Return where a tier stands; `below` is what the tier below it had decided, if it had."""
    return decide(tier, count(answers, tier.quorum), below, critical=critical)


def decide(tier: Tier, tally: Tally, below: Outcome | None = None, *, critical: bool = False) -> Outcome:
    """Return where a tier stands by its decision rule, else by its silence, else by its deadlock rule.

    `critical`: whether the case is; of a critical case nothing is granted provisionally either.

    Without its quorum a tier decides nothing, whoever speaks: not by its rule, its chair or its deadlock rule.
    """
    if not tally.quorate:
        return _inquorate(tier, tally, below, critical=critical)
    reached = RULES[tier.rule](tier, tally)
    if reached is not None:
        return reached
    if tally.chair is Say.SILENT if tier.rule is DecisionRule.CHAIR_DECIDES else tally.silent:
        return _silence(tier, tally, below, critical=critical)
    return _deadlock(tier.on_deadlock, tally)


def _lapsed(silence: Silence, *, critical: bool) -> Outcome:
    """What silence leads to that ends the ladder: a dated hold, or for what is not critical a provisional grant."""
    if silence is Silence.PROVISIONAL_GRANT and not critical:
        return Outcome.PROVISIONAL
    return Outcome.HOLD


def _inquorate(tier: Tier, tally: Tally, below: Outcome | None, *, critical: bool) -> Outcome:
    """What follows where those are missing without whom a tier does not decide: somebody may still answer, else
    silence or deadlock say where the case goes. What a tier below decided may stand: it had its own quorum."""
    if tally.pending:
        return Outcome.WAIT
    if tally.silent or tally.deemed or tally.refused:
        if tier.silence in LAPSING:
            return _lapsed(tier.silence, critical=critical)
        if tier.silence in STANDING:
            return below if below in DECIDED and below is not None else Outcome.STUCK
        return Outcome.CLIMB
    return Outcome.HOLD if tier.on_deadlock is Deadlock.HOLD else Outcome.CLIMB


def _all_answer(tier: Tier, tally: Tally) -> Outcome | None:
    """Each addressee answers for itself: what one objects to is that one's objection."""
    if tally.pending:
        return Outcome.WAIT
    if tally.refused:
        return Outcome.OBJECTED
    return None if tally.silent else Outcome.SETTLED


def _majority(tier: Tier, tally: Tally) -> Outcome | None:
    """More than half of those who neither abstain nor recuse. Source: EO 12981 s.5; Reg (EU) 182/2011 Art 3."""
    if tally.favour * 2 > tally.counted:
        return Outcome.SETTLED
    if tally.against * 2 > tally.counted:
        return Outcome.OBJECTED
    return Outcome.WAIT if tally.pending else None


def _qualified(tier: Tier, tally: Tally) -> Outcome | None:
    """Shares of the members and of their weight; too few to block by weight cannot. Source: TEU Art 16(4)."""
    if _carries(tier, tally, tally.favour, tally.favour_weight):
        return Outcome.SETTLED
    if _carries(tier, tally, tally.against, tally.against_weight):
        return Outcome.OBJECTED
    return Outcome.WAIT if tally.pending else None


def _carries(tier: Tier, tally: Tally, votes: int, weight: int) -> bool:
    needed, counted = tier.qualified, tally.counted
    if not votes or votes * 100 < needed.members * counted:
        return False
    return weight * 100 >= needed.weight * tally.counted_weight or counted - votes < needed.blocking_minority


def _nobody_against(tier: Tier, tally: Tally) -> Outcome | None:
    """Consensus: someone is in favour and nobody objects; an abstention stands in nobody's way."""
    return _agreement(tally, most_against=0)


def _one_against(tier: Tier, tally: Tally) -> Outcome | None:
    """Consensus minus one: one member that objects does not stop the others."""
    return _agreement(tally, most_against=1)


def _all_in_favour(tier: Tier, tally: Tally) -> Outcome | None:
    """Unanimity: every seat that has not recused itself approves; an abstention prevents it."""
    if tally.pending:
        return Outcome.WAIT
    if tally.against and tally.against == tally.counted:
        return Outcome.OBJECTED
    return Outcome.SETTLED if tally.favour and tally.favour == tally.counted and not tally.abstain else None


def _agreement(tally: Tally, most_against: int) -> Outcome | None:
    if tally.pending:
        return Outcome.WAIT
    if tally.against and tally.against == tally.counted:
        return Outcome.OBJECTED
    if tally.favour and not tally.silent and tally.against <= most_against:
        return Outcome.SETTLED
    return None


def _chair(tier: Tier, tally: Tally) -> Outcome | None:
    """The first seat decides alone. Source: EO 12981 s.5(a)(3)(B)."""
    return Outcome.WAIT if tally.chair is Say.PENDING else CHAIRED.get(tally.chair)


CHAIRED: Mapping[Say | None, Outcome] = {Say.FAVOUR: Outcome.SETTLED, Say.AGAINST: Outcome.OBJECTED}

RULES: Mapping[DecisionRule, Callable[[Tier, Tally], Outcome | None]] = {
    DecisionRule.ALL_ANSWER: _all_answer,
    DecisionRule.MAJORITY: _majority,
    DecisionRule.QUALIFIED_MAJORITY: _qualified,
    DecisionRule.CONSENSUS: _nobody_against,
    DecisionRule.CONSENSUS_MINUS_ONE: _one_against,
    DecisionRule.UNANIMITY: _all_in_favour,
    DecisionRule.CHAIR_DECIDES: _chair,
}


def _silence(tier: Tier, tally: Tally, below: Outcome | None, *, critical: bool) -> Outcome:
    """What follows when the windows are over, somebody said nothing and the rule gives no decision."""
    if tier.silence in LAPSING:
        return _lapsed(tier.silence, critical=critical)
    if tier.silence is Silence.CHAIR_DECIDES:
        return CHAIRED.get(tally.chair) or _deadlock(tier.on_deadlock, tally)
    if tier.silence in STANDING:
        return below if below in DECIDED and below is not None else Outcome.STUCK
    return Outcome.CLIMB


def _deadlock(rule: Deadlock, tally: Tally) -> Outcome:
    """What follows when everyone has answered and nothing is decided; a chair that says nothing lets it climb."""
    if rule is Deadlock.CHAIR_DECIDES:
        return CHAIRED.get(tally.chair, Outcome.CLIMB)
    return {
        Deadlock.CLIMB: Outcome.CLIMB,
        Deadlock.HOLD: Outcome.HOLD,
        Deadlock.OBJECTION: Outcome.OBJECTED,
    }[rule]


def deemed_position(silence: str, *, critical: bool) -> str | None:
    """Return the position silence stands for, None where it stands for none.

    Silence never approves a critical item, whatever a charter says.
    """
    return None if critical else {str(kind): said for kind, said in FAVOURING.items()}.get(silence)
