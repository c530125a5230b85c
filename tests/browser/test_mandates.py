"""Pages of mandates in a browser: accessible, narrow, and the strip that says for whom one acts."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from core import clock
from licensing.services import applications
from members.models import Organisation
from tests import factories, mandates
from tests.browser.test_workbench import SignIn, sign_in

__all__ = ["sign_in"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.slow
def test_pages_of_mandates_pass_axe_and_say_for_whom_one_acts(
    live_server, page: Page, check, sign_in: SignIn, in_force: None, organisation: Organisation
) -> None:
    broker = factories.OrganisationFactory(name="Transit Dupont SA")
    boss = mandates.administrator_of(broker)
    mandate = mandates.in_force(organisation, broker)
    mandates.offered(organisation, broker, destinations=["SG"], ends_on=clock.today())
    application = applications.start(actor=mandates.fresh(boss), organisation=organisation, mandate=mandate)
    sign_in(page, boss)
    home = live_server.url
    check(f"{home}/mandates/")
    page.get_by_role("link", name=mandate.reference).click()
    check(page.url)
    check(f"{home}/mandates/give/")
    check(f"{home}/applications/{application.reference}/")
    strip = page.get_by_role("region", name="For whom you act")
    expect(strip).to_contain_text(f"For {organisation.name}")
