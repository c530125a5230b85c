"""Denials, files of them, the question whether a case is one, and the blind match, in a browser."""

import pytest
from playwright.sync_api import Page

from api.views.denials import NOTICES
from intelligence import blind, blinding, imports
from ledger.testing import run_deliveries
from licensing.models import UndercutCheck
from members.models import Role
from tests.browser.test_workbench import SignIn, sign_in
from tests.licensing.conftest import Desk, OfficerOf, desk
from tests.workbench.test_denials import french_denial

__all__ = ["desk", "sign_in"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ASKED = blind.batch(b"0" * 32, "FR", [blind.Subject("6A003", "name:x|SG", "SG")], (blind.QUERY_SIZE,)).values


@pytest.mark.slow
def test_the_pages_with_most_on_them_are_accessible_and_fit(
    live_server, page: Page, check, sign_in: SignIn, desk: Desk, officer_of: OfficerOf
) -> None:
    officer = officer_of("DE", Role.DECIDER, Role.LICENSING_OFFICER)
    french = officer_of("FR", Role.DECIDER)
    line = {"code": "6A003", "description": "Camera", "quantity": "3", "unit": "NMB"}
    denial = french_denial(desk, releasable_to=["DE"], lines=[line], regime_reference="AB-CD-EF-000")
    asked = UndercutCheck.objects.get()
    file = imports.propose(actor=officer_of("DE"), filename="denials.csv", content=NOTICES.encode())
    pair = blinding.propose(actor=officer, member="FR", key_id="0" * 16)
    blinding.agree(actor=french, pair=pair, key_id="0" * 16)
    blinding.ask(actor=officer, pair=pair, fingerprints=ASKED)
    run_deliveries()
    home = f"{live_server.url}/workbench/"
    sign_in(page, officer)
    check(f"{home}denials/files/{file.uid}/")
    check(f"{home}blind/{pair.uid}/")
    sign_in(page, french)
    check(f"{home}undercut/{asked.uid}/")
    check(f"{home}denials/{denial.reference}/")
