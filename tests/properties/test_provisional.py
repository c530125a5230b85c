"""A provisional grant under any order of acts and late ticks: it never outlives its instant, and its cap holds."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from alliance.charters import CharterData, Silence, parse
from alliance.settling import Answer, Outcome, settle
from core import clock
from core.errors import EntenteError
from escalation.services import provisional
from licensing.models import Case, Decision, Licence, ProvisionalGrant
from licensing.selectors.standings import standing
from licensing.services import applications, decisions, licences
from members.models import Organisation, Role, User
from tests import factories
from tests.alliance.conftest import shipped
from tests.escalation import relief
from tests.examples import examples
from tests.licensing.conftest import GRANT

REASON = "The consignee could not be reached at its address."
DE, FR = ("DE", Role.DECIDER), ("FR", Role.DECIDER)
HUMANITARIAN: CharterData = next(
    parse(entry) for entry in shipped("charters")["entries"] if entry["key"] == "humanitarian-16-8"
)


class Grant(RuleBasedStateMachine):
    """One provisional grant, everybody who can act on it, and a clock that may come late or never."""

    exporter: User
    organisation: Organisation

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.time = time_machine.travel(clock.now(), tick=False)
        self.traveller = self.time.start()
        self.people: dict[tuple[str, str], User] = {}
        self.confirmed = False

    def teardown(self) -> None:
        self.time.stop()
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    @initialize()
    def grant(self) -> None:
        grant = relief.granted(self.exporter, self.organisation)
        self.pk, self.licence_pk, self.case_pk = grant.pk, grant.licence_id, grant.case_id
        assert grant.licence.confirm_by is not None
        self.confirm_by = grant.licence.confirm_by
        self.traveller.move_to(grant.granted_at)

    def who(self, code: str, role: str) -> User:
        if (code, role) not in self.people:
            self.people[code, role] = factories.officer_of(code, role)
        return self.people[code, role]

    @property
    def licence(self) -> Licence:
        return Licence.objects.select_related("issued_by").get(pk=self.licence_pk)

    @rule(hours=st.sampled_from([1, 23, 48, 71, 80]))
    def wait(self, hours: int) -> None:
        self.traveller.move_to(clock.now() + timedelta(hours=hours))

    @rule()
    def to_the_instant(self) -> None:
        if clock.now() < self.confirm_by:
            self.traveller.move_to(self.confirm_by - timedelta(microseconds=1))

    @rule()
    def tick(self) -> None:
        relief.tick()

    @rule()
    def propose(self) -> None:
        with suppress(EntenteError), transaction.atomic():
            decisions.propose(actor=self.who(*DE), case=Case.objects.get(pk=self.case_pk), **GRANT)

    @rule(second=st.sampled_from([FR, DE, ("JP", Role.CRISIS_SEAT), ("DE", Role.COUNTERSIGNER)]))
    def confirm(self, second: tuple[str, str]) -> None:
        found = Decision.objects.filter(case=self.case_pk, status="proposed").first()
        before, at = ProvisionalGrant.objects.get(pk=self.pk).status, clock.now()
        if found is None:
            return
        try:
            decisions.countersign(actor=self.who(*second), decision=found)
        except EntenteError:
            return
        if before == "standing" and self.licence.confirmed_at is not None:
            assert second == FR
            assert at < self.confirm_by
            self.confirmed = True

    @rule(who=st.sampled_from([FR, DE]))
    def refuse(self, who: tuple[str, str]) -> None:
        grant = ProvisionalGrant.objects.get(pk=self.pk)
        with suppress(EntenteError):
            provisional.refuse(actor=self.who(*who), grant=grant, reason=REASON)

    @rule(
        act=st.sampled_from([licences.suspend, licences.reinstate, licences.revoke, licences.mark_exhausted])
    )
    def change(self, act: Any) -> None:
        with suppress(EntenteError):
            act(actor=self.who(*DE), licence=self.licence, reason=REASON)

    @rule()
    def withdraw(self) -> None:
        application = Case.objects.get(pk=self.case_pk).application
        with suppress(EntenteError):
            applications.withdraw(actor=self.exporter, application=application)

    @invariant()
    def it_never_outlives_its_instant(self) -> None:
        now = standing(self.licence).status
        if clock.now() >= self.confirm_by and not self.confirmed:
            assert now == "revoked"
        grant = ProvisionalGrant.objects.get(pk=self.pk)
        assert (grant.status == "confirmed") == self.confirmed
        assert grant.ended_at is None or grant.ended_at <= self.confirm_by

    @invariant()
    def its_cap_holds_and_nothing_is_lost(self) -> None:
        case = Case.objects.get(pk=self.case_pk)
        asked = {item.line: item.quantity for item in case.revision.items.all()}
        for line in self.licence.lines.all():
            most = asked[line.line] if self.confirmed else asked[line.line] / 4
            assert line.quantity <= most
        grant = ProvisionalGrant.objects.get(pk=self.pk)
        assert (case.status == "provisional") == (grant.status == "standing")
        assert ProvisionalGrant.objects.filter(case=case).count() == 1


@pytest.mark.usefixtures("in_force")
def test_no_order_of_acts_and_late_ticks_lets_it_outlive_its_instant(
    exporter: User, organisation: Organisation
) -> None:
    for code in ("FR", "US", "JP"):
        factories.JurisdictionFactory(code=code)
    machine = type("Grant", (Grant,), {"exporter": exporter, "organisation": organisation})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples(5),
            stateful_step_count=12,
            suppress_health_check=list(HealthCheck),
        ),
    )


@settings(max_examples=examples(200))
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["open", "answered", "lapsed", "closed"]),
            st.sampled_from([None, "no_objection", "approve_with_conditions", "object", "abstain", "recuse"]),
        ),
        max_size=5,
    ),
    st.sampled_from([Silence.PROVISIONAL_GRANT, Silence.LAPSE_TO_HOLD]),
    st.booleans(),
)
def test_of_a_critical_case_nothing_is_granted_provisionally(
    said: list[tuple[str, str | None]], silence: Silence, critical: bool
) -> None:
    tier = replace(HUMANITARIAN.tiers[-1], silence=silence)
    answers = [
        Answer(str(number), "trade", status, silence, position)
        for number, (status, position) in enumerate(said)
    ]
    outcome = settle(tier, answers, critical=critical)
    if outcome is Outcome.PROVISIONAL:
        assert not critical
        assert silence is Silence.PROVISIONAL_GRANT
        assert answers[0].says == "silent", "who answered is never passed over"
