"""Nobody stalls a case: acknowledged, taken over, delegated, on duty and offline, in a browser at both widths."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from joserfc.jwk import ECKey
from playwright.sync_api import Page, expect

from core import clock
from licensing.services import claims
from members import services
from members.models import Jurisdiction, Role, User
from tests.browser.test_clocks import keep
from tests.licensing.conftest import Desk, OfficerOf, desk

__all__ = ["desk"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


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


def fill_day(page: Page, name: str, days: int) -> None:
    wanted = clock.today() + timedelta(days=days)
    for part in ("day", "month", "year"):
        page.locator(f"#id_{name}-{part}").fill(str(getattr(wanted, part)))


def test_an_officer_acknowledges_and_a_colleague_takes_over_from_the_inbox_of_the_team(
    desk: Desk, officer_of: OfficerOf, page: Page, live_server, become, check
) -> None:
    become(officer_of("FR"))
    check(f"{live_server.url}/workbench/cases/{desk.case.reference}/consultations/")
    page.get_by_role("button", name="FR (Trade) has it in hand").click()
    expect(page.get_by_text("The lead reads that you have it in hand.")).to_be_visible()
    expect(page.get_by_text("has had it in hand since")).to_be_visible()
    claims.claim_consultation(actor=officer_of("FR"), consultation=desk.consultation("FR"))
    decider = officer_of("FR", Role.DECIDER)
    become(decider)
    check(f"{live_server.url}/workbench/queue/team/")
    keep(page, "team")
    expect(page.get_by_text("Nobody of your authority is on duty now.")).to_be_visible()
    page.get_by_role("button", name=f"Take over {desk.case.reference}").click()
    expect(page.get_by_text("The consultation is yours.")).to_be_visible()
    assert desk.consultation("FR").officer == decider
    check(page.url)
    keep(page, "taken")


def test_an_administrator_registers_the_keys_of_a_system(
    in_force: None, officer_of: OfficerOf, page: Page, live_server, become, check
) -> None:
    administrator = officer_of("FR", Role.ADMINISTRATOR)
    made = services.register_client(
        actor=administrator, person=officer_of("FR"), name="Desk", scopes=["cases:read", "positions:write"]
    )
    become(administrator)
    path = f"{live_server.url}/account/systems/{made.client.pk}/"
    check(path)
    page.get_by_label("Public keys").fill("{")
    page.get_by_role("button", name="Register the keys").click()
    expect(page.get_by_text("This is no JSON").first).to_be_visible()
    key = ECKey.generate_key("P-256").as_dict(private=False)
    page.get_by_label("Public keys").fill(json.dumps({"keys": [key]}))
    page.get_by_role("button", name="Register the keys").click()
    expect(page.get_by_text("The keys are registered.")).to_be_visible()
    check(path)
    keep(page, "system")
    check(f"{live_server.url}/administration/people/")
    keep(page, "signatures")


def test_an_officer_names_a_deputy_and_ends_it(
    in_force: None, officer_of: OfficerOf, page: Page, live_server, become, check
) -> None:
    person, deputy = officer_of("FR", Role.DECIDER), officer_of("FR", Role.ADVISER)
    become(person)
    check(f"{live_server.url}/account/")
    keep(page, "account")
    page.get_by_role("button", name="Switch the digest off").click()
    expect(page.get_by_role("button", name="Switch the digest on")).to_be_visible()
    page.get_by_role("link", name="Name a deputy").click()
    page.get_by_role("button", name="Name the deputy").click()
    expect(page.get_by_text("There is a problem")).to_be_visible()
    page.get_by_label("Deputy").select_option(label=str(deputy))
    fill_day(page, "first", 0)
    fill_day(page, "last", -1)
    page.get_by_role("button", name="Name the deputy").click()
    expect(page.get_by_text("The last day is over before the first").first).to_be_visible()
    fill_day(page, "last", 5)
    page.get_by_role("button", name="Name the deputy").click()
    expect(page.get_by_text(f"{deputy} acts for {person}.")).to_be_visible()
    check(page.url)
    keep(page, "deputies")
    assert Role.DECIDER in User.objects.get(pk=deputy.pk).roles
    page.get_by_role("button", name=re.compile(f"End it now.*{deputy}")).click()
    expect(page.get_by_text("The delegation has ended.")).to_be_visible()
    assert Role.DECIDER not in User.objects.get(pk=deputy.pk).roles


def test_a_decider_fills_the_rota_and_sees_its_gaps(
    in_force: None, officer_of: OfficerOf, page: Page, live_server, become, check
) -> None:
    duty = officer_of("FR")
    become(officer_of("FR", Role.DECIDER))
    page.goto(f"{live_server.url}/workbench/")
    page.get_by_role("link", name="On duty").first.click()
    page.get_by_label("Officer").select_option(label=str(duty))
    fill_day(page, "day", 1)
    fill_day(page, "until", 5)
    page.get_by_label("From").fill("20:00")
    page.get_by_label("To", exact=True).fill("08:00")
    page.get_by_role("button", name="Add to the rota").click()
    expect(page.get_by_text("The shifts are on the rota.")).to_be_visible()
    expect(page.get_by_text(f"{duty} 20:00–24:00").first).to_be_visible()
    expect(page.get_by_text("08:00–20:00").first).to_be_visible()
    check(page.url)
    keep(page, "rota")
    page.get_by_role("button", name=re.compile(f"Remove.*{duty}")).first.click()
    expect(page.get_by_text("The shift is off the rota.")).to_be_visible()


def test_a_member_is_declared_offline_and_everyone_may_know(
    desk: Desk, officer_of: OfficerOf, page: Page, live_server, become, check
) -> None:
    become(officer_of("JP", Role.CRISIS_SEAT))
    check(f"{live_server.url}/administration/offline/")
    page.get_by_label("Member").select_option(label=str(Jurisdiction.objects.get(code="FR")))
    page.get_by_label("Why").fill("The data centre was flooded.")
    fill_day(page, "last", 3)
    page.get_by_role("button", name="Declare it offline").click()
    expect(page.get_by_text("is offline. Its substitutes may answer at once.")).to_be_visible()
    check(page.url)
    keep(page, "offline")
    become(officer_of("DE"))
    check(f"{live_server.url}/workbench/cases/{desk.case.reference}/consultations/")
    expect(page.get_by_text("Member offline").first).to_be_visible()
    keep(page, "consultations-offline")
    page.context.clear_cookies()
    check(f"{live_server.url}/members/")
    expect(page.get_by_text("Offline").first).to_be_visible()
    expect(page.get_by_text("flooded")).to_have_count(0)
    keep(page, "members")
