"""The main job over REST, each next act read from the API."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.renderers import JSONRenderer
from rest_framework.test import APIClient

from api.examples import DOSSIER
from api.serializers import EventSerializer
from api.views.events import entry
from ledger.models import Event
from ledger.testing import run_deliveries
from licensing.models import Case
from members.models import Ministry, Organisation, Role, User
from tests import journeys

pytestmark = pytest.mark.usefixtures("in_force")
ClientOf = Callable[..., APIClient]
OfficerOf = Callable[..., User]


def act(client: APIClient, reference: str, name: str, body: dict[str, Any]) -> Any:
    """Do an act where the API offers it."""
    case = client.get(f"/api/v1/cases/{reference}/").json()
    offered = next(entry for entry in case["acts"] if entry["name"] == name and entry["allowed"])
    answer = client.post(offered["href"], body, format="json")
    assert answer.status_code in (200, 201), answer.json()
    return answer.json()


def test_a_case_goes_from_dossier_to_verified_licence(
    client_of: ClientOf, exporter: User, organisation: Organisation, officer_of: OfficerOf
) -> None:
    filing = client_of(exporter)
    draft = filing.post(
        "/api/v1/applications/", {"dossier": {**DOSSIER, "own_reference": "DRILL-7"}}, format="json"
    )
    assert draft.status_code == 201, draft.json()
    filed = filing.post(f"/api/v1/applications/{draft.json()['reference']}/submission/", {}, format="json")
    assert filed.json()["status"] == "registered"
    reference = filed.json()["case"]
    run_deliveries()

    act(client_of(officer_of("FR")), reference, "take_position", {"kind": "no_objection"})
    run_deliveries()
    journeys.lapse_all(Case.objects.get(reference=reference))
    seat = officer_of("US", Role.CRISIS_SEAT, ministry=Ministry.TRADE)
    act(client_of(seat), reference, "take_position", {"kind": "no_objection"})
    run_deliveries()
    proposal = {"kind": "grant", "criteria": ["C1"], "reasons": "Civil end-use at a named site."}
    act(client_of(officer_of("DE", Role.DECIDER)), reference, "propose_decision", proposal)
    act(client_of(officer_of("DE", Role.COUNTERSIGNER)), reference, "countersign_decision", {})

    number = filing.get(f"/api/v1/cases/{reference}/").json()["licence"]
    anyone = APIClient().get(f"/api/v1/licences/{number}/verification/")
    assert anyone.json()["status"] == "valid"
    assert anyone.json()["issuer"] == "DE"


def test_a_foreign_case_answers_like_one_that_does_not_exist(
    client_of: ClientOf, exporter: User, organisation: Organisation, officer_of: OfficerOf
) -> None:
    case = journeys.file(exporter, organisation)
    stranger = client_of(officer_of("JP"))
    foreign = stranger.get(f"/api/v1/cases/{case.reference}/")
    absent = stranger.get("/api/v1/cases/EN-0000-0000/")
    assert foreign.status_code == absent.status_code == 404
    assert foreign.json() == absent.json()


def test_a_token_without_the_scope_is_refused(client_of: ClientOf, exporter: User) -> None:
    answer = client_of(exporter, "licences:read").get("/api/v1/applications/")
    assert answer.status_code == 403
    assert answer.json()["detail"] == "This needs a token with the scope applications:read."


def test_an_incomplete_dossier_is_returned_with_its_deficiencies(
    client_of: ClientOf, exporter: User, organisation: Organisation
) -> None:
    filing = client_of(exporter)
    draft = filing.post("/api/v1/applications/", {"dossier": {"title": "Cameras"}}, format="json").json()
    returned = filing.post(f"/api/v1/applications/{draft['reference']}/submission/", {}, format="json").json()
    assert returned["status"] == "returned"
    assert returned["case"] is None
    assert {"code", "path", "message"} == set(returned["deficiencies"][0])


def test_the_feed_tells_a_consulted_member_and_not_a_stranger(
    client_of: ClientOf, exporter: User, organisation: Organisation, officer_of: OfficerOf
) -> None:
    from ledger.services import seal

    case = journeys.file(exporter, organisation)
    seal()
    french = client_of(officer_of("FR")).get("/api/v1/events/").json()
    assert "case.routed" in {event["type"] for event in french["events"]}
    assert {event["case"] for event in french["events"]} <= {case.reference, None}
    japanese = client_of(officer_of("JP")).get("/api/v1/events/").json()
    assert case.reference not in {event["case"] for event in japanese["events"]}
    for event in Event.objects.all():
        as_published = JSONRenderer().render(EventSerializer(event).data)
        assert JSONRenderer().render(entry(event)) == as_published


def test_a_cursor_that_is_none_is_refused_with_the_field(client_of: ClientOf, officer_of: OfficerOf) -> None:
    answer = client_of(officer_of("DE")).get("/api/v1/events/?cursor=nonsense")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "cursor"
