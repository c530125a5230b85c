"""The order of a backlog: what harms most first, no more late than need be, checks untouched, nothing starved."""

from __future__ import annotations

import copy
import json
import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alliance import contents
from alliance import selectors as alliance
from core.errors import Invalid
from licensing.backlog import Placed, Terms, Waiting, in_time, placed
from licensing.harm import Curve, Need, judge

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TERMS = Terms(aging=100, per_case=timedelta(minutes=30))
MOST = 30_000
SHIPPED = json.loads(Path(contents.__file__).with_name("bundles").joinpath("harm.json").read_text())

lanes = st.sampled_from(TERMS.lanes)
hours = st.integers(0, 400)


@st.composite
def backlogs(draw: st.DrawFn, lane: str | None = None, longest: int = 25) -> list[Waiting]:
    drawn = draw(
        st.lists(
            st.tuples(lanes, hours, st.none() | st.integers(-20, 900), st.integers(0, MOST), st.booleans()),
            max_size=longest,
        )
    )
    return [
        Waiting(
            key=number,
            lane=lane or own,
            opened_at=NOW - timedelta(hours=waited),
            due_at=None if due is None else NOW + timedelta(minutes=due),
            rate=rate,
            barred=barred,
        )
        for number, (own, waited, due, rate, barred) in enumerate(drawn)
    ]


def keys(order: list[Placed]) -> list[int]:
    return [one.case.key for one in order]


@given(backlogs(), st.randoms())
def test_the_order_is_the_same_however_the_cases_come_in(cases: list[Waiting], dice: random.Random) -> None:
    order = keys(placed(cases, NOW, TERMS))
    assert sorted(order) == sorted(case.key for case in cases)
    mixed = cases[:]
    dice.shuffle(mixed)
    assert keys(placed(mixed, NOW, TERMS)) == order


@given(backlogs(), st.data())
def test_more_harm_longer_waiting_or_a_nearer_due_time_never_moves_a_case_back(
    cases: list[Waiting], data: st.DataObject
) -> None:
    """Where the legal clock presses nobody, a nearer due time breaks ties alone; where it does, it leads."""
    free = [replace(case, due_at=None) for case in cases]
    if not free:
        return
    chosen = data.draw(st.sampled_from(free))
    worse = data.draw(
        st.sampled_from(
            [
                replace(chosen, rate=chosen.rate + 500),
                replace(chosen, opened_at=chosen.opened_at - timedelta(hours=3)),
                replace(chosen, due_at=NOW + timedelta(minutes=10_000)),
                replace(chosen, barred=False),
            ]
        )
    )
    before = keys(placed(free, NOW, TERMS)).index(chosen.key)
    after = keys(placed([worse if case is chosen else case for case in free], NOW, TERMS)).index(chosen.key)
    assert after <= before


@given(backlogs(lane="standard"))
def test_harm_lifts_nothing_past_its_checks(cases: list[Waiting]) -> None:
    """What a barred case is said to harm changes no place in the order."""
    order = keys(placed(cases, NOW, TERMS))
    loud = [replace(case, rate=MOST * 10) if case.barred else case for case in cases]
    assert keys(placed(loud, NOW, TERMS)) == order
    quiet = [replace(case, rate=0) if case.barred else case for case in cases]
    assert keys(placed(quiet, NOW, TERMS)) == order


def most_in_time(cases: list[Waiting]) -> int:
    """How many can be in time, found by trying: the nearest due time first, each that fits."""
    done = 0
    for case in sorted((case for case in cases if case.due_at), key=lambda case: case.due_at or NOW):
        assert case.due_at is not None
        if NOW + TERMS.per_case * (done + 1) <= case.due_at:
            done += 1
    return done


def worked_through(cases: list[Waiting]) -> set[int]:
    """Take up one case after the other, asking for the order anew each time; return which were in time."""
    left, at, punctual = cases[:], NOW, set()
    while left:
        first = placed(left, at, TERMS)[0].case
        left.remove(first)
        at += TERMS.per_case
        if first.due_at is not None and at <= first.due_at:
            punctual.add(first.key)
    return punctual


@given(backlogs(lane="standard", longest=14))
def test_no_order_makes_fewer_late(cases: list[Waiting]) -> None:
    assert len(in_time(cases, NOW, TERMS)) == most_in_time(cases)
    assert len(worked_through(cases)) == most_in_time(cases)


@given(backlogs(lane="standard", longest=14))
def test_of_those_that_cannot_all_be_in_time_the_heaviest_are(cases: list[Waiting]) -> None:
    kept = in_time(cases, NOW, TERMS)
    left = [case for case in cases if case.due_at is not None and case not in kept]
    for out in left:
        for inside in kept:
            if out.weight(NOW, TERMS) > inside.weight(NOW, TERMS):
                swapped = [out if case is inside else case for case in kept]
                assert len(in_time(swapped, NOW, TERMS)) < len(swapped)


def test_nothing_starves_while_newcomers_harm_more() -> None:
    """A case that harms nothing passes every newcomer once it has waited for what the heaviest begins with."""
    poor = Waiting(0, "standard", NOW, None, 0, barred=True)
    bound = timedelta(hours=MOST / TERMS.aging)
    for waited, first in ((bound - timedelta(hours=1), False), (bound + timedelta(hours=1), True)):
        at = NOW + waited
        newcomers = [Waiting(number, "standard", at, None, MOST) for number in range(1, 50)]
        assert (keys(placed([poor, *newcomers], at, TERMS))[0] == 0) is first


def test_the_legal_clock_leads_only_where_one_more_case_in_front_would_make_one_late() -> None:
    calm = Waiting(1, "standard", NOW, NOW + timedelta(hours=2), 100)
    near = Waiting(2, "standard", NOW, NOW + timedelta(minutes=59), 100)
    grave = Waiting(3, "standard", NOW, NOW + timedelta(days=9), 9000)
    order = placed([calm, near, grave], NOW, TERMS)
    assert [(one.case.key, one.by) for one in order] == [(2, "pressed"), (3, "harm"), (1, "harm")]
    later = replace(near, due_at=NOW + timedelta(hours=3))
    assert keys(placed([calm, later, grave], NOW, TERMS)) == [3, 1, 2]


def test_lanes_follow_one_another_and_what_presses_comes_before_all() -> None:
    cases = [
        Waiting(1, "standard", NOW, None, 9000),
        Waiting(2, "crisis", NOW, None, 10),
        Waiting(3, "humanitarian", NOW, None, 5),
        Waiting(4, "standard", NOW, NOW + timedelta(minutes=40), 0),
    ]
    assert keys(placed(cases, NOW, TERMS)) == [4, 3, 2, 1]


def test_what_waiting_costs_rises_peaks_before_its_day_and_falls_after(in_force: None) -> None:
    _version, tables, entries = alliance.harm()
    need = Need.of(
        {
            "kind": "humanitarian", "supply": "medical", "people": 12_000, "needed_by": "2026-12-03",
            "perishable": True,
        },
        "accepted",
    )  # fmt: skip
    curve, lines = judge(need, tables, entries, "Europe/Berlin")
    assert [(line.key, line.points) for line in lines] == [
        ("ordinary", 100),
        ("medical", 4000),
        ("people", 2000),
    ]
    assert curve.needed_by == datetime(2026, 12, 3, 23, tzinfo=UTC)
    at = {days: curve.rate(NOW, NOW + timedelta(days=days)) for days in (0, 1, 6, 8, 11)}
    assert at == {0: 6100, 1: 7100, 6: 12_100, 8: 20_100, 11: 1525}


@pytest.mark.parametrize(("state", "points"), [("accepted", 4100), ("review", 2100), ("refused", 100)])
def test_a_ground_counts_as_far_as_it_is_judged(in_force: None, state: str, points: int) -> None:
    _version, tables, entries = alliance.harm()
    curve, _lines = judge(Need("humanitarian", state, "water"), tables, entries, "UTC")
    assert curve.base == points


@given(
    st.integers(0, 10**9), st.integers(0, 10**9), st.booleans(), st.sampled_from(["medical", "other", "shelter"]),
    st.integers(0, 2000),
)  # fmt: skip
def test_more_people_or_perishing_never_count_for_less(
    few: int, more: int, perishable: bool, supply: str, hours: int
) -> None:
    tables, entries = SHIPPED["tables"], SHIPPED["entries"]
    few, more = sorted((few, more))
    need = Need("humanitarian", "accepted", supply, few, date(2026, 12, 10), perishable)
    at = NOW + timedelta(hours=hours)

    def rate(need: Need) -> int:
        return judge(need, tables, entries, "UTC")[0].rate(NOW, at)

    assert rate(need) <= rate(replace(need, people=more))
    if at < datetime(2026, 12, 11, tzinfo=UTC):
        assert rate(need) <= rate(replace(need, perishable=True))
    assert 0 <= rate(need) <= MOST


def test_nothing_agreed_is_no_harm() -> None:
    assert judge(Need("humanitarian", "accepted", "water"), {}, [], "UTC") == (Curve(), [])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda d: d["tables"]["order"].update(aging=0), "tables.order.aging"),
        (lambda d: d["tables"]["order"].update(lanes=["crisis"]), "tables.order.lanes"),
        (lambda d: d["tables"]["people"].reverse(), "tables.people.1.from"),
        (lambda d: d["tables"]["date"].update(perishable_points=0), "tables.date.perishable_points"),
        (lambda d: d["entries"][1].update(most=0), "entries.1.most"),
        (lambda d: d["entries"][1].update(ground="none"), "entries.1.ground"),
    ],
)
def test_a_bundle_that_would_starve_or_mislead_is_refused_with_its_path(change, told) -> None:
    data = copy.deepcopy(SHIPPED)
    contents.harm(data["entries"], data["tables"])
    change(data)
    with pytest.raises(Invalid) as refused:
        contents.harm(data["entries"], data["tables"])
    assert told in refused.value.fields
