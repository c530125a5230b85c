"""Decisions: proposed by one, countersigned by another, blocked by what is open."""

from datetime import timedelta
from decimal import Decimal

import pytest

from core import clock
from core.errors import Blocked, Conflict, Forbidden, Invalid, Stale
from core.models import ref
from deadlines import services as deadlines
from intelligence.models import Denial
from ledger.models import Event
from licensing import guards
from licensing.models import Application, Case, Consultation, Decision, Licence
from licensing.services import cases, decisions
from members.models import Membership, Role
from tests import journeys
from tests.licensing.conftest import GRANT, OBJECTION, Desk, OfficerOf

REFUSAL = {
    "kind": "refuse",
    "ground_code": "C4",
    "criteria": ["C4"],
    "reasons": "The quantity exceeds any civil need.",
    "reasons_for_exporter": "The stated end-use does not explain the quantity.",
}


def test_only_a_decider_of_the_lead_proposes_and_only_another_countersigns(
    answered: Desk, officer_of: OfficerOf, exporter
) -> None:
    refused = {
        "Only the authority that leads": [officer_of("FR", Role.DECIDER), officer_of("JP", Role.DECIDER)],
        "recommend but not decide": [
            officer_of("DE", role) for role in Role.values if role not in (Role.DECIDER,)
        ],
        "Only officers": [exporter],
        "second factor": [officer_of("DE", Role.DECIDER, second_factor=False)],
    }
    for reason, people in refused.items():
        for person in people:
            with pytest.raises(Forbidden, match=reason):
                decisions.propose(actor=person, case=answered.case, **GRANT)
    both = officer_of("DE", Role.DECIDER, Role.COUNTERSIGNER)
    decision = decisions.propose(actor=both, case=answered.case, **GRANT)
    refused = {
        "another person than its proposer": [both],
        "Only a countersigner": [officer_of("DE", Role.DECIDER)],
        "Only the authority that leads": [officer_of("FR", Role.COUNTERSIGNER)],
    }
    for reason, people in refused.items():
        for person in people:
            with pytest.raises(Forbidden, match=reason):
                decisions.countersign(actor=person, decision=decision)
            with pytest.raises(Forbidden, match=reason):
                decisions.send_back(actor=person, decision=decision, remark="No.")
    with pytest.raises(Forbidden, match="already waits"):
        answered.propose()


def test_nobody_decides_the_case_of_their_own_organisation(
    answered: Desk, officer_of: OfficerOf, organisation
) -> None:
    decider, countersigner = officer_of("DE", Role.DECIDER), officer_of("DE", Role.COUNTERSIGNER)
    for officer in (decider, countersigner):
        Membership.objects.create(user=officer, organisation=organisation, role=Membership.Role.EXPORTER)
    with pytest.raises(Forbidden, match="belong to the exporter"):
        decisions.propose(actor=decider, case=answered.case, **GRANT)
    decision = answered.propose()
    with pytest.raises(Forbidden, match="belong to the exporter"):
        decisions.countersign(actor=countersigner, decision=decision)


def test_each_thing_that_is_open_blocks_a_grant_in_its_own_words(desk: Desk) -> None:
    def stands(text: str) -> bool:
        return any(text in blocker for blocker in guards.blockers(desk.reload(), "grant"))

    assert stands("FR (Trade) may still answer until")
    desk.answer("US")
    desk.answer("FR", **OBJECTION)
    assert stands("FR (Trade) objects, and the objection binds.")
    desk.answer("FR", "approve_with_conditions", conditions=[{"code": "single_shipment"}])
    assert guards.blockers(desk.reload(), "grant") == []
    desk.answer("US", "approve_with_conditions", conditions=[{"code": "partial_shipments_required"}])
    assert stands("Two conditions cannot both be kept")
    with pytest.raises(Blocked):
        desk.propose()
    desk.answer("US")
    cases.require_for_decision(
        case=desk.case, kind="guidance", source_ref="x:1", sentence="Guidance is asked."
    )
    assert stands("Guidance is asked.")
    cases.satisfy(case=desk.case, kind="guidance", source_ref="x:1", by="given")
    desk.case.assessments.all().delete()
    assert stands("has not been assessed")
    assert guards.blockers(desk.case, "refuse") == guards.blockers(desk.case, "return") == []
    assert "Line 1 is controlled as 6A003." in guards.blockers(desk.case, "no_licence_required")


def test_what_became_open_after_the_proposal_blocks_the_countersignature(
    answered: Desk, officer_of: OfficerOf
) -> None:
    decision = answered.propose()
    cases.require_for_decision(case=answered.case, kind="seat", source_ref="x:1", sentence="A seat is asked.")
    with pytest.raises(Blocked) as blocked:
        decisions.countersign(actor=officer_of("DE", Role.COUNTERSIGNER), decision=decision)
    assert blocked.value.blockers == ["A seat is asked."]
    assert not Licence.objects.exists()


def test_a_grant_closes_the_case_and_issues_the_licence(answered: Desk) -> None:
    licence = answered.licence(conditions=[{"code": "quantity_cap", "line": 1, "value": "3"}])
    case = answered.reload()
    assert case.status == Case.Status.DECIDED
    assert Application.objects.get(pk=case.application_id).status == Application.Status.CLOSED
    line = licence.lines.get()
    assert (line.quantity, line.value) == (Decimal("3.000"), Decimal("72000.00"))  # three of four
    assert licence.territory == ["DE", "FR", "US"]
    assert licence.valid_until == licence.valid_from + timedelta(days=365)
    assert [row.kind for row in deadlines.open_of(ref(case))] == ["licence.expiry"]
    types = set(Event.objects.filter(aggregate=ref(case)).values_list("type", flat=True))
    assert types >= {"decision.proposed", "decision.countersigned", "case.decided", "licence.issued"}


def test_a_grant_in_part_names_lines_and_never_more_than_was_asked(answered: Desk) -> None:
    wrong = {
        "items": [],
        "items[0].line": [{"line": 7, "quantity": "1"}],
        "items[0].quantity": [{"line": 1, "quantity": "5"}],
        "items[1].line": [{"line": 1, "quantity": "1"}, {"line": 1, "quantity": "1"}],
    }
    for path, items in wrong.items():
        with pytest.raises(Invalid) as refused:
            answered.propose(kind="grant_in_part", items=items)
        assert path in refused.value.fields
    licence = answered.licence(kind="grant_in_part", items=[{"line": 1, "quantity": "2"}])
    assert licence.lines.get().value == Decimal("48000.00")


def test_validity_is_bounded(answered: Desk) -> None:
    today = clock.today("Europe/Berlin")
    wrong = {
        "valid_from": {"valid_from": today - timedelta(days=1)},
        "valid_until": {"valid_until": today + timedelta(days=800)},
    }
    for path, given in wrong.items():
        with pytest.raises(Invalid) as refused:
            answered.propose(**given)
        assert list(refused.value.fields) == [path]
    capped = (today + timedelta(days=30)).isoformat()
    licence = answered.licence(conditions=[{"code": "valid_until", "value": capped}])
    assert licence.valid_until.isoformat() == capped


def test_a_refusal_tells_the_alliance_in_the_same_transaction(desk: Desk) -> None:
    for missing in ("ground_code", "reasons_for_exporter"):
        with pytest.raises(Invalid) as refused:
            desk.propose(**{**REFUSAL, missing: ""})
        assert list(refused.value.fields) == [missing]
    decision = desk.decide(**REFUSAL)
    denial = Denial.objects.get(source_ref=ref(decision))
    assert denial.control_codes == ["6A003"]
    assert denial.destination == "SG"
    assert not Licence.objects.exists()
    assert not Consultation.objects.filter(case=desk.case, status="open").exists()
    assert deadlines.open_of(ref(desk.case)) == []


def test_a_decision_sent_back_or_seen_too_late_keeps_every_text(
    answered: Desk, officer_of: OfficerOf
) -> None:
    decision = answered.propose(seen="")
    second = officer_of("DE", Role.COUNTERSIGNER)
    with pytest.raises(Invalid):
        decisions.send_back(actor=second, decision=decision, remark="")
    decisions.send_back(actor=second, decision=decision, remark="Say why the quantity is right.")
    assert Decision.objects.get(pk=decision.pk).remark == "Say why the quantity is right."
    with pytest.raises(Stale) as stale:
        answered.propose(reasons="Quite another reasoning here.", seen="")
    assert stale.value.yours == "Quite another reasoning here."
    assert "Civil end-use" in stale.value.theirs
    answered.propose(seen=str(decision.uid))


def test_a_decision_on_an_older_revision_does_not_count(answered: Desk, officer_of: OfficerOf) -> None:
    decision = answered.propose()
    with journeys.later(days=400), pytest.raises(Conflict, match="last day"):
        decisions.countersign(actor=officer_of("DE", Role.COUNTERSIGNER), decision=decision)


def test_a_closed_case_is_decided_no_more(answered: Desk, officer_of: OfficerOf) -> None:
    decision = answered.decide()
    with pytest.raises(Conflict):
        decisions.countersign(actor=officer_of("DE", Role.COUNTERSIGNER), decision=decision)
    with pytest.raises(Forbidden, match="in review or on hold"):
        answered.propose()
