"""Shipments in a browser: accessible, fitting pages, and one that leaves and arrives without script."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from core import clock
from enforcement.models import Shipment
from enforcement.services import checks
from exemptions.models import Waiver
from licensing.models import Licence
from members.models import Role, User
from tests.browser.test_waivers import look
from tests.browser.test_workbench import SignIn, sign_in
from tests.enforcement.conftest import (
    DAY,
    PNG,
    SEEN,
    confirmed,
    customs,
    declared,
    departed,
    inspector,
    waived,
)
from tests.enforcement.test_monitors import MEI, mailed, named
from tests.exemptions.test_waivers import singapore, waiver
from tests.licensing.conftest import Desk, answered, desk

__all__ = ["answered", "desk", "sign_in", "singapore", "waived", "waiver"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("in_force"),
]


@pytest.mark.slow
def test_pages_of_shipments_are_accessible_and_fit(
    live_server, page: Page, check, sign_in: SignIn, waived: Licence, exporter: User, desk: Desk
) -> None:
    line = waived.lines.get()
    one = {line.line: line.quantity / line.quantity}
    waits = declared(
        exporter, waived, quantities=one, via=["NL", "EG"], vessel="MV Aurelia", flag="PA", imo="9074729"
    )
    gone = departed(exporter, waived, quantities=one)
    arrived = departed(exporter, waived, quantities=one)
    confirmed(
        exporter, arrived, received={line.line: line.quantity * 0}, explanation="All of it was lost at sea."
    )
    officer = desk.officer_of("DE", Role.LICENSING_OFFICER, Role.DECIDER)
    asked = checks.ask(actor=desk.officer_of("DE"), licence=waived, reason=SEEN)
    named(exporter, gone)
    token = mailed()
    home, reference = live_server.url, Waiver.objects.get().reference
    sign_in(page, exporter)
    addresses = {
        "shipments": "/shipments/",
        "licence-shipments": f"/licences/{waived.number}/shipments/",
        "declare": f"/licences/{waived.number}/shipments/declare/",
        "shipment": f"/shipments/{waits.reference}/",
        "shipment-gone": f"/shipments/{gone.reference}/",
        "deliver": f"/shipments/{gone.reference}/deliver/",
        "own-waiver": f"/waivers/{reference}/",
    }
    look(page, check, {name: home + address for name, address in addresses.items()})
    page.context.clear_cookies()
    sign_in(page, officer)
    addresses = {
        "desk-shipments": "/workbench/shipments/",
        "desk-shipment": f"/workbench/shipments/{arrived.reference}/",
        "desk-held-up": f"/workbench/shipments/{waits.reference}/",
        "desk-checks": "/workbench/checks/",
        "desk-ask": "/workbench/checks/ask/",
        "desk-licence": f"/workbench/licences/{waived.number}/",
        "desk-waiver": f"/workbench/waivers/{reference}/",
        "desk-monitor": f"/workbench/shipments/{gone.reference}/",
    }
    look(page, check, {name: home + address for name, address in addresses.items()})
    page.context.clear_cookies()
    addresses = {"monitor": f"/deliveries/{token}/", "monitor-over": "/deliveries/never-was-one/"}
    look(page, check, {name: home + address for name, address in addresses.items()})
    sign_in(page, inspector())
    look(page, check, {"desk-check": f"{home}/workbench/checks/{asked.reference}/"})


def test_it_is_declared_leaves_and_arrives_at_320_px_without_javascript(
    live_server, plain_page: Page, sign_in: SignIn, waived: Licence, exporter: User, tmp_path: Path
) -> None:
    page, guard = plain_page, customs()
    page.set_viewport_size({"width": 320, "height": 700})
    sign_in(page, exporter)
    page.goto(f"{live_server.url}/licences/{waived.number}/shipments/")
    page.get_by_role("button", name="Declare a shipment").click()
    page.get_by_label(waived.lines.get().description).fill("2")
    for legend, on in (("departure", clock.today() + DAY), ("arrival", clock.today() + 5 * DAY)):
        group = page.get_by_role("group", name=f"Planned day of {legend}")
        for part, value in (("Day", on.day), ("Month", on.month), ("Year", on.year)):
            group.get_by_label(part).fill(str(value))
    page.get_by_label("Carrier", exact=True).fill("Nordsee Spedition GmbH")
    page.get_by_label("Country of the carrier").fill("DE")
    page.get_by_role("button", name="Declare the shipment").click()
    expect(page.get_by_text("Nothing stands in its way now")).to_be_visible()
    shipment = Shipment.objects.get()
    page.context.clear_cookies()
    sign_in(page, guard)
    page.goto(f"{live_server.url}/workbench/shipments/")
    page.get_by_role("link", name=shipment.reference).click()
    page.get_by_role("button", name="It leaves now").click()
    expect(page.get_by_text("In transit")).to_be_visible()
    page.context.clear_cookies()
    sign_in(page, exporter)
    page.goto(f"{live_server.url}/shipments/{shipment.reference}/")
    page.get_by_text("Ask a third-party monitor to confirm it").click()
    for label, value in (
        ("Name", MEI["person"]),
        ("Organisation", MEI["organisation"]),
        ("E-mail", MEI["email"]),
    ):
        page.get_by_label(label, exact=False).fill(value)
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_text("The link goes to the monitor")).to_be_visible()
    page.get_by_role("button", name="Confirm the delivery").click()
    photo = tmp_path / "berth.png"
    photo.write_bytes(PNG)
    page.get_by_label("Photos and signed papers").set_input_files(photo)
    page.get_by_role("button", name="Confirm the delivery").click()
    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    page.context.clear_cookies()
    address = f"{live_server.url}/deliveries/{mailed()}/"
    page.goto(address)
    page.get_by_label(waived.lines.get().description).fill("2")
    for part, number in (
        ("Day", clock.today().day),
        ("Month", clock.today().month),
        ("Year", clock.today().year),
    ):
        page.get_by_label(part, exact=True).fill(str(number))
    page.get_by_label("Time, in UTC").fill(f"{clock.now():%H:%M}")
    page.get_by_label("Place").fill("Warehouse 4, Jurong")
    page.get_by_label("Photos and signed papers").set_input_files(photo)
    page.get_by_label("I have seen these goods myself").check()
    page.get_by_role("button", name="Sign and confirm the delivery").click()
    expect(page.get_by_role("heading", name="The delivery is confirmed")).to_be_visible()
    page.goto(address)
    expect(page.get_by_role("heading", name="This link opens nothing")).to_be_visible()
