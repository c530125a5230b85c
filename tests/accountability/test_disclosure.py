"""Small numbers stay untold, also for whoever knows every other number, the sum and the rule."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accountability.disclosure import OPEN, SMALLEST, Parted, parted, parted_by, told
from tests.examples import examples

COUNTS = st.dictionaries(
    st.sampled_from("abcdefgh"), st.one_of(st.integers(0, 9), st.integers(0, 400)), min_size=1, max_size=8
)


def possible(found: Parted, name: str) -> set[int]:
    """What a part that is not told can be for somebody who solves the sums that are published: each is a count, and
    nobody knows which are held back for their own smallness."""
    if found.total is None:
        return set(range(SMALLEST))
    left = found.total - sum(number for number in found.parts.values() if number is not None)
    others = [one for one, number in found.parts.items() if number is None and one != name]
    return set(range(left + 1)) if others else {left}


def among_small(found: Parted, name: str) -> set[int]:
    """The same for an attacker who guesses that all of them are small, where that can be."""
    held = [one for one, number in found.parts.items() if number is None]
    assert found.total is not None
    left = found.total - sum(number for number in found.parts.values() if number is not None)
    most = SMALLEST - 1
    return {x for x in range(most + 1) if 0 <= left - x <= most * (len(held) - 1)}


@settings(max_examples=examples(300))
@given(COUNTS)
def test_what_is_told_is_true_and_what_is_small_is_not_told(counts: dict[str, int]) -> None:
    found = parted(counts)
    assert set(found.parts) == set(counts)
    assert all(number in (None, counts[name]) for name, number in found.parts.items())
    assert all(found.parts[name] is None for name, number in counts.items() if number < SMALLEST)
    assert found.total in (None, sum(counts.values()))
    assert found.total is None or found.total >= SMALLEST
    if all(number >= SMALLEST for number in counts.values()):
        assert None not in found.parts.values(), "nothing is held back without need"


@settings(max_examples=examples(300))
@given(COUNTS)
def test_no_small_part_follows_from_the_sum_and_the_others(counts: dict[str, int]) -> None:
    found = parted(counts)
    if len(counts) < 2 or found.total is None:
        return
    for name, number in counts.items():
        if number < SMALLEST:
            assert number in possible(found, name)
            assert len(possible(found, name)) >= OPEN, (name, found)
            assert len(guess := among_small(found, name)) != 1 or number not in guess, (name, found)


def test_which_other_part_is_held_back_tells_nothing_of_its_size() -> None:
    """Were the smallest chosen, the sum left over would bound the small one from below."""
    assert parted({"a": 100, "b": 100, "c": 4}).parts == {"a": None, "b": 100, "c": None}
    worlds = [
        (a, b, c)
        for a, b, c in product(range(90, 112), range(95, 106), range(SMALLEST))
        if parted({"a": a, "b": b, "c": c}) == parted({"a": 100, "b": 100, "c": 4})
    ]
    assert {c for _a, _b, c in worlds} == set(range(SMALLEST))


@pytest.mark.parametrize(
    ("counts", "total", "parts"),
    [
        ({"a": 0, "b": 0}, None, {"a": None, "b": None}),
        ({"a": 4}, None, {"a": None}),
        ({"a": 7}, 7, {"a": 7}),
        ({"a": 7, "b": 0}, None, {"a": None, "b": None}),
        ({"a": 4, "b": 4}, None, {"a": None, "b": None}),
        ({"a": 9, "b": 8, "c": 2, "d": 1}, 20, {"a": None, "b": None, "c": None, "d": None}),
        ({"a": 9, "b": 8, "c": 3, "d": 3}, 23, {"a": 9, "b": 8, "c": None, "d": None}),
    ],
)
def test_the_rule_by_example(counts: dict[str, int], total: int | None, parts: dict[str, int | None]) -> None:
    assert parted(counts) == Parted(total, parts)


@settings(max_examples=examples(100))
@given(st.lists(COUNTS, min_size=2, max_size=3))
def test_no_sum_is_told_by_one_breakdown_that_another_keeps(breakdowns: list[dict[str, int]]) -> None:
    found = parted_by(*breakdowns)
    if any(one.total is None for one in found):
        assert all(one.total is None and set(one.parts.values()) == {None} for one in found)
    else:
        assert found == [parted(one) for one in breakdowns]


def test_a_number_on_its_own() -> None:
    assert [told(number) for number in (0, 1, 4, 5, 6)] == [None, None, None, 5, 6]
    with pytest.raises(ValueError, match="negative"):
        parted({"a": -1})
