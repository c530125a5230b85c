"""Measures that members adopt at different hours and that begin in all of them at one instant."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from alliance import adopting, charter_text, crises, declaring, preparing
from alliance.models import Declaration
from core import clock
from core.errors import Invalid
from core.instants import in_zones
from correspondence.models import Notice
from deadlines import services as deadlines
from deadlines.models import DueInstant
from ledger.models import Event
from ledger.testing import run_deliveries
from licensing import guards
from members.models import Role
from tests import crises as made
from tests import factories, journeys
from tests.licensing.conftest import Desk, answered, desk

__all__ = ["answered", "desk"]
pytestmark = pytest.mark.usefixtures("in_force")


@pytest.fixture
def at() -> datetime:
    return (clock.now() + timedelta(hours=24)).replace(second=0, microsecond=0)


def declared(at: datetime) -> Declaration:
    """A crisis whose one measure stops grants of cameras to Singapore, from an instant in all members."""
    written = preparing.write(actor=made.seat("DE"), text=charter_text.write(made.measures()))
    preparing.agree(actor=made.seat("FR"), prepared=written)
    found = made.in_force(set_key="cameras", takes_effect_at=at)
    run_deliveries()
    return found


def adopt(code: str, declaration: Declaration) -> None:
    adopting.adopt(actor=made.decider(code), declaration=declaration, legal_reference=made.LAW)


def stopped(desk: Desk) -> bool:
    return any("stops this" in one for one in guards.blockers(desk.case, "grant"))


def test_members_that_adopt_at_different_hours_begin_at_the_same_instant(
    answered: Desk, at: datetime
) -> None:
    crisis = declared(at)
    for code, hours in (("DE", 1), ("FR", 20)):
        with journeys.at(clock.now() + timedelta(hours=hours)):
            adopt(code, crisis)
            run_deliveries()
            assert crises.in_force() == ()
            assert not stopped(answered)
    with journeys.at(at - timedelta(microseconds=1)):
        assert crises.in_force() == ()
    with journeys.at(at):  # before any tick
        (found,) = crises.in_force()
        assert (found.adopted, found.takes_effect_at) == (frozenset({"DE", "FR"}), at)
        assert stopped(answered)
    with journeys.at(at + timedelta(hours=1)):
        deadlines.tick()
        deadlines.tick()
        run_deliveries()
        adopt("JP", crisis)
        assert crises.in_force()[0].adopted == frozenset({"DE", "FR", "JP"})
    (begun,) = Event.objects.filter(type="declaration.took_effect")
    assert (begun.facts["adopted"], begun.facts["takes_effect_at"]) == (["DE", "FR"], at.isoformat())


def test_exporters_are_told_when_it_begins_and_deciders_before_in_their_own_time(
    answered: Desk, at: datetime
) -> None:
    decider = factories.officer_of("JP", Role.DECIDER)
    crisis = declared(at)
    local = in_zones(at, [decider.authority.jurisdiction.timezone])
    assert Notice.objects.filter(recipient=decider, text__contains=f"begin together at {local}").exists()
    adopt("DE", crisis)
    run_deliveries()
    told = Notice.objects.filter(subject__contains="a crisis measure applies")
    assert not told.exists()
    with journeys.at(at):
        deadlines.tick()
        run_deliveries()
    assert told.count() == 1


def test_a_crisis_that_ends_before_never_begins(answered: Desk, at: datetime) -> None:
    crisis = declared(at)
    adopt("DE", crisis)
    made.end(crisis)
    run_deliveries()
    assert not DueInstant.objects.filter(kind=declaring.EFFECT, state="open").exists()
    assert not Notice.objects.filter(subject__contains="crisis measure").exists()
    with journeys.at(at):
        deadlines.tick()
        assert crises.in_force() == ()
    assert not Event.objects.filter(type="declaration.took_effect").exists()


def test_a_second_key_after_the_instant_lets_them_begin_at_once(at: datetime) -> None:
    waiting = made.proposed(takes_effect_at=at)
    with journeys.at(at + timedelta(hours=1)):
        declaring.confirm(actor=made.seat("FR"), declaration=waiting)
        assert len(crises.in_force()) == 1
    assert not DueInstant.objects.filter(kind=declaring.EFFECT).exists()


@pytest.mark.parametrize("away", [timedelta(0), timedelta(hours=-1), timedelta(hours=73)])
def test_an_instant_lies_ahead_and_within_three_days(away: timedelta) -> None:
    with journeys.at(clock.now()), pytest.raises(Invalid) as refused:
        made.proposed(takes_effect_at=clock.now() + away)
    assert list(refused.value.fields) == ["takes_effect_at"]
