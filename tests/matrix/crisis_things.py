"""What the matrix names of crises, exercises, guidance and waivers."""

from __future__ import annotations

from datetime import timedelta

from alliance import charter_text, preparing
from alliance.models import Declaration
from core import clock
from escalation.models import Guidance, GuidedCase, JointEffect, LiaisonPackage, SituationReport
from escalation.services import exercises, guidance, joint, liaison
from exemptions.models import Waiver, WaiverReport
from intelligence.models import SharedParty
from ledger.testing import run_deliveries
from licensing.models import Case
from members.models import Organisation, Role
from tests import crises, factories, journeys
from tests.escalation.test_exercises_kept import CARD, PLANNED
from tests.matrix.answers import PACKAGE, REASON
from tests.matrix.goods_things import brokered
from tests.matrix.world import World


def exercise(world: World) -> tuple[str, str]:
    """An exercise that ran and was evaluated, and what is to be done: both by their ids."""
    decider, owner = world.people["DE decider"], world.people["DE licensing_officer"]
    assert decider is not None
    assert owner is not None
    found = exercises.plan(actor=decider, **PLANNED)
    exercises.start(actor=decider, exercise=found)
    exercises.keep_scorecard(exercise_id=found.pk, scorecard=CARD)
    found = exercises.evaluate(actor=decider, exercise=found, findings=REASON)
    todo = exercises.improve(
        actor=decider, exercise=found, text=REASON, owner=owner, due_at=clock.now() + timedelta(days=30)
    )
    return str(found.uid), str(todo.uid)


def held(declaration: Declaration, organisation: Organisation) -> Waiver:
    """A waiver of the exporter's with a report filed and one to come, as it stands and not as it came about."""
    now = clock.now()
    waiver = Waiver.objects.create(
        reference="WV-2345-6789",
        declaration=declaration,
        measures=["none-of-this-set"],
        holder=organisation,
        control_codes=["6A"],
        destinations=["SG"],
        cap_of="value",
        cap=1000,
        unit="EUR",
        first_day=clock.today(),
        last_day=clock.today() + timedelta(days=20),
        report_every_days=10,
        monitoring=REASON,
        reasons=REASON,
        status=Waiver.Status.GRANTED,
        drafted_by=factories.officer_of("DE", Role.DECIDER),
        drafted_at=now,
        granted_by=crises.seat("FR"),
        granted_at=now,
        valid_from=now,
        valid_until=now + timedelta(days=20),
    )
    exporter = factories.exporter_of(organisation)
    said = {"filed_at": now, "filed_by": exporter, "used": 1, "found": REASON, "sha256": "0" * 64}
    WaiverReport.objects.create(waiver=waiver, number=1, due_at=now + timedelta(days=10), **said)
    WaiverReport.objects.create(waiver=waiver, number=2, due_at=now + timedelta(days=20))
    return waiver


def waivable() -> str:
    """A crisis that Germany has adopted, for goods that nothing here is about."""
    payload = crises.measures(key="engines")
    payload["measures"][0]["scope"] = {"control_codes": ["9A"], "destinations": ["NZ"]}
    draft = preparing.write(actor=crises.seat("DE"), text=charter_text.write(payload))
    agreed = preparing.agree(actor=crises.seat("FR"), prepared=draft)
    return crises.in_force("DE", set_key=agreed.key).reference


def liaison_package(world: World) -> LiaisonPackage:
    """A package about the broker, who stands in a case of another German exporter as well."""
    other: Organisation = factories.OrganisationFactory(jurisdiction=factories.JurisdictionFactory(code="DE"))
    journeys.file(factories.exporter_of(other), other, brokered())
    party = SharedParty.objects.get(normalised="gulf bridge trading")
    return liaison.propose(actor=world.people["DE crisis_seat"], party=party, **PACKAGE)


def guided(case: Case) -> Guidance:
    """A question of the crisis unit that bears on a case, nobody has answered it."""
    written = guidance.propose(
        actor=factories.officer_of("FR", Role.CRISIS_SEAT),
        effect="question",
        text="Where will the goods stand?",
        legal_basis="Article 10(3)",
        valid_until=clock.now() + timedelta(days=9),
        destinations=["SG"],
    )
    issued = guidance.issue(actor=factories.officer_of("JP", Role.CRISIS_SEAT), guidance=written)
    run_deliveries()
    assert GuidedCase.objects.filter(case=case).exists()
    return issued


def reported() -> SituationReport:
    """The last report of a crisis that has ended."""
    ended = crises.in_force()
    run_deliveries()
    crises.end(ended)
    run_deliveries()
    return SituationReport.objects.get(declaration=ended)


def joined(world: World) -> JointEffect:
    """Two German cases that are to be decided with effect at one instant: waits for its second key."""
    exporter = world.people["exporter"]
    assert exporter is not None
    (organisation,) = Organisation.objects.filter(pk__in=exporter.organisation_ids)
    cases = [journeys.file(exporter, organisation) for _one in "12"]
    Case.objects.filter(pk__in=[case.pk for case in cases]).update(lane="crisis", tier=1)
    return joint.propose(
        actor=factories.officer_of("FR", Role.CRISIS_SEAT),
        declaration=crises.in_force(set_key="pandemic-surge"),
        cases=[case.reference for case in cases],
        takes_effect_at=clock.now() + timedelta(hours=30),
        reason=REASON,
    )
