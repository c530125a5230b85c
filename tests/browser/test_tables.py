"""The page of a CSV file in a browser: accessible and narrow, with faults and without."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from licensing.services import applications
from members.models import Organisation, User
from tests.browser.conftest import assert_accessible, assert_fits
from tests.browser.test_workbench import SignIn, sign_in
from tests.licensing.test_tables import CAMERA, HEAD

__all__ = ["sign_in"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def send(page: Page, text: str) -> None:
    page.get_by_label("CSV file").set_input_files(
        {"name": "items.csv", "mimeType": "text/csv", "buffer": text.encode()}
    )
    page.get_by_role("button", name="Look at the file").click()


@pytest.mark.slow
def test_a_file_is_mended_and_taken_over_without_javascript(
    live_server, page: Page, plain_page: Page, check, sign_in: SignIn, in_force: None, exporter: User,
    organisation: Organisation,
) -> None:  # fmt: skip
    application = applications.start(actor=exporter, organisation=organisation)
    address = f"{live_server.url}/applications/{application.reference}/items/table/"
    sign_in(page, exporter)
    check(address)
    send(page, f"{HEAD}\n{CAMERA}\nCamera,6A003,9007,4,NAR,=1+1,EUR")
    expect(page.get_by_role("link", name="Row 3, hs_code")).to_be_visible()
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 900})
        assert_fits(page)
        assert_accessible(page)
    sign_in(plain_page, exporter)
    plain_page.goto(address)
    send(plain_page, f"{HEAD}\n{CAMERA}")
    plain_page.get_by_role("button", name="Take this row over").click()
    expect(plain_page.get_by_text("The file is taken over.")).to_be_visible()
