"""Expressions are checked when they are saved and distrusted when they run."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alliance import cel
from alliance.cel import CelError
from alliance.facts import FACTS, extreme
from tests.examples import examples


def test_expressions_over_published_facts_are_accepted():
    cel.check_all(
        [
            ("band == 'red' || size(hard_stops) > 0", "lane"),
            ("destinations.exists(a, transit.exists(b, a == b))", "lane"),
            ("score >= 50 && !classification_requested // a remark", "lane"),
            ("'MT' in reasons", "lane"),
            ("exporter_reference.startsWith('DRILL-')", "lane"),
            ("size(stakes) > 0", "lane"),
            ("countries.filter(place, place in members && place != exporter_jurisdiction)", "stake"),
            ("['DE']", "stake"),
            ("goods_location + transit", "stake"),
            ("band == 'a.b(c' ", "lane"),
        ]
    )


@pytest.mark.parametrize(
    ("expression", "kind", "words"),
    [
        ("", "lane", "needed"),
        ("band ==", "lane", "not an expression"),
        ("turnover > 3", "lane", "“turnover” is not a published fact"),
        ("stakes == []", "stake", "“stakes” is not a published fact"),
        ("band.matches('(a+)+')", "lane", "“matches” is not available"),
        ("timestamp('2026-01-01T00:00:00Z') < timestamp(band)", "lane", "not available"),
        ("band.upper == 'A'", "lane", "Facts are flat"),
        ("has(band.x)", "lane", "Facts are flat"),
        ("destinations[0] == 'DE'", "lane", "fails"),
        ("1 / open_hits > 0", "lane", "fails"),
        ("score + 9223372036854775807 > 0", "lane", "fails"),
        ("score > '3'", "lane", "fails"),
        ("band", "lane", "true or false"),
        ("1", "lane", "true or false"),
        ("true", "stake", "list of codes"),
        ("[1, 2]", "stake", "list of codes"),
        ("destinations.map(a, size(a))", "stake", "list of codes"),
        ("destinations.exists(band, band == 'a')", "lane", "needs a name of its own"),
        ("destinations.exists(a, transit.exists(b, members.exists(c, a == c)))", "lane", "nested 3 deep"),
        ("true" + " || true" * 400, "lane", "2000 are allowed"),
        ("(" * 600 + "true" + ")" * 600, "lane", "not an expression"),
    ],
)
def test_an_expression_that_cannot_be_trusted_is_refused_in_words(expression, kind, words):
    with pytest.raises(CelError, match=words):
        cel.compile_check(expression, kind)


def test_an_expression_that_takes_too_long_is_ended():
    slow = " || ".join(["destinations.exists(a, transit.exists(b, a == b + 'q'))"] * 30)
    with pytest.raises(CelError, match="250 ms"):
        cel.compile_check(slow)


def test_an_error_says_which_of_many_it_is_about():
    with pytest.raises(CelError) as error:
        cel.check_all([("true", "lane"), ("band", "lane"), ("true", "lane")])
    assert list(error.value.fields) == ["1.expression"]


@pytest.mark.parametrize("expression", ["destinations[7] == 'DE'", "unheard_of", "score", "1 / 0 == 1"])
def test_an_error_at_run_time_is_never_a_no(expression):
    with pytest.raises(CelError):
        cel.evaluate(expression, extreme(greatest=False))


def test_facts_are_only_strings_truth_values_whole_numbers_and_lists_of_strings():
    for end in (False, True):
        for fact in FACTS:
            value = extreme(greatest=end)[fact.name]
            assert isinstance(value, str | bool | int | list)
            assert not isinstance(value, float)
    assert all(len(value) == 200 for value in extreme(greatest=True).values() if isinstance(value, list))


@settings(max_examples=examples(150))
@given(st.text(max_size=60) | st.text(alphabet="ab()[]{}.'\"|&!<>=+ 12,in\\", max_size=60))
def test_no_text_breaks_the_check_of_an_expression(text):
    with suppress(CelError):  # and nothing else
        cel.check_text(text, "lane")
