"""A provisional grant in a browser: accessible, fitting pages; confirmed by two members without script."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from licensing.models import Licence
from licensing.services import information
from members.models import Organisation, Role, User
from tests import journeys
from tests.browser.test_waivers import look
from tests.browser.test_workbench import SignIn, sign_in
from tests.escalation import relief
from tests.escalation.test_provisional import owed

__all__ = ["sign_in"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("in_force"),
]


@pytest.mark.slow
def test_pages_of_a_provisional_grant_are_accessible_fit_and_lead_to_its_confirmation(
    live_server,
    page: Page,
    plain_page: Page,
    check,
    sign_in: SignIn,
    exporter: User,
    organisation: Organisation,
    officer_of: Callable[..., User],
) -> None:
    with journeys.later(hours=-26):
        owed(organisation, confirmed=True)
        items = journeys.dossier()["items"]
        items[0] |= {"quantity": "40", "serial_numbers": []}
        grant = relief.granted(exporter, organisation, items=items)
    asked = information.ask(
        actor=officer_of("DE", Role.DECIDER),
        case=grant.case,
        reason_code="clarification",
        question="Who meets the goods at the port?",
    )
    home = f"{live_server.url}/workbench/cases/{grant.case.reference}"
    sign_in(page, officer_of("DE", Role.DECIDER))
    look(
        page,
        check,
        {
            "provisional": f"{home}/provisional/",
            "provisional-case": f"{home}/",
            "provisional-ask": f"{home}/questions/ask/",
            "provisional-decision": f"{home}/decision/",
            "provisional-licence": f"{home}/licence/",
            "provisional-verify": f"{live_server.url}/verify/{grant.licence.number}/",
        },
    )
    page.context.clear_cookies()
    sign_in(page, exporter)
    look(
        page,
        check,
        {
            "provisional-own": f"{live_server.url}/licences/{grant.licence.number}/",
            "provisional-question": f"{live_server.url}/questions/{asked.uid}/",
            "provisional-application": f"{live_server.url}/applications/{grant.case.application.reference}/",
        },
    )
    sign_in(plain_page, officer_of("DE", Role.DECIDER))
    plain_page.goto(f"{home}/decision/grant/")
    plain_page.get_by_label("International obligations, commitments and sanctions").check()
    plain_page.get_by_label("Reasons, for officers").fill("Ventilators for a hospital; the society is known.")
    plain_page.get_by_role("button", name="Propose to the countersigner").click()
    expect(plain_page.get_by_text("The decision waits for its countersignature.")).to_be_visible()
    plain_page.context.clear_cookies()
    sign_in(plain_page, officer_of("FR", Role.DECIDER))
    plain_page.goto(f"{home}/")
    plain_page.get_by_role("button", name="Confirm the provisional grant").click()
    plain_page.get_by_role("button", name="Countersign").click()
    plain_page.goto(f"{home}/provisional/")
    expect(plain_page.get_by_text("The licence is an ordinary one.")).to_be_visible()
    assert Licence.objects.get(pk=grant.licence_id).decision is not None
