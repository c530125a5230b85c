"""Customs' systems take tokens over the API, tell what left without a network, and exchange files."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from api.examples import OFFLINE_TOKEN, OFFLINE_USES, USAGE_FILE
from core import clock
from enforcement.models import OfflineUse
from enforcement.services import drawdown
from licensing.models import Licence
from members.models import User
from tests import journeys
from tests.enforcement.conftest import customs, licence
from tests.enforcement.test_drawdown import reserved
from tests.licensing.conftest import answered, desk

__all__ = ["answered", "desk", "licence"]
pytestmark = pytest.mark.usefixtures("in_force")
ClientOf = Callable[..., APIClient]


def test_a_gateway_takes_a_token_and_tells_uses_in_one_batch(
    licence: Licence, client_of: ClientOf, exporter: User
) -> None:
    gate = client_of(customs())
    made = gate.post(f"/api/v1/licences/{licence.number}/offline-tokens/", OFFLINE_TOKEN, format="json")
    assert made.status_code == 201, made.json()
    token = made.json()
    assert (token["status"], token["quantity"], token["token"].count(".")) == ("open", "2.000", 2)
    assert gate.get(f"/api/v1/offline-tokens/{token['uid']}/").json() == token
    assert gate.get("/api/v1/offline-tokens/?office=DE004851").json()["results"] == [token]
    covered, without = ({**one, "used_at": clock.now().isoformat()} for one in OFFLINE_USES["uses"])
    uses = {"uses": [{**without, "licence": licence.number}, {**covered, "token": token["token"]}]}
    wrong = {"uses": [*uses["uses"], {**covered, "quantity": "0"}]}
    refused = gate.post("/api/v1/offline-uses/", wrong, format="json")
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "uses[2].quantity")
    told = gate.post("/api/v1/offline-uses/", uses, format="json", HTTP_IDEMPOTENCY_KEY="night")
    assert told.status_code == 200, told.json()
    assert [(one["confirmed"], one["conflict"] and one["conflict"]["reason"]) for one in told.json()["uses"]] == [
        ("0.000", "without"), ("1.000", None),
    ]  # fmt: skip
    assert gate.post("/api/v1/offline-uses/", uses, format="json").json() == told.json(), (
        "the same has one effect"
    )
    assert OfflineUse.objects.count() == 2
    assert len(gate.get("/api/v1/offline-uses/?conflict=open&reason=without").json()["results"]) == 1
    holder = client_of(exporter)
    assert holder.get("/api/v1/offline-uses/").json()["results"] == []
    assert holder.post("/api/v1/offline-uses/", uses, format="json").status_code == 403
    assert client_of(customs("FR")).get(f"/api/v1/offline-tokens/{token['uid']}/").status_code == 404


def test_reservations_are_filtered_by_how_they_stand_now(licence: Licence, client_of: ClientOf) -> None:
    guard = customs()
    gate, address = client_of(guard), f"/api/v1/licences/{licence.number}/reservations/"
    reserved(guard, licence)
    drawdown.confirm(actor=guard, reservation=reserved(guard, licence))

    def listed(status: str) -> list[str]:
        return [one["status"] for one in gate.get(f"{address}?{status}").json()["results"]]

    assert listed("status=reserved") == ["reserved"]
    assert listed("status=expired") == []
    with journeys.later(days=11):
        gate = client_of(guard)
        assert listed("status=reserved") == [], "no tick has come, and it has lapsed"
        assert listed("status=expired&status=confirmed") == ["confirmed", "expired"]


def test_a_gateway_hands_in_a_file_over_the_api(licence: Licence, client_of: ClientOf) -> None:
    gate = client_of(customs())
    text = USAGE_FILE["text"].replace("EL-7K3M-9QX2", licence.number)
    made = gate.post("/api/v1/customs-files/", {"text": text}, format="json")
    assert (made.status_code, made.json()["accepted"], made.json()["faults"]) == (201, 1, [])
    assert gate.post("/api/v1/customs-files/", {"text": text}, format="json").json() == made.json()
    refused = gate.post("/api/v1/customs-files/", {"text": "x"}, format="json")
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "file")
    assert gate.get("/api/v1/customs-files/?kind=usageData").json()["results"] == [made.json()]
    assert gate.get(f"/api/v1/customs-files/{made.json()['uid']}/").json() == made.json()
    assert gate.post("/api/v1/customs-files/licences/").status_code == 201
