"""The register of risk appetite in a browser: its pages at both widths, and a vote cast by keyboard."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests import journeys
from tests.appetite import MEMBERS, REASON, agreed, proposed, voted
from tests.browser.test_workbench import SignIn, sign_in
from tests.crises import seat

__all__ = ["sign_in"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("in_force"),
]


@pytest.mark.slow
def test_pages_of_the_register_are_accessible_and_a_vote_is_cast_by_keyboard(
    live_server, page: Page, check, sign_in: SignIn
) -> None:
    agreed()
    with journeys.later(days=20):
        agreed(new_value=35)
    with journeys.later(days=30):
        change = voted(
            proposed(scenario="sanctions", new_value=50), yes=MEMBERS[:4], no=["JP"], abstain=["KR"]
        )
        home = f"{live_server.url}/workbench/appetite/"
        sign_in(page, seat("FR"))
        for path in (
            "wartime/lane_from_score/",
            f"changes/{change.reference}/",
            f"changes/{change.reference}/vote/",
        ):
            check(f"{home}{path}")
        page.get_by_label("Abstains").focus()
        page.keyboard.press("Space")
        page.get_by_label("Reason").fill(REASON)
        page.get_by_role("button", name="Vote").press("Enter")
        expect(page.get_by_text("Your member’s vote is kept.")).to_be_visible()
        check(f"{live_server.url}/appetite/")
