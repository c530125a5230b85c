"""Cases at the points where officers act, made by the services themselves."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from core import clock
from ledger.testing import run_deliveries
from licensing.models import Case, Consultation, Decision, Licence, Position
from licensing.services import decisions, positions
from members.models import Jurisdiction, Ministry, Organisation, Role, User
from tests import factories, journeys
from tests.standing import stays

OfficerOf = Callable[..., User]
GRANT = {"kind": "grant", "criteria": ["C1"], "reasons": "Civil end-use at a named site."}


@dataclass
class Desk:
    """A case, and whoever works on it, made when first asked for."""

    case: Case
    officer_of: OfficerOf

    def reload(self) -> Case:
        self.case = Case.objects.get(pk=self.case.pk)
        return self.case

    def consultation(self, jurisdiction: str | None, tier: int = 0) -> Consultation:
        return Consultation.objects.get(case=self.case, jurisdiction=jurisdiction, tier=tier)

    def answer(self, jurisdiction: str, kind: str = "no_objection", **details: object) -> Position:
        taken = positions.take(
            actor=self.officer_of(jurisdiction),
            consultation=self.consultation(jurisdiction),
            kind=kind,
            **details,
        )
        run_deliveries()
        return taken

    def answer_all(self) -> None:
        """Let everyone asked at tier 0 have no objection."""
        for consultation in Consultation.objects.filter(case=self.case, status="open"):
            self.answer(str(consultation.jurisdiction_id))

    def propose(self, **details: object) -> Decision:
        decider = self.officer_of("DE", Role.DECIDER)
        return decisions.propose(actor=decider, case=self.case, **{**GRANT, **details})

    def decide(self, **details: object) -> Decision:
        decision = self.propose(**details)
        return decisions.countersign(actor=self.officer_of("DE", Role.COUNTERSIGNER), decision=decision)

    def licence(self, **details: object) -> Licence:
        self.decide(**details)
        return Licence.objects.get(case=self.case)


@stays
def desk(
    in_force: None,
    exporter: User,
    organisation: Organisation,
    germany: Jurisdiction,
    france: Jurisdiction,
    japan: Jurisdiction,
) -> Desk:
    """A case of the German exporter: goods in France, components from the United States, nobody has answered.

    France's objection binds, both have ten working days, silence is no objection.
    """
    return Desk(journeys.file(exporter, organisation), factories.officer_of)


@pytest.fixture
def drill(
    in_force: None, exporter: User, organisation: Organisation, officer_of: OfficerOf
) -> Iterator[Desk]:
    """The same as an exercise: critical, its windows last seconds, silence climbs. The clock stands."""
    with journeys.at(clock.now()):
        yield Desk(
            journeys.file(exporter, organisation, journeys.dossier(own_reference="DRILL-1")), officer_of
        )


@stays
def crisis(in_force: None, exporter: User, organisation: Organisation, officer_of: OfficerOf) -> Desk:
    """A critical item of the same exporter: two ministries answer within 48 hours, each countersigned."""
    content = journeys.dossier()
    content["items"][0] |= {"control_code": "5A004", "hs_code": "847180"}
    return Desk(journeys.file(exporter, organisation, content), officer_of)


@stays
def answered(desk: Desk) -> Desk:
    """The same, and everyone consulted has no objection."""
    desk.answer_all()
    desk.reload()
    return desk


OBJECTION = {
    "kind": "object",
    "binding": True,
    "reason_code": "intended_end_use",
    "legal_basis": "Regulation (EU) 2021/821, Article 14(1)",
    "summary": "The stated end-use does not fit the quantity asked for.",
}
UNIT_SEAT = {"ministry": Ministry.TRADE}
