"""The main job in one process, from filing to a verified licence."""

from collections.abc import Callable

import pytest

from core.errors import Blocked, WindowClosed
from escalation.models import Step
from ledger.testing import run_deliveries
from licensing.models import Case, Consultation, Licence
from licensing.services import decisions, licences, positions
from members.models import Ministry, Organisation, Role, User
from tests import journeys

pytestmark = pytest.mark.usefixtures("in_force")
OfficerOf = Callable[..., User]


@pytest.fixture
def drill(exporter: User, organisation: Organisation) -> Case:
    """A case of the German exporter, its goods in France, components from the United States."""
    return journeys.file(exporter, organisation, journeys.dossier(own_reference="DRILL-1"))


def test_a_silent_member_does_not_stall_a_case_and_does_not_approve_it(
    drill: Case, officer_of: OfficerOf
) -> None:
    asked = Consultation.objects.filter(case=drill, tier=0)
    assert drill.charter_key == "drill"
    assert sorted(str(c.jurisdiction_id) for c in asked) == ["FR", "US"]

    french = officer_of("FR")
    positions.take(actor=french, consultation=asked.get(jurisdiction="FR"), kind="no_objection")
    run_deliveries()
    journeys.lapse_all(drill)

    drill = Case.objects.get(pk=drill.pk)
    assert drill.tier == 1
    assert list(Step.objects.filter(case=drill).values_list("tier", flat=True)) == [0, 1]
    silent = asked.get(jurisdiction="US")
    assert silent.status == "lapsed"
    assert silent.lapsed_at == silent.due_at
    assert not silent.positions.exists()
    with pytest.raises(WindowClosed):
        positions.take(actor=officer_of("US"), consultation=silent, kind="no_objection")


def test_the_case_climbs_and_two_people_of_the_lead_grant_a_licence(
    drill: Case, officer_of: OfficerOf
) -> None:
    journeys.lapse_all(drill)
    decider, countersigner = officer_of("DE", Role.DECIDER), officer_of("DE", Role.COUNTERSIGNER)
    proposal = {"kind": "grant", "criteria": ["C1"], "reasons": "Civil end-use at a named site."}
    with pytest.raises(Blocked):
        decisions.propose(actor=decider, case=drill, **proposal)

    seat = officer_of("US", Role.CRISIS_SEAT, ministry=Ministry.TRADE)
    unit = Consultation.objects.get(case=drill, tier=1)
    positions.take(actor=seat, consultation=unit, kind="no_objection")
    run_deliveries()
    decision = decisions.propose(actor=decider, case=drill, **proposal)
    decisions.countersign(actor=countersigner, decision=decision)

    licence = Licence.objects.get(case=drill)
    assert licences.verification(licence.number).status == "valid"
    assert Case.objects.get(pk=drill.pk).status == "decided"
    assert licence.lines.get().quantity == 4


def test_nobody_answering_at_any_tier_ends_in_a_dated_hold_with_an_owner(drill: Case) -> None:
    for tier in range(3):
        assert Case.objects.get(pk=drill.pk).tier == tier
        journeys.lapse_all(drill)
    drill = Case.objects.get(pk=drill.pk)
    assert drill.status == "on_hold"
    assert drill.hold_owner
    assert drill.hold_until is not None
