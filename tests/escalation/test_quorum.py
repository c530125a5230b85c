"""Under the charters that are shipped the crisis unit decides nothing without its three ministries."""

from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction

from alliance import selectors
from core import clock
from core.errors import Blocked
from deadlines import services as deadlines
from escalation import judging
from escalation.models import Step
from escalation.services import windows
from ledger.testing import run_deliveries
from licensing import guards
from licensing.models import Case, Consultation, Decision
from licensing.services import decisions, positions
from members.models import Ministry, Organisation, Role, User
from tests import crises, journeys
from tests.crises import a_set
from tests.standing import stays

OfficerOf = Callable[..., User]
pytestmark = pytest.mark.usefixtures("in_force")
QUORUM = "Crisis unit decides nothing before its quorum has answered: trade, defence and intelligence."
PROPOSAL = {"kind": "grant", "criteria": ["C1"], "reasons": "Civil end-use at a named site."}
OBJECTION = {
    "reason_code": "intended_end_use",
    "legal_basis": "Regulation (EU) 2021/821, Article 15(1)(d)",
    "summary": "The stated end-use does not fit the quantity asked for.",
}


@stays
def case(exporter: User, organisation: Organisation) -> Case:
    """A case before the crisis unit, under the shipped charter that seats it at once."""
    crises.in_force("DE", set_key=a_set(effect="lane", charter="crisis-unit-24-12"))
    found = journeys.file(exporter, organisation)
    assert (found.charter_key, found.charter_version, found.tier) == ("crisis-unit-24-12", "3", 0)
    return found


def again(case: Case) -> Case:
    return Case.objects.get(pk=case.pk)


def seat_says(officer_of: OfficerOf, case: Case, ministry: str, kind: str = "no_objection") -> None:
    """Let a ministry's seat answer: one person takes the position, another of another member countersigns it."""
    asked = Consultation.objects.get(case=case, tier=again(case).tier, ministry=ministry, status="open")
    position = positions.take(
        actor=officer_of("US", Role.CRISIS_SEAT, ministry=ministry),
        consultation=asked,
        kind=kind,
        **(OBJECTION if kind == "object" else {}),
    )
    positions.countersign(actor=officer_of("GB", Role.CRISIS_SEAT, ministry=ministry), position=position)
    run_deliveries()


def two_ministries_approve(officer_of: OfficerOf, case: Case) -> None:
    for ministry in (Ministry.TRADE, Ministry.INTELLIGENCE):
        seat_says(officer_of, case, ministry)


def test_two_of_three_are_a_majority_and_yet_wait_for_the_third_ministry(
    case: Case, officer_of: OfficerOf
) -> None:
    two_ministries_approve(officer_of, case)
    assert again(case).settled_at is None
    with pytest.raises(Blocked) as refused:
        decisions.propose(actor=officer_of("DE", Role.DECIDER), case=case, **PROPOSAL)
    assert QUORUM in refused.value.blockers
    (missing,) = Consultation.objects.filter(case=case, status="open")
    assert missing.ministry == Ministry.DEFENCE
    assert any(one.startswith(f"{missing.addressee} may still answer") for one in refused.value.blockers)


@pytest.mark.parametrize("kind", ["no_objection", "abstain", "object", "recuse"])
def test_with_the_third_ministry_the_tier_decides_whatever_that_one_says(
    case: Case, officer_of: OfficerOf, kind: str
) -> None:
    two_ministries_approve(officer_of, case)
    seat_says(officer_of, case, Ministry.DEFENCE, kind)
    assert again(case).settled_at is not None
    assert QUORUM not in guards.blockers(again(case), "grant")


def test_what_a_ministry_lets_lapse_climbs_and_the_reason_names_it(case: Case, officer_of: OfficerOf) -> None:
    two_ministries_approve(officer_of, case)
    journeys.lapse_all(case)
    climbed = again(case)
    assert (climbed.tier, climbed.settled_at) == (1, None)
    reason = Step.objects.get(case=case, tier=1).reason
    assert reason.startswith("No answer in time from ")
    assert "defence" in reason.lower()
    assert QUORUM not in guards.blockers(climbed, "grant"), "the chair above has no quorum to wait for"
    journeys.lapse_all(case)
    assert again(case).status == "on_hold"


def test_two_objections_do_not_bind_as_the_body_without_the_third_ministry(
    case: Case, officer_of: OfficerOf
) -> None:
    for ministry in (Ministry.TRADE, Ministry.DEFENCE):
        seat_says(officer_of, case, ministry, "object")
    found = again(case)
    assert judging.judged(found, windows.charter_of(found)) == "wait"
    assert not found.requirements.filter(kind="body_objection").exists()
    seat_says(officer_of, case, Ministry.INTELLIGENCE)
    assert again(case).requirements.filter(kind="body_objection", satisfied_at__isnull=True).exists()


def test_the_database_refuses_a_grant_while_the_quorum_is_missing(case: Case, officer_of: OfficerOf) -> None:
    two_ministries_approve(officer_of, case)
    with (
        pytest.raises(IntegrityError, match=r"a grant waits for what is required of it"),
        transaction.atomic(),
    ):
        Decision.objects.create(
            case=case,
            revision=again(case).revision,
            kind="grant",
            status="countersigned",
            proposed_by=officer_of("DE", Role.DECIDER),
            proposed_at=clock.now(),
            countersigned_by=officer_of("DE", Role.COUNTERSIGNER),
            countersigned_at=clock.now(),
        )


def test_an_ordinary_climb_comes_to_the_unit_with_its_quorum_and_leaves_it_with_the_round(
    exporter: User, organisation: Organisation
) -> None:
    crises.in_force("DE", set_key=a_set(effect="lane", charter="crisis-48-24-12"))
    case = journeys.file(exporter, organisation)
    assert not case.requirements.filter(kind=windows.TIER_QUORUM).exists(), "members with a stake have none"
    journeys.lapse_all(case)
    assert QUORUM in guards.blockers(again(case), "grant")
    journeys.lapse_all(case)
    journeys.lapse_all(case)
    held = again(case)
    assert held.status == "on_hold"
    assert held.hold_until is not None
    with journeys.at(held.hold_until):
        deadlines.tick()
        run_deliveries()
    assert again(case).round == 2
    assert not again(case).requirements.filter(kind=windows.TIER_QUORUM, satisfied_at__isnull=True).exists()


@pytest.mark.parametrize("key", ["crisis-48-24-12", "crisis-unit-24-12"])
def test_every_tier_of_the_three_ministries_asks_for_all_of_them(key: str) -> None:
    unit = [tier for tier in selectors.charter(key).tiers if len(tier.seats.ministries) == 3]
    assert len(unit) == 1
    assert unit[0].quorum is not None
    assert unit[0].quorum.ministries == ("trade", "defence", "intelligence")
