"""No order of acts reaches a grant while a binding objection stands, nor two ends of one case."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import EntenteError
from deadlines import services as deadlines
from ledger.testing import run_deliveries
from licensing.models import Case, Consultation, Decision, Licence, Position
from licensing.services import decisions, positions
from members.models import Role
from tests import journeys
from tests.examples import examples
from tests.licensing.conftest import GRANT, OBJECTION, Desk, OfficerOf

ACTS = ("france_objects", "france_agrees", "france_asks", "america_agrees", "america_objects")
DECIDING = ("propose", "countersign", "send_back", "deliver", "all_agree")


class Rollback(Exception):
    """Ends one tried order, so that the next begins with the same case."""


def binding_objection_stands(case: Case) -> bool:
    return Position.objects.filter(
        consultation__case=case, status=Position.Status.IN_FORCE, kind="object", binding=True
    ).exists()


def test_no_order_of_positions_and_acts_grants_over_a_binding_objection(
    desk: Desk, officer_of: OfficerOf
) -> None:
    french, american = officer_of("FR"), officer_of("US")
    decider, countersigner = officer_of("DE", Role.DECIDER), officer_of("DE", Role.COUNTERSIGNER)
    advisory = {**OBJECTION, "binding": False}
    question = {"kind": "need_information", "reason_code": "clarification", "summary": "Which engine is it?"}

    def pending() -> Decision:
        return Decision.objects.get(case=desk.case, status=Decision.Status.PROPOSED)

    def speak(who: Any, code: str, said: dict[str, Any]) -> None:
        positions.take(actor=who, consultation=desk.consultation(code), **said)

    doing: dict[str, Callable[[], object]] = {
        "france_objects": lambda: speak(french, "FR", OBJECTION),
        "france_agrees": lambda: speak(french, "FR", {"kind": "no_objection"}),
        "france_asks": lambda: speak(french, "FR", question),
        "america_agrees": lambda: speak(american, "US", {"kind": "no_objection"}),
        "america_objects": lambda: speak(american, "US", advisory),
        "propose": lambda: decisions.propose(actor=decider, case=desk.case, **GRANT),
        "countersign": lambda: decisions.countersign(actor=countersigner, decision=pending()),
        "send_back": lambda: decisions.send_back(actor=countersigner, decision=pending(), remark="Again."),
        "deliver": run_deliveries,
        "all_agree": desk.answer_all,
    }
    reached: set[bool] = set()

    @settings(max_examples=examples(40), suppress_health_check=list(HealthCheck))
    @given(st.lists(st.sampled_from(ACTS + DECIDING), min_size=3, max_size=9))
    def tried(order: list[str]) -> None:
        try:
            with transaction.atomic():
                _run(order)
                raise Rollback
        except Rollback:
            pass

    def _run(order: list[str]) -> None:
        objected = False
        for name in order:
            try:
                with transaction.atomic():
                    doing[name]()
            except (EntenteError, Decision.DoesNotExist):
                pass
            granted = Licence.objects.filter(case=desk.case).exists()
            objected = binding_objection_stands(desk.case)
            assert not (granted and objected), order
            reached.add(granted)

    tried()
    with transaction.atomic():
        _run(["france_agrees", "america_agrees", "deliver", "propose", "countersign"])
    assert True in reached


@pytest.mark.django_db(transaction=True)
def test_a_decision_a_position_and_a_lapse_at_the_same_moment_end_in_one_state(
    drill: Desk, officer_of: OfficerOf
) -> None:
    """Real threads on real locks: whoever comes first wins, and the others are told why not."""
    drill.answer_all()
    decision = drill.propose()
    second = officer_of("DE", Role.COUNTERSIGNER)
    french = officer_of("FR")
    due = drill.consultation("FR").due_at
    told: list[str] = []
    start = threading.Barrier(4)

    def run(act: Callable[[], object]) -> None:
        start.wait()
        try:
            act()
        except EntenteError as error:
            told.append(error.code)
        finally:
            connection.close()

    acts: list[Callable[[], object]] = [
        lambda: decisions.countersign(actor=second, decision=decision),
        lambda: decisions.countersign(actor=second, decision=decision),
        lambda: positions.take(actor=french, consultation=drill.consultation("FR"), **OBJECTION),
        deadlines.tick,
    ]
    with journeys.at(due):
        threads = [threading.Thread(target=run, args=(act,)) for act in acts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=30)
    case = drill.reload()
    granted = Licence.objects.filter(case=case).count()
    assert granted in (0, 1)
    assert not (granted and binding_objection_stands(case))
    assert (case.status == Case.Status.DECIDED) == bool(granted)
    assert Decision.objects.filter(case=case, status=Decision.Status.COUNTERSIGNED).count() == granted
    assert len(told) == 2  # of the three acts of people exactly one succeeded
    assert Consultation.objects.filter(case=case, status="answered").count() == 2
