"""Denials in the workbench: read by every member's officers, reviewed by the member that denied."""

from collections.abc import Callable

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from api.views.denials import NOTICES
from intelligence import services as intelligence
from intelligence.models import Denial
from ledger.testing import run_deliveries
from licensing.models import UndercutCheck
from licensing.services import decisions
from members.models import Jurisdiction, Role, User
from tests.licensing.conftest import Desk

OfficerOf = Callable[..., User]
SignedIn = Callable[[User], Client]


def refused(desk: Desk, officer_of: OfficerOf) -> Denial:
    proposal = decisions.propose(
        actor=officer_of("DE", Role.DECIDER),
        case=desk.case,
        kind="refuse",
        criteria=["C4"],
        ground_code="C4",
        reasons="The stated end-use does not fit the quantity.",
        reasons_for_exporter="The end-use is not established.",
    )
    decisions.countersign(actor=officer_of("DE", Role.COUNTERSIGNER), decision=proposal)
    return Denial.objects.get()


def test_a_refusal_is_read_by_a_member_that_had_no_part_in_it(
    desk: Desk, officer_of: OfficerOf, signed_in: SignedIn, exporter: User
) -> None:
    denial = refused(desk, officer_of)
    stranger = signed_in(officer_of("JP"))
    listed = stranger.get("/workbench/denials/")
    assert denial.reference in listed.content.decode()
    page = stranger.get(f"/workbench/denials/{denial.reference}/")
    assert "Only the member that denied can review its denial." in page.content.decode()
    body = {"outcome": "withdraw"}
    assert stranger.post(f"/workbench/denials/{denial.reference}/", body).status_code == 403
    assert signed_in(exporter).get(f"/workbench/denials/{denial.reference}/").status_code == 404


def test_a_decider_of_the_member_that_denied_withdraws_it(
    desk: Desk, officer_of: OfficerOf, signed_in: SignedIn
) -> None:
    denial = refused(desk, officer_of)
    address = f"/workbench/denials/{denial.reference}/"
    decider = signed_in(officer_of("DE", Role.DECIDER))
    assert decider.post(address, {}).status_code == 422
    assert (
        decider.post(address, {"outcome": "withdraw", "explanation": "The site was visited."}).status_code
        == 302
    )
    assert Denial.objects.get().status == "withdrawn"
    assert decider.post(address, {"outcome": "keep"}).status_code == 409


def french_denial(desk: Desk, **more: object) -> Denial:
    """A denial by France of what the case asks for."""
    user = desk.case.revision.parties.filter(role="end_user").first()
    assert user is not None
    found = intelligence.record_denial(
        actor=desk.officer_of("FR", Role.DECIDER),
        source_ref="decision:0",
        jurisdiction=Jurisdiction.objects.get(code="FR"),
        parties=[user.shared_party],
        control_codes=["6A003"],
        destination=user.country,
        ground_code="C4",
        summary="Risk of diversion.",
        **more,  # type: ignore[arg-type]
    )
    run_deliveries()
    return found


def test_the_member_that_denied_answers_and_the_lead_explains(
    desk: Desk, officer_of: OfficerOf, signed_in: SignedIn
) -> None:
    french_denial(desk)
    row = UndercutCheck.objects.get()
    address, case = f"/workbench/undercut/{row.uid}/", f"/workbench/cases/{desk.case.reference}/"
    asked, lead = signed_in(officer_of("FR")), signed_in(officer_of("DE", Role.DECIDER))
    assert f"{case}".encode() in asked.get("/workbench/").content
    assert address.encode() in lead.get(f"{case}consultations/").content
    page = asked.get(address).content.decode()
    assert "The same control heading: 6A003." in page
    assert "Withdraw the denial" not in page
    assert asked.post(address, {"answer": "identical", "reason": ""}).status_code == 422
    assert lead.post(address, {"answer": "identical", "reason": "It is the same."}).status_code == 403
    assert asked.post(address, {"answer": "identical", "reason": "It is the same."}).status_code == 302
    assert "explained first" in lead.get(case).content.decode()
    assert lead.post(address, {"explanation": "short"}).status_code == 422
    assert lead.post(address, {"explanation": "The site was visited, the use is civil."}).status_code == 302
    assert not UndercutCheck.objects.standing().exists()  # type: ignore[attr-defined]


def test_a_file_is_handed_in_shown_with_its_errors_and_recorded(
    desk: Desk, officer_of: OfficerOf, signed_in: SignedIn
) -> None:
    officer, second = signed_in(officer_of("DE")), signed_in(officer_of("DE", Role.COUNTERSIGNER))
    new = "/workbench/denials/files/new/"
    assert signed_in(officer_of("DE", Role.AUDITOR)).get(new).status_code == 403
    bad = NOTICES.replace(",KZ,", ",Nowhere,")
    page = officer.post(new, {"file": SimpleUploadedFile("denials.csv", bad.encode())})
    assert page.status_code == 422
    assert (
        "Row 2, country: Nowhere is no country we know. Write its code or English name, such as DE."
        in page.content.decode()
    )
    kept = officer.post(new, {"file": SimpleUploadedFile("denials.csv", NOTICES.encode())})
    assert kept.status_code == 302
    assert "Another person" not in second.get(kept["Location"]).content.decode()
    assert second.post(f"{kept['Location']}confirm/").status_code == 302
    denial = Denial.objects.get()
    found = second.get("/workbench/denials/", {"text": "ab-cd-ef-000"})
    assert denial.reference in found.content.decode()
    assert denial.reference not in second.get("/workbench/denials/", {"text": "3A001"}).content.decode()


def test_a_denial_for_some_is_shown_to_them_and_released_by_its_decider(
    desk: Desk, officer_of: OfficerOf, signed_in: SignedIn
) -> None:
    denial = french_denial(desk, releasable_to=["DE"])
    stranger, decider = signed_in(officer_of("JP")), signed_in(officer_of("FR", Role.DECIDER))
    address = f"/workbench/denials/{denial.reference}/"
    assert stranger.get(address).status_code == 404
    assert denial.reference not in stranger.get("/workbench/denials/").content.decode()
    assert decider.post(f"{address}release/", {}).status_code == 302
    assert stranger.get(address).status_code == 200
    assert stranger.post(f"{address}withdraw/", {"reason": "It does not hold any more."}).status_code == 403
    assert decider.post(f"{address}withdraw/", {"reason": "It does not hold any more."}).status_code == 302
    run_deliveries()
    assert UndercutCheck.objects.get().status == "overtaken"
