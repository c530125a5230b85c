"""The situation room, its reports and joint effects in a browser, at both widths and without JavaScript."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from core import clock
from deadlines import services as deadlines
from escalation.models import JointEffect, SituationReport
from escalation.services import reports
from ledger.testing import run_deliveries
from licensing.models import Case
from members.models import Organisation, Role, User
from tests import crises, factories, journeys
from tests.browser.conftest import follow
from tests.browser.test_clocks import become, keep
from tests.browser.test_duty import fill_day
from tests.escalation.test_guidance import issued
from tests.licensing.conftest import Desk, OfficerOf, answered, desk

__all__ = ["answered", "become", "desk"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_seat_looks_at_the_situation_and_at_its_report(
    desk: Desk,
    exporter: User,
    organisation: Organisation,
    officer_of: OfficerOf,
    page: Page,
    live_server,
    become,
    check,
) -> None:
    seat = officer_of("US", Role.CRISIS_SEAT)
    become(seat)
    check(f"{live_server.url}/workbench/situation/")
    keep(page, "room-empty")
    with journeys.at(clock.now()):
        drill = journeys.file(exporter, organisation, journeys.dossier(own_reference="DRILL-1"))
    declared = crises.in_force("DE", "JP")
    crises.proposed(title="Another one to come")
    run_deliveries()
    issued(officer_of, "question", destinations=["SG"])
    journeys.lapse_all(drill)
    check(f"{live_server.url}/workbench/situation/")
    keep(page, "room")
    expect(page.get_by_role("heading", name="Waiting for a second key")).to_be_visible()
    hour = reports.next_instant(clock.now(), (0, 6, 12, 18))
    with journeys.at(hour + timedelta(hours=12)):
        deadlines.tick()
        run_deliveries()
        deadlines.tick()
        crises.end(declared)
        run_deliveries()
    check(f"{live_server.url}/workbench/situation/reports/")
    keep(page, "reports")
    follow(page.get_by_role("link", name=SituationReport.objects.get(number=1).reference))
    check(page.url)
    keep(page, "report")
    expect(page.get_by_text("This report is late")).to_be_visible()


def test_two_seats_let_decisions_take_effect_together(
    answered: Desk, france, officer_of: OfficerOf, page: Page, plain_page: Page, live_server, become, check
) -> None:
    become(officer_of("DE", Role.CRISIS_SEAT))
    check(f"{live_server.url}/workbench/crises/declare/?set=embargo-tightening")
    keep(page, "declare")
    later = crises.in_force("DE", takes_effect_at=clock.now() + timedelta(hours=30))
    check(f"{live_server.url}/workbench/crises/{later.reference}/")
    keep(page, "crisis")
    check(f"{live_server.url}/crises/{later.reference}/")
    theirs = factories.OrganisationFactory(jurisdiction=france)
    french = journeys.file(factories.exporter_of(theirs), theirs)
    crises.in_force("DE", "FR")
    run_deliveries()
    Case.objects.update(lane="crisis", tier=1)
    become(officer_of("DE", Role.CRISIS_SEAT))
    check(f"{live_server.url}/workbench/situation/together/")
    follow(page.get_by_role("button", name="Name cases and an instant"))
    check(page.url)
    page.get_by_role("radio").first.check()
    page.get_by_label("Cases", exact=True).fill(f"{answered.case.reference}\n{french.reference}")
    fill_day(page, "day", 400)
    page.get_by_label("Time", exact=True).fill("12:00")
    page.get_by_label("Reason").fill("No exporter is to learn of it before the others.")
    page.get_by_role("button", name="Hand it to a second seat").click()
    expect(page.get_by_text("within 72 hours:").first).to_be_visible()
    keep(page, "joint-new")
    fill_day(page, "day", 1)
    page.get_by_role("button", name="Hand it to a second seat").click()
    expect(page.get_by_text("It waits for a seat of another member.")).to_be_visible()
    address = page.url
    become(officer_of("FR", Role.CRISIS_SEAT))
    check(address)
    page.get_by_role("button", name="Agree to it").click()
    expect(page.get_by_text("What is decided on these cases takes effect together.")).to_be_visible()
    answered.reload()
    licence = answered.licence()
    run_deliveries()
    check(address)
    keep(page, "joint")
    check(f"{live_server.url}/workbench/situation/together/")
    keep(page, "joint-list")
    effect = JointEffect.objects.get()
    check(f"{live_server.url}/verify/{licence.number}/")
    expect(page.get_by_text("This licence is not valid yet")).to_be_visible()
    keep(page, "verify")
    become(officer_of("DE", Role.DECIDER))
    check(f"{live_server.url}/workbench/cases/{answered.case.reference}/decision/")
    keep(page, "decision")
    check(f"{live_server.url}/workbench/cases/{answered.case.reference}/licence/")
    keep(page, "licence")
    become(answered.case.application.created_by)
    check(f"{live_server.url}/applications/{answered.case.application.reference}/")
    keep(page, "exporter")
    become(officer_of("FR", Role.CRISIS_SEAT))
    plain_page.context.add_cookies(page.context.cookies())
    plain_page.goto(f"{live_server.url}/workbench/situation/together/{effect.reference}/withdraw/")
    plain_page.get_by_label("Reason").fill("The operation was called off.")
    plain_page.get_by_role("button", name="Withdraw it").click()
    expect(plain_page.get_by_text("A decision was taken under it")).to_be_visible()
