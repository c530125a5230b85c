"""The pages of a case."""

from collections.abc import Callable

import pytest
from django.test import Client

from licensing.models import Case
from licensing.services import cases
from members.models import Organisation, Role, User
from tests import journeys
from tests.licensing.conftest import OfficerOf
from tests.standing import stays
from tests.workbench.conftest import Desk

SignedIn = Callable[[User], Client]
TABS = ("", "parties/", "dossier/", "consultations/", "questions/", "decision/", "notes/", "timeline/")


def test_every_page_of_a_case_opens_for_those_with_a_part_in_it(
    desk: Desk, officer_of: OfficerOf, signed_in: SignedIn
) -> None:
    home = f"/workbench/cases/{desk.case.reference}/"
    for officer in (officer_of("DE"), officer_of("FR"), officer_of("JP", Role.AUDITOR)):
        browser = signed_in(officer)
        for tab in (*TABS, "clock/", "present/", "questions/ask/", "reassign/"):
            answer = browser.get(home + tab)
            assert answer.status_code == 200, tab
        assert desk.case.reference in browser.get(home).content.decode()


def test_a_foreign_case_answers_like_an_absent_one(
    desk: Desk, officer_of: OfficerOf, signed_in: SignedIn, exporter: User
) -> None:
    for person in (officer_of("JP", Role.DECIDER), exporter):
        browser = signed_in(person)
        for tab in TABS:
            foreign = browser.get(f"/workbench/cases/{desk.case.reference}/{tab}")
            absent = browser.get(f"/workbench/cases/EN-0000-0000/{tab}")
            assert foreign.status_code == absent.status_code == 404


@stays
def home(desk: Desk) -> str:
    return f"/workbench/cases/{desk.case.reference}/"


def test_the_summary_offers_what_is_allowed_and_says_why_the_rest_is_not(
    desk: Desk, home: str, officer_of: OfficerOf, signed_in: SignedIn
) -> None:
    french = signed_in(officer_of("FR")).get(home).content.decode()
    assert "Take a position for FR (Trade)" in french
    assert "Only the authority that leads the case can do this." in french
    german = signed_in(officer_of("DE")).get(home).content.decode()
    assert "Claim the case" in german


def test_claiming_releasing_and_reassigning(
    desk: Desk, home: str, officer_of: OfficerOf, signed_in: SignedIn
) -> None:
    one, other = officer_of("DE"), officer_of("DE")
    browser = signed_in(one)
    assert browser.get(home + "claim/").status_code == 405
    browser.post(home + "claim/")
    assert desk.reload().officer == one
    assert signed_in(other).post(home + "claim/").status_code == 403
    browser.post(home + "reassign/", {"officer": other.uid})
    assert desk.reload().officer == other
    assert browser.post(home + "reassign/", {"officer": officer_of("FR").uid}).status_code == 422
    signed_in(other).post(home + "release/")
    assert desk.reload().officer is None


def test_two_officers_on_one_case_see_each_other(
    desk: Desk, home: str, officer_of: OfficerOf, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = officer_of("DE"), officer_of("DE")
    first, second = signed_in(one), signed_in(other)
    assert "Also looking at this case now" not in first.get(home).content.decode()
    assert one.name in second.get(home).content.decode()
    assert other.name in first.get(home + "present/").content.decode()

    def away(*args: object, **kwargs: object) -> None:
        raise ConnectionError("no cache")

    monkeypatch.setattr("workbench.presence.cache.get", away)
    assert first.get(home).status_code == 200


def test_notes_stay_in_the_jurisdiction_that_wrote_them(
    desk: Desk, home: str, officer_of: OfficerOf, signed_in: SignedIn
) -> None:
    browser = signed_in(officer_of("FR"))
    assert browser.post(home + "notes/", {"text": ""}).status_code == 422
    browser.post(home + "notes/", {"text": "Ask the lab in Lyon."})
    assert "Ask the lab in Lyon." in browser.get(home + "notes/").content.decode()
    assert "Ask the lab in Lyon." not in signed_in(officer_of("DE")).get(home + "notes/").content.decode()


def test_asking_the_exporter(desk: Desk, home: str, officer_of: OfficerOf, signed_in: SignedIn) -> None:
    browser = signed_in(officer_of("DE"))
    wrong = browser.post(
        home + "questions/ask/", {"reason_code": "end_use_unclear", "question": "?", "days": "40"}
    )
    assert wrong.status_code == 422
    right = {
        "reason_code": "end_use_unclear",
        "question": "Which engine is filmed, and for whom?",
        "days": "7",
    }
    browser.post(home + "questions/ask/", right)
    assert desk.reload().status == Case.Status.AWAITING_APPLICANT
    page = browser.get(home + "questions/").content.decode()
    assert "Which engine is filmed" in page
    question = desk.case.information_requests.get()
    browser.post(f"/workbench/questions/{question.uid}/withdraw/")
    assert desk.reload().status == Case.Status.IN_REVIEW


def test_the_queue_lists_filters_sorts_and_allocates(
    desk: Desk, officer_of: OfficerOf, signed_in: SignedIn
) -> None:
    officer, colleague = officer_of("DE"), officer_of("DE")
    browser = signed_in(officer)
    reference = desk.case.reference
    for address in (
        "/workbench/queue/ours/",
        "/workbench/queue/all/?sort=-score",
        "/workbench/queue/ours/?status=in_review&lane=standard&band=green",
        "/workbench/queue/ours/?text=straits&status=nonsense",
    ):
        assert reference in browser.get(address).content.decode(), address
    assert reference not in browser.get("/workbench/queue/ours/?status=decided").content.decode()
    assert reference in signed_in(officer_of("FR")).get("/workbench/").content.decode()
    fragment = browser.get("/workbench/queue/ours/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in fragment
    assert reference in fragment

    assert browser.post("/workbench/queue/allocate/", {"officer": colleague.uid}).status_code == 422
    browser.post("/workbench/queue/allocate/", {"cases": [reference], "officer": colleague.uid})
    assert desk.reload().officer == colleague
    assert (
        signed_in(officer_of("FR"))
        .post("/workbench/queue/allocate/", {"cases": [reference], "officer": officer_of("FR").uid})
        .status_code
        == 403
    )


def test_searching(desk: Desk, officer_of: OfficerOf, signed_in: SignedIn) -> None:
    found = signed_in(officer_of("DE")).get("/workbench/search/?q=straits").content.decode()
    assert desk.case.reference in found
    missed = signed_in(officer_of("JP")).get("/workbench/search/?q=straits").content.decode()
    assert desk.case.reference not in missed


def test_someone_without_a_second_factor_is_led_to_enrol(
    desk: Desk, home: str, officer_of: OfficerOf, signed_in: SignedIn
) -> None:
    browser = signed_in(officer_of("DE", second_factor=False))
    assert browser.get(home).status_code == 302
    assert Client().get(home).status_code == 302


def test_the_work_of_a_leaver_goes_back(desk: Desk, officer_of: OfficerOf) -> None:
    from ledger.testing import run_deliveries
    from members.services import remove_leaver

    officer = officer_of("DE")
    cases.claim(actor=officer, case=desk.case)
    remove_leaver(actor=officer_of("DE", Role.ADMINISTRATOR), person=officer)
    run_deliveries()
    assert desk.reload().officer is None


def test_the_dossier_says_in_words_what_the_exporter_claims(
    officer_of: OfficerOf, signed_in: SignedIn, exporter: User, organisation: Organisation, in_force: None
) -> None:
    ground = {
        "kind": "humanitarian", "provider": "red_cross", "supply": "medical", "reference": "",
        "explanation": "Ventilators for the field hospital after the flood.",
    }  # fmt: skip
    case = journeys.file(exporter, organisation, journeys.dossier(ground=ground))
    page = signed_in(officer_of("DE")).get(f"/workbench/cases/{case.reference}/dossier/").content.decode()
    for said in ("Humanitarian", "Red Cross or Red Crescent", ground["explanation"], "Bank transfer"):
        assert said in page
    assert "The end-user lets the authorities check the use on site" in page


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.CUSTOMS_OFFICER])
def test_who_only_reads_keeps_no_notes(
    desk: Desk, officer_of: OfficerOf, signed_in: SignedIn, role: Role
) -> None:
    visitor = signed_in(officer_of("DE", role))
    address = f"/workbench/cases/{desk.case.reference}/notes/"
    assert "adds nothing" in visitor.get(address).content.decode()
    assert visitor.post(address, {"text": "A remark."}).status_code == 403
