"""Shipments under any order of acts: the licence is never exceeded, and nothing leaves that must not."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from core.errors import EntenteError
from enforcement import selectors
from enforcement.models import PreShipmentCheck, Shipment
from enforcement.services import checks, shipments
from licensing.models import Licence
from licensing.services import licences
from members.models import Role, User
from tests import factories
from tests.enforcement.conftest import WHY, declared, inspector
from tests.examples import examples
from tests.licensing.conftest import Desk, answered, desk

__all__ = ["answered", "desk"]
ANY = st.integers(0, 5)


class Leaving(RuleBasedStateMachine):
    """One licence of four articles, its holder, its decider and an inspector."""

    licence: Licence
    exporter: User
    decider: User
    looks: User

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    def attempt(self, act: Any, **given: Any) -> bool:
        """Do what is allowed; a refusal is an answer, any other failure is a defect."""
        try:
            with transaction.atomic():
                act(**given)
        except EntenteError:
            return False
        return True

    def one(self, rows: Any, number: int) -> Any:
        found = list(rows.order_by("pk"))
        return found[number % len(found)] if found else None

    @rule(quantity=st.integers(1, 4))
    def declare(self, quantity: int) -> None:
        line = self.licence.lines.get().line
        self.attempt(
            declared, actor=self.exporter, licence=self.licence, quantities={line: Decimal(quantity)}
        )

    @rule(number=ANY)
    def depart(self, number: int) -> None:
        shipment = self.one(Shipment.objects.filter(status="declared"), number)
        if shipment is None:
            return
        holds = Licence.objects.get(pk=self.licence.pk).status == "issued"
        checked = not any(check.blocks for check in self.last_checks())
        left = self.attempt(shipments.depart, actor=self.exporter, shipment=shipment)
        assert left is (holds and checked)

    def last_checks(self) -> list[PreShipmentCheck]:
        """The checks that wait, and the one performed last: told apart here by another way than the service's."""
        rows = PreShipmentCheck.objects.filter(licence=self.licence)
        last = rows.filter(status="performed").order_by("-ended_at", "-pk").first()
        return [*rows.filter(status="asked"), *([last] if last else [])]

    @rule(number=ANY, by_holder=st.booleans())
    def give_up(self, number: int, by_holder: bool) -> None:
        if shipment := self.one(Shipment.objects.all(), number):
            act, actor = (shipments.cancel, self.exporter) if by_holder else (shipments.stop, self.decider)
            gone = shipment.status in Shipment.LEFT
            done = self.attempt(act, actor=actor, shipment=shipment, reason=WHY)
            assert not (gone and done)

    @rule(suspend=st.booleans())
    def change(self, suspend: bool) -> None:
        act = licences.suspend if suspend else licences.reinstate
        self.attempt(act, actor=self.decider, licence=self.licence, reason=WHY)

    @rule()
    def ask(self) -> None:
        self.attempt(checks.ask, actor=self.decider, licence=self.licence, reason=WHY)

    @rule(number=ANY, result=st.sampled_from(PreShipmentCheck.Result.values))
    def look(self, number: int, result: str) -> None:
        if check := self.one(PreShipmentCheck.objects.filter(status="asked"), number):
            self.attempt(checks.perform, actor=self.looks, check=check, result=result, found=WHY)
            if result == "unfavourable":
                assert not Shipment.objects.filter(status="declared").exists()

    @invariant()
    def never_more_than_is_licensed(self) -> None:
        for one in selectors.left_of(self.licence):
            rows = Shipment.objects.counted().filter(lines__licence_line=one.line)  # type: ignore[attr-defined]
            taken = sum((row.lines.get().quantity for row in rows), Decimal(0))
            assert taken <= one.line.quantity
            assert one.left == one.line.quantity - taken


@pytest.mark.slow
def test_no_order_of_acts_lets_more_leave_than_is_licensed_or_what_is_held_up(
    answered: Desk, exporter: User
) -> None:
    Leaving.licence, Leaving.exporter = answered.licence(), exporter
    Leaving.decider, Leaving.looks = factories.officer_of("DE", Role.DECIDER), inspector()
    usual = settings(
        max_examples=examples(4), stateful_step_count=14, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(Leaving, settings=usual)  # type: ignore[no-untyped-call]
