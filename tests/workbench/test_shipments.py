"""The pages and the API of shipments: declared and confirmed by the holder, judged and stopped by officers."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from rest_framework.test import APIClient

from core import clock
from enforcement.models import PreShipmentCheck, Shipment
from enforcement.services import checks
from exemptions.models import Waiver
from licensing.models import Licence
from members.models import Role, User
from tests import journeys
from tests.api.conftest import client_of
from tests.enforcement.conftest import (
    DAY,
    PNG,
    SEEN,
    WHY,
    confirmed,
    customs,
    declared,
    departed,
    inspector,
    licence,
    waived,
)
from tests.exemptions.test_waivers import singapore, waiver
from tests.workbench.conftest import Desk
from tests.workbench.test_queries import queries

__all__ = ["client_of", "licence", "singapore", "waived", "waiver"]
pytestmark = pytest.mark.usefixtures("in_force")
BERLIN = ZoneInfo("Europe/Berlin")
SignedIn = Callable[[User], Client]
LISTS = 24  # a baseline: raise it only with a reason


def answers(licence: Licence, **changes: str) -> dict[str, str]:
    today = clock.today()
    return {
        "line_1": "2",
        "consignee": "0",
        "leaves_from": "DE",
        "via": "nl, EG",
        "planned_departure": (today + DAY).isoformat(),
        "planned_arrival": (today + 9 * DAY).isoformat(),
        "carrier": "Nordsee Spedition GmbH",
        "carrier_country": "de",
        "vessel": "",
        "flag": "",
        "imo": "",
        "own_reference": "B/L 4471",
        **changes,
    }


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_the_holder_declares_it_leaves_and_is_delivered(
    waived: Licence, exporter: User, signed_in: SignedIn
) -> None:
    browser = signed_in(exporter)
    home = f"/licences/{waived.number}/shipments/"
    assert "Declare a shipment" in text(browser.get(home))
    for name, wrong in (
        ("line_1", "9999"),
        ("line_1", ""),
        ("carrier_country", "ZZ"),
        ("planned_arrival", "2001-01-01"),
    ):
        answer = browser.post(f"{home}declare/", answers(waived, **{name: wrong}))
        assert answer.status_code == 422
        assert f'href="#id_{name}' in text(answer), "the summary leads to the question"
        assert "Nordsee Spedition GmbH" in text(answer), "nothing that was given is lost"
    assert browser.post(f"{home}declare/", answers(waived)).status_code == 302
    shipment = Shipment.objects.get()
    assert (shipment.via, shipment.own_reference) == (["NL", "EG"], "B/L 4471")
    page = f"/shipments/{shipment.reference}/"
    assert "It leaves now" in text(browser.get(page))
    assert browser.post(f"{page}depart/").status_code == 302
    assert browser.post(f"{page}depart/").status_code == 403
    given = {
        "received_1": "2",
        "delivered_on": clock.today("Europe/Berlin").isoformat(),
        "delivered_time": clock.now().astimezone(BERLIN).strftime("%H:%M"),
        "place": "Port of Singapore",
        "signed_by": "Anke Vossberg",
        "third_party": "Harbour Survey Pte Ltd",
        "third_person": "Mei Tan",
        "third_contact": "mei.tan@harbour-survey.example",
    }
    with journeys.later(minutes=5):
        without = browser.post(f"{page}deliver/", given)
        assert without.status_code == 422
        assert 'href="#id_documents' in text(without)
        photos = [SimpleUploadedFile("one.png", PNG), SimpleUploadedFile("two.png", PNG + b"2")]
        late = {**given, "delivered_time": clock.now().astimezone(BERLIN).strftime("%H:%M")}
        made = browser.post(f"{page}deliver/", {**late, "documents": photos})
        assert made.status_code == 302, text(made)
    shown = text(browser.get(page))
    assert "Waits for an officer" in shown
    assert shown.count("SHA-256") == 3
    assert "no new allowance" in text(browser.get("/shipments/"))
    assert shipment.reference in text(browser.get(f"/waivers/{Waiver.objects.get().reference}/"))


def test_a_shipment_that_is_held_up_says_why_and_is_cancelled(
    licence: Licence, exporter: User, desk: Desk, signed_in: SignedIn
) -> None:
    browser = signed_in(exporter)
    shipment = declared(exporter, licence)
    check = checks.ask(actor=desk.officer_of("DE"), reason=WHY, licence=licence)
    page = f"/shipments/{shipment.reference}/"
    refused = browser.post(f"{page}depart/")
    assert (refused.status_code, check.reference in text(refused)) == (409, True)
    assert browser.post(f"{page}cancel/", {"reason": "no"}).status_code == 422
    assert browser.post(f"{page}cancel/", {"reason": WHY}).status_code == 302
    stranger = signed_in(desk.officer_of("FR"))
    assert stranger.get(page).status_code in (403, 404)


def test_customs_and_officers_work_from_the_list(
    waived: Licence, exporter: User, desk: Desk, signed_in: SignedIn
) -> None:
    guard, officer = signed_in(customs()), signed_in(desk.officer_of("DE"))
    line = waived.lines.get()
    first = declared(exporter, waived, quantities={line.line: Decimal(1)})
    second = declared(exporter, waived, quantities={line.line: Decimal(1)})
    assert first.reference in text(guard.get("/workbench/shipments/")), "customs begin with what is to leave"
    home = f"/workbench/shipments/{first.reference}/"
    assert guard.post(f"{home}stop/", {"reason": "no"}).status_code == 422
    assert guard.post(f"{home}stop/", {"reason": "The seals are broken."}).status_code == 302
    home = f"/workbench/shipments/{second.reference}/"
    assert guard.post(f"{home}depart/").status_code == 302
    second = Shipment.objects.get(pk=second.pk)
    confirmed(
        exporter, second, received={line.line: Decimal(0)}, explanation="All of it was stolen on the way."
    )
    listed = text(officer.get("/workbench/shipments/"))
    assert second.reference in listed, "officers begin with what is to be judged"
    assert first.reference not in listed
    shown = text(officer.get(home))
    assert "Less than was shipped" in shown
    assert "stolen" in shown
    assert guard.post(f"{home}accept/", {"accept-remark": SEEN, "remark": SEEN}).status_code == 403
    assert officer.post(f"{home}reject/", {"remark": SEEN}).status_code == 302
    assert officer.post(f"{home}reject/", {"remark": SEEN}).status_code == 409
    assert "Not accepted" in text(officer.get(home))
    for view in ("waiting", "overdue", "declared", "in_transit", "all", "nonsense"):
        assert officer.get(f"/workbench/shipments/?view={view}").status_code == 200
    assert "What is left of the licence" in text(officer.get(f"/workbench/licences/{waived.number}/"))
    reference = Waiver.objects.get().reference
    assert f"Delivery of {second.reference}" in text(officer.get(f"/workbench/waivers/{reference}/"))


def test_a_check_is_asked_for_and_performed_on_its_page(
    licence: Licence, exporter: User, desk: Desk, signed_in: SignedIn
) -> None:
    officer, looks = signed_in(desk.officer_of("DE")), signed_in(inspector())
    shipment = declared(exporter, licence)
    asked = {"of": "licence", "licence": licence.number, "reason": WHY}
    for changes, name in (
        ({"licence": "EL-0000-0000"}, "licence"),
        ({"of": "provider", "provider": "HRB none"}, "provider"),
        ({"of": "destination", "destination": "ZZ"}, "destination"),
        ({"reason": "no"}, "reason"),
    ):
        answer = officer.post("/workbench/checks/ask/", {**asked, **changes})
        assert (answer.status_code, f'href="#id_{name}' in text(answer)) == (422, True), changes
    assert officer.post("/workbench/checks/ask/", asked).status_code == 302
    check = PreShipmentCheck.objects.get()
    home = f"/workbench/checks/{check.reference}/"
    assert shipment.reference in text(looks.get(home))
    assert officer.post(f"{home}perform/", {"result": "favourable", "found": SEEN}).status_code == 403
    assert looks.post(f"{home}perform/", {"result": "favourable", "found": "no"}).status_code == 422
    assert looks.post(f"{home}perform/", {"result": "favourable", "found": SEEN}).status_code == 302
    assert SEEN in text(officer.get(home))
    assert signed_in(desk.officer_of("FR")).get(home).status_code == 404
    assert officer.post("/workbench/checks/ask/", asked).status_code == 302
    waiting = PreShipmentCheck.objects.get(status="asked")
    assert (
        officer.post(f"/workbench/checks/{waiting.reference}/withdraw/", {"reason": WHY}).status_code == 302
    )
    assert check.reference in text(officer.get("/workbench/checks/"))


def test_partner_systems_declare_ship_and_confirm(
    waived: Licence, exporter: User, client_of: Callable[..., APIClient]
) -> None:
    holder, guard = client_of(exporter), client_of(customs())
    party = next(one for one in waived.parties if one["role"] == "consignee")
    wanted = {
        "licence": waived.number,
        "lines": [{"line": 1, "quantity": "2"}],
        "consignee": party["name"],
        "destination": party["country"],
        "carrier": "Nordsee Spedition GmbH",
        "carrier_country": "DE",
        "leaves_from": "DE",
        "planned_departure": (clock.today() + DAY).isoformat(),
        "planned_arrival": (clock.today() + 9 * DAY).isoformat(),
    }
    post: Any = holder.post
    refused = post("/api/v1/shipments/", {**wanted, "lines": [{"line": 1, "quantity": "99"}]}, format="json")
    assert refused.status_code == 422
    assert "lines" in str(refused.json())
    assert "are left" in str(refused.json())
    twice = {**wanted, "lines": [{"line": 1, "quantity": "1"}, {"line": 1, "quantity": "1"}]}
    assert post("/api/v1/shipments/", twice, format="json").status_code == 422
    made = post("/api/v1/shipments/", wanted, format="json")
    assert made.status_code == 201, made.json()
    home = f"/api/v1/shipments/{made.json()['reference']}/"
    early = post(f"{home}delivery/", {"received": [], "signed_by": "x"}, format="json")
    assert early.status_code == 422
    assert guard.post(f"{home}departure/").json()["status"] == "in_transit"
    said = {
        "received": [{"line": 1, "quantity": "2"}],
        "delivered_at": clock.now().isoformat(),
        "place": "Port of Singapore",
        "signed_by": "Anke Vossberg",
        "third_party": "Harbour Survey Pte Ltd",
        "third_person": "Mei Tan",
        "third_contact": "mei.tan@harbour-survey.example",
        "documents": [{"name": "berth.png", "content": base64.b64encode(PNG).decode()}],
    }
    wrong = post(
        f"{home}delivery/", {**said, "documents": [{"name": "x.png", "content": "%%%"}]}, format="json"
    )
    assert "base64" in str(wrong.json())
    answer = post(f"{home}delivery/", said, format="json")
    assert answer.status_code == 201, answer.json()
    assert answer.json()["verification_state"] == "confirmed"
    assert post(f"{home}cancellation/", {"reason": WHY}, format="json").status_code == 403
    assert guard.get("/api/v1/shipments/").json()["results"][0]["reference"] == made.json()["reference"]
    assert client_of(customs("JP")).get(home).status_code == 404


def test_what_is_past_its_date_stands_in_front_of_officers(
    waived: Licence, exporter: User, desk: Desk, signed_in: SignedIn
) -> None:
    officer = signed_in(desk.officer_of("DE", Role.DECIDER))
    shipment = departed(exporter, waived)
    assert shipment.verify_by is not None
    assert shipment.reference not in text(officer.get("/workbench/shipments/?view=overdue"))
    with journeys.at(shipment.verify_by + timedelta(seconds=1)):
        browser = signed_in(desk.officer_of("DE", Role.DECIDER))
        assert shipment.reference in text(browser.get("/workbench/shipments/?view=overdue"))


def test_lists_of_shipments_take_as_many_queries_for_one_as_for_three(
    waived: Licence, exporter: User, desk: Desk, signed_in: SignedIn
) -> None:
    officer, holder = signed_in(desk.officer_of("DE")), signed_in(exporter)
    one = {waived.lines.get().line: Decimal(1)}
    departed(exporter, waived, quantities=one)
    pages = [(officer, "/workbench/shipments/?view=all"), (holder, "/shipments/")]
    few = [queries(browser, address) for browser, address in pages]
    for _number in range(2):
        departed(exporter, waived, quantities=one)
    assert [queries(browser, address) for browser, address in pages] == few
    assert max(few) <= LISTS, few
