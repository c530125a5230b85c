"""A thread of messages and a suspicious order, on the pages with most on them, in a browser."""

import pytest
from playwright.sync_api import Page

from api.examples import MESSAGE, SUSPICION
from ledger.testing import run_deliveries
from licensing.services import messages, suspicions
from members.models import Organisation, Role, User
from tests.browser.test_workbench import SignIn, sign_in
from tests.licensing.conftest import Desk, OfficerOf, desk

__all__ = ["desk", "sign_in"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.slow
def test_the_pages_with_most_on_them_are_accessible_and_fit(
    live_server,
    page: Page,
    check,
    sign_in: SignIn,
    desk: Desk,
    officer_of: OfficerOf,
    exporter: User,
    organisation: Organisation,
) -> None:
    officer, french = officer_of("DE", Role.DECIDER, Role.LICENSING_OFFICER), officer_of("FR")
    sent = messages.send(actor=officer, case=desk.case, **{**MESSAGE, "to": ["FR", "US"]})
    run_deliveries()
    messages.read(actor=french, message=sent)
    messages.acknowledge(actor=french, message=sent)
    messages.send(actor=french, case=desk.case, to=["DE"], text="Twice, last in May.", reply_to=sent)
    report = suspicions.file(actor=exporter, organisation=organisation, **SUSPICION)
    run_deliveries()
    sign_in(page, officer)
    home = f"{live_server.url}/workbench"
    check(f"{home}/messages/{sent.uid}/")
    check(f"{home}/suspicious-orders/{report.reference}/")
    sign_in(page, exporter)
    check(f"{live_server.url}/suspicious-orders/new/")
