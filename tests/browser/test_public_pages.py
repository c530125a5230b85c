"""The public door in a browser."""

import pytest
from django.core.management import call_command
from playwright.sync_api import Locator, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PAGES = [
    "/",
    "/verify/",
    "/verify/?number=!",
    "/verify/EL-7K3M-9QX2/",
    "/criteria/",
    "/charters/",
    "/scorecard/",
    "/lists/",
    "/accessibility/",
    "/privacy/",
    "/problems/",
    "/problems/stale/",
    "/nothing-here/",
]


@pytest.mark.slow
def test_every_page_is_accessible_and_fits(live_server, check):
    call_command("load_bundles")
    for path in PAGES:
        check(f"{live_server.url}{path}")


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus, as a person without a mouse does."""
    target.wait_for()
    for _press in range(40):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{target} is not reached with Tab")


def test_a_licence_is_verified_with_the_keyboard_alone(live_server, page: Page):
    page.goto(live_server.url)
    tab_to(page, page.get_by_role("main").get_by_role("link", name="Verify a licence").first)
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_label("Licence number"))
    page.keyboard.type("el-7k3m-9qx2")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("No licence has this number")


def test_a_licence_is_verified_without_javascript(live_server, plain_page: Page):
    plain_page.goto(f"{live_server.url}/verify/")
    plain_page.get_by_label("Licence number").fill("EL-7K3M-9QX2")
    plain_page.get_by_role("button", name="Verify", exact=True).click()
    expect(plain_page.get_by_role("heading", level=1)).to_have_text("No licence has this number")


def test_the_menu_opens_on_a_narrow_screen(live_server, page: Page):
    page.set_viewport_size({"width": 320, "height": 900})
    call_command("load_bundles")
    page.goto(live_server.url)
    menu = page.get_by_role("navigation", name="Menu")
    expect(menu.get_by_role("link", name="Criteria")).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    menu.get_by_role("link", name="Criteria").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Routing criteria")
