"""The way out of a crisis in a browser: accessible and fitting pages, a step taken and reversed without script."""

from __future__ import annotations

import os

import pytest
from playwright.sync_api import Page, expect

from tests import crises
from tests.browser.test_workbench import SignIn, sign_in
from tests.escalation.test_exits import take, with_plan
from tests.licensing.conftest import Desk, desk

__all__ = ["desk", "sign_in"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("in_force"),
]


@pytest.mark.slow
def test_every_page_of_the_way_out_is_accessible_and_fits(
    live_server, page: Page, check, sign_in: SignIn, desk: Desk
) -> None:
    declaration = with_plan(crises.in_force("DE", "FR"), wind_down=30)
    take(declaration, "first")
    sign_in(page, crises.seat("DE"))
    home = f"{live_server.url}/workbench/crises/{declaration.reference}/exit/"
    addresses = {
        "plan": home,
        "applied": f"{home}steps/first/",
        "possible": f"{home}steps/second/",
        "blocked": f"{home}steps/rest/",
        "fact": f"{home}facts/open_cases_in_scope/",
        "end": f"{home}end/",
    }
    for name, address in addresses.items():
        check(address)
        if folder := os.environ.get("ENTENTE_SCREENSHOTS"):
            page.screenshot(path=f"{folder}/{name}-320.png", full_page=True)
            page.set_viewport_size({"width": 1280, "height": 900})
            page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_a_step_is_taken_by_two_and_reversed_by_one_at_320_px_without_javascript(
    live_server, plain_page: Page, sign_in: SignIn, desk: Desk
) -> None:
    page = plain_page
    page.set_viewport_size({"width": 320, "height": 700})
    declaration = with_plan(crises.in_force("DE", "FR"))
    home = f"{live_server.url}/workbench/crises/{declaration.reference}/exit/"
    sign_in(page, crises.seat("DE"))
    page.goto(home)
    page.get_by_role("link", name="step 1, Step first").click()
    page.get_by_role("button", name="Propose this step").click()
    expect(page.get_by_text("The step waits for the second key.")).to_be_visible()
    page.context.clear_cookies()
    sign_in(page, crises.seat("FR"))
    page.goto(f"{home}steps/first/")
    page.get_by_role("button", name="Apply this step").click()
    expect(page.get_by_text("Both keys are turned.")).to_be_visible()
    page.get_by_label("Why").fill("Goods under the licence were found at the front.")
    page.get_by_role("button", name="Reverse this step").click()
    expect(page.get_by_text("The prior rules hold again.")).to_be_visible()
