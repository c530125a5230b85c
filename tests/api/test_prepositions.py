"""Pre-positions through the API: sealed for everybody else, and verified once they are open."""

from __future__ import annotations

import copy
from datetime import timedelta

from core import clock
from escalation.policies import prepositions as policies
from escalation.services import prepositions
from ledger.testing import run_deliveries
from members.models import ApiClient, Role, User
from tests import journeys


def test_it_is_sealed_until_it_opens_and_then_verifies(
    in_force, exporter, organisation, officer_of, client_of
) -> None:
    author, second = officer_of("FR", Role.DECIDER), officer_of("FR", Role.COUNTERSIGNER)
    made = prepositions.propose(
        actor=author, trigger="consultation", crisis="", expression="score < 101", kind="no_objection",
        summary="Nothing against it.", valid_until=clock.today() + timedelta(days=30),
    )  # fmt: skip
    path = f"/api/v1/prepositions/{made.reference}/"
    lead, stranger, auditor = (
        client_of(officer_of("DE")), client_of(officer_of("JP")), client_of(officer_of("FR", Role.AUDITOR)),
    )  # fmt: skip
    assert lead.get(path).status_code == 404  # nothing has been deposited yet
    prepositions.countersign(actor=second, preposition=made)
    for client in (lead, stranger, auditor):
        (row,) = client.get("/api/v1/prepositions/").json()["results"]
        assert (row["reference"], row["commitment"]) == (made.reference, made.commitment)
        seen = client.get(path).json()
        assert (seen["content"], seen["salt"], seen["verifies"], seen["openings"]) == (None, None, None, [])
        assert "score < 101" not in client.get("/api/v1/events/").content.decode()
    assert client_of(author).get(path).json()["content"]["expression"] == "score < 101"
    assert client_of(exporter).get("/api/v1/prepositions/").json()["results"] == []
    case = journeys.file(exporter, organisation)
    run_deliveries()
    seen = lead.get(path).json()
    assert seen["verifies"] is True
    assert [(one["case"], one["held_back_because"]) for one in seen["openings"]] == [(case.reference, "")]
    assert stranger.get(path).json()["content"] is None
    given = {"salt": seen["salt"], "content": seen["content"]}
    assert stranger.post(f"{path}verification/", given, format="json").json()["verifies"] is True
    changed = copy.deepcopy(given)
    changed["content"]["position"]["kind"] = "object"
    assert stranger.post(f"{path}verification/", changed, format="json").json()["verifies"] is False
    for rubbish in ({"salt": "zz", "content": {}}, {"salt": "00", "content": {"a": [1.5, None]}}):
        answer = stranger.post(f"{path}verification/", rubbish, format="json")
        assert (answer.status_code, answer.json()["verifies"]) == (200, False)
    for rubbish in ({}, {"salt": 7}, {"salt": "00", "content": "x"}):
        assert stranger.post(f"{path}verification/", rubbish, format="json").status_code == 422


def test_a_system_neither_deposits_nor_withdraws(in_force, officer_of, client_of) -> None:
    person = officer_of("FR", Role.DECIDER)
    client = client_of(person)
    acting = User.objects.get(pk=person.pk)
    acting.via = ApiClient.objects.get(user=person)
    assert client.post("/api/v1/prepositions/", {}, format="json").status_code == 403
    assert not policies.can_propose(acting)
    assert "Sign in and do it yourself" in policies.can_propose(acting).reason
