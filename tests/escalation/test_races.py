"""Lapse, position, decision and takeover at one moment, in real threads: one wins, the others are told."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest
from django.db import connection

from core import clock
from core.errors import EntenteError
from deadlines import services as deadlines
from deadlines.models import DueInstant
from escalation.services import provisional
from ledger.models import Event
from ledger.testing import run_deliveries
from licensing.models import Case, Consultation, Decision, Licence, Position, ProvisionalGrant
from licensing.services import claims, decisions, positions
from members.models import Organisation, Role, Shift, User
from tests import journeys
from tests.escalation import relief
from tests.licensing.conftest import GRANT, OBJECTION, Desk, OfficerOf, desk, drill

__all__ = ["desk", "drill"]
pytestmark = pytest.mark.django_db(transaction=True)


def at_once(when: datetime, acts: Sequence[Callable[[], object]]) -> list[str]:
    """Do everything at one moment, each in a thread of its own; return the codes of the errors told."""
    told: list[str] = []
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> None:
        start.wait()
        try:
            act()
        except EntenteError as error:
            told.append(error.code)
        finally:
            connection.close()

    with journeys.at(when):
        threads = [threading.Thread(target=run, args=(act,)) for act in acts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
        assert not any(thread.is_alive() for thread in threads)
    return told


def happened(case: Case, type: str) -> int:
    return Event.objects.filter(aggregate=f"case:{case.pk}", type=type).count()


def deputy_on_duty(officer_of: OfficerOf) -> User:
    deputy = officer_of("FR")
    assert deputy.authority is not None
    now = clock.now()
    Shift.objects.create(
        authority=deputy.authority,
        person=deputy,
        starts_at=now - timedelta(days=1),
        ends_at=now + timedelta(days=60),
    )
    return deputy


@pytest.mark.parametrize("seconds", [-1, 0])
def test_positions_against_a_lapse_leave_one_end_of_a_window(
    drill: Desk, officer_of: OfficerOf, seconds: int
) -> None:
    """A second before the due instant a person wins, whichever; at the instant the lapse does, whoever asks."""
    window = drill.consultation("FR")
    first, second = officer_of("FR"), officer_of("FR")
    told = at_once(
        window.due_at + timedelta(seconds=seconds),
        [
            lambda: positions.take(actor=first, consultation=window, **OBJECTION),
            lambda: positions.take(actor=second, consultation=window, kind="no_objection", seen=""),
            deadlines.tick,
            deadlines.tick,
        ],
    )
    window = drill.consultation("FR")
    lapsed = Event.objects.filter(type="window.lapsed", subject_id=str(window.pk)).count()
    in_force = Position.objects.filter(
        consultation=window, status=Position.Status.IN_FORCE, taken_by__isnull=False
    )
    if seconds < 0:
        assert (window.status, lapsed, in_force.count()) == ("answered", 0, 1)
        assert set(told) <= {"stale"}
    else:
        assert (window.status, lapsed, in_force.count()) == ("lapsed", 1, 0)
        assert told == ["window_closed", "window_closed"] or sorted(told) == [
            "window-closed",
            "window-closed",
        ]


def test_a_takeover_a_claim_and_a_position_agree_on_who_has_it(desk: Desk, officer_of: OfficerOf) -> None:
    holder, other = officer_of("FR"), officer_of("FR", Role.DECIDER)
    deputy = deputy_on_duty(officer_of)
    claims.claim_consultation(actor=holder, consultation=desk.consultation("FR"))
    window = desk.consultation("FR")
    half = window.opened_at + (window.due_at - window.opened_at) / 2 + timedelta(seconds=2)
    told = at_once(
        half,
        [
            deadlines.tick,
            deadlines.tick,
            lambda: claims.take_consultation(actor=other, consultation=window),
            lambda: positions.take(actor=holder, consultation=window, kind="no_objection"),
        ],
    )
    window = desk.consultation("FR")
    # Of this window: on some days the American one is half over by then as well.
    mine = Event.objects.filter(type="consultation.taken_over", subject_id=str(window.pk))
    taken_over = mine.count()
    # What was due comes before any act, whichever thread applied it.
    assert (taken_over, window.taken_over_at is not None) == (1, True)
    assert window.status == "answered"
    assert happened(desk.case, "position.taken") == 1
    reassigned = happened(desk.case, "consultation.reassigned")
    assert reassigned + len(told) == 1
    assert window.officer == (other if reassigned else deputy)


def test_a_lapse_a_position_a_decision_and_a_takeover_end_in_one_state(
    drill: Desk, officer_of: OfficerOf
) -> None:
    """The French have answered and change their mind while the lead decides and the American window lapses."""
    drill.answer("FR")
    french, american = officer_of("FR"), officer_of("US")
    decider, second = officer_of("DE", Role.DECIDER), officer_of("DE", Role.COUNTERSIGNER)
    refusal = {
        "kind": "refuse",
        "criteria": ["C4"],
        "ground_code": "C4",
        "reasons": "The end-use is not established.",
        "reasons_for_exporter": "The end-use is not established.",
    }
    decision = decisions.propose(actor=decider, case=drill.reload(), **refusal)
    window = drill.consultation("US")
    told = at_once(
        window.due_at,
        [
            lambda: decisions.countersign(actor=second, decision=decision),
            lambda: positions.take(actor=french, consultation=drill.consultation("FR"), **OBJECTION),
            lambda: positions.take(actor=american, consultation=window, kind="no_objection"),
            lambda: claims.acknowledge(actor=american, consultation=window),
            deadlines.tick,
            deadlines.tick,
        ],
    )
    with journeys.at(window.due_at):
        run_deliveries()
    case = drill.reload()
    signed = Decision.objects.filter(case=case, status=Decision.Status.COUNTERSIGNED).count()
    overtaken = Decision.objects.filter(case=case, status=Decision.Status.LAPSED).count()
    assert signed + overtaken == 1
    assert (case.status == Case.Status.DECIDED) == bool(signed)
    assert not Licence.objects.filter(case=case).exists()
    assert drill.consultation("US").status in ("lapsed", "closed")
    assert happened(case, "window.lapsed") <= 1
    assert len(told) == 3  # of four acts of people one succeeded: the countersignature or the objection
    left = DueInstant.objects.filter(aggregate=f"case:{case.pk}", state="open")
    assert not signed or not left.filter(kind__in=["consultation.window", "consultation.reminder"]).exists()
    assert Consultation.objects.filter(case=case, round=1, tier=0, status="open").count() == 0


@pytest.mark.parametrize("seconds", [-1, 0])
def test_of_a_confirmation_a_refusal_and_the_clock_exactly_one_wins(
    in_force: None, exporter: User, organisation: Organisation, officer_of: OfficerOf, seconds: int
) -> None:
    """A second before its instant a person ends a provisional grant, whichever; at the instant the clock does."""
    grant = relief.granted(exporter, organisation)
    assert grant.licence.confirm_by is not None
    decider, french, other = (officer_of(code, Role.DECIDER) for code in ("DE", "FR", "US"))
    with journeys.at(grant.granted_at + timedelta(hours=1)):
        decision = decisions.propose(actor=decider, case=Case.objects.get(pk=grant.case_id), **GRANT)
    reason = "The consignee could not be reached at its address."
    told = at_once(
        grant.licence.confirm_by + timedelta(seconds=seconds),
        [
            lambda: decisions.countersign(actor=french, decision=decision),
            lambda: provisional.refuse(actor=other, grant=grant, reason=reason),
            deadlines.tick,
            deadlines.tick,
        ],
    )
    ended = ProvisionalGrant.objects.get(pk=grant.pk)
    licence, case = Licence.objects.get(case=grant.case_id), Case.objects.get(pk=grant.case_id)
    confirmed, repealed = happened(case, "provisional.confirmed"), happened(case, "provisional.repealed")
    assert confirmed + repealed == 1
    if seconds == 0:
        assert (repealed, ended.ended_by, len(told)) == (1, None, 2)
    else:
        assert ended.ended_by in (french, other)
        assert len(told) == 1
    if confirmed:
        assert (case.status, licence.status, ended.status) == ("decided", "issued", "confirmed")
    else:
        assert (case.status, licence.status, ended.status) == ("on_hold", "revoked", "repealed")
        assert licence.decision is None
