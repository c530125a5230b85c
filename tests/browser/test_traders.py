"""Trusted traders in a browser: accessible, fitting pages, and an application sent by keyboard without script."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from core import clock
from exemptions import allowances, icp
from exemptions.models import TrustedTrader
from licensing.services import trader_standing, traders
from members.models import Organisation, User
from tests import factories
from tests.browser.test_waivers import look
from tests.browser.test_workbench import SignIn, sign_in
from tests.exemptions.test_traders import decided, trader
from tests.exemptions.traders import DOUBT, MENDED, applied, audited, decider, filled, findings, inspector
from tests.licensing.conftest import answered, desk

__all__ = ["answered", "decided", "desk", "sign_in", "trader"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("in_force"),
]


@pytest.mark.slow
def test_pages_of_trusted_traders_are_accessible_and_fit(
    live_server, page: Page, check, sign_in: SignIn, trader: TrustedTrader, organisation: Organisation,
    exporter: User,
) -> None:  # fmt: skip
    allowances.expect(
        holder=organisation, source_ref="s:1", label="SH-2345", due_at=clock.now() - timedelta(days=1)
    )
    second = factories.OrganisationFactory(jurisdiction=organisation.jurisdiction)
    begun = traders.begin(actor=(other := factories.exporter_of(second)), organisation=second)
    third = factories.OrganisationFactory(jurisdiction=organisation.jurisdiction)
    waits = applied(factories.exporter_of(third), third, aeo=True)
    looking = inspector()
    traders.begin_audit(actor=looking, trader=waits)
    fourth = factories.OrganisationFactory(jurisdiction=organisation.jurisdiction)
    ready = applied(factories.exporter_of(fourth), fourth, aeo=True)
    audited(ready, findings=findings("met", training="partly"))
    home = live_server.url
    sign_in(page, exporter)
    look(page, check, {"trusted": f"{home}/trusted/{organisation.uid}/"})
    trader_standing.suspend(actor=decider("JP"), trader=trader, reason=DOUBT)
    look(page, check, {"trusted-suspended": f"{home}/trusted/{organisation.uid}/"})
    page.context.clear_cookies()
    sign_in(page, other)
    addresses = {
        "trusted-begun": f"/trusted/{begun.organisation.uid}/",
        "trusted-part": f"/trusted/{begun.organisation.uid}/parts/screening/",
        "trusted-certificate": f"/trusted/{begun.organisation.uid}/certificate/",
    }
    look(page, check, {name: home + address for name, address in addresses.items()})
    trader_standing.ask_to_regain(actor=exporter, trader=trader, made_good=MENDED)
    page.context.clear_cookies()
    sign_in(page, decider())
    addresses = {
        "desk-traders": "/workbench/traders/",
        "desk-trader": f"/workbench/traders/{trader.reference}/",
        "desk-trader-decides": f"/workbench/traders/{ready.reference}/",
        "desk-burden": "/workbench/traders/burden/",
    }
    look(page, check, {name: home + address for name, address in addresses.items()})
    page.context.clear_cookies()
    sign_in(page, looking)
    look(page, check, {"desk-trader-audit": f"{home}/workbench/traders/{waits.reference}/audit/"})


def test_a_part_is_answered_by_keyboard_at_320_px_without_javascript_and_the_whole_is_sent(
    live_server, plain_page: Page, sign_in: SignIn, organisation: Organisation, exporter: User
) -> None:
    page = plain_page
    page.set_viewport_size({"width": 320, "height": 700})
    filled(exporter, organisation)
    element = icp.questionnaire().elements[0]
    trader = TrustedTrader.objects.get()
    traders.answer(actor=exporter, trader=trader, element=element.key, given={})
    sign_in(page, exporter)
    page.goto(f"{live_server.url}/trusted/")
    page.get_by_role("button", name="Send it to an inspector").press("Enter")
    expect(page.get_by_text("1 part is not finished.")).to_be_visible()
    page.get_by_role("link", name=f"Finish “{element.title}”.").press("Enter")
    for question in element.questions:
        page.get_by_role("group", name=question.text).get_by_label("Yes").press("Space")
    page.get_by_label("What shows it").fill("Handbook, chapter 1.")
    page.get_by_role("button", name="Save and continue").press("Enter")
    page.get_by_role("button", name="Send it to an inspector").press("Enter")
    expect(page.get_by_text("Next: an inspector takes it")).to_be_visible()
