"""The crisis unit in a browser at both widths: guidance written, issued, met in a case, answered and withdrawn."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from escalation.models import Guidance
from ledger.testing import run_deliveries
from members.models import Role
from tests.browser.conftest import follow
from tests.browser.test_clocks import become, keep
from tests.browser.test_duty import fill_day
from tests.licensing.conftest import Desk, OfficerOf, desk

__all__ = ["become", "desk"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_two_seats_issue_guidance_that_a_lead_meets_in_its_case_and_departs_from(
    desk: Desk, officer_of: OfficerOf, page: Page, live_server, become, check
) -> None:
    become(officer_of("US", Role.CRISIS_SEAT))
    check(f"{live_server.url}/workbench/guidance/")
    follow(page.get_by_role("button", name="Write a notice"))
    check(page.url)
    page.get_by_label("Deny").check()
    page.get_by_label("Guidance", exact=True).fill("The end-user was seen re-exporting such goods.")
    page.get_by_label("Legal basis").fill("Regulation (EU) 2021/821, Article 5(6)")
    page.get_by_label("Items").fill("watches")
    page.get_by_label("Destinations").fill("SG")
    fill_day(page, "last", 30)
    page.get_by_role("button", name="Hand it to a second seat").click()
    expect(page.get_by_text("is no control code").first).to_be_visible()
    page.get_by_label("Items").fill("6A")
    page.get_by_role("button", name="Hand it to a second seat").click()
    expect(page.get_by_text("The notice waits for a seat of another member.")).to_be_visible()
    address = page.url
    become(officer_of("FR", Role.CRISIS_SEAT))
    check(address)
    page.get_by_role("button", name="Issue it", exact=True).click()
    expect(page.get_by_text("Holds")).to_be_visible()
    run_deliveries()
    notice = Guidance.objects.get()
    become(officer_of("DE", Role.DECIDER))
    case = f"{live_server.url}/workbench/cases/{desk.case.reference}/"
    check(case)
    keep(page, "case")
    page.get_by_role("button", name=f"Acknowledge {notice.reference}").click()
    expect(page.get_by_text("Acknowledged by")).to_be_visible()
    follow(page.get_by_role("button", name=f"Depart from it {notice.reference}"))
    check(page.url)
    page.get_by_label("Why the lead departs from the guidance").fill("We visited the site in October.")
    page.get_by_role("button", name="Depart from it", exact=True).click()
    expect(page.get_by_text("The lead departs from it:")).to_be_visible()
    page.goto(address)
    follow(page.get_by_role("button", name="Take note for your member"))
    check(page.url)
    keep(page, "notice")
    check(f"{live_server.url}/workbench/guidance/")
    keep(page, "list")


def test_a_notice_is_withdrawn_without_javascript(
    desk: Desk, officer_of: OfficerOf, page: Page, plain_page: Page, live_server, become
) -> None:
    from tests.escalation.test_guidance import issued

    notice = issued(officer_of)
    become(officer_of("JP", Role.CRISIS_SEAT))
    plain_page.context.add_cookies(page.context.cookies())
    plain_page.goto(f"{live_server.url}/workbench/guidance/{notice.reference}/")
    plain_page.get_by_role("button", name="Withdraw it").click()
    plain_page.get_by_label("Reason").fill("The report turned out to be wrong.")
    plain_page.get_by_role("button", name="Withdraw it").click()
    expect(plain_page.get_by_text("The report turned out to be wrong.")).to_be_visible()
