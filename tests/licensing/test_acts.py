"""What a person may do next: the one source for page and API agrees with what the services do."""

from escalation.selectors import acts
from licensing.models import Case, Consultation
from licensing.services import positions
from members.models import Role, User
from tests.licensing.conftest import Desk, OfficerOf


def allowed(user: User, case: Case) -> set[str]:
    return {act.name for act in acts(user, Case.objects.get(pk=case.pk)) if act.allowed}


def test_each_role_is_offered_its_own_acts(desk: Desk, officer_of: OfficerOf, exporter: User) -> None:
    case = desk.case
    assert allowed(officer_of("FR"), case) == {"take_position", "ask"}
    assert allowed(officer_of("DE"), case) == {"claim", "ask"}
    assert allowed(officer_of("JP"), case) == set()
    assert allowed(officer_of("GB", Role.AUDITOR), case) == set()
    assert allowed(exporter, case) == {"withdraw_application"}
    decider = officer_of("DE", Role.DECIDER)
    assert "propose_decision" in allowed(decider, case)
    proposing = next(act for act in acts(decider, case) if act.name == "propose_decision")
    assert any("may still answer" in blocker for blocker in proposing.blockers)


def test_the_countersigner_s_turn_comes_with_the_proposal(answered: Desk, officer_of: OfficerOf) -> None:
    second = officer_of("DE", Role.COUNTERSIGNER)
    assert "countersign_decision" not in allowed(second, answered.case)
    answered.propose()
    assert {"countersign_decision", "send_back_decision"} <= allowed(second, answered.case)


def test_whatever_is_not_allowed_says_why(desk: Desk, officer_of: OfficerOf) -> None:
    for officer in (officer_of("FR"), officer_of("DE", Role.DECIDER), officer_of("DE", Role.CUSTOMS_OFFICER)):
        for act in acts(officer, desk.case):
            assert act.allowed or act.reason, act.name


def test_a_proposed_position_is_offered_to_its_countersigner(crisis: Desk, officer_of: OfficerOf) -> None:
    asked = Consultation.objects.get(case=crisis.case, jurisdiction="FR", ministry="trade")
    positions.take(actor=officer_of("FR"), consultation=asked, kind="no_objection")
    second = officer_of("FR", Role.COUNTERSIGNER)
    assert {"countersign_position", "return_position"} <= allowed(second, crisis.case)
    assert "countersign_position" not in allowed(officer_of("US", Role.COUNTERSIGNER), crisis.case)
