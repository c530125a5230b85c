"""Exercises in which people answer: a table-top from situations to scorecard, a functional one in its fork."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

from core import clock
from core.errors import Conflict, Forbidden, Invalid
from correspondence.models import Notice
from escalation import rehearsals, running
from escalation.exercises import plans
from escalation.exercises.living import lived
from escalation.models import Answer, Exercise
from escalation.services import answering
from escalation.services import exercises as services
from ledger.models import Event
from ledger.testing import run_deliveries
from licensing.models import Case, Position
from members.models import Role, User
from tests import journeys
from tests.escalation.test_exercises_kept import CARD
from tests.standing import stays

OfficerOf = Callable[..., User]
BASIS = "Regulation (EU) 2021/821, Article 4"
WHOLE = {
    "kind": "no_objection",
    "legal_basis": BASIS,
    "summary": "We ask the port and let the goods wait for it.",
}
TABLE = {
    "title": "Port closed",
    "kind": "table_top",
    "members": 3,
    "situations": ["30-60 The list of OFAC is a day late.", "0-24 The port of Singapore closes for a week."],
}
FUNCTIONAL = {
    "title": "Hands on", "kind": "functional", "number": 1, "members": 3, "cases": 3,
    "by_hand": ["FR"], "until": 30,
}  # fmt: skip


@stays
def planner(officer_of: OfficerOf) -> User:
    return officer_of("DE", Role.DECIDER)


@stays
def table(in_force: None, planner: User) -> Exercise:
    return services.start(actor=planner, exercise=services.plan(actor=planner, **TABLE))


def say(actor: User, exercise: Exercise, question: str, hour: float, **said: Any) -> Answer:
    return answering.answer(
        actor=actor, exercise=exercise, question=question, hour=Decimal(str(hour)), **{**WHOLE, **said}
    )


def close(planner: User, exercise: Exercise, *numbers: int) -> Exercise:
    for number in numbers:
        exercise = answering.close_situation(actor=planner, exercise=exercise, number=number)
    return exercise


def test_a_table_top_goes_from_situation_to_situation_and_counts_what_was_said(
    table: Exercise, planner: User, officer_of: OfficerOf
) -> None:
    french, american = officer_of("FR"), officer_of("US")
    say(french, table, "T01", 6)
    say(american, table, "T01", 30, legal_basis="")
    close(planner, table, 1)
    say(french, table, "T02", 40.5, kind="object", reason_code="intended_end_use")
    card = close(planner, table, 2).scorecard
    assert card is not None
    found = Exercise.objects.get(pk=table.pk)
    assert (found.status, found.halted) == ("ran", None)
    assert card["members"]["FR"]["in_window"] == 100.0
    assert card["members"]["FR"]["first_position_hours"] == {"median": 6.0, "p90": 10.5}
    assert card["members"]["FR"]["reasons_complete"]["share"] == 100.0
    assert card["members"]["US"]["lapsed"] == 2
    assert card["members"]["US"]["reasons_complete"]["share"] == 0.0
    assert card["members"]["US"]["refused_acts"] == {"late": 1}
    assert card["members"]["DE"] | {"asked": 2, "answered": 0, "in_window": 0.0} == card["members"]["DE"]
    assert card["timeline"]["answers"]["FR"] == [0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0]
    assert card["timeline"]["lapses"]["DE"][4] == card["timeline"]["lapses"]["DE"][10] == 1
    assert rehearsals.rehearsed("member:FR") == found.ran_at
    assert rehearsals.rehearsed("member:DE") is None


def test_a_table_top_touches_nothing_but_itself(
    table: Exercise, planner: User, officer_of: OfficerOf
) -> None:
    say(officer_of("FR"), table, "T01", 6)
    close(planner, table, 1, 2)
    assert not Case.objects.exists()
    assert not Position.objects.exists()
    types = set(Event.objects.values_list("type", flat=True).filter(type__startswith="exercise."))
    assert types == {
        "exercise.planned", "exercise.started", "exercise.waits", "exercise.answered",
        "exercise.situation_closed", "exercise.ran",
    }  # fmt: skip


def test_those_who_are_asked_are_told_that_an_exercise_waits(
    table: Exercise, officer_of: OfficerOf, planner: User
) -> None:
    french = officer_of("FR", Role.DECIDER)
    japanese = officer_of("JP", Role.DECIDER)
    run_deliveries()
    told = set(
        Notice.objects.filter(subject__contains="waits for your answer").values_list("recipient", flat=True)
    )
    assert french.pk in told
    assert japanese.pk not in told


def test_an_authority_answers_a_situation_once_and_while_it_is_open(
    table: Exercise, planner: User, officer_of: OfficerOf
) -> None:
    say(officer_of("FR"), table, "T01", 6)
    with pytest.raises(Forbidden, match="has answered"):
        say(officer_of("FR"), table, "T01", 7)
    say(officer_of("FR", Role.ADVISER, ministry="defence"), table, "T01", 7)
    with pytest.raises(Forbidden, match="not open yet"):
        say(officer_of("US"), table, "T02", 40)
    with pytest.raises(Forbidden, match="takes no part"):
        say(officer_of("JP"), table, "T01", 7)
    with pytest.raises(Forbidden, match="role does not answer"):
        say(officer_of("US", Role.AUDITOR), table, "T01", 7)
    with pytest.raises(Conflict, match="not open yet"):
        answering.close_situation(actor=planner, exercise=table, number=2)


def test_who_answered_does_not_lead_the_exercise_on(table: Exercise, officer_of: OfficerOf) -> None:
    french = officer_of("FR", Role.DECIDER)
    say(french, table, "T01", 6)
    with pytest.raises(Forbidden, match="You have answered"):
        answering.close_situation(actor=french, exercise=table, number=1)


def test_the_runner_says_that_it_lives_while_it_prepares(in_force: None, planner: User) -> None:
    exercise = services.plan(actor=planner, **FUNCTIONAL)
    services.start(actor=planner, exercise=exercise)
    seen = []

    def slow(given: str) -> Iterator[str]:
        with journeys.later(seconds=50):
            yield json.dumps({"progress": {}})
            seen.append(Exercise.objects.get(pk=exercise.pk).lease_until - clock.now())
        yield json.dumps(CARD)

    running.run_waiting(slow)
    assert seen[0] > timedelta(seconds=50)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"kind": "approve"}, "kind"), ({"summary": "Yes."}, "summary"), ({"hour": -1}, "hour"),
     ({"hour": 900}, "hour"),
     ({"kind": "object", "reason_code": "weather"}, "reason_code"), ({"legal_basis": "x" * 201}, "legal_basis")],
)  # fmt: skip
def test_an_answer_that_is_none_names_the_field(
    table: Exercise, officer_of: OfficerOf, wrong: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        say(officer_of("FR"), table, "T01", **{"hour": 6, **wrong})
    assert list(refused.value.fields) == [field]


def test_what_was_answered_is_kept_by_the_database(table: Exercise, officer_of: OfficerOf) -> None:
    made = say(officer_of("FR"), table, "T01", 6)
    for change in (lambda: Answer.objects.filter(pk=made.pk).update(hour=1), made.delete):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"kind": "parade"}, "kind"), ({"situations": []}, "situations"),
     ({"situations": ["Port closed"]}, "situations"),
     ({"situations": ["9-3 The port is closed."]}, "situations"), ({"situations": ["3-9 Short"]}, "situations")],
)  # fmt: skip
def test_a_table_top_that_is_none_names_the_field(
    in_force: None, planner: User, wrong: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        services.plan(actor=planner, **{**TABLE, **wrong})
    assert list(refused.value.fields) == [field]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"by_hand": []}, "by_hand"), ({"by_hand": ["JP"]}, "by_hand"), ({"until": None}, "until")],
)
def test_a_functional_exercise_names_whose_people_answer_and_when(
    in_force: None, planner: User, wrong: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        services.plan(actor=planner, **{**FUNCTIONAL, **wrong})
    assert list(refused.value.fields) == [field]


def forked(given: str) -> Iterator[str]:
    """Live through a plan here and leave nothing of it behind, as the process of an exercise does in its realm."""
    with transaction.atomic():
        card = lived(plans.read(json.loads(given)["plan"]))
        transaction.set_rollback(True)
    yield json.dumps(card)


def test_people_answer_in_a_functional_exercise_and_the_services_of_its_fork_take_it(
    in_force: None, planner: User, officer_of: OfficerOf
) -> None:
    exercise = services.plan(actor=planner, **FUNCTIONAL)
    services.start(actor=planner, exercise=exercise)
    running.run_waiting(forked)
    waits = Exercise.objects.get(pk=exercise.pk)
    assert (waits.status, waits.halted["hour"]) == ("waiting", 30)
    question = waits.halted["questions"][0]
    assert question["member"] == "FR"
    french = officer_of("FR", ministry=question["ministry"])
    with pytest.raises(Forbidden, match="Another authority"):
        say(officer_of("US"), waits, question["question"], 31)
    with pytest.raises(Invalid) as early:
        say(french, waits, question["question"], 29)
    assert list(early.value.fields) == ["hour"]
    with pytest.raises(Invalid) as partial:
        say(french, waits, question["question"], 31, kind="object", legal_basis="")
    assert {"reason_code", "legal_basis"} <= set(partial.value.fields)
    say(french, waits, question["question"], 31)
    with pytest.raises(Invalid):
        answering.go_on(actor=planner, exercise=waits, hour=30)
    answering.go_on(actor=planner, exercise=waits, hour=34)
    running.run_waiting(forked)
    waits = Exercise.objects.get(pk=exercise.pk)
    assert (waits.status, waits.halted["hour"]) == ("waiting", 34)
    assert question["question"] not in [one["question"] for one in waits.halted["questions"]]
    answering.go_on(actor=planner, exercise=waits, hour=plans.LENGTH)
    running.run_waiting(forked)
    done = Exercise.objects.get(pk=exercise.pk)
    assert done.status == "ran"
    assert done.scorecard["kind"] == "functional"
    assert done.scorecard["members"]["FR"]["answered"] >= 1
    assert not Case.objects.exists()


def test_a_functional_exercise_whose_start_fails_waits_where_it_stood(in_force: None, planner: User) -> None:
    exercise = services.plan(actor=planner, **FUNCTIONAL)
    services.start(actor=planner, exercise=exercise)
    halfway = {**CARD, "until": 30, "cases": {**CARD["cases"], "open": 2}, "questions": []}
    running.run_waiting(lambda given: iter([json.dumps(halfway)]))
    answering.go_on(actor=planner, exercise=exercise, hour=60)

    def failing(given: str) -> Iterator[str]:
        raise RuntimeError("No PostgreSQL was found.")
        yield ""

    running.run_waiting(failing)
    found = Exercise.objects.get(pk=exercise.pk)
    assert (found.status, found.failure, found.halted["hour"]) == ("waiting", "No PostgreSQL was found.", 30)


def signed_in(person: User) -> Client:
    browser = Client()
    browser.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return browser


def test_what_others_say_shows_once_the_situation_is_closed(
    table: Exercise, planner: User, officer_of: OfficerOf
) -> None:
    french, american = officer_of("FR"), officer_of("US")
    address = f"/workbench/exercises/{table.uid}/"
    wrong = signed_in(french).post(f"{address}answer/T01/", {"hour": "x", "kind": "no_objection"})
    assert wrong.status_code == 422
    given = signed_in(french).post(f"{address}answer/T01/", {"hour": "6", **WHOLE})
    assert given.status_code == 302
    assert WHOLE["summary"] in signed_in(french).get(address).content.decode()
    assert WHOLE["summary"] not in signed_in(american).get(address).content.decode()
    assert signed_in(planner).post(f"{address}situations/1/close/").status_code == 302
    assert WHOLE["summary"] in signed_in(american).get(address).content.decode()
