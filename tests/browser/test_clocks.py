"""The clocks in a browser: read, stopped, reviewed and recomputed by people, at both widths."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from core import clock
from deadlines.derivations import differences
from ledger.testing import run_deliveries
from licensing.models import Case
from licensing.services import information, stops
from members.models import Role, User
from tests import journeys
from tests.browser.conftest import follow
from tests.licensing.conftest import Desk, OfficerOf, desk
from tests.public.test_silence import quiet

__all__ = ["desk", "quiet"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WHY = "The drawing had been in the dossier from the first day."


@pytest.fixture
def become(page: Page, live_server) -> Callable[[User], None]:
    """Let the page be a person's."""

    def sign_in(person: User) -> None:
        client = Client()
        client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        page.context.clear_cookies()
        page.context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
        )

    return sign_in


def test_a_reviewer_reads_the_statistic_voids_a_stop_and_downloads_what_is_due(
    desk: Desk, officer_of: OfficerOf, page: Page, live_server, become, check, tmp_path: Path
) -> None:
    slow = officer_of("DE")
    window = desk.consultation("FR")
    asked = information.ask(
        actor=slow, case=desk.case, reason_code="missing_document", question="Where is the drawing?", days=5
    )
    information.answer(actor=desk.case.application.created_by, request=asked, answer="It is attached.")
    run_deliveries()
    stops.resume_clock(
        actor=slow,
        stop=stops.stop_clock(
            actor=slow, case=desk.reload(), reason_code="pre_licence_check", days=9, basis="Order 12/2026"
        ),
    )
    again = {"reason_code": "missing_document", "question": "And the other drawing?", "days": 5}
    information.ask(actor=slow, case=desk.reload(), **again)
    become(officer_of("DE", Role.AUDITOR))
    check(f"{live_server.url}/workbench/stops/")
    keep(page, "stops")
    expect(page.get_by_text("Answered before").first).to_be_visible()
    follow(page.get_by_role("link", name=f"{desk.case.reference}: A document is missing").first)
    check(page.url)
    keep(page, "clocks")
    page.get_by_role("link", name="Void this stop A document is missing").last.click()
    page.get_by_role("button", name="Void the stop").click()
    expect(page.get_by_text("There is a problem")).to_be_visible()
    check(page.url)
    page.get_by_label("Why this stop should not have been").fill(WHY)
    page.get_by_role("button", name="Void the stop").click()
    expect(page.get_by_text("is void; every due time")).to_be_visible()
    expect(page.get_by_text(WHY)).to_be_visible()
    keep(page, "voided")
    assert desk.reload().status == Case.Status.IN_REVIEW
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the derivation Window to answer FR").first.click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    assert differences(path.read_bytes()) == []
    assert desk.consultation("FR").opened_at == window.opened_at


def test_a_member_extends_its_window_and_the_lead_stops_its_clock(
    desk: Desk, officer_of: OfficerOf, page: Page, live_server, become, check
) -> None:
    home = f"{live_server.url}/workbench/cases/{desk.case.reference}/clocks/"
    become(officer_of("FR"))
    page.goto(home)
    follow(page.get_by_role("link", name="Extend Window to answer FR"))
    check(page.url)
    page.get_by_label("How much longer").fill("7")
    page.get_by_label("What the time is needed for").fill("The site is surveyed.")
    page.get_by_role("button", name="Extend").click()
    expect(page.get_by_text("had it extended by 7 working days").first).to_be_visible()
    become(officer_of("DE", Role.DECIDER))
    page.goto(home)
    follow(page.get_by_role("button", name="Stop the clock for a step prescribed by law"))
    check(page.url)
    page.get_by_label("A check at the end-user is carried out").check()
    page.get_by_label("What proves it").fill("Order 12/2026")
    page.get_by_role("button", name="Stop the clock").click()
    expect(page.get_by_text("Stands", exact=True)).to_be_visible()
    page.get_by_role("button", name="Let the clock run again").click()
    expect(page.get_by_text("The clock runs again.")).to_be_visible()


def test_the_exporter_reads_its_clock(desk: Desk, page: Page, live_server, become, check) -> None:
    become(desk.case.application.created_by)
    page.goto(f"{live_server.url}/applications/{desk.case.application.reference}/")
    follow(page.get_by_role("link", name="Your clock, step by step"))
    check(page.url)
    keep(page, "exporter")
    expect(page.get_by_text("Outer limit").first).to_be_visible()


def test_anyone_reads_the_silence_ledger(quiet: None, page: Page, live_server, check) -> None:
    with journeys.later(days=120):
        check(f"{live_server.url}/silence/?quarter=2026-Q3")
        keep(page, "silence")
        expect(page.get_by_text("under 5").first).to_be_visible()
        check(f"{live_server.url}/exemptions/?quarter=2026-Q3")
        keep(page, "exemptions")
    assert clock.now()


def keep(page: Page, name: str) -> None:
    """Keep pictures of a page at both widths where somebody asks for them."""
    folder = os.environ.get("ENTENTE_SCREENSHOTS")
    if folder:
        for width in (1280, 320):
            page.set_viewport_size({"width": width, "height": 900})
            page.screenshot(path=f"{folder}/{name}-{width}.png", full_page=True)
