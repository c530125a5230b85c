"""Waivers and coordination in a browser: pages that fit; a report filed and reviewed by keyboard alone."""

from __future__ import annotations

import os

import pytest
from playwright.sync_api import Page, expect

from alliance.models import Declaration
from core import clock
from escalation.models import Exercise
from exemptions import reporting
from exemptions.models import Waiver
from members.models import Organisation, User
from tests.browser.test_public_pages import tab_to
from tests.browser.test_workbench import SignIn, sign_in
from tests.crises import decider, seat
from tests.exemptions.test_waivers import FOUND, drafted, singapore, waiver
from tests.licensing.conftest import Desk, answered, desk

__all__ = ["answered", "desk", "sign_in", "singapore", "waiver"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("in_force"),
]


def look(page: Page, check, addresses: dict[str, str]) -> None:
    for name, address in addresses.items():
        check(address)
        if folder := os.environ.get("ENTENTE_SCREENSHOTS"):
            page.screenshot(path=f"{folder}/{name}-320.png", full_page=True)
            page.set_viewport_size({"width": 1280, "height": 900})
            page.screenshot(path=f"{folder}/{name}.png", full_page=True)


@pytest.mark.slow
def test_pages_of_waivers_are_accessible_and_fit(
    live_server,
    page: Page,
    check,
    sign_in: SignIn,
    answered: Desk,
    singapore: Declaration,
    organisation: Organisation,
    exporter: User,
    waiver: Waiver,
) -> None:
    answered.licence()
    filed = reporting.file(actor=exporter, waiver=waiver, used=waiver.cap + 1, found=FOUND)
    draft = drafted(singapore, organisation, precondition="confirmed_hits_30d == 0")
    figures = {"cases": 40, "aligned": 31, "pairs": 60, "windows": 90}
    for number, (hours, spread, share) in enumerate(
        ((30.5, 42.0, 71.0), (22.0, 35.0, 80.5), (12.5, 18.0, 93.0))
    ):
        kept = {**figures, "align_hours": hours, "spread_percent": spread, "in_window_percent": share}
        Exercise.objects.create(
            title=f"Drill {number + 1}", number=number, plan={}, status="ran", planned_by=seat("US"),
            planned_at=clock.now(), ran_at=clock.now(), scorecard={"coordination": kept},
        )  # fmt: skip
    home = f"{live_server.url}/workbench"
    sign_in(page, seat("FR"))
    addresses = {
        "waivers": f"{home}/waivers/",
        "waiver": f"{home}/waivers/{waiver.reference}/",
        "waiver-draft": f"{home}/waivers/{draft.reference}/",
        "waiver-new": f"{home}/crises/{singapore.reference}/waive/",
        "coordination": f"{home}/coordination/",
    }
    look(page, check, addresses)
    page.context.clear_cookies()
    sign_in(page, exporter)
    own = f"{live_server.url}/waivers/"
    addresses = {
        "portal-waivers": own,
        "portal-waiver": f"{own}{waiver.reference}/",
        "portal-report": f"{own}{waiver.reference}/report/",
        "portal-receipt": f"{own}{waiver.reference}/report/{filed.number}/",
    }
    look(page, check, addresses)


def test_a_report_is_filed_and_reviewed_by_keyboard_at_320_px_without_javascript(
    live_server, plain_page: Page, sign_in: SignIn, exporter: User, waiver: Waiver
) -> None:
    page = plain_page
    page.set_viewport_size({"width": 320, "height": 700})

    def write(label: str, text: str) -> None:
        tab_to(page, page.get_by_label(label))
        page.keyboard.type(text)

    def press(name: str) -> None:
        tab_to(page, page.get_by_role("button", name=name))
        with page.expect_navigation():
            page.keyboard.press("Enter")

    sign_in(page, exporter)
    page.goto(f"{live_server.url}/waivers/{waiver.reference}/")
    press("File the report")
    write("Used since the first day", "1200")
    write("What watching the end-use has found", FOUND)
    press("File the report")
    expect(page.get_by_role("heading", name="Report 1 is filed")).to_be_visible()
    page.context.clear_cookies()
    sign_in(page, decider("DE"))
    page.goto(f"{live_server.url}/workbench/waivers/{waiver.reference}/")
    write("What you make of this report", "It fits the invoices that we saw.")
    press("Review report 1")
    expect(page.get_by_text("It fits the invoices that we saw.", exact=True)).to_be_visible()
