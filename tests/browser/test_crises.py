"""The pages of crises and prepared measures in a browser, at both widths, and a crisis declared without scripts."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from alliance import adopting, declaring, preparing
from core import clock
from ledger.testing import run_deliveries
from members.models import Organisation, Role, User
from tests import crises, factories, journeys
from tests.browser.test_workbench import SignIn, sign_in
from tests.licensing.conftest import OfficerOf

__all__ = ["sign_in"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("in_force"),
]


@pytest.mark.slow
def test_every_page_of_crises_is_accessible_and_fits(
    live_server,
    page: Page,
    check,
    sign_in: SignIn,
    officer_of: OfficerOf,
    exporter: User,
    organisation: Organisation,
) -> None:
    for code in ("CA", "US"):
        factories.JurisdictionFactory(code=code)
    case = journeys.file(exporter, organisation, journeys.dossier(own_reference="PO-1"))
    with journeys.at(clock.now() - timedelta(hours=30)):
        adopting.state_preparedness(
            actor=crises.decider("FR"), set_key="embargo-tightening", legal_reference="Decree 2026-3"
        )
        first = crises.in_force()
    with journeys.at(clock.now() - timedelta(hours=11)):
        adopting.adopt(actor=crises.decider("DE"), declaration=first, legal_reference=crises.LAW)
    adopting.opt_out(
        actor=crises.decider("JP"),
        declaration=first,
        reason="Parliament has to be heard before we take part.",
    )
    declaring.propose_end(actor=crises.seat("DE"), declaration=first, reason="The aggressor has withdrawn.")
    draft = crises.drafted()
    agreed = preparing.agree(actor=crises.seat("FR"), prepared=crises.drafted("2"))
    applied = crises.in_force("DE", set_key=agreed.key)
    run_deliveries()
    waiting = crises.proposed(set_key="member-under-attack", scope={"destinations": ["LT", "LV"]})
    reader = officer_of("FR", Role.DECIDER, Role.CRISIS_SEAT)
    sign_in(page, reader)
    home = f"{live_server.url}/workbench"
    addresses = {
        "crises": f"{home}/crises/",
        "crisis": f"{home}/crises/{first.reference}/",
        "waiting": f"{home}/crises/{waiting.reference}/",
        "confirm": f"{home}/crises/{waiting.reference}/confirm/",
        "reach": f"{home}/crises/{applied.reference}/reach/",
        "renew": f"{home}/crises/{first.reference}/renew/",
        "declare": f"{home}/crises/declare/",
        "declare-set": f"{home}/crises/declare/?set=diversion-surge",
        "measures": f"{home}/measures/",
        "library": f"{home}/measures/in-library/diversion-surge/?dry=1",
        "draft": f"{home}/measures/{draft.uid}/",
        "editor": f"{home}/measures/new/?from=diversion-surge",
        "prepare": f"{home}/measures/in-library/diversion-surge/prepare/",
        "readiness": f"{home}/readiness/",
        "public": f"{live_server.url}/crises/",
        "public-crisis": f"{live_server.url}/crises/{first.reference}/",
    }
    _look(page, check, addresses)
    page.context.clear_cookies()
    sign_in(page, officer_of("DE", Role.LICENSING_OFFICER))
    _look(page, check, {"case": f"{home}/cases/{case.reference}/"})
    page.context.clear_cookies()
    sign_in(page, exporter)
    _look(page, check, {"application": f"{live_server.url}/applications/{case.application.reference}/"})


def _look(page: Page, check, addresses: dict[str, str]) -> None:
    for name, address in addresses.items():
        check(address)
        if folder := os.environ.get("ENTENTE_SCREENSHOTS"):
            page.screenshot(path=f"{folder}/{name}-320.png", full_page=True)
            page.set_viewport_size({"width": 1280, "height": 900})
            page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_a_crisis_is_declared_confirmed_and_adopted_at_320_px_without_javascript(
    live_server, plain_page: Page, sign_in: SignIn, officer_of: OfficerOf
) -> None:
    page = plain_page
    page.set_viewport_size({"width": 320, "height": 700})
    sign_in(page, officer_of("DE", Role.CRISIS_SEAT))
    page.goto(f"{live_server.url}/workbench/crises/")
    page.get_by_role("button", name="Declare a crisis").click()
    page.get_by_role("link", name="Tightening of an embargo").click()
    page.get_by_label("Only these destinations").fill("Russia")
    page.get_by_role("button", name="Propose the declaration").click()
    expect(page.get_by_role("alert")).to_contain_text("Must look like SY")
    page.get_by_label("Only these destinations").fill("ru")
    page.get_by_role("button", name="Propose the declaration").click()
    expect(page.get_by_text("waits for the second key: a seat of another member.")).to_be_visible()
    where = page.url
    page.context.clear_cookies()
    sign_in(page, officer_of("FR", Role.CRISIS_SEAT))
    page.goto(where)
    page.get_by_role("button", name="Confirm the declaration").click()
    page.get_by_role("button", name="Confirm the declaration").click()
    expect(page.get_by_text("The measures are in force from this instant")).to_be_visible()
    page.context.clear_cookies()
    sign_in(page, officer_of("JP", Role.DECIDER))
    page.goto(where)
    page.get_by_role("button", name="Adopt for your member").click()
    page.get_by_label("National instrument").fill("Cabinet order 12, article 3")
    page.get_by_role("button", name="Adopt for your member").click()
    expect(page.get_by_text("Cabinet order 12, article 3")).to_be_visible()
    page.goto(where.replace("/workbench/", "/"))
    expect(page.get_by_text("Cabinet order 12, article 3")).to_be_visible()
