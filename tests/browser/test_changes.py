"""Changing a licence in a browser: asked at 320 px without script; each page accessible and no wider than it."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from licensing.models import Licence, LicenceChange
from licensing.services import change_consents, change_decisions, changes
from members.models import Role, User
from tests.browser.test_waivers import look
from tests.browser.test_workbench import SignIn, sign_in
from tests.enforcement.conftest import licence
from tests.licensing.conftest import OfficerOf, answered, desk

__all__ = ["answered", "desk", "licence", "sign_in"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("in_force"),
]
WHY = "The laboratory has moved next door."


def test_a_licence_is_amended_at_320_px_without_javascript(
    live_server,
    plain_page: Page,
    page: Page,
    check,
    sign_in: SignIn,
    licence: Licence,
    exporter: User,
    officer_of: OfficerOf,
) -> None:
    wide, home = page, live_server.url
    own, officers = f"{home}/licences/{licence.number}/", f"{home}/workbench"
    page = plain_page
    page.set_viewport_size({"width": 320, "height": 700})
    sign_in(page, exporter)
    page.goto(own)
    page.get_by_role("button", name="Change or extend").click()
    page.get_by_role("link", name="A spelling, an address").click()
    page.get_by_label("Address", exact=True).first.fill("10 Research Link, Singapore")
    page.get_by_label("From").fill("NLRTM")
    page.get_by_label("Why").fill(WHY)
    page.get_by_role("button", name="Ask for it").click()
    expect(page.get_by_role("alert").get_by_text("does not touch NL")).to_be_visible()
    page.get_by_label("From").fill("FRMRS")
    page.get_by_role("button", name="Ask for it").click()
    expect(page.get_by_role("heading", name="Amendment Asked for")).to_be_visible()
    change = LicenceChange.objects.get()
    first, second = officer_of("DE"), officer_of("DE", Role.COUNTERSIGNER)
    sign_in(wide, first)
    request = f"{officers}/licence-changes/{change.reference}/"
    look(wide, check, {"change-recommend": request})
    change_decisions.recommend(actor=first, change=change, proposal="grant", remark="The same party.")
    change_decisions.decide(actor=second, change=LicenceChange.objects.get())
    look(wide, check, {"change-history": f"{officers}/licences/{licence.number}/history/"})
    if not os.environ.get("ENTENTE_SCREENSHOTS"):
        return
    look(wide, check, {"change-queue": f"{officers}/licence-changes/?view=over"})
    sign_in(wide, exporter)
    look(wide, check, {"change-hub": f"{own}change/", "change-amend": f"{own}change/amend/"})
    longer = changes.ask_extension(
        actor=exporter, licence=licence, valid_until=licence.valid_until + timedelta(days=90), reason=WHY
    )
    french = officer_of("FR", Role.DECIDER)
    pages = {
        "extend": "change/extend/",
        "replace": "change/replace/",
        "give-up": "give-up/",
        "hub2": "change/",
    }
    look(wide, check, {f"change-{name}": own + path for name, path in pages.items()})
    look(
        wide, check, {"change-request": f"{home}/licence-changes/{longer.reference}/", "change-licence": own}
    )
    look(wide, check, {"change-holder-history": f"{own}history/"})
    sign_in(wide, french)
    look(wide, check, {"change-speak": f"{officers}/licence-changes/{longer.reference}/"})
    change_consents.decline(actor=french, change=longer, reason="The port is closed to such goods.")
    change_decisions.recommend(actor=first, change=longer, proposal="grant", remark="The same party.")
    sign_in(wide, second)
    look(wide, check, {"change-decide": f"{officers}/licence-changes/{longer.reference}/"})
    look(wide, check, {"change-case": f"{officers}/cases/{licence.case.reference}/licence/"})
