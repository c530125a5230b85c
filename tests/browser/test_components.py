"""Every component at once: accessible at both widths, alive with JavaScript, whole without it."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import follow

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _styleguide(settings):
    settings.ROOT_URLCONF = "tests.pages.urls"
    settings.TEMPLATES = [
        {
            **settings.TEMPLATES[0],
            "DIRS": [*settings.TEMPLATES[0]["DIRS"], Path("tests/pages/templates").resolve()],
        }
    ]


def test_every_component_is_accessible_and_fits(live_server, check):
    check(f"{live_server.url}/styleguide/")


def test_the_form_is_accessible_and_fits(live_server, check):
    check(f"{live_server.url}/styleguide/form/")


def test_the_form_is_accessible_with_its_mistakes(live_server, page: Page):
    from tests.browser.conftest import assert_accessible, assert_fits

    page.set_viewport_size({"width": 320, "height": 900})
    page.goto(f"{live_server.url}/styleguide/form/")
    page.get_by_role("button", name="Save and continue").click()
    expect(page).to_have_title("Error: A form")
    expect(page.locator(".govuk-error-summary")).to_be_focused()
    assert_accessible(page)
    assert_fits(page)


def test_each_line_of_the_error_summary_leads_to_its_field(live_server, page: Page):
    page.goto(f"{live_server.url}/styleguide/form/")
    follow(page.get_by_role("button", name="Save and continue"))
    for line in page.locator(".govuk-error-summary__list a").all():
        line.click()
        target = (line.get_attribute("href") or "")[1:]
        expect(page.locator(f'[id="{target}"]')).to_be_focused()


def test_a_choice_reveals_its_field_and_hides_it_again(live_server, page: Page):
    page.goto(f"{live_server.url}/styleguide/form/")
    expect(page.get_by_label("How else")).to_be_hidden()
    page.get_by_label("Otherwise").check()
    expect(page.get_by_label("How else")).to_be_visible()
    page.get_by_label("By sea").check()
    expect(page.get_by_label("How else")).to_be_hidden()


def test_the_form_reveals_and_counts_without_javascript(live_server, plain_page: Page):
    plain_page.goto(f"{live_server.url}/styleguide/form/")
    expect(plain_page.get_by_label("How else")).to_be_hidden()
    plain_page.get_by_label("Otherwise").check()
    expect(plain_page.get_by_label("How else")).to_be_visible()
    expect(plain_page.get_by_text("You can enter up to 200 characters")).to_be_visible()


def test_the_clock_runs_on_the_servers_time(live_server, page: Page):
    page.clock.install()  # the reader's own clock is years behind
    page.goto(f"{live_server.url}/styleguide/")
    left = page.locator(".app-aside time-left")
    expect(left).to_have_text("1 day 3 hours left")
    page.clock.fast_forward("14:00:00")
    expect(left).to_have_text("13 hours 12 minutes left")
    expect(left).to_have_attribute("state", "fine")
    page.clock.fast_forward("14:00:00")
    expect(left).to_have_attribute("state", "over")
    expect(left).to_have_text("47 minutes overdue")


def test_j_and_k_move_in_the_queue_only_while_it_has_the_focus(live_server, page: Page):
    page.goto(f"{live_server.url}/styleguide/")
    links = page.locator("case-queue [data-row-link]")
    page.locator("body").press("j")
    expect(links.first).not_to_be_focused()
    page.locator("case-queue").focus()
    for key, row in [("j", 0), ("j", 1), ("k", 0), ("k", 0)]:
        page.keyboard.press(key)
        expect(links.nth(row)).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{live_server.url}/styleguide/#EN-1K3M-9QX2")


def test_letters_typed_into_a_filter_stay_letters(live_server, page: Page):
    page.goto(f"{live_server.url}/styleguide/")
    page.get_by_label("Reference or party").press_sequentially("jk")
    expect(page.get_by_label("Reference or party")).to_have_value("jk")


def test_the_skip_link_leads_to_the_content(live_server, page: Page):
    page.goto(f"{live_server.url}/styleguide/form/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to main content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main-content")).to_be_focused()


def test_pictures_keep_their_lines_in_forced_colours(live_server, page: Page):
    page.emulate_media(forced_colors="active")
    page.goto(f"{live_server.url}/styleguide/")
    stroke = page.locator(".app-map__leg:not(.app-map__leg--halo)").first.evaluate(
        "leg => getComputedStyle(leg).stroke"
    )
    expected = page.locator("body").evaluate("body => getComputedStyle(body).color")
    assert stroke == expected
