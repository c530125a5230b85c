"""Exercises: the same for the same number, on a database of their own, with what goes wrong to be seen."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import transaction

from core import clock
from core.errors import Conflict, Invalid
from escalation.exercises import plans
from escalation.exercises.dossiers import filings
from escalation.exercises.living import lived, printed
from escalation.exercises.plans import Inject, Plan, Told
from ledger.models import Event
from licensing import dossier
from members.models import Organisation, User
from tests import journeys

SMALL = Plan(number=1, members=plans.members(3), cases=3, until=200)


def played(plan: Plan) -> dict:
    """Live through an exercise and leave nothing of it behind."""
    with transaction.atomic():
        card = lived(plan)
        transaction.set_rollback(True)
    return card


@pytest.fixture
def silent() -> Plan:
    return replace(SMALL, injects=plans.injects(["silent:FR@0-200"], SMALL.members))


def test_the_same_number_gives_the_same_scorecard_and_another_number_another(in_force: None) -> None:
    first, second = (json.dumps(played(SMALL), sort_keys=True) for _time in range(2))
    assert first == second
    assert json.dumps(played(replace(SMALL, number=4, cases=1)), sort_keys=True) != first
    card = json.loads(first)
    assert card["cases"]["filed"] == 3
    assert sum(line["asked"] for line in card["members"].values()) > 0
    assert card["faults"] == {"deliveries_left": 0, "deliveries_parked": 0, "due_instants_parked": 0}
    assert any(line.startswith("Rehearsed: charter:") for line in printed(card))


def test_a_member_that_is_silent_lets_windows_lapse_and_its_line_says_so(
    in_force: None, silent: Plan
) -> None:
    quiet, usual = played(silent)["members"]["FR"], played(SMALL)["members"]["FR"]
    assert usual["asked"] > 0
    assert usual["in_window"] > (quiet["in_window"] or 0)
    assert quiet["lapsed"] > usual["lapsed"]
    assert quiet["recovery"][0]["inject"] == "silent:FR@0-200"


def test_a_member_without_its_keys_cannot_sign(in_force: None) -> None:
    plan = replace(SMALL, injects=plans.injects(["key-lost:FR@0-200"], SMALL.members))
    card = played(plan)
    assert card["injects"][0]["signatures_refused"] > 0
    assert card["members"]["FR"]["refused_acts"]["not_allowed"] > 0


def test_answers_given_by_hand_count_when_the_exercise_is_lived_through_again(in_force: None) -> None:
    plan = replace(SMALL, by_hand=("FR",), until=40)
    asked = played(plan)["questions"]
    assert asked
    assert {question["member"] for question in asked} == {"FR"}
    first = asked[0]
    told = (Told(first["question"], 40, "no_objection"),)
    card = played(replace(plan, told=told, until=42))
    assert first["question"] not in [question["question"] for question in card["questions"]]
    assert card["members"]["FR"]["first_position_hours"] is not None
    assert card["kind"] == "functional"


def test_an_exercise_does_not_run_where_there_are_cases(
    in_force: None, exporter: User, organisation: Organisation
) -> None:
    journeys.file(exporter, organisation, run=False)
    before = Event.objects.count()
    with pytest.raises(Conflict, match="database of its own"):
        lived(SMALL)
    assert Event.objects.count() == before
    assert abs(clock.now() - journeys.clock.now()) < timedelta(seconds=5)


def test_a_set_clock_stands_and_does_not_run_backwards() -> None:
    with clock.set_to(plans.BEGINS) as hands:
        assert clock.now() == plans.BEGINS
        hands.move(timedelta(hours=1))
        assert clock.now() == plans.BEGINS + timedelta(hours=1)
        with pytest.raises(ValueError, match="backwards"):
            hands.move_to(plans.BEGINS)
        with pytest.raises(RuntimeError, match="set already"), clock.set_to(plans.BEGINS):
            pass
    assert clock.now() != plans.BEGINS + timedelta(hours=1)


def test_every_dossier_drawn_is_complete(in_force: None) -> None:
    for number in range(1, 4):
        for filing in filings(Plan(number=number, members=plans.MEMBERS, cases=40)):
            assert dossier.check(filing.dossier) == [], filing


def test_in_a_surge_so_many_times_as_many_arrive_within_its_hour() -> None:
    usual = Plan(cases=500)
    surge = replace(usual, injects=(Inject("surge", "10", 24, 25),))
    counts = [sum(24 <= filing.hour < 25 for filing in filings(plan)) for plan in (usual, surge)]
    assert counts[0] < 20
    assert 40 < counts[1] < 90


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("surge", "surge:10@24-25"),
        ("surge:4x@12", "surge:4@12-13"),
        ("silent:fr", "silent:FR@24-72"),
        ("silent:FR@10", "silent:FR@10-58"),
        ("stale@6-90", "stale:ofac@6-90"),
        ("key-lost:US@1-2", "key-lost:US@1-2"),
    ],
)
def test_injects_are_read_with_what_is_usual(written: str, read: str) -> None:
    assert str(plans.injects([written], plans.members(5))[0]) == read


@pytest.mark.parametrize(
    ("written", "mend"),
    [
        ("flood", "write one of surge"),
        ("silent", "name one of the members"),
        ("silent:AU", "name one of the members"),
        ("silent:FR@30-20", "hours rise"),
        ("surge:1", "from 2 to 50 times"),
        ("surge:10@80", "in the first 72 hours"),
        ("stale:eu", "the list of an exercise is ofac"),
    ],
)
def test_a_wrong_inject_is_named_with_its_mend(written: str, mend: str) -> None:
    with pytest.raises(Invalid) as refused:
        plans.injects([written], plans.members(5))
    assert mend in refused.value.fields["injects"][0]


@pytest.mark.parametrize("text", ["no", "{}", "[1]", '[{"question": "x", "hour": 1, "kind": "object"}]'])
def test_answers_that_are_none_are_refused_with_their_place(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        plans.answers(text)
    assert refused.value.fields["answers"]
