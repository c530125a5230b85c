"""Clocks and stops over REST."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from api.examples import EXTENSION, STOP
from deadlines.derivations import differences
from licensing.models import ClockStop, Consultation
from members.models import Organisation, Role, User
from tests import journeys

pytestmark = pytest.mark.usefixtures("in_force")
ClientOf = Callable[..., APIClient]
OfficerOf = Callable[..., User]


def test_a_clock_is_read_stopped_extended_and_a_stop_voided(
    client_of: ClientOf, exporter: User, organisation: Organisation, officer_of: OfficerOf
) -> None:
    case = journeys.file(exporter, organisation)
    address = f"/api/v1/cases/{case.reference}/"
    officer = client_of(officer_of("DE"))
    clocks = officer.get(address + "clocks/").json()
    assert {item["kind"] for item in clocks} == {"consultation.window", "case.outer"}
    file = officer.get(f"{address}clocks/{clocks[0]['uid']}/")
    assert differences(file.content) == []

    stopped = officer.post(address + "stops/", STOP, format="json")
    assert stopped.status_code == 201, stopped.json()
    uid = stopped.json()["uid"]
    assert stopped.json()["authority"]
    refused = officer.post(f"/api/v1/stops/{uid}/voiding/", {"reason": "It was not needed."}, format="json")
    assert refused.status_code == 403
    auditor = client_of(officer_of("FR", Role.AUDITOR))
    voided = auditor.post(f"/api/v1/stops/{uid}/voiding/", {"reason": "It was not needed."}, format="json")
    assert voided.status_code == 200, voided.json()
    assert voided.json()["voided_at"]
    again = [item for item in officer.get(address + "clocks/").json() if item["state"] == "open"]
    assert [(item["owner"], item["due_at"]) for item in again] == [
        (item["owner"], item["due_at"]) for item in clocks
    ]
    over = officer.post(f"/api/v1/stops/{uid}/end/")
    assert over.status_code == 403

    french = Consultation.objects.get(case=case, jurisdiction="FR")
    extended = client_of(officer_of("FR")).post(
        f"/api/v1/consultations/{french.uid}/extension/", EXTENSION, format="json"
    )
    assert extended.status_code == 200, extended.json()
    assert Consultation.objects.get(pk=french.pk).due_at > french.due_at

    own = client_of(exporter).get(address + "clocks/").json()
    assert {item["kind"] for item in own} == {"case.outer"}
    stranger = client_of(officer_of("JP"))
    assert stranger.get(address + "clocks/").status_code == 404
    assert stranger.get(f"/api/v1/stops/{ClockStop.objects.get().uid}/").status_code == 404
