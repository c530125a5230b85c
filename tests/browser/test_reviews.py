"""Reviews of a crisis in a browser: accessible and fitting, kept without script."""

from __future__ import annotations

import os

import pytest
from playwright.sync_api import Page, expect

from alliance.models import Declaration
from escalation.services import reviews
from tests.browser.test_workbench import SignIn, sign_in
from tests.crises import seat
from tests.escalation.test_reviews import FOUND, answered, crisis, desk

__all__ = ["answered", "crisis", "desk", "sign_in"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("in_force"),
]


@pytest.mark.slow
def test_reviews_are_accessible_and_fit(
    live_server, page: Page, check, sign_in: SignIn, crisis: Declaration
) -> None:
    kept = reviews.keep(actor=seat("FR"), declaration=crisis, findings=FOUND)
    sign_in(page, seat("DE"))
    home = f"{live_server.url}/workbench/crises/{crisis.reference}/review/"
    for name, address in {"review": home, "review-kept": f"{home}{kept.uid}/"}.items():
        check(address)
        if folder := os.environ.get("ENTENTE_SCREENSHOTS"):
            page.screenshot(path=f"{folder}/{name}-320.png", full_page=True)
            page.set_viewport_size({"width": 1280, "height": 900})
            page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_a_review_is_kept_at_320_px_without_javascript(
    live_server, plain_page: Page, sign_in: SignIn, crisis: Declaration
) -> None:
    page = plain_page
    page.set_viewport_size({"width": 320, "height": 700})
    sign_in(page, seat("DE"))
    page.goto(f"{live_server.url}/workbench/crises/{crisis.reference}/review/")
    page.get_by_label("What you make of it").fill(FOUND)
    page.get_by_role("button", name="Keep this review").click()
    expect(page.get_by_text("The review is kept.")).to_be_visible()
    expect(page.get_by_role("link", name="Propose a renewal")).to_be_visible()
