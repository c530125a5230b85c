"""Charters and measures that systems write, and a change of a threshold that they take back."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from alliance import adopting, authoring, preparing
from alliance.models import AuthoredCharter, PreparedSet
from api.examples import CHARTER_TEXT, MEASURES_TEXT
from api.views.written import OUTDATED
from core import clock
from members.models import Role, User
from tests import appetite, crises

pytestmark = pytest.mark.usefixtures("in_force")
ClientOf = Callable[..., APIClient]
OfficerOf = Callable[..., User]
CHARTERS, MEASURES = "/api/v1/charter-versions/", "/api/v1/measure-versions/"


def send(client: APIClient, path: str, given: Any, status: int = 200, method: str = "post") -> Any:
    answer = getattr(client, method)(path, given, format="json")
    assert answer.status_code == status, answer.json()
    return answer.json()


def allowed(shown: Any) -> dict[str, bool]:
    return {act["name"]: act["allowed"] for act in shown["acts"]}


def test_a_charter_is_written_changed_and_retired_by_systems_and_activated_in_person(
    client_of: ClientOf, officer_of: OfficerOf
) -> None:
    author, second = officer_of("FR", Role.DECIDER), officer_of("DE", Role.DECIDER)
    writes, other = client_of(author), client_of(second)
    made = send(writes, CHARTERS, {"text": CHARTER_TEXT}, 201)
    path = f"{CHARTERS}{made['uid']}/"
    assert (made["status"], made["report"]["sound"], made["text"]) == ("checked", True, CHARTER_TEXT)
    assert allowed(made) == {"change": True, "retire": True}
    assert allowed(other.get(path).json()) == {"change": False, "retire": False}
    again = send(writes, CHARTERS, {"text": CHARTER_TEXT}, 409)
    assert again["errors"][0]["pointer"] == "version"

    answer = writes.get(path)
    changed = writes.patch(
        path,
        {"text": CHARTER_TEXT.replace("decides alone", "decides by itself")},
        format="json",
        HTTP_IF_MATCH=answer["ETag"],
    )
    assert (changed.status_code, changed.json()["title"]) == (200, "The lead decides by itself")
    assert "Only its author" in send(other, path, {"text": CHARTER_TEXT}, 403, "patch")["detail"]

    row = AuthoredCharter.objects.get()
    authoring.activate(actor=second, charter=row, effective_from=clock.today())
    # Four eyes hold for a second system of the same person, too.
    refused = send(client_of(author), f"{path}retirement/", OUTDATED, 403)
    assert "another person than its author" in refused["detail"]
    retired = send(other, f"{path}retirement/", OUTDATED)
    assert (retired["status"], retired["retired_because"]) == ("retired", OUTDATED["reason"])
    assert [one["uid"] for one in other.get(f"{CHARTERS}?status=retired").json()["results"]] == [made["uid"]]


@pytest.mark.parametrize(
    ("text", "pointer", "told"),
    [
        ("key: [", "text", "line 1"),
        ("a: 1\nb: *x\n", "text", "line 2"),
        (CHARTER_TEXT.replace("5, unit: working_days", "5, unit: moons"), "hold.unit", ""),
        ("", "text", ""),
        ("x" * 100_001, "text", "100000"),
    ],
)
def test_faults_of_a_charter_name_their_line_or_path(
    client_of: ClientOf, officer_of: OfficerOf, text: str, pointer: str, told: str
) -> None:
    answer = send(client_of(officer_of("FR", Role.DECIDER)), CHARTERS, {"text": text}, 422)
    assert {pointer: True} == {one["pointer"]: told in one["detail"] for one in answer["errors"]}
    assert not AuthoredCharter.objects.exists()


def test_a_charter_with_a_hole_is_kept_as_a_draft_that_says_where(
    client_of: ClientOf, officer_of: OfficerOf
) -> None:
    client = client_of(officer_of("FR", Role.DECIDER))
    charter = client.get("/api/v1/charters/crisis-48-24-12/").json()["charter"]
    charter["version"], charter["tiers"][2]["on_deadlock"] = "77", "climb"
    made = send(client, CHARTERS, {"text": json.dumps(charter)}, 201)
    assert (made["status"], [hole["path"] for hole in made["report"]["holes"]]) == (
        "draft",
        ["tiers.2.on_deadlock"],
    )


def test_measures_are_written_and_retired_by_systems_and_agreed_in_person(
    client_of: ClientOf, officer_of: OfficerOf, exporter: User
) -> None:
    author, second = officer_of("FR", Role.DECIDER), officer_of("DE", Role.DECIDER)
    writes, other = client_of(author), client_of(second)
    assert send(writes, "/api/v1/measures/check/", {"text": MEASURES_TEXT})["key"] == "cameras"
    fault = send(writes, MEASURES, {"text": MEASURES_TEXT.replace("[one]", "[two]")}, 422)
    assert fault["errors"][0]["pointer"].startswith("exit.0.lifts")
    made = send(writes, MEASURES, {"text": MEASURES_TEXT}, 201)
    path = f"{MEASURES}{made['uid']}/"
    assert (made["status"], allowed(made)) == ("draft", {"change": True, "retire": True})
    assert send(writes, path, {"text": MEASURES_TEXT.replace("Cameras\n", "Films\n")}, 200, "patch")
    assert other.get("/api/v1/measures/cameras/").status_code == 404  # not agreed yet

    preparing.agree(actor=second, prepared=PreparedSet.objects.get())
    adopting.state_preparedness(actor=second, set_key="cameras", legal_reference=crises.LAW)
    shown = other.get("/api/v1/measures/cameras/").json()
    assert (shown["written"], shown["prepared"]) == (made["uid"], ["DE"])
    assert shown["preparedness"][0]["legal_reference"] == crises.LAW
    assert "cameras" in {one["key"] for one in other.get("/api/v1/measures/").json()}
    reach = other.get("/api/v1/measures/cameras/reach/").json()
    assert {row["member"]: row["cases"] for row in reach}["DE"] == 0
    assert client_of(exporter).get("/api/v1/measures/").status_code == 403
    assert client_of(exporter).get(path).status_code == 404

    refused = send(client_of(author), f"{path}retirement/", OUTDATED, 403)
    assert "retired by another person" in refused["detail"]
    assert "reason" in send(other, f"{path}retirement/", {"reason": "x"}, 422)["errors"][0]["pointer"]
    assert send(other, f"{path}retirement/", OUTDATED)["status"] == "retired"


def test_a_member_takes_back_the_change_of_a_threshold_that_it_proposed(
    client_of: ClientOf, officer_of: OfficerOf
) -> None:
    change = appetite.proposed()
    path = f"/api/v1/appetite/{change.reference}/"
    seat = client_of(officer_of(change.proposed_for_id, Role.CRISIS_SEAT))
    foreign = client_of(officer_of("JP", Role.CRISIS_SEAT))
    assert allowed(seat.get(path).json()) == {"vote": True, "withdraw": True}
    assert "member that proposed" in send(foreign, f"{path}withdrawal/", OUTDATED, 403)["detail"]
    shown = send(seat, f"{path}withdrawal/", OUTDATED)
    assert (shown["status"], shown["acts"]) == ("withdrawn", [])
    assert send(seat, f"{path}withdrawal/", OUTDATED, 409)
