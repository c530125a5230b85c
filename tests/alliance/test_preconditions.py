"""Preconditions speak of live facts only, are tried before they are agreed, and are never green by accident."""

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance import cel, live_facts
from alliance.facts import FACTS as CASE_FACTS
from alliance.facts import extreme
from alliance.measures import Precondition, parse
from alliance.preconditions import check_expressions, facts_of, judge
from core.errors import Invalid
from tests.examples import examples

SET: dict[str, Any] = {
    "key": "test-set",
    "version": "1",
    "title": "A set",
    "scenario": "wartime",
    "objective": "Nothing reaches the front.",
    "legal_basis": "Agreement of the members, Article 3",
    "sunset": {"amount": 3, "unit": "months"},
    "measures": [
        {
            "key": "halt",
            "title": "No licences",
            "objective": "Stop",
            "legal_basis": "Article 4",
            "effect": "no_grant",
            "scope": {"destinations": ["SY"]},
        }
    ],
    "exit": [
        {
            "key": "first",
            "title": "The first",
            "sector": "humanitarian",
            "lifts": [{"measures": ["halt"], "scope": {"grounds": ["humanitarian"]}}],
            "preconditions": [{"key": "calm", "sentence": "It is calm.", "expression": "lapses_7d <= 5"}],
        },
        {
            "key": "last",
            "title": "The last",
            "sector": "everything",
            "after": ["first"],
            "lifts": [{"measures": ["halt"]}],
            "preconditions": [
                {
                    "key": "clean",
                    "sentence": "Nothing was found.",
                    "expression": "confirmed_hits_30d == 0 && size(lists_stale) == 0",
                }
            ],
        },
    ],
}


def with_expression(expression: str) -> Any:
    payload = copy.deepcopy(SET)
    payload["exit"][1]["preconditions"][0]["expression"] = expression
    return parse(payload)


def of(expression: str) -> Precondition:
    return Precondition("it", "It holds.", expression)


def test_a_sound_set_passes_and_says_which_facts_it_reads() -> None:
    found = parse(SET)
    check_expressions(found)
    assert facts_of(found.exit) == {"lapses_7d", "confirmed_hits_30d", "lists_stale"}


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("turnover > 3", "not a published fact"),
        ("score > 3", "“score” is not a published fact"),  # of criteria, not of exit plans
        ("days_in_force ==", "not an expression"),
        ("days_in_force", "true or false"),
        ("days_in_force > '3'", "fails"),
        ("lapses_7d + 9223372036854775807 > 0", "fails"),
        ("100 / lapses_30d > 3", "fails"),
        ("true", "reads? .*live fact"),
        ("steps_applied.exists(a, lists_stale.exists(b, lists_stale.exists(c, a == c)))", "nested 3 deep"),
        (
            " || ".join(["steps_applied.exists(a, lists_stale.exists(b, a == b + 'q'))"] * 30),
            "250 ms",
        ),
    ],
)
def test_an_expression_that_cannot_be_trusted_is_refused_at_its_place(expression: str, words: str) -> None:
    with pytest.raises(Invalid, match=words) as error:
        check_expressions(with_expression(expression), "entries.4")
    assert list(error.value.fields) == ["entries.4.exit.1.preconditions.0.expression"]


def test_criteria_do_not_read_live_facts() -> None:
    with pytest.raises(cel.CelError, match="not a published fact"):
        cel.compile_check("lapses_7d > 0", "lane")


def test_what_is_not_known_is_red_and_says_why() -> None:
    finding = judge(of("humanitarian_p50_hours_x10 <= 240"), {"days_in_force": 3})
    assert (finding.green, finding.read) == (False, {"humanitarian_p50_hours_x10": None})
    assert "No humanitarian case in scope was decided" in finding.reason


def test_an_expression_that_fails_is_red_with_the_reason() -> None:
    finding = judge(of("10 / lapses_7d >= 0 || days_in_force < 0"), {"lapses_7d": 0, "days_in_force": 1})
    assert not finding.green
    assert "fails" in finding.reason


def test_only_true_is_green() -> None:
    facts = extreme(greatest=False, known=live_facts.FACTS)
    assert judge(of("lapses_7d == 0"), facts).green
    assert not judge(of("lapses_7d > 0"), facts).green
    assert not judge(of("lapses_7d"), facts).green


@settings(max_examples=examples(80))
@given(st.text(max_size=60), st.sampled_from([fact.name for fact in live_facts.FACTS]))
def test_rubbish_in_a_payload_is_red_and_raises_nothing(text: str, name: str) -> None:
    facts = extreme(greatest=True, known=live_facts.FACTS)
    finding = judge(of(f"{name} == {text}"), facts)
    assert finding.green or finding.reason or finding.read


def test_every_fact_says_how_it_is_counted_and_in_what() -> None:
    assert {fact.name for fact in CASE_FACTS} & set(live_facts.BY_NAME) <= {"open_hits", "lists_stale"}
    for fact in live_facts.FACTS:
        assert fact.sentence.endswith(".")
        assert fact.unit
        assert fact.lists in ("", "case", "licence", "denial")
