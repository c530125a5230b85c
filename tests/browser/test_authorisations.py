"""Authorisations in a browser: accessible, fitting pages; registering and declaring at 320 px without script."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from exemptions import authorising
from exemptions.models import Use
from licensing import using
from members.models import Organisation, User
from tests import authorisations as made
from tests import crises
from tests.authorisations import HANBIT, asked, to
from tests.browser.conftest import follow
from tests.browser.test_waivers import look
from tests.browser.test_workbench import SignIn, sign_in
from tests.crises import decider, seat

__all__ = ["sign_in"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("in_force"),
]


@pytest.mark.slow
def test_pages_of_authorisations_are_accessible_and_fit(
    live_server, page: Page, check, sign_in: SignIn, exporter: User, organisation: Organisation
) -> None:
    registration = made.registered(exporter, organisation)
    recorded = using.declare(actor=exporter, registration=registration, asked=asked())
    refused = using.declare(
        actor=exporter, registration=registration, asked=asked(statements=(), parties=to("CN"))
    )
    waiting = using.declare(
        actor=exporter,
        registration=made.registered(exporter, organisation, "eu001"),
        asked=asked("eu001", parties=to("US")),
    )
    made.registered(exporter, organisation, "eu007")
    declaration = crises.in_force("DE", "FR", set_key=crises.a_set())
    granted = made.for_crisis(declaration)
    authorising.draft(
        actor=seat("DE"),
        instrument=made.instrument("crisis-supply"),
        declaration=declaration,
        **made.bounds(),
    )
    url = live_server.url
    look(page, check, {"public-list": f"{url}/authorisations/", "public-one": f"{url}/authorisations/eu008/"})
    sign_in(page, decider("DE"))
    look(
        page,
        check,
        {
            "office": f"{url}/workbench/authorisations/",
            "office-granted": f"{url}/workbench/authorisations/{granted.reference}/",
            "office-new": f"{url}/workbench/authorisations/new/individual/",
            "office-registrations": f"{url}/workbench/registrations/",
            "office-registration": f"{url}/workbench/registrations/{registration.reference}/",
            "office-use": f"{url}/workbench/uses/{waiting.reference}/",
        },
    )
    page.context.clear_cookies()
    sign_in(page, exporter)
    own = f"{url}/registrations/"
    look(
        page,
        check,
        {
            "registrations": own,
            "which": f"{own}?control_codes=6A003&country=KR",
            "register": f"{own}for/eu007/",
            "register-crisis": f"{own}for/crisis-supply/",
            "registration": f"{own}{registration.reference}/",
            "use-new": f"{own}{registration.reference}/use/",
            "report": f"{own}{registration.reference}/report/",
            "use-recorded": f"{url}/uses/{recorded.reference}/",
            "use-refused": f"{url}/uses/{refused.reference}/",
            "use-waiting": f"{url}/uses/{waiting.reference}/",
        },
    )


def test_an_exporter_registers_and_declares_at_320_px_without_javascript(
    live_server, plain_page: Page, sign_in: SignIn, exporter: User
) -> None:
    page = plain_page
    page.set_viewport_size({"width": 320, "height": 700})
    sign_in(page, exporter)
    page.goto(f"{live_server.url}/registrations/")
    page.get_by_label("Control list codes").fill("6A003")
    page.get_by_label("Destination").fill("KR")
    page.get_by_role("button", name="Find").click()
    follow(page.get_by_role("link", name="TD1"))
    for box in page.get_by_role("checkbox").all():
        box.check()
    page.get_by_role("button", name="Register").click()
    page.get_by_role("button", name="Declare an export").click()
    first, who = page.get_by_role("group", name="First item"), page.get_by_role("group", name="Consignee")
    first.get_by_label("What is it?").fill("High-speed camera")
    first.get_by_label("Control list code").fill("6A003")
    first.get_by_label("Quantity").fill("2")
    first.get_by_label("Unit").select_option("NAR")
    first.get_by_label("Value", exact=True).fill("48000")
    who = page.get_by_role("group", name="Consignee", exact=True)
    who.get_by_label("Full name").fill(HANBIT)
    who.get_by_label("Address").fill("8 Gwahak-ro, Daejeon")
    who.get_by_label("Country").fill("KR")
    page.get_by_role("group", name="Is the consignee the end-user?").get_by_label("Yes").check()
    page.get_by_label("What is the export for?").select_option("sale")
    page.get_by_label("What does the end-user do with the goods?").fill(made.END_USE)
    for question in ("Is the end-user military", "Have you been informed", "Do the goods go to"):
        page.get_by_role("group", name=question).get_by_label("No").check()
    page.get_by_label("The consignee asks before").check()
    page.get_by_label("Who signed the consignee's statement?").fill("Park Ji-woo, purchasing")
    for name, value in (("Day", "2"), ("Month", "1"), ("Year", "2026")):
        page.get_by_label(name, exact=True).fill(value)
    page.get_by_role("button", name="Declare").click()
    expect(page.get_by_role("heading", name="The use is recorded")).to_be_visible()
    assert Use.objects.get().status == "recorded"
