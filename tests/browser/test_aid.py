"""The way to the right ground in a browser: by keyboard, without script at 320 px, and every page of it."""

import pytest
from django.core.management import call_command
from playwright.sync_api import Page, expect

from licensing.models import Application
from members.models import Organisation, Role, User
from tests.browser.test_public_pages import tab_to
from tests.browser.test_workbench import sign_in
from tests.licensing.test_aid import relief

__all__ = ["sign_in"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ANSWERED = "provider=red_cross&supply=medical&place=IR&member=DE"
PAGES = [
    "/aid/",
    "/aid/?ask=1",
    "/aid/goods/?provider=red_cross",
    "/aid/place/?provider=red_cross&supply=medical",
    f"/aid/answer/?{ANSWERED}",
    f"/aid/answer/?{ANSWERED.replace('red_cross', 'ngo')}",
    f"/aid/answer/?{ANSWERED.replace('IR', 'UA-14')}",
    "/grounds/",
]


@pytest.mark.slow
def test_every_page_is_accessible_and_fits(live_server, check) -> None:
    call_command("load_bundles")
    for path in PAGES:
        check(f"{live_server.url}{path}")


@pytest.mark.slow
@pytest.mark.usefixtures("in_force")
def test_the_case_page_with_both_tests_is_accessible_and_fits(
    live_server, page: Page, check, sign_in, exporter: User, organisation: Organisation, officer_of
) -> None:
    case = relief(exporter, organisation, "UA-14")
    sign_in(page, officer_of(case.lead_id, Role.LICENSING_OFFICER))
    check(f"{live_server.url}/workbench/cases/{case.reference}/")


@pytest.mark.usefixtures("in_force")
def test_the_right_ground_is_reached_in_under_five_pages_by_keyboard(
    live_server, page: Page, sign_in, exporter: User
) -> None:
    """A relief organisation with medical equipment for an embargoed place; the draft then asks nothing twice."""
    sign_in(page, exporter)
    page.goto(f"{live_server.url}/applications/")
    seen: list[str] = []
    page.on("framenavigated", lambda frame: seen.append(frame.url.split("?")[0]))

    def go_on(name: str) -> None:
        tab_to(page, page.get_by_role("button", name=name))
        with page.expect_navigation():
            page.keyboard.press("Enter")

    tab_to(page, page.get_by_role("main").get_by_role("link", name="Is this aid?").first)
    with page.expect_navigation():
        page.keyboard.press("Enter")
    tab_to(page, page.get_by_label("United Nations agency"))
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Red Cross or Red Crescent")).to_be_checked()
    go_on("Continue")
    tab_to(page, page.get_by_label("Medicine and medical devices"))
    page.keyboard.press("Space")
    go_on("Continue")
    tab_to(page, page.get_by_label("Where does it go?"))
    page.keyboard.type("Iran")
    go_on("Continue")
    expect(page.get_by_role("heading", level=1)).to_have_text("This is aid: claim the humanitarian ground")
    assert len(seen) == 4, seen
    expect(page.get_by_role("main")).to_contain_text("end after 24 hours")
    go_on("Start an application with these answers")
    draft = Application.objects.get().draft
    assert draft["end_use"] == {"site_country": "IR"}
    assert (draft["ground"]["provider"], draft["ground"]["supply"]) == ("red_cross", "medical")


def test_it_is_reached_without_javascript_on_a_narrow_screen(live_server, plain_page: Page) -> None:
    call_command("load_bundles")
    page = plain_page
    page.set_viewport_size({"width": 320, "height": 900})
    page.goto(f"{live_server.url}/aid/")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose who brings the help.")
    page.get_by_label("NGO in a humanitarian response plan or appeal").check()
    page.get_by_label("Which response plan or appeal is it in?").fill("Flood appeal 2026")
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Water").check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_label("Where does it go?").select_option("UA-14")
    page.get_by_label("Which member").select_option("DE")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("main")).to_contain_text("This is aid")
    expect(page.get_by_role("main")).to_contain_text("A third party confirms the delivery on site.")
