"""Customs draw of a licence in a browser: found by its QR code, reserved, confirmed; at 320 px, without script."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from enforcement.models import Reservation
from enforcement.services import customs_files, uncovered, usage_files
from licensing.models import Licence
from members.models import User
from tests.browser.test_waivers import look
from tests.browser.test_workbench import SignIn, sign_in
from tests.enforcement.conftest import WHY, customs, licence
from tests.enforcement.test_customs_files import row, usage
from tests.enforcement.test_offline import token_of, used
from tests.licensing.conftest import answered, desk

__all__ = ["answered", "desk", "licence", "sign_in"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("in_force"),
]


def test_customs_find_reserve_and_confirm_at_320_px_without_javascript(
    live_server, plain_page: Page, page: Page, check, sign_in: SignIn, licence: Licence, exporter: User
) -> None:
    guard, home, wide = customs(), live_server.url, page
    page = plain_page
    page.set_viewport_size({"width": 320, "height": 700})
    sign_in(page, guard)
    page.goto(f"{home}/workbench/drawdown/")
    page.get_by_label("Number of the licence").fill(f"{home}/verify/{licence.number.lower()}/")
    page.get_by_role("button", name="Find the licence").click()
    page.get_by_label("Quantity").fill("99")
    page.get_by_label("Customs office").fill("DE004851")
    page.get_by_role("textbox", name="Declaration").fill("26DE485112345678A1")
    page.get_by_role("button", name="Reserve").click()
    expect(page.get_by_role("alert").get_by_text("are left, and 99 are asked for")).to_be_visible()
    page.get_by_label("Quantity").fill("2")
    page.get_by_role("button", name="Reserve").click()
    expect(page.get_by_text("It is reserved.")).to_be_visible()
    page.get_by_role("link", name="26DE485112345678A1").click()
    page.get_by_label("How much has left").fill("1")
    page.get_by_role("button", name="Confirm what has left").click()
    expect(page.get_by_role("heading", name="26DE485112345678A1 Drawn")).to_be_visible()
    sign_in(wide, guard)
    uid = Reservation.objects.get().uid
    token = token_of(guard, licence, 1)
    file = usage_files.receive(actor=guard, text=usage(licence, row("O", 1), row("O", 99, part="X")))
    told = customs_files.send_licences(actor=guard)
    over = used(guard, token.text, 3)
    uncovered.propose(actor=customs(), conflict=over.conflict, proposal="late", reason=WHY)
    look(
        wide,
        check,
        {
            "drawdown": f"{home}/workbench/drawdown/?view=all",
            "drawdown-licence": f"{home}/workbench/drawdown/{licence.number}/",
            "drawdown-reservation": f"{home}/workbench/reservations/{uid}/",
            "offline-tokens": f"{home}/workbench/offline/",
            "offline-take": f"{home}/workbench/drawdown/{licence.number}/token/",
            "offline-token": f"{home}/workbench/offline/tokens/{token.uid}/",
            "offline-uses": f"{home}/workbench/offline/uses/",
            "customs-files": f"{home}/workbench/customs-files/",
            "customs-file": f"{home}/workbench/customs-files/{file.uid}/",
            "customs-file-sent": f"{home}/workbench/customs-files/{told.uid}/",
            "offline-conflicts": f"{home}/workbench/offline/conflicts/",
            "offline-conflict": f"{home}/workbench/offline/conflicts/{over.conflict.uid}/",
        },
    )
    wide.context.clear_cookies()
    sign_in(wide, exporter)
    look(wide, check, {"drawdown-holder": f"{home}/licences/{licence.number}/shipments/"})
