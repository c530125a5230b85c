"""Positions: who speaks for whom, when, and what an objection needs."""

import pytest

from core import clock
from core.errors import Conflict, Forbidden, Invalid, Stale, WindowClosed
from ledger.models import Event
from ledger.testing import run_deliveries
from licensing.models import Case, Consultation, Position
from licensing.services import consultations, decisions, information, positions
from members.models import Ministry, Role
from tests import journeys
from tests.factories import exporter_of
from tests.licensing.conftest import OBJECTION, Desk, OfficerOf

SPEAKING = (Role.LICENSING_OFFICER, Role.ADVISER, Role.DECIDER)
SILENT = (Role.COUNTERSIGNER, Role.CRISIS_SEAT, Role.CUSTOMS_OFFICER, Role.AUDITOR, Role.ADMINISTRATOR)


def test_only_a_voice_of_the_ministry_asked_takes_its_position(
    desk: Desk, officer_of: OfficerOf, exporter, organisation
) -> None:
    asked = desk.consultation("FR")
    for role in SPEAKING:
        taken = positions.take(actor=officer_of("FR", role), consultation=asked, kind="no_objection")
        assert taken.status == Position.Status.IN_FORCE
    refused = {
        "Only the consulted jurisdiction": [officer_of("DE", *SPEAKING), officer_of("JP", *SPEAKING)],
        "Your role does not take positions": [officer_of("FR", role) for role in SILENT],
        "Another ministry": [officer_of("FR", Role.ADVISER, ministry=Ministry.DEFENCE)],
        "second factor": [officer_of("FR", second_factor=False)],
        "Only officers": [exporter, exporter_of(organisation)],
    }
    for reason, people in refused.items():
        for person in people:
            with pytest.raises(Forbidden, match=reason):
                positions.take(actor=person, consultation=asked, kind="no_objection")


def test_an_officer_of_the_exporter_s_own_organisation_is_kept_out(
    desk: Desk, officer_of: OfficerOf, organisation
) -> None:
    from members.models import Membership

    officer = officer_of("FR")
    Membership.objects.create(user=officer, organisation=organisation, role=Membership.Role.EXPORTER)
    with pytest.raises(Forbidden, match="belong to the exporter"):
        positions.take(actor=officer, consultation=desk.consultation("FR"), kind="no_objection")


@pytest.mark.parametrize("missing", ["reason_code", "legal_basis", "summary"])
def test_an_objection_without_its_grounds_is_none(desk: Desk, officer_of: OfficerOf, missing: str) -> None:
    with pytest.raises(Invalid) as refused:
        desk.answer("FR", **{**OBJECTION, missing: ""})
    assert list(refused.value.fields) == [missing]


def test_what_fits_no_position_is_refused_with_its_place(desk: Desk, officer_of: OfficerOf) -> None:
    wrong = {
        "kind": {"kind": "deemed_no_objection"},
        "binding": {"kind": "no_objection", "binding": True},
        "conditions": {"kind": "approve_with_conditions"},
        "conditions[0].line": {
            "kind": "approve_with_conditions",
            "conditions": [{"code": "quantity_cap", "value": "1", "line": 9}],
        },
        "summary": {"kind": "abstain", "summary": "x" * 4001},
        "reason_code": {"kind": "need_information", "summary": "Which engine is it?"},
    }
    for path, given in wrong.items():
        with pytest.raises(Invalid) as refused:
            desk.answer("FR", **given)
        assert list(refused.value.fields) == [path]
    with pytest.raises(Invalid, match="valid position"):  # an objection of the United States only advises
        desk.answer("US", **OBJECTION)
    assert not Position.objects.exists()


def test_a_position_after_the_due_instant_comes_too_late_and_the_lapse_stays(
    drill: Desk, officer_of: OfficerOf
) -> None:
    asked = drill.consultation("FR")
    with journeys.at(asked.due_at):
        with pytest.raises(WindowClosed, match="was over at"):
            positions.take(actor=officer_of("FR"), consultation=asked, kind="no_objection")
        assert drill.consultation("FR").status == Consultation.Status.LAPSED
        assert drill.consultation("FR").lapsed_at == asked.due_at
        run_deliveries()
        assert drill.reload().tier == 1


def test_an_answer_is_changed_until_the_decision(desk: Desk) -> None:
    first = desk.answer("FR", **OBJECTION)
    second = desk.answer("FR")
    first = Position.objects.get(pk=first.pk)
    assert (first.status, second.status) == (Position.Status.SUPERSEDED, Position.Status.IN_FORCE)


def test_a_position_taken_meanwhile_is_not_overwritten_unseen(desk: Desk, officer_of: OfficerOf) -> None:
    standing = desk.answer("FR", **OBJECTION)
    with pytest.raises(Stale) as stale:
        desk.answer("FR", kind="abstain", summary="We take no side.", seen="")
    assert stale.value.yours == "We take no side."
    assert str(OBJECTION["summary"]) in stale.value.theirs
    desk.answer("FR", kind="abstain", seen=str(standing.uid))


def test_a_question_stops_the_clock_and_is_no_answer(desk: Desk, officer_of: OfficerOf, exporter) -> None:
    due = desk.consultation("FR").due_at
    asked = desk.answer(
        "FR", kind="need_information", reason_code="end_use_unclear", summary="Which engine is filmed?"
    )
    case = desk.reload()
    assert case.status == Case.Status.AWAITING_APPLICANT
    question = case.information_requests.get()
    assert question.asked_by == asked.taken_by
    assert desk.consultation("FR").status == Consultation.Status.OPEN
    with journeys.later(days=2):
        information.answer(actor=exporter, request=question, answer="A two-stroke test engine of our own.")
        run_deliveries()
    assert desk.reload().status == Case.Status.IN_REVIEW
    with journeys.at(max(due, clock.now())):
        consultations.lapse_consultations(lapsed=[(desk.consultation("FR"), due)])
    assert not desk.consultation("FR").positions.filter(status=Position.Status.IN_FORCE).exists()


def test_where_the_charter_asks_it_a_second_person_puts_a_position_into_force(
    crisis: Desk, officer_of: OfficerOf
) -> None:
    author = officer_of("FR", Role.LICENSING_OFFICER, Role.COUNTERSIGNER)
    asked = Consultation.objects.get(case=crisis.case, jurisdiction="FR", ministry="trade")
    position = positions.take(actor=author, consultation=asked, kind="no_objection")
    assert position.status == Position.Status.PROPOSED
    refused = {
        "another person than its author": author,
        "Only a countersigner": officer_of("FR"),
        "Only the consulted jurisdiction": officer_of("DE", Role.COUNTERSIGNER),
    }
    for reason, person in refused.items():
        with pytest.raises(Forbidden, match=reason):
            positions.countersign(actor=person, position=position)
    second = officer_of("FR", Role.COUNTERSIGNER)
    with pytest.raises(Invalid):
        positions.return_position(actor=second, position=position, reason=" ")
    positions.countersign(actor=second, position=position)
    assert Position.objects.get(pk=position.pk).status == Position.Status.IN_FORCE
    with pytest.raises(Forbidden, match="does not wait"):
        positions.countersign(actor=second, position=position)


def test_an_objection_in_force_stands_until_its_replacement_is_countersigned(
    crisis: Desk, officer_of: OfficerOf
) -> None:
    asked = Consultation.objects.get(case=crisis.case, jurisdiction="FR", ministry="trade")
    author, second = officer_of("FR"), officer_of("FR", Role.COUNTERSIGNER)
    objection = positions.take(actor=author, consultation=asked, **OBJECTION)
    positions.countersign(actor=second, position=objection)
    softer = positions.take(actor=author, consultation=asked, kind="no_objection")
    assert Position.objects.get(pk=objection.pk).status == Position.Status.IN_FORCE
    positions.return_position(actor=second, position=softer, reason="Not agreed with the minister.")
    assert Position.objects.get(pk=objection.pk).status == Position.Status.IN_FORCE
    softer = positions.take(actor=author, consultation=asked, kind="no_objection")
    positions.countersign(actor=second, position=softer)
    assert Position.objects.get(pk=objection.pk).status == Position.Status.SUPERSEDED


def test_nobody_speaks_at_two_tiers_of_a_case(drill: Desk, officer_of: OfficerOf) -> None:
    both = officer_of("FR", Role.LICENSING_OFFICER, Role.CRISIS_SEAT)
    positions.take(actor=both, consultation=drill.consultation("FR"), kind="no_objection")
    run_deliveries()
    journeys.lapse_all(drill.case)
    unit = drill.consultation(None, tier=1)
    with pytest.raises(Forbidden, match="lower tier"):
        positions.take(actor=both, consultation=unit, kind="no_objection")
    with pytest.raises(Forbidden, match="another ministry"):
        positions.take(
            actor=officer_of("GB", Role.CRISIS_SEAT, ministry=Ministry.DEFENCE),
            consultation=unit,
            kind="no_objection",
        )
    with pytest.raises(Forbidden, match="Only a seat of the crisis unit"):
        positions.take(actor=officer_of("FR"), consultation=unit, kind="no_objection")


def test_a_position_overtakes_a_decision_in_the_making(answered: Desk, officer_of: OfficerOf) -> None:
    decision = answered.propose()
    answered.answer("FR", **OBJECTION)
    with pytest.raises(Conflict, match="does not wait"):
        decisions.countersign(actor=officer_of("DE", Role.COUNTERSIGNER), decision=decision)


def test_a_position_sent_twice_is_one(desk: Desk) -> None:
    first = desk.answer("FR")
    assert desk.answer("FR") != first  # another officer of the same authority
    asked, officer = desk.consultation("US"), desk.officer_of("US")
    once = positions.take(actor=officer, consultation=asked, kind="no_objection")
    again = positions.take(actor=officer, consultation=asked, kind="no_objection")
    assert again == once
    assert Event.objects.filter(type="position.taken", subject_id=str(once.pk)).count() == 1
