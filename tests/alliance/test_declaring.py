"""Crises: two keys, adoption, sunset, renewal; and what no order of acts ever brings about."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from alliance import adopting, crises, declaring, reviewing
from alliance.models import Adoption, Declaration, Renewal
from core import clock
from core.errors import Conflict, EntenteError, Forbidden, Invalid
from deadlines import services as deadlines
from ledger.models import Event
from ledger.testing import run_deliveries
from members.models import Jurisdiction, Role
from tests import factories, journeys
from tests.crises import GIVEN, LAW, decider, end, in_force, proposed, reviewed, seat
from tests.examples import examples

pytestmark = pytest.mark.usefixtures("in_force")


def status_of(declaration: Declaration) -> str:
    return Declaration.objects.get(pk=declaration.pk).status


def test_nothing_is_in_force_before_the_second_key() -> None:
    declaration = proposed()
    assert (declaration.status, declaration.sunset_at) == ("proposed", None)
    assert crises.in_force() == ()
    with pytest.raises(Forbidden, match="another person"):
        declaring.confirm(actor=declaration.declared_by, declaration=declaration)
    with pytest.raises(Forbidden, match="another member"):
        declaring.confirm(actor=seat("DE"), declaration=declaration)
    with pytest.raises(Forbidden, match="seat of the crisis unit"):
        declaring.confirm(actor=factories.officer_of("FR", Role.DECIDER), declaration=declaration)
    declaring.confirm(actor=seat("FR"), declaration=declaration)
    (crisis,) = crises.in_force()
    assert (crisis.reference, crisis.adopted) == (declaration.reference, frozenset())


def test_one_declaration_asks_every_member_and_prepared_ones_adopt_in_the_same_instant() -> None:
    adopting.state_preparedness(
        actor=decider("FR"), set_key="embargo-tightening", legal_reference="Decree 2026-3"
    )
    withdrawn = adopting.state_preparedness(
        actor=decider("JP"), set_key="embargo-tightening", legal_reference="Cabinet order 12"
    )
    adopting.withdraw_preparedness(actor=decider("JP"), preparedness=withdrawn)
    declaration = in_force()
    standing = {row.jurisdiction_id: row for row in declaration.adoptions.all()}
    assert set(standing) == set(Jurisdiction.objects.values_list("code", flat=True))
    assert {code for code, row in standing.items() if row.status == "adopted"} == {"FR"}
    assert standing["FR"].legal_reference == "Decree 2026-3"
    assert standing["FR"].decided_at == declaration.in_force_at
    event = Event.objects.get(type="adoption.adopted")
    assert (event.facts["jurisdiction"], event.facts["prepared"]) == ("FR", True)


def test_a_member_adopts_opts_out_and_adopts_after_all() -> None:
    declaration = in_force()
    japan = decider("JP")
    adopting.opt_out(actor=japan, declaration=declaration, reason="Parliament has to be heard first.")
    with pytest.raises(Conflict, match="opted out already"):
        adopting.opt_out(actor=japan, declaration=declaration, reason="Parliament has to be heard first.")
    assert crises.in_force()[0].adopted == frozenset()
    adopting.adopt(actor=japan, declaration=declaration, legal_reference=LAW)
    assert crises.in_force()[0].adopted == {"JP"}
    with pytest.raises(Conflict, match="adopted these measures already"):
        adopting.adopt(actor=japan, declaration=declaration, legal_reference=LAW)
    with pytest.raises(Forbidden, match="Only a decider"):
        adopting.adopt(actor=factories.officer_of("FR"), declaration=declaration, legal_reference=LAW)
    told = [event.type for event in Event.objects.filter(type__startswith="adoption.").order_by("pk")]
    assert told == ["adoption.opted_out", "adoption.adopted"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"set_key": "no-such-set"}, "set"),
        ({"title": " "}, "title"),
        ({"objective": "too short"}, "objective"),
        ({"legal_basis": ""}, "legal_basis"),
        ({"scenario": "no-such-scenario"}, "scenario"),
        ({"scope": {"destinations": ["Russia"]}}, "scope.destinations.0"),
        ({"scope": {"goods": ["3A001"]}}, "scope.goods"),
        ({"scope": ["RU"]}, "scope"),
    ],
)
def test_a_declaration_that_does_not_fit_names_the_field(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as error:
        proposed(**changes)
    assert list(error.value.fields) == [field]
    assert not Declaration.objects.exists()


def test_the_sunset_is_derived_and_ends_the_crisis_at_its_instant_however_late_the_tick() -> None:
    with journeys.at(datetime.fromisoformat("2026-03-01T12:00:00+00:00")):
        declaration = in_force("DE")
    assert declaration.sunset_at == datetime.fromisoformat("2026-09-02T00:00:00+00:00")
    (due,) = deadlines.open_of(f"declaration:{declaration.pk}")
    assert deadlines.recompute(due).due_at == declaration.sunset_at
    with journeys.at(declaration.sunset_at - timedelta(seconds=1)):
        deadlines.tick()
        assert len(crises.in_force()) == 1
    with journeys.at(declaration.sunset_at + timedelta(hours=5)):
        assert crises.in_force() == (), "what is read does not wait for the tick"
        with pytest.raises(Conflict, match="ended"):
            adopting.adopt(actor=decider("FR"), declaration=declaration, legal_reference=LAW)
        ended = Declaration.objects.get()
        assert (ended.status, ended.ended_at) == ("ended", declaration.sunset_at)
        assert deadlines.tick() == 0
    assert Event.objects.get(type="declaration.ended").facts["adopted"] == ["DE"]


def test_a_renewal_takes_findings_two_keys_and_at_most_six_months() -> None:
    declaration = in_force()
    german, last = seat("DE"), clock.today() + timedelta(days=30)
    given = {"actor": german, "declaration": declaration, "findings": "Two evasions were found."}
    with pytest.raises(Invalid, match="after the present sunset"):
        adopting.propose_renewal(**given, last_day=last)
    with pytest.raises(Invalid, match="within six months"):
        adopting.propose_renewal(**given, last_day=clock.today() + timedelta(days=200))
    with journeys.later(days=150):
        last = clock.today() + timedelta(days=170)
        with pytest.raises(Conflict, match="Review the measures first"):
            adopting.propose_renewal(**given, last_day=last)
        reviewed(declaration)
        with pytest.raises(Invalid):
            adopting.propose_renewal(**{**given, "findings": "None."}, last_day=last)
        renewal = adopting.propose_renewal(**given, last_day=last)
        with pytest.raises(Conflict, match="waits for its second key"):
            adopting.propose_renewal(**given, last_day=last)
        with pytest.raises(Forbidden, match="another person"):
            adopting.confirm_renewal(actor=german, declaration=declaration)
        assert Declaration.objects.get().sunset_at == declaration.sunset_at
        renewed = adopting.confirm_renewal(actor=seat("FR"), declaration=declaration)
        assert renewed.sunset_at == renewal.until
        assert (renewal.until - timedelta(days=1)).date() == last
    with journeys.at(renewal.until):
        deadlines.tick()
        assert status_of(declaration) == "ended"


def test_a_renewal_that_waits_can_be_taken_back_and_proposed_anew() -> None:
    declaration = in_force()
    with journeys.later(days=150):
        given = {"declaration": declaration, "findings": "Two evasions were found."}
        last = clock.today() + timedelta(days=100)
        reviewed(declaration)
        adopting.propose_renewal(actor=seat("DE"), last_day=last, **given)
        adopting.withdraw_renewal(actor=seat("FR"), declaration=declaration)
        assert not Renewal.objects.exists()
        assert Event.objects.get(type="renewal.withdrawn").facts["findings"] == given["findings"]
        adopting.propose_renewal(actor=seat("FR"), last_day=last, **given)
        with pytest.raises(Conflict, match="No renewal waits"):
            adopting.confirm_renewal(actor=seat("DE"), declaration=in_force())


def test_ending_takes_two_keys_and_can_be_taken_back() -> None:
    declaration = in_force("DE")
    german = seat("DE")
    declaring.propose_end(actor=german, declaration=declaration, reason="The aggressor has withdrawn.")
    with pytest.raises(Forbidden, match="another person"):
        declaring.end(actor=german, declaration=declaration)
    declaring.keep_on(actor=seat("JP"), declaration=declaration)
    with pytest.raises(Conflict, match="Nobody has proposed"):
        declaring.end(actor=seat("FR"), declaration=declaration)
    ended = end(declaration)
    assert (ended.status, ended.ended_because) == ("ended", "The reason for it has gone away.")
    (due,) = deadlines.open_of(f"declaration:{declaration.pk}")
    assert due.kind == declaring.REVIEW
    with pytest.raises(Conflict):
        declaring.withdraw(actor=german, declaration=declaration, reason="It was a mistake of mine.")


def test_the_database_refuses_one_key_for_two_and_a_sunset_too_far() -> None:
    declaration = in_force()
    for wrong in (
        {"confirmed_by": declaration.declared_by},
        {"sunset_at": clock.now() + timedelta(days=186)},
        {"in_force_at": None},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Declaration.objects.filter(pk=declaration.pk).update(**wrong)


def test_the_scenario_in_force_is_that_of_the_youngest_crisis_and_switches_back() -> None:
    assert crises.scenario().key == "peacetime"
    first = in_force("DE")
    second = in_force("FR", set_key="pandemic-surge")
    assert crises.scenario().key == "pandemic"
    assert crises.scenario("DE").key == "sanctions", "of those a member has adopted"
    assert crises.scenario("JP").key == "peacetime"
    end(second)
    assert crises.scenario().key == "sanctions"
    end(first)
    assert crises.scenario().key == "peacetime"


# Whatever the order -------------------------------------------------------------------------------------

CODES = ("DE", "FR", "JP")
WHO = st.sampled_from(CODES)


class Crisis(RuleBasedStateMachine):
    """One declaration, seats and deciders of three members, and time."""

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.time = time_machine.travel(clock.now(), tick=False)
        self.traveller = self.time.start()
        self.seats = {code: seat(code) for code in CODES}
        self.deciders = {code: decider(code) for code in CODES}

    def teardown(self) -> None:
        self.time.stop()
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    @initialize(who=WHO)
    def declare(self, who: str) -> None:
        self.pk = declaring.declare(actor=self.seats[who], **GIVEN).pk

    @property
    def declaration(self) -> Declaration:
        return Declaration.objects.get(pk=self.pk)

    def attempt(self, act: Any, who: Any, **given: Any) -> None:
        try:
            act(actor=who, declaration=self.declaration, **given)
        except EntenteError:
            return

    @rule(who=WHO)
    def confirm(self, who: str) -> None:
        self.attempt(declaring.confirm, self.seats[who])

    @rule(who=WHO)
    def adopt(self, who: str) -> None:
        self.attempt(adopting.adopt, self.deciders[who], legal_reference=LAW)

    @rule(who=WHO)
    def opt_out(self, who: str) -> None:
        self.attempt(adopting.opt_out, self.deciders[who], reason="We shall not take part in it.")

    @rule(who=WHO, days=st.integers(0, 200))
    def propose_renewal(self, who: str, days: int) -> None:
        last = clock.today() + timedelta(days=days)
        self.attempt(adopting.propose_renewal, self.seats[who], findings="Still needed.", last_day=last)

    @rule(who=WHO)
    def review(self, who: str) -> None:
        self.attempt(reviewing.keep, self.seats[who], document={}, findings="Nothing moved so far.")

    @rule(who=WHO, keep=st.booleans())
    def decide_renewal(self, who: str, keep: bool) -> None:
        self.attempt(adopting.confirm_renewal if keep else adopting.withdraw_renewal, self.seats[who])

    @rule(who=WHO, other=WHO)
    def end(self, who: str, other: str) -> None:
        self.attempt(declaring.propose_end, self.seats[who], reason="It is over, as we see it.")
        self.attempt(declaring.end, self.seats[other])

    @rule(who=WHO)
    def withdraw(self, who: str) -> None:
        if self.traveller and clock.now().day % 3 == 0:  # rarely: nothing follows it
            self.attempt(declaring.withdraw, self.seats[who], reason="It was proposed by mistake.")

    @rule(days=st.sampled_from([0, 1, 40, 100, 170]), tick=st.booleans())
    def wait(self, days: int, tick: bool) -> None:
        self.traveller.shift(timedelta(days=days, hours=7))
        if tick:
            deadlines.tick()
            run_deliveries()

    @invariant()
    def the_sunset_is_never_beyond_six_months_of_the_last_review(self) -> None:
        row = self.declaration
        if row.in_force_at is None:
            assert row.sunset_at is None
            return
        reviews = Renewal.objects.filter(declaration=row, confirmed_at__isnull=False)
        last = max([row.in_force_at, *reviews.values_list("confirmed_at", flat=True)])
        assert row.sunset_at <= adopting.latest_sunset(last)

    @invariant()
    def two_members_stand_behind_whatever_is_in_force(self) -> None:
        row = self.declaration
        if row.in_force_at:
            assert row.confirmed_by.jurisdiction_code != row.declared_by.jurisdiction_code
        for renewal in Renewal.objects.filter(confirmed_at__isnull=False):
            assert renewal.confirmed_by.jurisdiction_code != renewal.proposed_by.jurisdiction_code
        if row.ended_by and row.in_force_at:
            assert row.ended_by.jurisdiction_code != row.ending_by.jurisdiction_code

    @invariant()
    def measures_hold_from_the_second_key_to_the_sunset_for_those_that_adopted(self) -> None:
        row = self.declaration
        now = clock.now()
        holds = bool(row.in_force_at and row.status == "in_force" and now < row.sunset_at)
        found = [crisis for crisis in crises.in_force() if crisis.pk == row.pk]
        assert bool(found) == holds
        if row.status == "ended":
            assert row.ended_at <= row.sunset_at
        adopted = set(
            Adoption.objects.filter(declaration=row, status="adopted").values_list(
                "jurisdiction_id", flat=True
            )
        )
        assert not found or found[0].adopted == adopted

    @invariant()
    def one_sunset_is_coming_while_it_is_in_force(self) -> None:
        row = self.declaration
        coming = {due.kind: due.due_at for due in deadlines.open_of(f"declaration:{self.pk}")}
        assert coming.get(declaring.SUNSET) == (row.sunset_at if row.status == "in_force" else None)
        if row.status != "ended":
            assert declaring.REVIEW not in coming, "the last review is asked for once it is over"


@pytest.mark.slow
def test_no_order_of_acts_and_sunsets_breaks_a_crisis() -> None:
    run_state_machine_as_test(
        Crisis,
        settings=settings(
            max_examples=examples(12), stateful_step_count=20, suppress_health_check=list(HealthCheck)
        ),
    )


@pytest.mark.django_db(transaction=True)
def test_confirming_and_withdrawing_at_once_leave_exactly_one() -> None:
    declaration = proposed()
    french, japanese = seat("FR"), seat("JP")
    gate = threading.Barrier(2)
    done: list[str] = []

    def run(act: Any, **given: Any) -> None:
        try:
            gate.wait(5)
            act(declaration=declaration, **given)
            done.append(act.__name__)
        except Conflict:
            pass
        finally:
            connection.close()

    pair = [
        threading.Thread(target=run, args=(declaring.confirm,), kwargs={"actor": french}),
        threading.Thread(
            target=run,
            args=(declaring.withdraw,),
            kwargs={"actor": japanese, "reason": "It was proposed by mistake."},
        ),
    ]
    for thread in pair:
        thread.start()
    for thread in pair:
        thread.join(10)
    assert len(done) == 1
    assert status_of(declaration) == {"confirm": "in_force", "withdraw": "withdrawn"}[done[0]]
    assert Event.objects.filter(type__startswith="declaration.").count() == 2
