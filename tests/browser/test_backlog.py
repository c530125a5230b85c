"""The order of a backlog and the figures behind it, in a browser at both widths."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from licensing.models import Case
from members.models import Organisation, Role, User
from tests.browser.test_clocks import keep
from tests.browser.test_duty import become
from tests.licensing.conftest import Desk, OfficerOf, desk
from tests.workbench.test_backlog import aid

__all__ = ["become", "desk"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_an_officer_sees_what_waiting_costs_and_why_a_case_comes_first(
    desk: Desk,
    exporter: User,
    organisation: Organisation,
    officer_of: OfficerOf,
    page: Page,
    live_server,
    become: Callable[[User], None],
    check: Callable[[str], None],
) -> None:
    case = aid(exporter, organisation, needed_by="2027-03-01", perishable=True)
    Case.objects.filter(pk=case.pk).update(lane="standard")
    become(officer_of("DE", Role.DECIDER, Role.LICENSING_OFFICER))
    check(f"{live_server.url}/workbench/queue/ours/")
    expect(page.locator("[data-row-link]").first).to_have_text(case.reference)
    expect(page.get_by_text("120,000 people are served.")).to_be_visible()
    page.get_by_role("link", name="Harm by waiting").click()
    expect(page.locator("[data-row-link]").first).to_have_text(desk.case.reference)
    page.goto(f"{live_server.url}/workbench/cases/{case.reference}/clocks/")
    check(page.url)
    page.get_by_role("link", name="How this is judged").click()
    expect(page.get_by_role("heading", name="Harm of delay")).to_be_visible()
    check(page.url)
    keep(page, "harm")
    for name in ("case-harm", "backlog"):
        page.go_back() if name == "case-harm" else page.goto(f"{live_server.url}/workbench/queue/ours/")
        keep(page, name)
