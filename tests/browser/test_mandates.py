"""Pages of mandates, and of a file for a draft under one: accessible, narrow, and saying for whom one acts."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from licensing.services import applications
from members.models import Organisation
from tests import factories, mandates
from tests.browser.conftest import WIDTHS, assert_accessible, assert_fits
from tests.browser.test_workbench import SignIn, sign_in
from tests.licensing.test_tables import CAMERA, HEAD

__all__ = ["sign_in"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.slow
def test_pages_of_mandates_and_files_pass_axe_and_say_for_whom_one_acts(
    live_server, page: Page, check, sign_in: SignIn, in_force: None, organisation: Organisation
) -> None:
    broker = factories.OrganisationFactory(name="Transit Dupont SA")
    boss = mandates.administrator_of(broker)
    mandate = mandates.in_force(organisation, broker)
    application = applications.start(actor=mandates.fresh(boss), organisation=organisation, mandate=mandate)
    sign_in(page, boss)
    check(f"{live_server.url}/mandates/{mandate.reference}/")
    page.goto(f"{live_server.url}/applications/{application.reference}/items/table/")
    strip = page.get_by_role("region", name="For whom you act")
    expect(strip).to_contain_text(f"For {organisation.name}")
    wrong = f"{HEAD}\n{CAMERA}\nCamera,6A003,9007,4,NAR,=1+1,EUR"
    page.get_by_label("CSV file").set_input_files(
        {"name": "items.csv", "mimeType": "text/csv", "buffer": wrong.encode()}
    )
    page.get_by_role("button", name="Look at the file").click()
    expect(page.get_by_role("link", name="Row 3, hs_code")).to_be_visible()
    for width in WIDTHS.values():
        page.set_viewport_size({"width": width, "height": 900})
        assert_fits(page)
        assert_accessible(page)
