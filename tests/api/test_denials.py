"""Denials over REST: read by who may know of them, brought in by two, asked about before a grant."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from api.views.denials import KEPT, NOTICES
from licensing.models import UndercutCheck
from members.models import Jurisdiction, Role, User
from tests.licensing.conftest import Desk, desk
from tests.workbench.test_denials import french_denial

__all__ = ["desk"]
ClientOf = Callable[..., APIClient]
OfficerOf = Callable[..., User]


def test_a_file_is_brought_in_by_one_system_and_recorded_by_another(
    in_force: None, client_of: ClientOf, officer_of: OfficerOf, exporter: User
) -> None:
    Jurisdiction.objects.filter(code="DE").get()
    one, two = client_of(officer_of("DE")), client_of(officer_of("DE", Role.DECIDER))
    asked = {"filename": "denials.csv", "content": NOTICES.replace("end_user", "owner")}
    wrong = one.post("/api/v1/denial-imports/", asked, format="json")
    assert wrong.status_code == 422
    assert [error["pointer"] for error in wrong.json()["errors"]] == ["rows[2].entity_type"]
    kept = one.post("/api/v1/denial-imports/", {**asked, "content": NOTICES}, format="json")
    assert kept.status_code == 201, kept.json()
    address = f"/api/v1/denial-imports/{kept.json()['uid']}/confirmation/"
    assert one.post(address).status_code == 403
    (denial,) = two.post(address).json()
    assert denial["parties"][0]["name"] == "Organisation Name"
    assert one.get(f"/api/v1/denials/{denial['reference']}/").json() == denial
    again = one.post("/api/v1/denial-imports/", {**asked, "content": NOTICES}, format="json")
    assert again.status_code == 409
    assert client_of(exporter).get("/api/v1/denials/").json()["results"] == []
    assert client_of(officer_of("DE"), "cases:read").get("/api/v1/denials/").status_code == 403


def test_the_question_is_answered_and_explained_where_the_acts_say(
    desk: Desk, client_of: ClientOf, officer_of: OfficerOf
) -> None:
    french_denial(desk)
    french, lead = client_of(officer_of("FR")), client_of(officer_of("DE", Role.DECIDER))
    case = f"/api/v1/cases/{desk.case.reference}/"
    (asked,) = french.get("/api/v1/undercut-checks/", {"case": desk.case.reference}).json()["results"]
    assert asked["compared"][0] == {
        "name": "item",
        "outcome": "same",
        "sentence": "The same control heading: 6A003.",
    }

    def act(client: APIClient, name: str) -> str:
        found = next(act for act in client.get(case).json()["acts"] if act["name"] == name)
        assert found["allowed"], found
        return str(found["href"])

    said = {"answer": "identical", "reason": "The same site and camera."}
    assert french.post(act(french, "answer_undercut"), said, format="json").status_code == 200
    why = {"explanation": "The site was visited, the use is civil."}
    assert lead.post(act(lead, "explain_undercut"), why, format="json").status_code == 200
    assert UndercutCheck.objects.get().explanation


@pytest.mark.parametrize("asked", ["EN-0000-0000", "nonsense"])
def test_a_case_nobody_knows_has_no_checks(
    in_force: None, client_of: ClientOf, officer_of: OfficerOf, asked: str
) -> None:
    found = client_of(officer_of("DE")).get("/api/v1/undercut-checks/", {"case": asked})
    assert (found.status_code, found.json()["results"]) == (200, [])


def test_a_decider_s_system_reviews_a_denial(desk: Desk, client_of: ClientOf, officer_of: OfficerOf) -> None:
    denial = french_denial(desk)
    address = f"/api/v1/denials/{denial.reference}/review/"
    decider = client_of(officer_of("FR", Role.DECIDER))
    assert client_of(officer_of("DE", Role.DECIDER)).post(address, KEPT, format="json").status_code == 403
    assert (
        decider.post(address, {"outcome": "maybe"}, format="json").json()["errors"][0]["pointer"] == "outcome"
    )
    kept = decider.post(address, KEPT, format="json").json()
    assert (kept["reviews"], kept["status"]) == (1, "valid")
    ended = decider.post(address, {"outcome": "withdraw"}, format="json").json()
    assert (ended["reviews"], ended["status"]) == (2, "withdrawn")
