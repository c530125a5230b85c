"""Decisions of several members that take effect at one instant: in rows, at the gate, in notices, in each zone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from alliance.models import Declaration
from core import clock
from core.errors import Conflict, Forbidden, Invalid
from core.instants import in_zones
from correspondence.models import Notice
from deadlines import services as deadlines
from deadlines.models import DueInstant
from escalation.joint import local_times, told
from escalation.models import JointEffect, SituationReport
from escalation.services import joint
from intelligence.models import Denial
from ledger.models import Event
from ledger.testing import run_deliveries
from licensing.documents.licences import contents
from licensing.models import Case, Decision, Licence
from licensing.services import decisions
from licensing.services.licences import verification
from members.models import Jurisdiction, Role
from tests import crises, factories, journeys
from tests.api.conftest import client_of
from tests.licensing.conftest import Desk, OfficerOf, answered, desk
from tests.standing import stays

__all__ = ["answered", "client_of", "desk"]
REFUSAL = {
    "kind": "refuse",
    "criteria": ["C4"],
    "reasons": "The stated end-use does not fit the goods.",
    "reasons_for_exporter": "The stated end-use does not fit the goods.",
    "ground_code": "C4",
}


@dataclass
class Pair:
    """A German case that everyone consulted agrees to grant, and a French one, both before the crisis unit."""

    german: Desk
    french: Case
    declared: Declaration
    at: datetime

    def propose(self, **changes: Any) -> JointEffect:
        given = {
            "declaration": self.declared,
            "cases": [self.german.case.reference, self.french.reference],
            "takes_effect_at": self.at,
            "reason": "No exporter is to learn of it before the others.",
        }
        return joint.propose(actor=crises.seat("DE"), **{**given, **changes})

    def agreed(self) -> JointEffect:
        return joint.agree(actor=crises.seat("FR"), effect=self.propose())

    def refuse_french(self) -> Decision:
        decision = decisions.propose(
            actor=factories.officer_of("FR", Role.DECIDER), case=self.french, **REFUSAL
        )
        return decisions.countersign(actor=factories.officer_of("FR", Role.COUNTERSIGNER), decision=decision)


@stays
def pair(answered: Desk, france: Jurisdiction) -> Pair:
    theirs = factories.OrganisationFactory(jurisdiction=france)
    french = journeys.file(factories.exporter_of(theirs), theirs)
    declared = crises.in_force("DE", "FR")
    run_deliveries()
    Case.objects.filter(pk__in=[answered.case.pk, french.pk]).update(lane="crisis", tier=1)
    answered.reload()
    at = (clock.now() + timedelta(hours=12)).replace(second=0, microsecond=0)
    return Pair(answered, Case.objects.get(pk=french.pk), declared, at)


def test_all_members_rows_carry_one_instant_and_licences_hold_from_it_and_not_before(
    pair: Pair, client_of: Callable[..., APIClient], officer_of: OfficerOf
) -> None:
    effect = pair.agreed()
    licence = pair.german.licence()
    pair.refuse_french()
    run_deliveries()
    rows = {
        *Decision.objects.values_list("takes_effect_at", flat=True),
        *Licence.objects.values_list("takes_effect_at", flat=True),
        *Denial.objects.values_list("takes_effect_at", flat=True),
    }
    assert rows == {pair.at}
    gate = f"/api/v1/licences/{licence.number}/verification/"
    for early in (clock.now(), pair.at - timedelta(microseconds=1)):
        with journeys.at(early):
            found = verification(licence.number)
            assert (found.status, found.takes_effect_at) == ("not_yet_valid", pair.at)
            assert f"{pair.at:%Y-%m-%d %H:%M} UTC" in found.reason
    with journeys.at(pair.at):  # before any tick: gates read the instant and wait for nobody
        assert verification(licence.number).status == "valid"
        told_by_api = client_of(officer_of("FR")).get(gate).json()
        assert told_by_api["status"] == "valid"
        assert datetime.fromisoformat(told_by_api["takes_effect_at"]) == pair.at
    assert effect.status == JointEffect.Status.AGREED


def test_its_instant_is_applied_once_in_one_transaction_however_late_the_clock(
    pair: Pair,
) -> None:
    effect = pair.agreed()
    pair.german.licence()
    pair.refuse_french()
    (due,) = DueInstant.objects.filter(kind=joint.EFFECT)
    assert due.due_at == pair.at == deadlines.recompute(due).due_at
    with journeys.at(pair.at + timedelta(hours=3)):
        deadlines.tick()
        deadlines.tick()
    effect = JointEffect.objects.get(pk=effect.pk)
    assert (effect.status, effect.took_effect_at) == ("in_effect", pair.at)
    (together,) = Event.objects.filter(type="joint.took_effect")
    assert together.facts["decided"] == 2
    assert together.facts["members"] == ["DE", "FR"]
    assert Event.objects.filter(type="decision.took_effect").count() == 2
    with journeys.at(pair.at + timedelta(hours=13)):
        deadlines.tick()
        deadlines.tick()
    told_members = [one.content["joint_effects"] for one in SituationReport.objects.all()]
    assert {"instants": 1, "decisions": 2} in told_members
    assert sum(one["instants"] for one in told_members) == 1


def test_exporters_are_told_the_instant_in_their_own_time(pair: Pair) -> None:
    pair.agreed()
    licence = pair.german.licence()
    pair.refuse_french()
    run_deliveries()
    for zone in ("Europe/Berlin", "Europe/Paris"):
        written = in_zones(pair.at, [zone])
        assert Notice.objects.filter(text__contains=f"It takes effect at {written}").exists()
    assert ["Takes effect", in_zones(pair.at, ["Europe/Berlin"])] in contents(licence)["rows"]


def test_what_is_decided_after_the_instant_takes_effect_at_once(pair: Pair) -> None:
    pair.agreed()
    with journeys.at(pair.at + timedelta(minutes=1)):
        decision = pair.german.decide()
        licence = Licence.objects.get(case=pair.german.case)
        assert (decision.takes_effect_at, licence.takes_effect_at) == (None, None)
        assert verification(licence.number).status == "valid"


def test_relief_waits_for_nobody(pair: Pair) -> None:
    pair.agreed()
    Case.objects.filter(pk=pair.german.case.pk).update(lane="humanitarian")
    assert pair.german.licence().takes_effect_at is None


def test_a_licence_that_would_end_before_it_begins_is_not_issued(pair: Pair) -> None:
    with journeys.at(clock.now()):
        proposal = pair.german.propose(valid_until=clock.today("Europe/Berlin"))
        pair.at += timedelta(days=2)
        pair.agreed()
        with pytest.raises(Conflict, match="before the instant at which it takes effect"):
            decisions.countersign(actor=factories.officer_of("DE", Role.COUNTERSIGNER), decision=proposal)


def test_only_two_seats_of_two_members_agree(pair: Pair) -> None:
    effect = pair.propose()
    with pytest.raises(Forbidden, match="another member"):
        joint.agree(actor=crises.seat("DE"), effect=effect)
    with pytest.raises(Forbidden):
        joint.agree(actor=factories.officer_of("FR", Role.DECIDER), effect=effect)
    with pytest.raises(Forbidden):
        joint.propose(
            actor=factories.officer_of("DE", Role.DECIDER),
            declaration=pair.declared,
            cases=[],
            takes_effect_at=pair.at,
            reason="",
        )
    assert Case.objects.filter(takes_effect_at__isnull=False).count() == 0


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("takes_effect_at", {"takes_effect_at": datetime(2020, 1, 1, tzinfo=UTC)}),
        ("takes_effect_at", {"takes_effect_at": datetime(2040, 1, 1, tzinfo=UTC)}),
        ("cases", {"cases": []}),
        ("cases", {"cases": ["EN-0000-0000", "EN-1111-1111"]}),
        ("reason", {"reason": "x"}),
    ],
)
def test_what_does_not_fit_is_named(pair: Pair, field: str, changes: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refused:
        pair.propose(**changes)
    assert field in refused.value.fields


def test_cases_outside_the_crisis_lane_and_instants_past_a_limit_are_refused(pair: Pair) -> None:
    Case.objects.filter(pk=pair.french.pk).update(lane="humanitarian")
    with pytest.raises(Invalid) as refused:
        pair.propose()
    assert "not in the crisis lane" in refused.value.fields["cases"][0]
    Case.objects.filter(pk=pair.french.pk).update(lane="crisis")
    limit = DueInstant.objects.get(kind=joint.OUTER, aggregate=f"case:{pair.french.pk}", state="open")
    with journeys.at(limit.due_at - timedelta(hours=1)), pytest.raises(Invalid) as refused:
        pair.propose(takes_effect_at=limit.due_at + timedelta(hours=1))
    assert "outer limit" in str(refused.value.fields["takes_effect_at"])


def test_it_is_withdrawn_until_something_is_decided_under_it(pair: Pair) -> None:
    effect = pair.agreed()
    joint.withdraw(actor=crises.seat("JP"), effect=effect, reason="The operation was called off.")
    assert Case.objects.filter(takes_effect_at__isnull=False).count() == 0
    assert not DueInstant.objects.filter(kind=joint.EFFECT, state="open").exists()
    again = pair.agreed()
    pair.german.licence()
    with pytest.raises(Conflict, match="A decision was taken under it"):
        joint.withdraw(actor=crises.seat("JP"), effect=again, reason="The operation was called off.")


def test_a_case_is_joined_once_and_agreed_only_while_it_is_open(pair: Pair) -> None:
    first, second = pair.propose(), pair.propose()
    joint.agree(actor=crises.seat("FR"), effect=first)
    with pytest.raises(Conflict, match="together with others already"):
        joint.agree(actor=crises.seat("FR"), effect=second)


def test_officers_read_what_concerns_cases_they_may_read(
    pair: Pair, officer_of: OfficerOf, client_of: Callable[..., APIClient]
) -> None:
    waiting = pair.propose()
    visible = JointEffect.objects.visible_to  # type: ignore[attr-defined]
    assert not visible(officer_of("DE")).exists()
    joint.agree(actor=crises.seat("FR"), effect=waiting)
    german = officer_of("DE")
    assert visible(german).get() == waiting
    assert not visible(officer_of("BR")).exists()
    address = f"/api/v1/joint-effects/{waiting.reference}/"
    answer = client_of(german).get(address).json()
    assert pair.german.case.reference in [row["case"] for row in answer["cases"]]
    assert datetime.fromisoformat(answer["takes_effect_at"]) == pair.at
    assert datetime.fromisoformat(answer["local_times"][0]["at"]) == pair.at
    assert client_of(officer_of("BR")).get(address).status_code == 404
    seen = told(german, waiting)
    assert seen.all == 2
    assert pair.german.case.reference in [case.reference for case, _decision in seen.rows]


def test_zones_are_told_as_they_are_at_the_instant() -> None:
    before, after = datetime(2027, 3, 28, 0, 59, tzinfo=UTC), datetime(2027, 3, 28, 1, 0, tzinfo=UTC)
    zones = ["Europe/Berlin", "America/New_York", "Asia/Tokyo", "Asia/Kolkata"]
    assert in_zones(before, zones[:1]) == "2027-03-28 00:59 UTC, 01:59 CET"
    assert in_zones(after, zones[:1]) == "2027-03-28 01:00 UTC, 03:00 CEST"
    assert in_zones(after, zones) == (
        "2027-03-28 01:00 UTC, 03:00 CEST, 2027-03-27 21:00 EDT, 10:00 JST, 06:30 IST"
    )
    assert in_zones(after, ["America/Sao_Paulo", "UTC"]) == (
        "2027-03-28 01:00 UTC, 2027-03-27 22:00 Sao Paulo time"
    )


def test_each_member_sees_its_own_time(pair: Pair) -> None:
    effect = pair.propose()
    effect.takes_effect_at = datetime(2027, 3, 28, 1, 0, tzinfo=UTC)
    offsets = {one.member.code: one.offset for one in local_times(effect)}
    assert offsets["DE"] == "UTC+2"
    effect.takes_effect_at -= timedelta(minutes=1)
    assert {one.member.code: one.offset for one in local_times(effect)}["DE"] == "UTC+1"
