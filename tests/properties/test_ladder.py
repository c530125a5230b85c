"""What a tier's answers amount to: for any answers, in any order, under any rule."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from alliance.charters import (
    Deadlock,
    DecisionRule,
    Objection,
    Qualified,
    SeatKind,
    Seats,
    Silence,
    Tier,
    Window,
)
from alliance.settling import (
    APPROVING,
    FAVOURING,
    LAPSED,
    OBJECTING,
    OPEN,
    Answer,
    Outcome,
    deemed_position,
    settle,
)
from licensing.models import Position
from tests.examples import examples

many = settings(max_examples=examples(100))

SEATS = Seats(SeatKind.STAKES, ("trade",))
TIERS = st.builds(
    Tier,
    number=st.just(1),
    name=st.just("A tier"),
    seats=st.just(SEATS),
    rule=st.sampled_from(DecisionRule),
    window=st.just(Window(1, "hours")),
    silence=st.sampled_from(Silence),
    countersign=st.booleans(),
    objection=st.sampled_from(Objection),
    on_deadlock=st.sampled_from(Deadlock),
    qualified=st.builds(Qualified, st.integers(51, 100), st.integers(51, 100), st.integers(1, 5)),
)
UNCHAIRED = TIERS.filter(
    lambda tier: (
        tier.rule is not DecisionRule.CHAIR_DECIDES
        and tier.silence is not Silence.CHAIR_DECIDES
        and tier.on_deadlock is not Deadlock.CHAIR_DECIDES
    )
)
KINDS = st.sampled_from([None, *Position.Kind.values])
ANSWERS = st.lists(
    st.builds(
        Answer,
        addressee=st.sampled_from(["FR, trade", "US, trade", "JP, trade", "crisis unit, trade"]),
        ministry=st.sampled_from(["trade", "defence", "intelligence"]),
        status=st.sampled_from(["open", "answered", "lapsed", "closed"]),
        silence=st.sampled_from(Silence).map(str),
        position=KINDS,
        weight=st.integers(1, 80),
    ),
    max_size=7,
)
BELOW = st.sampled_from([None, Outcome.SETTLED, Outcome.OBJECTED])


def said(answer: Answer) -> bool:
    return answer.position is not None or answer.status not in (OPEN, LAPSED)


@many
@given(UNCHAIRED, ANSWERS, BELOW, st.randoms(use_true_random=False))
def test_the_order_in_which_answers_arrive_makes_no_difference(tier, answers, below, random) -> None:
    shuffled = list(answers)
    random.shuffle(shuffled)
    assert settle(tier, answers, below) == settle(tier, shuffled, below)


@many
@given(TIERS, ANSWERS, BELOW, st.randoms(use_true_random=False))
def test_where_there_is_a_chair_only_the_order_of_the_rest_makes_no_difference(
    tier, answers, below, random
) -> None:
    """The first seat is the chair by the charter; the order of the rest makes no difference."""
    chair, rest = answers[:1], list(answers[1:])
    random.shuffle(rest)
    assert settle(tier, answers, below) == settle(tier, chair + rest, below)


@many
@given(UNCHAIRED, ANSWERS, BELOW)
def test_a_recused_seat_leaves_the_denominator(tier, answers, below) -> None:
    recused = Answer("DE, trade", "trade", "answered", str(tier.silence), "recuse", 50)
    assert settle(tier, [*answers, recused], below) == settle(tier, answers, below)


@many
@given(TIERS, ANSWERS)
def test_silence_alone_settles_a_tier_only_where_what_was_decided_before_stands(tier, answers) -> None:
    """With no position from anyone and at least one seat, nothing is settled."""
    silent = [replace(a, status=LAPSED, position=None, silence=str(tier.silence)) for a in answers]
    if silent:
        assert settle(tier, silent) is not Outcome.SETTLED


@many
@given(TIERS, ANSWERS)
def test_nobody_is_waited_for_once_every_window_is_over(tier, answers) -> None:
    over = [replace(a, status="lapsed" if a.status == OPEN else a.status) for a in answers]
    over = [replace(a, position=None) if a.position == "need_information" else a for a in over]
    assert settle(tier, over) is not Outcome.WAIT


@many
@given(TIERS.map(lambda tier: replace(tier, rule=DecisionRule.MAJORITY)), ANSWERS)
def test_a_majority_settles_only_with_more_approvals_than_all_others_that_count(tier, answers) -> None:
    tier = replace(tier, silence=Silence.ESCALATE, on_deadlock=Deadlock.CLIMB)
    if settle(tier, answers) is Outcome.SETTLED:
        approving = sum(a.position in APPROVING for a in answers)
        assert approving > sum(a.position in OBJECTING for a in answers)
        assert approving > sum(a.status in (OPEN, LAPSED) and a.position is None for a in answers)


@many
@given(
    TIERS.map(lambda tier: replace(tier, silence=Silence.ESCALATE, on_deadlock=Deadlock.CLIMB)),
    ANSWERS,
)
def test_what_settles_without_the_chair_has_no_more_objections_than_its_rule_bears(tier, answers) -> None:
    answers = [replace(a, silence="escalate") for a in answers]
    against = sum(a.position in OBJECTING for a in answers)
    bears = {
        DecisionRule.UNANIMITY: 0,
        DecisionRule.CONSENSUS: 0,
        DecisionRule.CONSENSUS_MINUS_ONE: 1,
        DecisionRule.MAJORITY: (len(answers) - 1) // 2,
        DecisionRule.QUALIFIED_MAJORITY: (len(answers) - 1) // 2,
    }
    if tier.rule in bears and settle(tier, answers) is Outcome.SETTLED:
        assert against <= bears[tier.rule]


@many
@given(TIERS, ANSWERS, st.integers(0, 6))
def test_a_change_from_objection_to_approval_never_undoes_a_settlement(tier, answers, which) -> None:
    against = [index for index, answer in enumerate(answers) if answer.position in OBJECTING]
    if against and settle(tier, answers, Outcome.SETTLED) is Outcome.SETTLED:
        index = against[which % len(against)]
        answers[index] = replace(answers[index], position="no_objection")
        assert settle(tier, answers, Outcome.SETTLED) is Outcome.SETTLED


@many
@given(st.text(max_size=20) | st.sampled_from(sorted(Silence)))
def test_silence_stands_for_no_position_on_a_critical_item(silence: str) -> None:
    assert deemed_position(silence, critical=True) is None
    assert deemed_position(silence, critical=False) in (None, *FAVOURING.values())
