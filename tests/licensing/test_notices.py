"""Whoever waits for a step is told that it has come, once, and nobody else is."""

from correspondence.models import Notice
from ledger.testing import run_deliveries
from licensing.models import Case
from licensing.services import decisions
from members.models import Ministry, Role, User
from tests import journeys
from tests.licensing.conftest import Desk, OfficerOf


def told(user: User, case: Case) -> list[str]:
    run_deliveries()
    subjects = Notice.objects.filter(recipient=user).order_by("pk").values_list("subject", flat=True)
    return [subject.removeprefix(f"{case.reference}: ") for subject in subjects]


def test_each_step_reaches_those_who_wait_for_it(
    in_force: None, exporter: User, organisation: object, officer_of: OfficerOf
) -> None:
    french, defence = officer_of("FR"), officer_of("FR", Role.ADVISER, ministry=Ministry.DEFENCE)
    decider, second = officer_of("DE", Role.DECIDER), officer_of("DE", Role.COUNTERSIGNER)
    stranger = officer_of("JP", Role.DECIDER, Role.COUNTERSIGNER, Role.LICENSING_OFFICER)
    desk = Desk(journeys.file(exporter, organisation), officer_of)
    case = desk.case
    assert told(french, case) == ["your position is asked"]
    assert told(defence, case) == []
    assert told(exporter, case)[0] == "registered"
    desk.answer_all()
    assert told(decider, case) == ["ready to decide"]
    decision = desk.propose()
    assert told(second, case) == ["a decision waits for your countersignature"]
    decisions.countersign(actor=second, decision=decision)
    assert told(exporter, case)[-2:] == ["decided", f"{case.licences.get().number}: licence issued"]
    assert told(stranger, case) == []
    assert {notice.path for notice in Notice.objects.filter(recipient=exporter)} == {
        f"/applications/{case.application.reference}/"
    }


def test_the_exporter_is_told_no_name_of_a_member(desk: Desk, exporter: User) -> None:
    desk.answer_all()
    desk.decide()
    told(exporter, desk.case)
    for notice in Notice.objects.filter(recipient=exporter):
        for word in ("FR", "US", "France", "United States", "Person"):
            assert word not in f"{notice.subject} {notice.text}".split()


def test_a_silent_member_and_the_lead_learn_of_the_lapse(
    in_force: None, exporter: User, organisation: object, officer_of: OfficerOf
) -> None:
    french, decider = officer_of("FR"), officer_of("DE", Role.DECIDER)
    seat = officer_of("CA", Role.CRISIS_SEAT)
    case = journeys.file(exporter, organisation, journeys.dossier(own_reference="DRILL-2"))
    journeys.lapse_all(case)
    assert told(french, case)[-1] == "a window lapsed"
    assert "one tier up" in told(decider, case)
    assert told(seat, case) == ["your position is asked"]
