"""A case under any order of acts, lapses and late work: what never happens, and what always holds."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from core import clock
from core.errors import EntenteError
from core.models import ref, ref_id
from deadlines import services as deadlines
from deadlines.derivations import recompute
from deadlines.models import DueInstant
from escalation.services import clocks, ladder_steps
from ledger.testing import run_deliveries
from licensing.models import (
    Application,
    Case,
    ClockStop,
    Consultation,
    Decision,
    InformationRequest,
    Licence,
    Position,
)
from licensing.policies.stops import STOPPED
from licensing.services import applications, decisions, information, positions, stops
from licensing.stops import LEGAL, REASONS
from members.models import Ministry, Organisation, Role, User
from tests import factories, journeys
from tests.examples import examples

OBJECTION = {
    "reason_code": "intended_end_use",
    "legal_basis": "Regulation (EU) 2021/821, Article 14(1)",
    "summary": "The stated end-use does not fit the quantity asked for.",
}
CONTENTS: dict[str, dict[str, Any]] = {
    "drill": {"own_reference": "DRILL-1"},
    "consultation": {},
    "crisis": {"items": [{**journeys.dossier()["items"][0], "control_code": "5A004", "hs_code": "847180"}]},
}
VOICES = (Role.LICENSING_OFFICER, Role.ADVISER, Role.CRISIS_SEAT)
ANYONE = st.integers(0, 9)


class Ladder(RuleBasedStateMachine):
    """One case, everybody who can act on it, and time."""

    exporter: User
    organisation: Organisation

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.time = time_machine.travel(clock.now(), tick=False)
        self.traveller = self.time.start()
        self.officers: dict[tuple[str, str, int], User] = {}

    def teardown(self) -> None:
        self.time.stop()
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    @initialize(content=st.sampled_from(sorted(CONTENTS)))
    def file(self, content: str) -> None:
        self.pk = journeys.file(self.exporter, self.organisation, journeys.dossier(**CONTENTS[content])).pk

    @property
    def case(self) -> Case:
        return Case.objects.get(pk=self.pk)

    def officer(self, code: str, role: str, number: int = 0, ministry: str = Ministry.TRADE) -> User:
        key = (code, f"{role} {ministry}", number)
        if key not in self.officers:
            roles = VOICES if role == "voice" else (role,)
            self.officers[key] = factories.officer_of(code, *roles, ministry=ministry)
        return self.officers[key]

    def attempt(self, act: Any, **given: Any) -> None:
        """Do what is allowed; a refusal is an answer, any other failure is a defect."""
        try:
            act(**given)
        except EntenteError:
            return

    def one_of(self, rows: Any, number: int) -> Any:
        found = list(rows)
        return found[number % len(found)] if found else None

    @rule(
        which=ANYONE,
        kind=st.sampled_from(["no_objection", "object", "object", "abstain", "recuse"]),
        binding=st.booleans(),
        person=st.integers(0, 1),
        work=st.booleans(),
    )
    def take_position(self, which: int, kind: str, binding: bool, person: int, work: bool) -> None:
        consultation = self.one_of(
            Consultation.objects.filter(case=self.pk).order_by("-round", "tier", "pk"), which
        )
        if consultation is None:
            return
        code = consultation.jurisdiction_id or "US"
        officer = self.officer(code, "voice", person, consultation.ministry)
        more = {**OBJECTION, "binding": binding and consultation.binding} if kind == "object" else {}
        self.attempt(positions.take, actor=officer, consultation=consultation, kind=kind, **more)
        if work:
            run_deliveries()

    @rule(which=ANYONE)
    def countersign_position(self, which: int) -> None:
        position = self.one_of(
            Position.objects.filter(consultation__case=self.pk, status="proposed").order_by("pk"), which
        )
        if position is not None:
            code = position.consultation.jurisdiction_id or "US"
            role = Role.COUNTERSIGNER if position.consultation.jurisdiction_id else Role.CRISIS_SEAT
            officer = self.officer(code, role, 5, position.consultation.ministry)
            self.attempt(positions.countersign, actor=officer, position=position)
            run_deliveries()

    @rule(kind=st.sampled_from(["grant", "grant", "grant", "refuse"]), at_once=st.booleans())
    def propose(self, kind: str, at_once: bool) -> None:
        self.attempt(
            decisions.propose,
            actor=self.officer("DE", Role.DECIDER),
            case=self.case,
            kind=kind,
            criteria=["C1"],
            reasons="Considered by the lead.",
            reasons_for_exporter="Considered by the lead.",
            ground_code="C1",
        )
        if at_once:
            self.countersign()

    @rule()
    def countersign(self) -> None:
        decision = Decision.objects.filter(case=self.pk, status="proposed").first()
        if decision is not None:
            officer = self.officer("DE", Role.COUNTERSIGNER)
            self.attempt(decisions.countersign, actor=officer, decision=decision)
            run_deliveries()

    @rule()
    def refer_up(self) -> None:
        officer = self.officer("DE", Role.DECIDER)
        self.attempt(ladder_steps.refer_up, actor=officer, case=self.case, reason="The members disagree.")
        run_deliveries()

    @rule(reason=st.sampled_from(["missing_document", "clarification"]), days=st.integers(1, 14))
    def ask(self, reason: str, days: int) -> None:
        self.attempt(
            information.ask,
            actor=self.officer("DE", Role.LICENSING_OFFICER),
            case=self.case,
            reason_code=reason,
            question="Which test hall is it for?",
            sections=["items", "commercial"],
            days=days,
        )

    @rule(which=ANYONE, change=st.sampled_from(["nothing", "commercial", "items"]), work=st.booleans())
    def answer(self, which: int, change: str, work: bool) -> None:
        request = self.one_of(
            InformationRequest.objects.filter(case=self.pk, status="open").order_by("pk"), which
        )
        if request is None:
            return
        section = self.case.revision.dossier.get(change)
        changes: dict[str, Any] = {}
        if change == "items":
            changes = {"items": [{**section[0], "description": f"{section[0]['description']} again"}]}
        elif change == "commercial":
            changes = {"commercial": {**section, "third_party_payer": not section["third_party_payer"]}}
        self.attempt(
            information.answer, actor=self.exporter, request=request, answer="Hall 2.", changes=changes
        )
        if work:
            run_deliveries()

    @rule()
    def withdraw_question(self) -> None:
        request = InformationRequest.objects.filter(case=self.pk, status="open").first()
        if request is not None:
            officer = self.officer("DE", Role.LICENSING_OFFICER)
            self.attempt(information.withdraw_request, actor=officer, request=request)

    @rule(reason=st.sampled_from(sorted(LEGAL)), days=st.integers(1, 30))
    def stop_clock(self, reason: str, days: int) -> None:
        self.attempt(
            stops.stop_clock,
            actor=self.officer("DE", Role.LICENSING_OFFICER),
            case=self.case,
            reason_code=reason,
            days=days,
            basis="Order 12/2026",
        )

    @rule(which=ANYONE, void=st.booleans(), work=st.booleans())
    def end_or_void_a_stop(self, which: int, void: bool, work: bool) -> None:
        stop = self.one_of(ClockStop.objects.filter(case=self.pk).order_by("pk"), which)
        if stop is None:
            return
        if void:
            reviewer = self.officer("US", Role.AUDITOR)
            self.attempt(stops.void_stop, actor=reviewer, stop=stop, reason="It should not have been.")
        else:
            self.attempt(stops.resume_clock, actor=self.officer("DE", Role.LICENSING_OFFICER), stop=stop)
        if work:
            run_deliveries()

    @rule(which=ANYONE, amount=st.integers(1, 20))
    def extend(self, which: int, amount: int) -> None:
        consultation = self.one_of(
            Consultation.objects.filter(case=self.pk).order_by("-round", "tier", "pk"), which
        )
        if consultation is not None:
            officer = self.officer(consultation.jurisdiction_id or "US", "voice", 0, consultation.ministry)
            self.attempt(
                clocks.extend,
                actor=officer,
                consultation=consultation,
                amount=amount,
                reason="A survey on site",
            )

    @rule(seconds=st.sampled_from([1, 5, 3600, 86_400, 20 * 86_400]), work=st.booleans())
    def wait(self, seconds: int, work: bool) -> None:
        self.traveller.shift(timedelta(seconds=seconds))
        deadlines.tick()
        if work:
            run_deliveries()

    @rule(times=st.integers(1, 3))
    def wait_for_what_is_due_next(self, times: int) -> None:
        for _ in range(times):
            due = (
                DueInstant.objects.filter(aggregate=f"case:{self.pk}", state="open")
                .order_by("due_at")
                .first()
            )
            if due is not None and due.due_at > clock.now():
                self.traveller.move_to(due.due_at, tick=False)
            deadlines.tick()
            run_deliveries()

    @rule()
    def withdraw(self) -> None:
        # Rarely: the rest of a run has nothing to act on.
        if Consultation.objects.filter(case=self.pk, tier=2).exists():
            self.attempt(applications.withdraw, actor=self.exporter, application=self.case.application)

    # What holds after each of these ----------------------------------------------------------------------

    @invariant()
    def no_licence_against_a_binding_objection(self) -> None:
        """An objection stands until whoever made it says something else; silence does not take it back."""
        if not Licence.objects.filter(case=self.pk).exists():
            return
        for objection in Position.objects.filter(
            consultation__case=self.pk, kind="object", binding=True, status="in_force"
        ).select_related("consultation"):
            asked = objection.consultation
            later = Position.objects.filter(
                consultation__case=self.pk,
                consultation__jurisdiction=asked.jurisdiction_id,
                consultation__ministry=asked.ministry,
                consultation__round__gt=asked.round,
                status="in_force",
                taken_by__isnull=False,
            ).exclude(kind="object")
            assert later.exists(), f"{asked} objects, and a licence was issued"

    @invariant()
    def an_open_case_has_something_coming(self) -> None:
        case = self.case
        due = DueInstant.objects.filter(aggregate=ref(case), state="open").exclude(
            kind="consultation.reminder"
        )
        if not case.is_open:
            assert not due.exists()
            return
        run = transaction.atomic()  # what waits in the queue may be what sets it
        with run:
            run_deliveries()
            if self.case.is_open:
                assert due.exclude(kind="case.outer").exists(), f"{self.case.status} with nothing due"
            transaction.set_rollback(True)

    @invariant()
    def silence_approves_nothing_critical(self) -> None:
        case = self.case
        deemed = Position.objects.filter(consultation__case=self.pk, taken_by__isnull=True)
        if case.critical:
            assert not deemed.exists()
            if Licence.objects.filter(case=self.pk).exists():
                said = Position.objects.filter(consultation__case=self.pk, taken_by__isnull=False)
                assert said.filter(status="in_force").exists()

    @invariant()
    def every_due_instant_derives_again(self) -> None:
        for row in DueInstant.objects.filter(aggregate=f"case:{self.pk}"):
            assert row.state != "parked", row.parked_error
            assert deadlines.recompute(row).due_at == row.due_at

    @invariant()
    def each_running_clock_counts_the_stops_that_hold_it_and_no_other(self) -> None:
        """Whatever was stopped, ended, expired or voided, and in whichever order."""
        case = self.case
        for row in deadlines.open_of(ref(case)):
            if row.kind not in STOPPED:
                continue
            counted = {**row.inputs, "stops": []}
            for stop in ClockStop.objects.filter(case=case, voided_at__isnull=True):
                if row.kind in REASONS[stop.reason_code].holds:
                    interval = {
                        "start": stop.opened_at.isoformat(),
                        "end": stop.ends_at.isoformat(),
                        "reason": "",
                    }
                    counted["stops"].append(interval)
            again = recompute(json.loads(json.dumps(counted)), deadlines.calendar_of(row))
            assert again.due_at == row.due_at
            if row.kind == "consultation.window":
                asked = Consultation.objects.get(pk=ref_id(row.subject, "consultation"))
                assert asked.due_at == row.due_at

    @invariant()
    def nothing_is_asked_of_a_closed_case(self) -> None:
        if not self.case.is_open:
            assert not Consultation.objects.filter(case=self.pk, status="open").exists()
            assert not InformationRequest.objects.filter(case=self.pk, status="open").exists()


@pytest.mark.slow
def test_no_order_of_acts_and_lapses_breaks_a_case(
    in_force: None, exporter: User, organisation: Organisation
) -> None:
    for code in ("FR", "US", "JP"):
        factories.JurisdictionFactory(code=code)
    machine = type("Ladder", (Ladder,), {"exporter": exporter, "organisation": organisation})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples(4),
            stateful_step_count=20,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_a_draft_expires_after_twelve_months_and_not_before(
    in_force: None, exporter: User, organisation: Organisation
) -> None:
    draft = applications.start(actor=exporter, organisation=organisation)
    (due,) = deadlines.open_of(ref(draft))
    assert timedelta(days=365) <= due.due_at - draft.created_at <= timedelta(days=372)
    with journeys.at(due.due_at - timedelta(seconds=1)):
        deadlines.tick()
        assert Application.objects.get().status == "draft"
    with journeys.at(due.due_at):
        deadlines.tick()
        assert Application.objects.get().status == "expired"
