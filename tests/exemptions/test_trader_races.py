"""The end of a standing against what rests on it, in real threads: whichever comes second waits."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

from core import clock
from core.errors import EntenteError
from deadlines import services as deadlines
from ledger.testing import run_deliveries
from licensing import trusted
from licensing.models import Case, Consultation, Licence, Position
from licensing.services import decisions, licences, trader_standing
from members.models import Organisation, Role, User
from members.services import organisations
from tests import factories, journeys
from tests.exemptions.test_traders import decided, trader
from tests.exemptions.traders import DOUBT, decider
from tests.licensing.conftest import Desk, answered, desk

__all__ = ["answered", "decided", "desk", "trader"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("in_force")]


class Apart:
    """An act in a thread and a connection of its own, and what came of it."""

    def __init__(self, act: Callable[[], object]) -> None:
        self.told: EntenteError | None = None
        self.act = act
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self) -> None:
        try:
            self.act()
        except EntenteError as error:
            self.told = error
        finally:
            connection.close()

    def done(self) -> bool:
        self.thread.join(60)
        return not self.thread.is_alive()


class Gate:
    """Where an act stops on its way, until it is let go."""

    def __init__(self) -> None:
        self.reached, self.open = threading.Event(), threading.Event()

    def stop(self, *_given: object, **_named: object) -> None:
        self.reached.set()
        assert self.open.wait(60)


def wait_until(count: int, *acts: Apart) -> None:
    """Return once so many sessions wait for a lock, or all acts are over without having had to."""
    for _look in range(500):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0] >= count or not any(one.thread.is_alive() for one in acts):
                return
        time.sleep(0.02)
    raise AssertionError("Neither waiting nor over after ten seconds.")


@contextmanager
def stopped_after(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, gate: Gate) -> Iterator[None]:
    """Let one function stop at a gate when it has done its work, in its transaction."""
    whole = getattr(module, name)

    def stopping(*given: object, **named: object) -> object:
        made = whole(*given, **named)
        gate.stop()
        return made

    with monkeypatch.context() as patched:
        patched.setattr(module, name, stopping)
        yield


def ready(exporter: User, organisation: Organisation) -> tuple[Case, Callable[[], object]]:
    """A case in the fast lane to which nobody objects, and the countersignature it waits for."""
    desk = Desk(journeys.file(exporter, organisation), factories.officer_of)
    desk.answer_all()
    proposal = desk.propose()
    signer = factories.officer_of("DE", Role.COUNTERSIGNER)
    return desk.case, lambda: decisions.countersign(actor=signer, decision=proposal)


@pytest.mark.parametrize("by", ["trader", "organisation"])
def test_a_standing_ends_only_when_the_grant_that_was_past_its_guard_is_there(
    trader: Any, exporter: User, organisation: Organisation, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    case, countersign = ready(exporter, organisation)
    foreign, vetting = decider("JP"), factories.officer_of("DE", Role.LICENSING_OFFICER)
    gate, found = Gate(), []

    def suspend() -> None:
        if by == "trader":
            trader_standing.suspend(actor=foreign, trader=trader, reason=DOUBT)
        else:
            organisations.suspend_organisation(actor=vetting, organisation=organisation, reason=DOUBT)
        found.append(Licence.objects.filter(case=case).exists())

    with stopped_after(monkeypatch, licences, "issue", gate):
        granting = Apart(countersign)
        assert gate.reached.wait(60)
        suspending = Apart(suspend)
        wait_until(1, suspending)
        gate.open.set()
        assert granting.done()
        assert suspending.done()
    assert (granting.told, suspending.told) == (None, None)
    assert found == [True], "whoever suspends reads every licence that still came of the fast lane"
    assert trusted.level_of(Organisation.objects.get(pk=organisation.pk)) == 0


def test_a_grant_and_a_lapse_wait_for_a_suspension_under_way_and_then_count_nothing_by_silence(
    trader: Any, exporter: User, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, countersign = ready(exporter, organisation)
    silent = journeys.file(exporter, organisation)
    assert silent.charter_key == "trusted-5wd"
    over = max(one.due_at for one in Consultation.objects.filter(case=silent))
    foreign, gate = decider("JP"), Gate()
    with (
        stopped_after(monkeypatch, trader_standing, "record", gate),
        journeys.at(clock.now()) as traveller,
    ):
        suspending = Apart(lambda: trader_standing.suspend(actor=foreign, trader=trader, reason=DOUBT))
        assert gate.reached.wait(60)
        granting = Apart(countersign)
        wait_until(1, granting)
        traveller.move_to(over)
        lapsing = Apart(deadlines.tick)
        wait_until(2, granting, lapsing)
        gate.open.set()
        assert all(one.done() for one in (suspending, granting, lapsing))
        assert granting.told is not None
        assert any("not a trusted trader" in why for why in granting.told.blockers)  # type: ignore[attr-defined]
        assert not Licence.objects.filter(case=case).exists()
        windows = Consultation.objects.filter(case=silent, round=1)
        assert {one.status for one in windows} == {"lapsed"}
        assert not Position.objects.filter(consultation__in=windows).exists(), "nobody is taken to agree"
        run_deliveries()
    moved = Case.objects.get(pk=silent.pk)
    assert (moved.charter_key, moved.round, moved.status) == ("consultation-10wd", 2, "in_review")


def test_a_standing_ends_only_when_the_case_on_its_way_into_the_fast_lane_can_be_moved(
    trader: Any, exporter: User, organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    from escalation.services import interests, routing

    case = journeys.file(exporter, organisation, run=False)
    foreign, gate, found = decider("JP"), Gate(), []

    def suspend() -> None:
        trader_standing.suspend(actor=foreign, trader=trader, reason=DOUBT)
        found.append(Case.objects.get(pk=case.pk).charter_key)

    with stopped_after(monkeypatch, interests, "consider", gate):
        with monkeypatch.context() as patched:
            patched.setattr(routing, "route", lambda *, case_id: None)
            run_deliveries()  # assessed, and not yet routed
        routing_it = Apart(lambda: routing.route(case_id=case.pk))
        assert gate.reached.wait(60)
        suspending = Apart(suspend)
        wait_until(1, suspending)
        gate.open.set()
        assert routing_it.done()
        assert suspending.done()
    assert found == ["trusted-5wd"]
    run_deliveries()
    assert Case.objects.get(pk=case.pk).charter_key == "consultation-10wd"
