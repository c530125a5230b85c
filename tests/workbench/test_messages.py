"""Messages at the workbench: written, opened, answered and acknowledged on pages."""

from __future__ import annotations

from django.test import Client

from ledger.testing import run_deliveries
from licensing.models import CaseMessage, MessageReceipt
from members.models import Role, User
from tests.licensing.conftest import Desk, OfficerOf
from tests.workbench.test_cases import SignedIn

SAID = {"to": ["FR"], "subject": "Consignee in Singapore", "text": "Have you delivered there before?"}


def text(browser: Client, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def test_it_is_written_opened_answered_and_acknowledged_on_pages(
    desk: Desk, officer_of: OfficerOf, signed_in: SignedIn
) -> None:
    german, french = signed_in(officer_of("DE")), signed_in(officer_of("FR"))
    tab = f"/workbench/cases/{desk.case.reference}/messages/"
    refused = german.post(f"{tab}new/", {**SAID, "text": ""})
    assert refused.status_code == 422
    assert "Consignee in Singapore" in refused.content.decode()  # nothing is lost
    assert german.post(f"{tab}new/", {**SAID, "to": ["JP"]}).status_code == 422
    assert german.post(f"{tab}new/", {**SAID, "acknowledge_within": "24"}).status_code == 302
    run_deliveries()
    message = CaseMessage.objects.get()
    one = f"/workbench/messages/{message.uid}/"
    assert "Unread" in text(french, tab)
    assert "Unread" in text(french, "/workbench/messages/")
    assert SAID["text"] not in text(french, tab)  # what is in a list is not read yet
    assert "Delivered" in text(german, one)
    assert not MessageReceipt.objects.filter(kind="read").exists()
    assert str(SAID["text"]) not in text(french, one)  # nor is what nobody has opened
    assert str(SAID["text"]) in text(signed_in(officer_of("FR", Role.AUDITOR)), one)
    assert french.post(f"{one}open/").status_code == 302
    assert str(SAID["text"]) in text(french, one)
    assert "Unread" not in text(french, tab)
    assert french.post(one, {"to": ["DE"], "text": "Twice, last in May."}).status_code == 302
    assert french.post(f"{one}acknowledge/").status_code == 302
    german.post(f"{one}open/")
    page = text(german, one)
    assert "Acknowledged" in page
    assert "Twice, last in May." in page
    assert "How long members take" in text(german, "/workbench/messages/")


def test_others_find_neither_the_message_nor_a_trace_of_it(
    desk: Desk, officer_of: OfficerOf, signed_in: SignedIn, exporter: User
) -> None:
    german = signed_in(officer_of("DE"))
    tab = f"/workbench/cases/{desk.case.reference}/messages/"
    german.post(f"{tab}new/", SAID)
    run_deliveries()
    one = f"/workbench/messages/{CaseMessage.objects.get().uid}/"
    american = signed_in(officer_of("US"))
    for address in (tab, "/workbench/messages/", f"/workbench/cases/{desk.case.reference}/timeline/"):
        page = text(american, address)
        assert str(SAID["subject"]) not in page
        assert "Message sent" not in page
    for stranger in (american, signed_in(officer_of("JP")), signed_in(exporter)):
        assert stranger.get(one).status_code == 404
        for act in ("open", "acknowledge"):
            assert stranger.post(f"{one}{act}/").status_code == 404
    assert "Message sent to other members" in text(
        german, f"/workbench/cases/{desk.case.reference}/timeline/"
    )


def test_the_pages_of_messages_do_not_grow_with_them(
    desk: Desk, officer_of: OfficerOf, signed_in: SignedIn
) -> None:
    from tests.workbench.test_queries import CASE, queries

    browser = signed_in(officer_of("DE"))
    tab = f"/workbench/cases/{desk.case.reference}/messages/"
    browser.post(f"{tab}new/", SAID)
    few = [queries(browser, page) for page in (tab, "/workbench/messages/")]
    for _number in range(3):
        browser.post(f"{tab}new/", {**SAID, "to": ["FR", "US"]})
    run_deliveries()
    many = [queries(browser, page) for page in (tab, "/workbench/messages/")]
    assert many[0] <= few[0] <= CASE + 4
    assert many[1] <= few[1] <= 30
