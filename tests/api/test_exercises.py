"""Exercises by partners' systems: planned, answered, led on, evaluated, and what is to be done settled."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from api import versions
from api.exercises import DONE, FOUND, FULL, SAID, TABLE_TOP, TO_DO
from core import clock
from escalation.models import Exercise, Improvement
from escalation.policies import exercises as policies
from escalation.services import exercises as services
from members.models import Role, User
from tests.escalation.test_exercises_kept import CARD

pytestmark = pytest.mark.usefixtures("in_force")
ClientOf = Callable[..., APIClient]
OfficerOf = Callable[..., User]
EXERCISES, IMPROVEMENTS = "/api/v1/exercises/", "/api/v1/improvements/"


def send(client: APIClient, path: str, given: Any = None, status: int = 200) -> Any:
    answer = client.post(path, given or {}, format="json")
    assert answer.status_code == status, answer.json()
    return answer.json()


def act(client: APIClient, path: str, name: str, given: Any = None, status: int = 200) -> Any:
    """Do an act where the thing offers it."""
    offered = {one["name"]: one for one in client.get(path).json()["acts"]}[name]
    assert offered["allowed"], offered["reason"]
    return send(client, offered["href"], given, status)


def test_a_table_top_is_led_answered_evaluated_and_closed(client_of: ClientOf, officer_of: OfficerOf) -> None:
    decider = officer_of("DE", Role.DECIDER)
    leads, french, american = (client_of(one) for one in (decider, officer_of("FR"), officer_of("US")))
    made = send(leads, EXERCISES, TABLE_TOP, 201)
    path = f"{EXERCISES}{made['uid']}/"
    assert (made["status"], made["plan"]["members"], made["situations"]) == (
        "planned",
        ["DE", "FR", "US"],
        [],
    )
    (offered,) = french.get(path).json()["acts"]
    assert (offered["name"], offered["allowed"]) == ("start", False)
    assert "deciders" in offered["reason"]
    started = act(leads, path, "start")
    assert started["waits_for"] == {"situation": 1, "hour": None}
    assert [one["question"] for one in started["situations"]] == ["T01"]

    said = act(french, path, "answer", SAID, 201)
    assert (said["member"], said["complete"], said["hour"]) == ("FR", True, "6.0")
    again = send(french, f"{path}answers/", SAID, 403)
    assert "answered this already" in again["detail"]
    (open_,) = american.get(path).json()["situations"]
    assert (open_["answers"], len(open_["answered_by"])) == ([], 1)  # what others say shows once it is closed
    assert "/problems/invalid/" in send(american, f"{path}answers/", {**SAID, "hour": "505"}, 422)["type"]

    refused = send(french, f"{path}situations/1/closure/", status=403)
    assert "lead an exercise on" in refused["detail"]
    put = act(leads, path, "close_situation")
    assert put["situations"][0]["answers"][0]["summary"] == SAID["summary"]
    assert send(leads, f"{path}situations/1/closure/", status=409)["type"] == "/problems/conflict/"
    ran = act(leads, path, "close_situation")
    assert (ran["status"], ran["scorecard"]["members"]["FR"]["answered"]) == ("ran", 1)

    assert act(leads, path, "evaluate", FOUND)["findings"] == FOUND["findings"]
    owner = officer_of("FR")
    owners = {one["uid"]: one["member"] for one in leads.get(f"{IMPROVEMENTS}owners/").json()}
    assert owners[str(owner.uid)] == "FR"
    given = {
        **TO_DO,
        "owner": str(owner.uid),
        "due_at": (clock.now() + timedelta(days=30)).isoformat(),
    }
    todo = act(leads, path, "improve", given, 201)
    assert "still to do" in send(leads, f"{path}closure/", status=403)["detail"]
    one = f"{IMPROVEMENTS}{todo['uid']}/"
    assert [act["allowed"] for act in leads.get(one).json()["acts"]] == [False, True]
    assert act(client_of(owner), one, "complete", DONE)["status"] == "done"
    closed = act(leads, path, "close")
    assert (closed["status"], closed["improvements"][0]["outcome"], closed["acts"]) == (
        "closed",
        DONE["outcome"],
        [],
    )
    assert [
        row["uid"] for row in leads.get(f"{EXERCISES}?kind=table_top&status=closed").json()["results"]
    ] == [made["uid"]]


def test_a_functional_one_waits_for_the_ministry_asked_and_goes_on(
    client_of: ClientOf, officer_of: OfficerOf, client: Client
) -> None:
    decider, asked = officer_of("DE", Role.DECIDER), officer_of("FR")
    leads, french = client_of(decider), client_of(asked)
    plan = {**FULL, "kind": "functional", "members": 3, "cases": 3, "by_hand": ["FR"], "until": 24}
    path = f"{EXERCISES}{send(leads, EXERCISES, {**plan, 'injects': []}, 201)['uid']}/"
    act(leads, path, "start")
    assert leads.get(path).json()["progress"] is None
    found = Exercise.objects.get()
    services.note_progress(exercise_id=found.pk, progress={"hour": 12, "until": 24, "filed": 3})
    assert leads.get(path).json()["progress"] == {"hour": 12.0, "until": 24.0, "filed": 3}
    assert asked.authority is not None
    question = {
        "question": f"001:1:0:FR:{asked.authority.ministry}", "member": "FR", "ministry": asked.authority.ministry,
        "tier": 0, "opened": 1.0, "due": 49.0, "title": "Camera", "item": "6A003", "quantity": "2", "buyer": "Acme",
        "country": "SG", "purpose": "Filming of fuel sprays.", "military": False, "lead": "DE", "binding": True,
    }  # fmt: skip
    waiting = {**CARD, "until": 24, "questions": [question], "cases": {**CARD["cases"], "open": 3}}
    services.keep_scorecard(exercise_id=found.pk, scorecard=waiting)

    shown = french.get(path).json()
    assert (shown["waits_for"], shown["scorecard"]) == ({"situation": None, "hour": 24}, None)
    assert (shown["questions"][0]["about"]["buyer"], shown["questions"][0]["may_answer"]) == ("Acme", True)
    assert leads.get(path).json()["questions"][0]["why_not"] == "Another authority is asked."
    client.force_login(asked, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = client.get(f"/workbench/exercises/{found.uid}/answer/{question['question']}/").content.decode()
    assert "Acme, Singapore" in page  # the page tells of a question what the API does
    wrong = send(french, f"{path}answers/", {**SAID, "question": question["question"]}, 422)
    assert {"hour"} <= {one["pointer"] for one in wrong["errors"]}
    act(french, path, "answer", {"question": question["question"], "hour": "30", "kind": "no_objection"}, 201)
    assert "after 24" in send(leads, f"{path}continuation/", {"hour": 24}, 422)["errors"][0]["detail"]
    assert act(leads, path, "continue", {"hour": 48})["status"] == "running"


def test_who_answered_does_not_lead_on_through_another_system_and_nobody_lets_oneself_off(
    client_of: ClientOf, officer_of: OfficerOf
) -> None:
    both, other = officer_of("DE", Role.LICENSING_OFFICER, Role.DECIDER), officer_of("FR", Role.DECIDER)
    one, another = client_of(both), client_of(both)
    path = f"{EXERCISES}{send(one, EXERCISES, TABLE_TOP, 201)['uid']}/"
    act(one, path, "start")
    act(one, path, "answer", SAID, 201)
    assert "another person leads it on" in send(another, f"{path}situations/1/closure/", status=403)["detail"]
    for _number in (1, 2):
        act(client_of(other), path, "close_situation")
    act(one, path, "evaluate", FOUND)
    given = {"owner": str(both.uid), "due_at": (clock.now() + timedelta(days=3)).isoformat()}
    todo = act(one, path, "improve", {**TO_DO, **given}, 201)
    refused = send(another, f"{IMPROVEMENTS}{todo['uid']}/rejection/", DONE, 403)
    assert "Another person than its owner" in refused["detail"]
    found = Improvement.objects.get()
    deputy = officer_of("FR", Role.DECIDER)
    deputy.__dict__["hands"] = frozenset({deputy.pk, both.pk})
    assert not policies.can_reject(deputy, found)  # who acts for the owner lets the owner off
    with transaction.atomic(), CaptureQueriesContext(connection) as asked:
        versions.lock(
            found
        )  # as the services do, who hold the exercise first: else two acts wait for each other
    assert 'FROM "escalation_exercise"' in asked.captured_queries[-1]["sql"]
    assert send(client_of(other), f"{IMPROVEMENTS}{todo['uid']}/rejection/", DONE)["status"] == "rejected"


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"members": 2}, "members"),
        ({"title": "x"}, "title"),
        ({"kind": "real"}, "kind"),
        ({"injects": ["flood:FR"]}, "injects"),
        ({"kind": "functional"}, "by_hand"),
        ({"kind": "table_top"}, "situations"),
        ({"cases": 10**30}, "cases"),
        ({"number": -1}, "number"),
        ({"seed": 7}, "seed"),
    ],
)
def test_a_plan_that_is_none_names_its_field(
    client_of: ClientOf, officer_of: OfficerOf, wrong: dict[str, Any], field: str
) -> None:
    answer = send(client_of(officer_of("DE", Role.DECIDER)), EXERCISES, {**FULL, **wrong}, 422)
    assert field in {error["pointer"] for error in answer["errors"]}
    assert not Exercise.objects.exists()


def test_officers_read_and_exporters_find_nothing(
    client_of: ClientOf, officer_of: OfficerOf, exporter: User
) -> None:
    decider, officer = client_of(officer_of("DE", Role.DECIDER)), client_of(officer_of("FR"))
    path = f"{EXERCISES}{send(decider, EXERCISES, FULL, 201)['uid']}/"
    assert officer.get(path).json()["plan"]["injects"] == ["surge:10@24-25", "silent:FR@24-72"]
    assert "deciders and the crisis unit" in send(officer, f"{path}start/", status=403)["detail"]
    (missing, *_more) = [one for one in officer.get(f"{EXERCISES}paths/").json() if one["missing"]]
    assert missing["rehearsed_at"] is None
    outside = client_of(exporter)
    assert outside.get(EXERCISES).json()["results"] == []
    assert (
        outside.get(path).status_code
        == outside.get(f"{EXERCISES}{'0' * 8}-0000-0000-0000-{'0' * 12}/").status_code
    )
    assert outside.get(path).status_code == 404
    assert (
        outside.get(f"{EXERCISES}paths/").status_code
        == outside.get(f"{IMPROVEMENTS}owners/").status_code
        == 403
    )
    reads = client_of(officer_of("DE", Role.DECIDER), "cases:read")
    assert "crises:write" in send(reads, f"{path}start/", status=403)["detail"]
    assert officer.get(f"{IMPROVEMENTS}?state=open").status_code == 422
    names = officer.get(f"{IMPROVEMENTS}owners/")  # of all members: for who gives something to do
    assert (names.status_code, "deciders and the crisis unit" in names.json()["detail"]) == (403, True)


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [({"kind": "a\ud800"}, "kind"), ({"a\ud800": 1}, "a?"), ({"title": "\ud800"}, "title")],
)
def test_half_a_character_is_refused_and_repeated_as_it_can_be(
    client_of: ClientOf, officer_of: OfficerOf, wrong: dict[str, Any], pointer: str
) -> None:
    client = client_of(officer_of("DE", Role.DECIDER))
    answer = client.post(EXERCISES, json.dumps({**FULL, **wrong}), content_type="application/json")
    assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (422, [pointer])


def test_what_is_too_large_is_told_what_to_do(client_of: ClientOf, officer_of: OfficerOf) -> None:
    client = client_of(officer_of("DE", Role.DECIDER))
    answer = client.post(EXERCISES, json.dumps({"title": "x" * 2_200_000}), content_type="application/json")
    assert (answer.status_code, "two megabytes" in answer.json()["detail"]) == (413, True)
