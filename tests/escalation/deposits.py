"""Positions deposited beforehand by French officers, for tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from core import clock
from escalation.models import Preposition
from escalation.services import prepositions as service
from ledger.testing import run_deliveries
from licensing.models import Case, Position
from members.models import Organisation, Role, User
from tests import journeys
from tests.licensing.conftest import OfficerOf

CODEWORD = "cameras for the combustion bench"  # stands in the content and nowhere else
CONDITIONS = {
    "kind": "approve_with_conditions",
    "summary": f"We know these {CODEWORD}.",
    "conditions": [{"code": "no_reexport"}, {"code": "delivery_verification_within", "value": "60"}],
}
TRUE = "'6A003' in control_codes && destinations.all(place, place == 'SG')"


@dataclass
class Deposits:
    """French officers who deposit, and the case that comes later."""

    officer_of: OfficerOf
    exporter: User
    organisation: Organisation
    author: User = field(init=False)
    second: User = field(init=False)

    def __post_init__(self) -> None:
        self.author = self.officer_of("FR", Role.DECIDER)
        self.second = self.officer_of("FR", Role.COUNTERSIGNER)

    def propose(self, expression: str = TRUE, **said: Any) -> Preposition:
        given = {"trigger": "consultation", "crisis": "", "valid_until": clock.today() + timedelta(days=90)}
        return service.propose(actor=self.author, expression=expression, **{**given, **CONDITIONS, **said})

    def make(self, expression: str = TRUE, **said: Any) -> Preposition:
        made = self.propose(expression, **said)
        return service.countersign(actor=self.second, preposition=made)

    def case(self, **sections: Any) -> Case:
        case = journeys.file(self.exporter, self.organisation, journeys.dossier(**sections))
        run_deliveries()
        return Case.objects.get(pk=case.pk)


@pytest.fixture
def deposits(in_force: None, exporter: User, organisation: Organisation, officer_of: OfficerOf) -> Deposits:
    return Deposits(officer_of, exporter, organisation)


def french(case: Case) -> list[Position]:
    return list(Position.objects.filter(consultation__case=case, consultation__jurisdiction="FR"))
