"""The pages of charters in a browser: writing, being refused with a trace, and activating, at both widths."""

from __future__ import annotations

import os

import pytest
from playwright.sync_api import Page, expect

from alliance import authoring, charter_text
from alliance.models import AuthoredCharter
from alliance.selectors import charter_payload
from core import clock
from members.models import Role
from tests.browser.test_workbench import SignIn, sign_in
from tests.licensing.conftest import OfficerOf

__all__ = ["sign_in"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("in_force"),
]


def sound(version: str) -> str:
    return charter_text.write({**charter_payload("crisis-48-24-12"), "version": version})


def with_hole(version: str) -> str:
    return sound(version).replace("silence: escalate", "silence: no_objection", 1)


@pytest.mark.slow
def test_every_page_of_charters_is_accessible_and_fits(
    live_server, page: Page, check, sign_in: SignIn, officer_of: OfficerOf
) -> None:
    author, second = officer_of("DE", Role.DECIDER), officer_of("FR", Role.DECIDER)
    draft = authoring.write(actor=author, text=with_hole("7"))
    checked = authoring.write(actor=author, text=sound("8"))
    active = authoring.write(actor=author, text=sound("9"))
    authoring.activate(actor=second, charter=active, effective_from=clock.today())
    sign_in(page, second)
    home = f"{live_server.url}/workbench/charters/"
    addresses = {
        "list": home,
        "united-states": f"{home}in-force/us-interagency/",
        "crisis": f"{home}in-force/crisis-48-24-12/",
        "lead-alone": f"{home}in-force/lead-alone/",
        "draft": f"{home}{draft.uid}/",
        "active": f"{home}{active.uid}/",
        "activate": f"{home}{checked.uid}/activate/",
        "new": f"{home}new/?from=crisis-48-24-12",
        "public": f"{live_server.url}/charters/",
    }
    for name, address in addresses.items():
        check(address)
        if folder := os.environ.get("ENTENTE_SCREENSHOTS"):
            page.screenshot(path=f"{folder}/{name}-320.png", full_page=True)
            page.set_viewport_size({"width": 1280, "height": 900})
            page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_a_charter_is_written_refused_mended_and_activated_at_320_px_without_javascript(
    live_server, plain_page: Page, sign_in: SignIn, officer_of: OfficerOf
) -> None:
    page = plain_page
    page.set_viewport_size({"width": 320, "height": 700})
    home = f"{live_server.url}/workbench/charters/"
    sign_in(page, officer_of("DE", Role.DECIDER))
    page.goto(home)
    page.get_by_role("button", name="Write a charter").click()
    editor = page.get_by_label("The charter, in YAML or JSON")
    editor.fill("title: [")
    page.get_by_role("button", name="Check and keep").click()
    expect(page.get_by_role("alert")).to_contain_text("Not YAML")
    editor.fill(with_hole("9"))
    page.get_by_role("button", name="Only check").click()
    expect(page.get_by_text("The case can be granted although nobody approved it.")).to_be_visible()
    if folder := os.environ.get("ENTENTE_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/refused-320.png", full_page=True)
    assert not AuthoredCharter.objects.exists()
    editor.fill(sound("9"))
    page.get_by_role("button", name="Check and keep").click()
    expect(page.get_by_text("The version is kept and has passed the check.")).to_be_visible()
    expect(page.get_by_text("A charter is activated by another person than its author.")).to_be_visible()
    where = page.url
    page.context.clear_cookies()
    sign_in(page, officer_of("FR", Role.DECIDER))
    page.goto(where)
    page.get_by_role("link", name="Activate it").click()
    page.get_by_role("button", name="Activate").click()
    expect(page.get_by_text("It is done.")).to_be_visible()
    assert AuthoredCharter.objects.get().status == "active"
