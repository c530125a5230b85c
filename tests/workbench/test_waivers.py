"""The pages of waivers: drafted and granted at the workbench, reported on in the portal, read through the API."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from rest_framework.test import APIClient

from alliance.models import Declaration
from exemptions.models import Waiver
from ledger.models import Event
from members.models import Organisation, User
from tests import factories, journeys
from tests.api.conftest import client_of
from tests.crises import decider, seat
from tests.exemptions.test_waivers import FOUND, WHY, granted, singapore, waiver
from tests.workbench.conftest import Desk

__all__ = ["client_of", "singapore", "waiver"]
pytestmark = pytest.mark.usefixtures("in_force")
SignedIn = Callable[[User], Client]


def answers(declaration: Declaration, organisation: Organisation) -> dict[str, object]:
    assert declaration.sunset_at is not None
    first, last = declaration.declared_at.date(), declaration.sunset_at.date().replace(day=1)
    return {
        "registration": organisation.registration_number,
        "lifts": ["no-grant"],
        "control_codes": "6A, 6D",
        "destinations": "sg",
        "cap_of": "value",
        "cap": "500000",
        "unit": "EUR",
        "first_day": first.isoformat(),
        "last_day": last.isoformat(),
        "report_every_days": "14",
        "monitoring": "The end-user is visited each month.",
        "precondition": "",
        "reasons": WHY,
    }


def test_a_waiver_is_drafted_with_every_safeguard_and_granted_by_a_second_key(
    singapore: Declaration, organisation: Organisation, signed_in: SignedIn
) -> None:
    first, second = signed_in(decider("DE")), signed_in(seat("FR"))
    page = f"/workbench/crises/{singapore.reference}/waive/"
    assert "Draft a waiver" in first.get("/workbench/waivers/").content.decode()
    given = answers(singapore, organisation)
    for name, wrong in (
        ("cap", ""),
        ("monitoring", ""),
        ("registration", "HRB of nobody"),
        ("destinations", "Singapore"),
    ):
        answer = first.post(page, {**given, name: wrong})
        assert answer.status_code == 422
        assert f'href="#id_{name}' in answer.content.decode(), "the summary leads to the question"
    assert not Waiver.objects.exists()
    assert first.post(page, given).status_code == 302
    made = Waiver.objects.get()
    home = f"/workbench/waivers/{made.reference}/"
    assert (
        "another member" in first.get(home).content.decode()
        or "Only a seat" in first.get(home).content.decode()
    )
    assert first.post(f"{home}grant/").status_code == 403
    assert second.post(f"{home}grant/").status_code == 302
    assert second.post(f"{home}grant/").status_code == 409
    told = second.get(home).content.decode()
    begun, last = (told.index(one) for one in ("Waiver drafted", "Waiver of a crisis measure granted"))
    assert last < begun, "who did what is told, the newest first"
    assert second.post(f"{home}suspend/", {"reason": "No."}).status_code == 422
    assert made.reference in second.get("/workbench/waivers/").content.decode()


def test_the_holder_reports_gets_a_receipt_and_an_officer_reviews(
    waiver: Waiver, exporter: User, signed_in: SignedIn
) -> None:
    browser, officer = signed_in(exporter), signed_in(decider("DE"))
    home = f"/waivers/{waiver.reference}/"
    assert waiver.reference in browser.get("/waivers/").content.decode()
    assert "Next: report 1" in browser.get(home).content.decode()
    assert browser.post(f"{home}report/", {"used": "-1", "found": FOUND}).status_code == 422
    assert browser.post(f"{home}report/", {"used": "1.5", "found": "No."}).status_code == 422
    answer = browser.post(f"{home}report/", {"used": "1.5", "found": FOUND})
    assert answer.status_code == 302
    receipt = browser.get(answer["Location"]).content.decode()
    sha256 = Event.objects.get(type="waiver.reported").facts["sha256"]
    assert "Report 1 is filed" in receipt
    assert sha256 in receipt
    assert browser.get(f"{home}report/2/").status_code == 404
    page = f"/workbench/waivers/{waiver.reference}/"
    assert FOUND in officer.get(page).content.decode()
    assert officer.post(f"{page}report/1/", {"remark": "Fits the papers."}).status_code == 302
    assert officer.post(f"{page}report/1/", {"remark": "Fits the papers."}).status_code == 409
    assert "Fits the papers." in officer.get(page).content.decode()


def test_a_foreign_exporter_finds_nothing(waiver: Waiver, signed_in: SignedIn) -> None:
    foreign = signed_in(factories.exporter_of(factories.OrganisationFactory()))
    for path in ("", "report/", "report/1/"):
        assert foreign.get(f"/waivers/{waiver.reference}/{path}").status_code == 404
    assert foreign.get(f"/workbench/waivers/{waiver.reference}/").status_code == 404


def test_the_case_page_says_that_a_waiver_lifts_the_measure(
    desk: Desk, singapore: Declaration, organisation: Organisation, signed_in: SignedIn
) -> None:
    browser = signed_in(desk.officer_of("DE"))
    page = f"/workbench/cases/{desk.case.reference}/"
    assert "lifts it" not in browser.get(page).content.decode()
    made = granted(singapore, organisation)
    assert f"The waiver {made.reference} lifts it" in browser.get(page).content.decode()


def test_the_status_is_what_is_due_says_and_not_the_tick(
    waiver: Waiver, client_of: Callable[..., APIClient], exporter: User
) -> None:
    path = f"/api/v1/waivers/{waiver.reference}/"
    first = waiver.reports.first()
    assert first is not None
    client = client_of(exporter)
    assert client.get(f"{path}status/").json()["holds"] is True
    assert client.get(path).json()["reports"][0]["number"] == 1
    with journeys.at(first.due_at):
        found = client.get(f"{path}status/").json()
        assert (found["status"], found["holds"]) == ("suspended", False)
        assert "by its date" in found["reason"]
        assert client.get("/api/v1/waivers/").json()["results"][0]["status"] == "suspended"


def test_a_system_of_the_holder_files_a_report(
    waiver: Waiver, client_of: Callable[..., APIClient], exporter: User
) -> None:
    path = f"/api/v1/waivers/{waiver.reference}/reports/"
    client = client_of(exporter)
    answer = client.post(path, {"used": "-1", "found": FOUND}, format="json")
    assert answer.status_code == 422
    assert (
        client_of(decider("DE")).post(path, {"used": "1", "found": FOUND}, format="json").status_code == 403
    )
    answer = client.post(path, {"used": "12.5", "found": FOUND}, format="json")
    assert answer.status_code == 201
    assert (answer.json()["number"], answer.json()["late"]) == (1, False)
