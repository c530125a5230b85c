"""A suspended trusted trader never gets the fast lane, whatever the order of events."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from alliance import criteria
from core import clock
from core.errors import EntenteError
from deadlines import services as deadlines
from exemptions import allowances
from exemptions.models import TrustedTrader
from ledger.testing import run_deliveries
from licensing import guards, trusted
from licensing.models import Case
from licensing.selectors.trades import trade_of_case
from licensing.services import emergencies, trader_standing, traders
from members.models import Organisation, User
from tests import journeys
from tests.examples import examples
from tests.exemptions.test_traders import decided, trader
from tests.exemptions.traders import DOUBT, MENDED, SEEN, WHY, decider, findings, inspector
from tests.licensing.conftest import answered, desk

__all__ = ["answered", "decided", "desk", "trader"]


class Trusting(RuleBasedStateMachine):
    """One trader; deliveries, ticks and acts come in any order, and what holds is kept beside by other rules."""

    trader: TrustedTrader
    organisation: Organisation
    exporter: User
    inspector: User
    decider: User
    foreign: User

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.travel: Any = None
        self.go_to(clock.now())
        until = TrustedTrader.objects.get(pk=self.trader.pk).valid_until
        assert until is not None
        self.granted, self.until = True, until
        self.overdue = 0  # deliveries that were never confirmed: two take it below the bound

    def teardown(self) -> None:
        self.travel.stop()
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    def go_to(self, at: datetime) -> None:
        if self.travel is not None:
            self.travel.stop()
        self.travel = time_machine.travel(at, tick=False)
        self.travel.start()

    def attempt(self, act: Any, **given: Any) -> bool:
        """Do what is allowed; a refusal is an answer, any other failure is a defect."""
        try:
            with transaction.atomic():
                act(**given)
        except EntenteError:
            return False
        return True

    @property
    def holds(self) -> bool:
        return self.granted and clock.now() < self.until and self.overdue < 2

    def now(self) -> TrustedTrader:
        return TrustedTrader.objects.select_related("organisation").get(pk=self.trader.pk)

    @rule()
    def suspend(self) -> None:
        self.attempt(trader_standing.suspend, actor=self.foreign, trader=self.now(), reason=DOUBT)
        self.granted = False

    @rule()
    def ask_to_regain(self) -> None:
        self.attempt(trader_standing.ask_to_regain, actor=self.exporter, trader=self.now(), made_good=MENDED)

    @rule(refused=st.booleans())
    def audit_and_decide(self, refused: bool) -> None:
        self.attempt(traders.begin_audit, actor=self.inspector, trader=self.now())
        given = {"visited_on": clock.today(), "findings": findings(), "summary": SEEN}
        self.attempt(traders.report_audit, actor=self.inspector, trader=self.now(), **given)
        act = traders.refuse if refused else traders.grant
        if self.attempt(act, actor=self.decider, trader=self.now(), reasons=WHY):
            assert refused or not self.overdue, "nobody is trusted while a delivery is unverified"
            self.granted = not refused
            self.until = self.now().valid_until or self.until

    @rule()
    def report_late(self) -> None:
        key = f"shipment:{clock.now().timestamp()}:{self.overdue}"
        allowances.expect(holder=self.organisation, source_ref=key, label="SH-1", due_at=clock.now())
        self.overdue += 1

    @rule()
    def look(self) -> None:
        if trader_standing.look(trader_id=self.trader.pk):
            assert self.overdue >= 2 or not self.granted
            self.granted = False

    @rule(days=st.sampled_from([1, 400, 1000, 1095]))
    def wait(self, days: int) -> None:
        self.go_to(clock.now() + timedelta(days=days))

    @rule()
    def tick(self) -> None:
        deadlines.tick()

    @rule()
    def deliver(self) -> None:
        run_deliveries()
        fast = Case.objects.filter(charter_key="trusted-5wd", status__in=["in_review", "on_hold"])
        told = self.now().status == "granted" and self.granted
        assert told or not fast.exists(), "once it is known everywhere no case is left there"

    @rule(run=st.booleans())
    def file(self, run: bool) -> None:
        if Case.objects.filter(application__organisation=self.organisation).count() > 4:
            return
        case = journeys.file(self.exporter, self.organisation, run=run)
        if run:
            assert (case.charter_key == "trusted-5wd") is self.holds

    @invariant()
    def never_the_fast_lane_unless_it_holds(self) -> None:
        level = trusted.level_of(self.organisation)
        assert bool(level) is self.holds
        for case in Case.objects.filter(application__organisation=self.organisation, decided_at__isnull=True):
            made = case.assessments.order_by("-made_at").first()
            if made is None:
                continue
            choice = criteria.choose(emergencies.facts_now(case, made), trade_of_case(case))
            assert (choice.charter_key == "trusted-5wd") is self.holds
            if case.charter_key == "trusted-5wd" and not self.holds:
                assert any("not a trusted trader" in why for why in guards.blockers(case, "grant"))


@pytest.mark.slow
@pytest.mark.usefixtures("in_force")
def test_a_suspended_trader_never_gets_the_fast_lane_whatever_the_order_of_events(
    trader: TrustedTrader, organisation: Organisation, exporter: User
) -> None:
    Trusting.trader, Trusting.organisation, Trusting.exporter = trader, organisation, exporter
    Trusting.inspector, Trusting.decider, Trusting.foreign = inspector(), decider(), decider("JP")
    usual = settings(
        max_examples=examples(5), stateful_step_count=14, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(Trusting, settings=usual)  # type: ignore[no-untyped-call]
