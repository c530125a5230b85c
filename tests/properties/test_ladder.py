"""What a tier's answers amount to: for any answers, in any order."""

from hypothesis import given, settings
from hypothesis import strategies as st

from escalation.ladder import (
    APPROVING,
    DEEMED,
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

RULES = st.sampled_from(["all_answer", "majority"])
KINDS = st.sampled_from([None, *Position.Kind.values])
ANSWERS = st.lists(
    st.builds(
        Answer,
        addressee=st.sampled_from(["FR, trade", "US, trade", "JP, trade", "crisis unit, trade"]),
        ministry=st.sampled_from(["trade", "defence", "intelligence"]),
        status=st.sampled_from(["open", "answered", "lapsed", "closed"]),
        silence=st.sampled_from(["escalate", "no_objection", "lapse_to_hold"]),
        position=KINDS,
    ),
    max_size=7,
)


@many
@given(RULES, ANSWERS, st.randoms(use_true_random=False))
def test_the_order_in_which_answers_arrive_makes_no_difference(rule, answers, random) -> None:
    shuffled = list(answers)
    random.shuffle(shuffled)
    assert settle(rule, answers) == settle(rule, shuffled)


@many
@given(ANSWERS, st.randoms(use_true_random=False))
def test_only_the_chair_decides_where_the_chair_decides(answers, random) -> None:
    """The first seat is the chair by the charter; the order of the rest makes no difference."""
    chair, rest = answers[:1], list(answers[1:])
    random.shuffle(rest)
    assert settle("chair_decides", answers) == settle("chair_decides", chair + rest)


@many
@given(st.sampled_from(["all_answer", "majority", "chair_decides"]), ANSWERS)
def test_silence_alone_never_settles_a_tier(rule, answers) -> None:
    """With no position from anyone and at least one seat, a tier waits or climbs."""
    silent = [
        Answer(a.addressee, a.ministry, a.status if a.status in (OPEN, LAPSED) else LAPSED, a.silence)
        for a in answers
    ]
    if silent:
        assert settle(rule, silent) in (Outcome.WAIT, Outcome.CLIMB)


@many
@given(ANSWERS)
def test_a_majority_settles_only_with_more_approvals_than_all_others_that_count(answers) -> None:
    if settle("majority", answers) is Outcome.SETTLED:
        approving = sum(a.position in APPROVING for a in answers)
        assert approving > sum(a.position in OBJECTING for a in answers)
        assert approving > sum(a.status in (OPEN, LAPSED) and a.position is None for a in answers)


@many
@given(st.text(max_size=20) | st.sampled_from(sorted(DEEMED)))
def test_silence_stands_for_no_position_on_a_critical_item(silence: str) -> None:
    assert deemed_position(silence, critical=True) is None
    assert deemed_position(silence, critical=False) in (None, *DEEMED.values())
