"""Suspicious orders on pages: reported in the portal, flagged on the case, reviewed at the workbench."""

from __future__ import annotations

from ledger.testing import run_deliveries
from licensing.models import SuspiciousOrder
from members.models import Organisation, Role, User
from tests.licensing.conftest import Desk, OfficerOf
from tests.workbench.test_cases import SignedIn
from tests.workbench.test_messages import text


def reported(organisation: Organisation) -> dict[str, object]:
    return {
        "goods": "Twelve high-speed cameras",
        "outcome": "declined",
        "party_name": "Straits Combustion Laboratory",
        "party_country": "SG",
        "red_flags": ["RF02", "RF05"],
        "reasons": "The agent offers cash and will not say what they film.",
        "organisation": str(organisation.uid),
        "application": "",
    }


def test_it_is_reported_flagged_and_reviewed_on_pages(
    desk: Desk, officer_of: OfficerOf, signed_in: SignedIn, exporter: User, organisation: Organisation
) -> None:
    office, given = signed_in(exporter), reported(organisation)
    refused = office.post("/suspicious-orders/new/", {**given, "lei": "NO0LEI", "party_country": "QQ"})
    assert refused.status_code == 422
    page = refused.content.decode()
    assert "An LEI has 20 letters and digits" in page
    assert "Use the two-letter ISO 3166 code" in page
    assert "The agent offers cash" in page  # nothing is lost
    sent = office.post("/suspicious-orders/new/", given)
    report = SuspiciousOrder.objects.get()
    receipt = f"/suspicious-orders/{report.reference}/"
    assert (sent.status_code, sent["Location"]) == (302, receipt)
    run_deliveries()
    before = text(office, receipt)
    german = signed_in(officer_of("DE", Role.DECIDER, Role.LICENSING_OFFICER))
    assert "has reported an order that bears on this case" in text(
        german, f"/workbench/cases/{desk.case.reference}/"
    )
    assert "suspicious order" in text(german, "/workbench/").lower()
    assert "To be reviewed" in text(german, "/workbench/suspicious-orders/")
    one = f"/workbench/suspicious-orders/{report.reference}/"
    assert desk.case.reference in text(german, one)
    assert german.post(one, {"outcome": "closed"}).status_code == 422
    given_on = {"outcome": "passed_on", "to": ["FR"], "reason": "It may go your way."}
    assert german.post(one, given_on).status_code == 302
    assert "It may go your way." in text(german, one)
    french = signed_in(officer_of("FR"))
    assert "passed it on" in text(french, one)
    assert french.post(one, given_on).status_code == 422  # not offered to it
    assert french.post(one, {"outcome": "noted"}).status_code == 302
    assert "bears on this case" not in text(french, f"/workbench/cases/{desk.case.reference}/")
    assert signed_in(officer_of("US")).get(one).status_code == 404
    assert text(office, receipt).partition("<main")[2] == before.partition("<main")[2]
    assert report.reference in text(office, "/suspicious-orders/")
    assert office.get(one).status_code == 404
