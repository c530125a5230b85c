"""The pages of pre-positions: depositing with a dry run, countersigning, withdrawing, and one that has opened."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from core import clock
from escalation.models import Preposition
from ledger.testing import run_deliveries
from licensing.models import Position
from members.models import Organisation, Role, User
from tests import journeys
from tests.licensing.conftest import OfficerOf

SignedIn = Callable[[User], Client]
HOME = "/workbench/prepositions/"


def answers(**more: Any) -> dict[str, Any]:
    until = clock.today() + timedelta(days=60)
    return {
        "trigger": "consultation",
        "expression": "'6A003' in control_codes",
        "kind": "approve_with_conditions",
        "conditions": ["no_reexport"],
        "condition_delivery_verification_within": "60",
        "remark": "Seen before.",
        "valid_until-day": until.day,
        "valid_until-month": until.month,
        "valid_until-year": until.year,
        **more,
    }


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_from_the_dry_run_to_the_opened_one(
    in_force: None, exporter: User, organisation: Organisation, officer_of: OfficerOf, signed_in: SignedIn
) -> None:
    case = journeys.file(exporter, organisation)
    author = signed_in(officer_of("FR", Role.DECIDER))
    tried = author.post(f"{HOME}new/", answers(act="try"))
    assert tried.status_code == 200
    assert case.reference in text(tried)
    assert "True of 1 open case" in text(tried)
    assert "Seen before." in text(tried)  # what was typed is still there
    assert not Preposition.objects.exists()
    made = author.post(f"{HOME}new/", answers())
    preposition = Preposition.objects.get()
    page = f"{HOME}{preposition.reference}/"
    assert made.headers["Location"] == page
    assert "another person than its author" not in text(author.get(page))
    assert "Only a countersigner can countersign" in text(author.get(page))
    second = signed_in(officer_of("FR", Role.COUNTERSIGNER))
    assert "Re-export" in text(second.get(page)) or "re-export" in text(second.get(page))
    assert second.post(f"{page}countersign/").status_code == 302
    stranger = signed_in(officer_of("JP", Role.DECIDER))
    sealed = text(stranger.get(page))
    assert preposition.commitment in sealed
    assert "It is sealed" in sealed
    assert "6A003" not in sealed
    assert stranger.get(f"{page}file/").status_code == 403
    later = journeys.file(exporter, organisation)
    run_deliveries()
    assert Position.objects.get(consultation__case=later).opening
    lead = signed_in(officer_of("DE"))
    opened = text(lead.get(page))
    assert "Commitment verifies" in opened
    assert later.reference in opened
    assert lead.get(f"{page}file/").json()["content"]["reference"] == preposition.reference
    consulted = text(lead.get(f"/workbench/cases/{later.reference}/consultations/"))
    assert "Given beforehand" in consulted
    assert preposition.reference in consulted
    assert "6A003" not in text(stranger.get(page))


def test_what_is_wrong_is_said_at_its_question(
    in_force: None, officer_of: OfficerOf, signed_in: SignedIn
) -> None:
    author = signed_in(officer_of("FR", Role.ADVISER))
    for wrong, said in (
        ({"expression": "price > 3"}, "is not a published fact"),
        ({"expression": ""}, "Say on which facts it opens"),
        ({"trigger": "crisis"}, "Choose an answer"),
        ({"conditions": [], "condition_delivery_verification_within": ""}, "Name at least one condition"),
        ({"valid_until-year": "2099"}, "within twelve months"),
        ({"kind": "object", "conditions": []}, "Choose"),
    ):
        refused = author.post(f"{HOME}new/", answers(**wrong))
        assert refused.status_code == 422, wrong
        assert said in text(refused), (wrong, said)
    bad = author.post(f"{HOME}new/", answers(act="try", expression="nonsense("))
    assert bad.status_code == 422
    assert not Preposition.objects.exists()


def test_it_is_withdrawn_for_a_reason_that_stays_at_home(
    in_force: None, officer_of: OfficerOf, signed_in: SignedIn
) -> None:
    author = signed_in(officer_of("FR", Role.DECIDER))
    author.post(f"{HOME}new/", answers())
    page = f"{HOME}{Preposition.objects.get().reference}/"
    signed_in(officer_of("FR", Role.COUNTERSIGNER)).post(f"{page}countersign/")
    assert author.post(f"{page}withdraw/", {"reason": "no"}).status_code == 422
    assert (
        author.post(f"{page}withdraw/", {"reason": "The minister has changed the policy."}).status_code == 302
    )
    assert "changed the policy" in text(author.get(page))
    other = text(signed_in(officer_of("DE")).get(page))
    assert "Withdrawn" in other
    assert "changed the policy" not in other
    assert author.get(f"{page}withdraw/").status_code == 302


@pytest.mark.parametrize("roles", [(Role.AUDITOR,), (Role.ADMINISTRATOR,), (Role.LICENSING_OFFICER,)])
def test_those_who_do_not_deposit_read_why(
    in_force: None, officer_of: OfficerOf, signed_in: SignedIn, roles: tuple[str, ...]
) -> None:
    browser = signed_in(officer_of("FR", *roles))
    assert "Positions are deposited by deciders and advisers" in text(browser.get(HOME))
    assert browser.get(f"{HOME}new/").status_code == 403
    assert browser.get(f"{HOME}PP-0000-0000/").status_code == 404
