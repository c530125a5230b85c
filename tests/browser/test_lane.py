"""The humanitarian lane in a browser: each page at both widths, and a key signed by keyboard alone at 320 px."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from core import clock
from ledger.testing import run_deliveries
from licensing.models import Case, Key
from members.models import Ministry, Organisation, Role, Shift, User
from tests import journeys
from tests.browser.test_prepositions import picture
from tests.browser.test_workbench import SignIn, sign_in
from tests.escalation.test_interests import CRITICAL, WEIGHED, relief
from tests.licensing.conftest import OfficerOf

__all__ = ["sign_in"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("in_force"),
]


def on_duty(person: User, post: str, hours: int) -> None:
    assert person.authority is not None
    now = clock.now()
    Shift.objects.create(
        authority=person.authority, person=person, post=post,
        starts_at=now - timedelta(hours=3), ends_at=now + timedelta(hours=hours),
    )  # fmt: skip


@pytest.mark.slow
def test_every_page_is_accessible_and_fits(
    live_server, page: Page, check, sign_in: SignIn, officer_of: OfficerOf, exporter: User,
    organisation: Organisation,
) -> None:  # fmt: skip
    case = journeys.file(exporter, organisation, relief(CRITICAL))
    plain = journeys.file(exporter, organisation, relief())
    opened = clock.now() - timedelta(hours=9)
    Case.objects.filter(pk=plain.pk).update(opened_at=opened, routed_at=opened + timedelta(minutes=3))
    person = officer_of("DE", Role.HUMANITARIAN_ADJUDICATOR)
    on_duty(person, "first", 90)
    on_duty(officer_of("DE", Role.HUMANITARIAN_ADJUDICATOR), "backup", 20)
    home = f"{live_server.url}/workbench/"
    sign_in(page, person)
    for name, address in {
        "desk": f"{home}aid/",
        "interests": f"{home}cases/{case.reference}/interests/",
        "ruling": f"{home}cases/{case.reference}/ground/",
        "case": f"{home}cases/{case.reference}/",
        "queue": home,
    }.items():
        check(address)
        picture(page, f"lane-{name}")
    sign_in(page, officer_of("DE", Role.DECIDER))
    check(f"{live_server.url}/administration/rota/")
    picture(page, "lane-rota")


def test_a_key_is_signed_by_keyboard_alone_at_320_px_without_javascript(
    live_server, plain_page: Page, sign_in: SignIn, officer_of: OfficerOf, exporter: User,
    organisation: Organisation,
) -> None:  # fmt: skip
    page = plain_page
    page.set_viewport_size({"width": 320, "height": 700})
    case = journeys.file(exporter, organisation, relief(CRITICAL))
    sign_in(page, officer_of("DE", Role.ADVISER, ministry=Ministry.DEFENCE))
    page.goto(f"{live_server.url}/workbench/aid/")
    page.get_by_role("link", name=case.reference).focus()
    page.keyboard.press("Enter")
    page.get_by_role("radio", name="Security").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type(WEIGHED)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Your key is signed.")).to_be_visible()
    key = Key.objects.get()
    assert (key.interest, key.reasons) == ("security", WEIGHED)
    run_deliveries()
