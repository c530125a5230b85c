"""Every way in which a tier can come out: all answers and silences of all its seats, counted.

Seats that the rule cannot tell apart are counted, not listed: `alliance.settling.decide` reads only how many
seats say what, what the first seat says, and what the sides weigh. `docs/charters.md` says why that loses
nothing; a property test compares it with every answer of every seat written out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from alliance.charters import MOST_SEATS, Deadlock, DecisionRule, SeatKind, Seats, Silence, Tier, Window
from alliance.quorums import arranged, possible
from alliance.settling import FAVOURING, STANDING, Outcome, Say, Tally, decide

SAYS = (Say.FAVOUR, Say.AGAINST, Say.ABSTAIN, Say.RECUSE, Say.SILENT)
"""What a seat can have said once its window is over."""
ALIKE = (Say.FAVOUR, Say.AGAINST, Say.ABSTAIN, Say.SILENT)
"""The same where abstaining and recusing come to the same: everywhere but under unanimity or with a quorum."""
ORDERS = (
    (Say.FAVOUR, Say.ABSTAIN, Say.RECUSE, Say.AGAINST, Say.SILENT),
    (Say.FAVOUR, Say.SILENT, Say.ABSTAIN, Say.RECUSE, Say.AGAINST),
    (Say.AGAINST, Say.ABSTAIN, Say.RECUSE, Say.FAVOUR, Say.SILENT),
    (Say.AGAINST, Say.SILENT, Say.ABSTAIN, Say.RECUSE, Say.FAVOUR),
)
"""Who has the heaviest seats, and who the next: with these and their reverses each side is once as heavy as so
many seats can be, and once as light."""


@dataclass(frozen=True)
class Way:
    """How a tier can come out. `by_silence`: settled, and it would not be had the silent not counted."""

    outcome: Outcome
    by_silence: bool = False


@dataclass(frozen=True)
class Witness:
    """Answers that make a tier come out so: what each seat says, in the order of `seats_of`, the chair first, and
    whether the tier's quorum is there."""

    said: tuple[Say, ...]
    quorate: bool = True


@dataclass(frozen=True)
class Explored:
    """Every way of a tier with the plainest answers that lead there, and how many counts were tried."""

    ways: dict[Way, Witness]
    states: int


def explore(tier: Tier, below: Outcome | None = None, *, critical: bool = False) -> Explored:
    """Return every way a tier can come out; `below` is what the tier below it had decided, `critical` whether the
    case is."""
    bare = replace(
        tier,
        number=0,
        name="",
        window=Window(1, "hours"),
        countersign=False,
        appeal=None,
        basis=None,
        seats=Seats(tier.seats.kind, tier.seats.ministries, tier.seats.members),
    )
    return _explored(bare, below if tier.silence in STANDING else None, critical)


@lru_cache(maxsize=512)
def _explored(tier: Tier, below: Outcome | None, critical: bool) -> Explored:
    found: dict[Way, Witness] = {}
    best: dict[Way, tuple[bool, int, int, int]] = {}
    plain = replace(tier, silence=Silence.ESCALATE)
    states = 0
    for answers in every_count(tier):
        states += 1
        outcome = decide(tier, answers.tally(tier.silence), below, critical=critical)
        by_silence = (
            outcome is Outcome.SETTLED
            and bool(answers.silent)
            and tier.silence is not Silence.CHAIR_DECIDES
            and decide(plain, answers.tally(plain.silence), critical=critical) is not Outcome.SETTLED
        )
        way, plainness = Way(outcome, by_silence), answers.plainness
        if way not in best or plainness < best[way]:
            best[way], found[way] = plainness, _witness(tier, answers)
    return Explored(found, states)


def _witness(tier: Tier, answers: Answers) -> Witness:
    if tier.quorum is None:
        return Witness(answers.said())
    said = arranged(tier, answers.counts, SAYS, answers.chair, there=answers.quorate)
    return Witness(said, answers.quorate)


def sizes(tier: Tier) -> Sequence[int]:
    """Return the numbers of seats a tier can have: as its seats are, or with 0 to so many members a stake."""
    if tier.seats.count is not None:
        return (tier.seats.count,)
    each = len(tier.seats.ministries)
    return range(0, MOST_SEATS + 1, each)


def seats_of(tier: Tier, size: int) -> list[tuple[str, str]]:
    """Return (member, ministry) of each seat, the chair's first; members with a stake are letters."""
    ministries = tier.seats.ministries
    members: Sequence[str] = ("",)
    if tier.seats.kind is SeatKind.MEMBERS:
        members = sorted(tier.seats.members)
    elif tier.seats.kind is SeatKind.STAKES:
        members = [f"{number + 1:02d}" for number in range(size // len(ministries))]
    return [(member, ministry) for ministry in ministries for member in members]


def chaired(tier: Tier) -> bool:
    """Whether it matters what the first seat says."""
    return (
        tier.rule is DecisionRule.CHAIR_DECIDES
        or tier.silence is Silence.CHAIR_DECIDES
        or tier.on_deadlock is Deadlock.CHAIR_DECIDES
    )


@dataclass(frozen=True, slots=True)
class Answers:
    """How many seats say what, in the order of SAYS, the chair among them; `weights` in the same order.

    `seats` is what each says, in the order of `seats_of`, where it matters who says it, else ().
    """

    counts: tuple[int, ...]
    weights: tuple[int, ...]
    chair: Say | None = None
    seats: tuple[Say, ...] = ()
    quorate: bool = True

    @property
    def silent(self) -> int:
        return self.counts[4]

    @property
    def plainness(self) -> tuple[bool, int, int, int]:
        """Small where few different things are said by few, but by someone, and where nobody speaks."""
        size = sum(self.counts)
        return size == 0, len(self.counts) - self.counts.count(0), size, size - self.counts[4]

    def said(self) -> tuple[Say, ...]:
        """Return what each seat says, the chair first."""
        if self.seats:
            return self.seats
        left = dict(zip(SAYS, self.counts, strict=True))
        head: tuple[Say, ...] = ()
        if self.chair is not None:
            left[self.chair] -= 1
            head = (self.chair,)
        return head + tuple(say for say, number in left.items() for _seat in range(number))

    def tally(self, silence: Silence) -> Tally:
        """Count with silence as a charter has it: also where the ladder would not follow it."""
        favour, against, abstain, recuse, silent = self.counts
        heavy, opposed, _abstained, _recused, mute = self.weights
        deemed = refused = 0
        chair = self.chair
        counted_weight = heavy + opposed + mute
        if silence in FAVOURING:
            deemed, heavy = silent, heavy + mute
            chair = Say.FAVOUR if chair is Say.SILENT else chair
        elif silence is Silence.DEEMED_REFUSAL:
            refused, opposed = silent, opposed + mute
            chair = Say.AGAINST if chair is Say.SILENT else chair
        return Tally(
            favour + deemed, against + refused, abstain, recuse, 0, silent - deemed - refused,
            deemed, refused, heavy, opposed, counted_weight, chair, self.quorate,
        )  # fmt: skip


def every_count(tier: Tier) -> Iterator[Answers]:
    """Yield each count of answers a tier can end with, and, where seats weigh differently, the extreme weights.

    Where a quorum is asked for, each count once with it and once without, as far as seats could have said so.
    """
    apart = tier.rule is DecisionRule.UNANIMITY or tier.quorum is not None  # abstaining is not recusing
    for size in sizes(tier):
        weights = [tier.weight_of(member) for member, _ministry in seats_of(tier, size)]
        first = 1 if size and chaired(tier) else 0
        says = SAYS if apart else ALIKE
        for chair in says if first else (None,):
            for rest in _compositions(size - first, len(says)):
                counts = rest if apart else (*rest[:3], 0, rest[3])
                if len(set(weights)) > 1:
                    yield from _arrangements(counts, weights, chair)
                    continue
                if chair is not None:
                    place = SAYS.index(chair)
                    counts = (*counts[:place], counts[place] + 1, *counts[place + 1 :])
                if tier.quorum is None:
                    yield Answers(counts, counts, chair)
                    continue
                for quorate, can_be in zip((True, False), possible(tier, counts, SAYS, chair), strict=True):
                    if can_be:
                        yield Answers(counts, counts, chair, quorate=quorate)


def _arrangements(counts: tuple[int, ...], weights: Sequence[int], chair: Say | None) -> Iterator[Answers]:
    """Yield who says what so that each side is once as heavy as so many seats can be, and once as light."""
    first = 0 if chair is None else 1
    heaviest = sorted(range(first, len(weights)), key=lambda seat: -weights[seat])
    done = set()
    for order in (*ORDERS, *(tuple(reversed(order)) for order in ORDERS)):
        blocks = [say for say in order for _seat in range(counts[SAYS.index(say)])]
        said = [chair or Say.SILENT] * len(weights)
        for seat, say in zip(heaviest, blocks, strict=True):
            said[seat] = say
        if tuple(said) in done:
            continue
        done.add(tuple(said))
        yield Answers(
            tuple(said.count(say) for say in SAYS),
            tuple(
                sum(weight for weight, spoken in zip(weights, said, strict=True) if spoken is say)
                for say in SAYS
            ),
            chair,
            tuple(said),
        )


def _compositions(total: int, parts: int) -> Iterator[tuple[int, ...]]:
    if parts == 1:
        yield (total,)
        return
    for head in range(total + 1):
        for rest in _compositions(total - head, parts - 1):
            yield (head, *rest)
