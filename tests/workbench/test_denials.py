"""Denials in the workbench: read by every member's officers, reviewed by the member that denied."""

from collections.abc import Callable

from django.test import Client

from intelligence.models import Denial
from licensing.services import decisions
from members.models import Role, User
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
