"""Exercises that are planned, run elsewhere, evaluated, acted upon and closed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from alliance import charters
from alliance import selectors as alliance
from core import clock
from core.errors import Conflict, Forbidden, Invalid
from correspondence.models import Notice
from deadlines import services as deadlines
from escalation import rehearsals, running
from escalation.models import Exercise, Improvement
from escalation.readiness import readiness
from escalation.services import exercises as services
from ledger.models import Event
from ledger.testing import run_deliveries
from members.models import Role, User
from tests import journeys
from tests.standing import stays

OfficerOf = Callable[..., User]
PLANNED = {
    "title": "Autumn drill",
    "kind": "full",
    "number": 7,
    "members": 3,
    "cases": 5,
    "injects": ["silent:FR@24-72"],
}
LINE = {
    "asked": 4, "answered": 3, "lapsed": 1, "no_longer_needed": 0, "in_window": 75.0,
    "first_position_hours": {"median": 9.5, "p90": 20.0}, "taken_over": 1, "by_deputy": 0, "led": 2,
    "decided": 2, "decision_hours": None, "wrongly_granted": 0, "wrongly_refused": 0, "let_pass": 0,
    "reasons_complete": {"share": 100.0, "of": 2, "sent_back_by_the_form": 0}, "refused_acts": {},
    "recovery": [{"inject": "silent:FR@24-72", "waiting_before": 1, "waiting_most": 4, "hours": 3.5}],
}  # fmt: skip
CARD: dict[str, Any] = {
    "number": 7, "kind": "full", "begins": "2026-09-07T06:00:00+00:00", "until": 504,
    "injects": [{"inject": "silent:FR@24-72", "kind": "silent", "what": "FR", "from": 24, "to": 72,
                 "lapses_meanwhile": 1}],
    "cases": {"filed": 5, "open": 0, "climbed": 1, "wrongly_granted": 0, "wrongly_refused": 1,
              "must_not_be_granted": 1, "decided": {"grant": 5}, "held": 0, "lanes": {}, "charters": {}},
    "members": {"DE": LINE, "FR": LINE, "US": LINE}, "unit": LINE,
    "paths": ["charter:lead-alone", "deputies:FR", "member:FR", "tier:crisis-48-24-12:0",
              "tier:crisis-48-24-12:0:answered"],
    "timeline": {"hours": 6, "columns": 4, "answers": {"DE": [0, 2, 1, 0], "FR": [1, 0, 0, 2]},
                 "lapses": {"DE": [0, 0, 0, 1], "FR": [0, 0, 3, 0]}},
    "questions": [], "faults": {"deliveries_parked": 0},
}  # fmt: skip


def printing(*lines: Any) -> Callable[[str], Iterator[str]]:
    """A process that prints lines, whatever it is given."""

    def launch(given: str) -> Iterator[str]:
        data = json.loads(given)
        assert data["plan"]["number"] == 7
        assert "alliance.Charter" in data["agreed"]["tables"]
        yield from map(json.dumps, lines)

    return launch


def failing(given: str) -> Iterator[str]:
    raise RuntimeError("No PostgreSQL was found.")
    yield ""


@stays
def planner(officer_of: OfficerOf) -> User:
    return officer_of("DE", Role.DECIDER)


@stays
def planned(in_force: None, planner: User) -> Exercise:
    return services.plan(actor=planner, **PLANNED)


@stays
def ran(planned: Exercise, planner: User) -> Exercise:
    services.start(actor=planner, exercise=planned)
    running.run_waiting(printing(CARD))
    return Exercise.objects.get(pk=planned.pk)


@stays
def evaluated(ran: Exercise, planner: User) -> Exercise:
    return services.evaluate(actor=planner, exercise=ran, findings="France was silent and nobody stood in.")


def test_a_started_exercise_is_run_by_whoever_comes_next_and_keeps_its_scorecard(
    planned: Exercise, planner: User
) -> None:
    assert not running.run_waiting(printing(CARD))
    services.start(actor=planner, exercise=planned)
    assert running.run_waiting(printing({"progress": {"hour": 3, "until": 504, "filed": 1}}, CARD))
    found = Exercise.objects.get(pk=planned.pk)
    assert (found.status, found.scorecard) == ("ran", CARD)
    assert found.progress["hour"] == 3
    assert rehearsals.rehearsed("charter:lead-alone") == found.ran_at
    assert rehearsals.rehearsed("charter:consultation-10wd") is None
    assert not running.run_waiting(printing(CARD))


def test_one_exercise_runs_at_a_time(planned: Exercise, planner: User) -> None:
    other = services.plan(actor=planner, **PLANNED)
    services.start(actor=planner, exercise=planned)
    with pytest.raises(Conflict, match="Another exercise runs"):
        services.start(actor=planner, exercise=other)


def test_a_dead_runner_is_replaced_once_its_lease_is_over(planned: Exercise, planner: User) -> None:
    services.start(actor=planner, exercise=planned)
    assert services.take_waiting() == planned
    assert services.take_waiting() is None
    with journeys.later(seconds=61):
        assert services.take_waiting() == planned


def test_a_start_that_fails_says_why_and_can_be_repeated(planned: Exercise, planner: User) -> None:
    services.start(actor=planner, exercise=planned)
    running.run_waiting(failing)
    found = Exercise.objects.get(pk=planned.pk)
    assert (found.status, found.failure) == ("planned", "No PostgreSQL was found.")
    services.start(actor=planner, exercise=found)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"title": " "}, "title"), ({"number": -1}, "number"), ({"members": 2}, "members"),
     ({"cases": 0}, "cases"), ({"injects": ["silent:JP"]}, "injects")],
)  # fmt: skip
def test_a_plan_that_is_none_names_the_field(
    in_force: None, planner: User, wrong: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        services.plan(actor=planner, **{**PLANNED, **wrong})
    assert list(refused.value.fields) == [field]


def test_advisers_do_not_plan(in_force: None, officer_of: OfficerOf) -> None:
    with pytest.raises(Forbidden, match="deciders and the crisis unit"):
        services.plan(actor=officer_of("FR", Role.ADVISER), **PLANNED)


def enter(planner: User, exercise: Exercise, owner: User) -> Improvement:
    return services.improve(
        actor=planner,
        exercise=exercise,
        text="Name a second deputy for the night.",
        owner=owner,
        due_at=clock.now() + timedelta(days=30),
    )


def test_an_exercise_closes_once_everything_is_done_or_rejected_by_another(
    evaluated: Exercise, planner: User, officer_of: OfficerOf
) -> None:
    owner = officer_of("FR", Role.DECIDER)
    done, rejected = enter(planner, evaluated, owner), enter(planner, evaluated, owner)
    with pytest.raises(Forbidden, match="still to do"):
        services.close(actor=planner, exercise=evaluated)
    with pytest.raises(Forbidden, match="Only its owner"):
        services.do(actor=planner, improvement=done, outcome="A deputy was named.")
    with pytest.raises(Forbidden, match="Another person than its owner"):
        services.reject(actor=owner, improvement=rejected, outcome="It is too much work.")
    services.do(actor=owner, improvement=done, outcome="A deputy was named.")
    with pytest.raises(Invalid):
        services.reject(actor=planner, improvement=rejected, outcome=" ")
    services.reject(actor=planner, improvement=rejected, outcome="The first deputy is enough.")
    assert services.close(actor=planner, exercise=evaluated).status == "closed"
    assert not Improvement.objects.filter(status="open").exists()


def test_what_is_not_done_in_time_is_told_once(
    evaluated: Exercise, planner: User, officer_of: OfficerOf
) -> None:
    owner = officer_of("FR", Role.DECIDER)
    enter(planner, evaluated, owner)
    with journeys.later(days=31):
        deadlines.tick()
        deadlines.tick()
        run_deliveries()
    assert Event.objects.filter(type="exercise.improvement_overdue").count() == 1
    told = Notice.objects.filter(subject="Autumn drill: something is overdue")
    assert set(told.values_list("recipient", flat=True)) == {owner.pk, planner.pk}


def test_a_charter_that_was_never_rehearsed_or_long_ago_is_missing(ran: Exercise) -> None:
    by_path = {path.path: path for path in rehearsals.paths()}
    assert not by_path["charter:lead-alone"].missing
    assert not by_path["tier:crisis-48-24-12:0:answered"].missing
    assert by_path["tier:crisis-48-24-12:0:silent"].missing
    assert by_path["tier:humanitarian-16-8:0:answered"].missing
    assert {path.within_days for path in by_path.values()} == {180}
    with journeys.later(days=181):
        assert {path.path: path for path in rehearsals.paths()}["charter:lead-alone"].missing


def test_a_charter_says_itself_how_often_its_paths_are_rehearsed(ran: Exercise) -> None:
    ladder = charters.parse({**alliance.charter_payload("crisis-48-24-12"), "rehearse_within": 30})
    assert {path.within_days for path in rehearsals.paths_of(ladder)} == {30}
    assert not rehearsals.paths_of(ladder)[0].missing
    with journeys.later(days=31):
        assert rehearsals.paths_of(ladder)[0].missing
    with pytest.raises(Invalid):
        charters.parse({**alliance.charter_payload("crisis-48-24-12"), "rehearse_within": 3})


def test_a_path_counts_for_a_member_that_took_part(ran: Exercise) -> None:
    of = {row.member.code: {part.key: part for part in row.parts}["rehearsals"] for row in readiness()}
    assert of["FR"].score > of["DE"].score == 0
    assert any("Humanitarian ladder" in item.text for item in of["FR"].missing)


def test_what_is_overdue_lowers_the_readiness_of_its_owner(
    evaluated: Exercise, planner: User, officer_of: OfficerOf
) -> None:
    enter(planner, evaluated, officer_of("FR", Role.DECIDER))
    with journeys.later(days=31):
        of = {row.member.code: {part.key: part for part in row.parts}["improvements"] for row in readiness()}
    assert (of["FR"].score, of["DE"].score) == (0, 100)
    assert "Name a second deputy" in of["FR"].missing[0].text


def test_the_page_of_a_charter_says_when_its_paths_were_rehearsed(ran: Exercise, planner: User) -> None:
    browser = Client()
    browser.force_login(planner, backend="allauth.account.auth_backends.AuthenticationBackend")
    shown = browser.get("/workbench/charters/in-force/crisis-48-24-12/").content.decode()
    table = shown[shown.index('id="rehearsals"') :]
    assert table.count("Never") == 5


def test_the_pages_show_the_exercise_its_picture_and_what_is_missing(
    evaluated: Exercise, planner: User
) -> None:
    browser = Client()
    browser.force_login(planner, backend="allauth.account.auth_backends.AuthenticationBackend")
    listed = browser.get("/workbench/exercises/").content.decode()
    assert "Autumn drill" in listed
    assert "Not rehearsed for too long" in listed
    shown = browser.get(f"/workbench/exercises/{evaluated.uid}/").content.decode()
    assert "1 windows of the member lapsed meanwhile" in shown
    assert shown.count('class="app-rota__missing"') == 2
    wrong = browser.post("/workbench/exercises/new/", {**PLANNED, "injects": "flood"})
    assert wrong.status_code == 422
    assert "write one of surge" in wrong.content.decode()
