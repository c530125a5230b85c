"""Comparing two samples by ranks: a published example, every small case by hand, and what it must never say."""

from __future__ import annotations

import random
from itertools import combinations
from math import comb
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escalation import comparing
from tests.examples import examples

#: Hollander, Wolfe, Chicken 2014, example 4.1 and its continuations: permeability of the human chorioamnion.
TERM = [0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46]
EARLY = [1.15, 0.88, 0.90, 0.74, 1.21]
VALUES = st.lists(st.integers(-50, 50), min_size=8, max_size=14)


def test_the_example_of_the_book_comes_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "LEAST", 5)
    found = comparing.shift(TERM, EARLY, 0.96)
    assert (found.difference, found.low, found.high) == (-0.305, -0.76, 0.15)
    assert found.way == "cannot_tell"


@pytest.mark.parametrize(("m", "n"), [(1, 1), (2, 3), (4, 4), (3, 6), (6, 5)])
def test_the_distribution_is_that_of_every_way_to_deal(m: int, n: int) -> None:
    counted = [0] * (m * n + 1)
    for places in combinations(range(m + n), m):
        counted[sum(place - order for order, place in enumerate(places))] += 1
    assert comparing._ways(m, n) == (tuple(counted), comb(m + n, m))


@settings(max_examples=examples(60))
@given(before=VALUES, after=VALUES)
def test_estimate_and_interval_are_those_of_the_table_of_all_differences(
    before: list[int], after: list[int]
) -> None:
    found = comparing.shift(before, after)
    table = sorted(y - x for x in before for y in after)
    assert found.difference == pytest.approx(median(table), abs=1e-3)
    rank = comparing._rank(len(before), len(after), 0.025)
    assert (found.low, found.high) == pytest.approx((table[rank - 1], table[-rank]), abs=1e-3)
    turned = comparing.shift(after, before)
    assert (turned.low, turned.high) == pytest.approx((-found.high, -found.low), abs=1e-3)


@pytest.mark.parametrize(("m", "n"), [(8, 9), (20, 30), (40, 45)])
def test_of_a_thousand_intervals_about_fifty_miss(m: int, n: int) -> None:
    dice = random.Random(7)
    missed = 0
    for _trial in range(1000):
        before = [dice.expovariate(1) for _one in range(m)]
        after = [dice.expovariate(1) + 0.5 for _one in range(n)]
        found = comparing.shift(before, after)
        assert found.low is not None
        assert found.high is not None
        missed += not found.low <= 0.5 <= found.high
    assert 25 <= missed <= 70


def test_too_few_values_say_nothing_however_far_apart() -> None:
    found = comparing.shift([0] * 7, [1000] * 50)
    assert found.too_few
    assert (found.low, found.way) == (None, "cannot_tell")
    assert comparing.shift([0] * 8, [1000] * 8).way == "rose"
    assert comparing.shift([], [1]).difference is None
    # Surer than so few values can be: no interval rather than one that promises too much.
    assert comparing.shift([0] * 8, [1000] * 8, 0.9999).low is None


def test_a_change_on_the_edge_of_the_interval_cannot_be_told() -> None:
    assert comparing.shift([1] * 20, [1] * 20).way == "cannot_tell"
    assert comparing.shift([0, 0, 0, 0, 0, 0, 0, 1], [0, 0, 0, 0, 0, 0, 0, 9]).way == "cannot_tell"
