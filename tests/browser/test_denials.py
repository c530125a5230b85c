"""Denials, files of them, the question whether a case is one, and the blind match, in a browser."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page

from api.views.denials import NOTICES
from core import clock
from intelligence import blind, blinding, imports
from ledger.testing import run_deliveries
from licensing.models import LinkedCase, UndercutCheck
from members.models import Role, User
from tests.browser.test_workbench import SignIn, sign_in
from tests.licensing.conftest import Desk, OfficerOf, desk
from tests.workbench.test_denials import french_denial

__all__ = ["desk", "sign_in"]
pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_every_page_is_accessible_and_fits(
    live_server, page: Page, check: Callable[[str], None], sign_in: SignIn, desk: Desk, officer_of: OfficerOf
) -> None:
    officer: User = officer_of("DE", Role.DECIDER, Role.LICENSING_OFFICER)
    run_deliveries()
    denial = french_denial(
        desk,
        releasable_to=["DE"],
        lines=[{"code": "6A003", "description": "Camera", "quantity": "3", "unit": "NMB"}],
        end_use="To film crash tests in a hall of the carmaker.",
        regime_reference="AB-CD-EF-000",
    )
    row = UndercutCheck.objects.get()
    file = imports.propose(actor=officer_of("DE"), filename="denials.csv", content=NOTICES.encode())
    pair = blinding.propose(actor=officer, member="FR", key_id="0" * 16)
    french = officer_of("FR", Role.DECIDER)
    blinding.agree(actor=french, pair=pair, key_id="0" * 16)
    prints = blind.batch(b"0" * 32, "FR", [blind.Subject("6A003", "x", "SG")], (blind.QUERY_SIZE,)).values
    blinding.ask(actor=officer, pair=pair, fingerprints=prints)
    run_deliveries()
    LinkedCase.objects.all()
    home = f"{live_server.url}/workbench/"
    sign_in(page, officer)
    shoot(page, home, "denials/", check)
    shoot(page, home, f"denials/{denial.reference}/", check)
    shoot(page, home, "denials/files/", check)
    shoot(page, home, "denials/files/new/", check)
    shoot(page, home, f"denials/files/{file.uid}/", check)
    shoot(page, home, f"undercut/{row.uid}/", check)
    shoot(page, home, f"cases/{desk.case.reference}/consultations/", check)
    shoot(page, home, "blind/", check)
    shoot(page, home, f"blind/{pair.uid}/", check)
    sign_in(page, french)
    shoot(page, home, f"undercut/{row.uid}/", check, "answer")
    shoot(page, home, f"denials/{denial.reference}/", check, "own")
    shoot(page, home, f"denials/{denial.reference}/release/", check)
    assert clock.now() - row.asked_at < timedelta(hours=1)


def shoot(page, home, path, check, more=""):
    name = path.strip("/").split("/")
    name = "_".join(p for p in name if len(p) < 20) + more
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(home + path)
    page.screenshot(path=f"/tmp/denials/{name}.png", full_page=True)
    page.set_viewport_size({"width": 320, "height": 900})
    page.screenshot(path=f"/tmp/denials/{name}_320.png", full_page=True)
    try:
        check(home + path)
    except AssertionError as error:
        print("CHECK", path, str(error)[:800])
