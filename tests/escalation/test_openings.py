"""When a sealed pre-position opens, what keeps it shut, and that nothing else is said for anybody."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core import clock
from core.errors import Forbidden, Invalid
from correspondence.models import Notice
from deadlines import services as deadlines
from deadlines.models import DueInstant
from escalation import prepositions as reading
from escalation import sealing
from escalation.models import Opening, Preposition
from escalation.policies import prepositions as policies
from escalation.services import openings
from escalation.services import prepositions as service
from ledger.models import Event, FeedEntry
from ledger.testing import run_deliveries
from licensing.models import Assessment, Position
from licensing.services import positions
from members import services as members
from members.models import Appointment, Membership, Ministry, User
from tests import crises, journeys
from tests.escalation.deposits import TRUE, Deposits, deposits, french
from tests.licensing.conftest import OBJECTION, OfficerOf, crisis, desk, drill

__all__ = ["crisis", "deposits", "desk", "drill"]


# Opening -------------------------------------------------------------------------------------------------


def test_a_true_one_answers_in_the_moment_the_case_is_routed_and_anyone_can_check_it(
    deposits: Deposits, officer_of: OfficerOf, tmp_path: Path
) -> None:
    made = deposits.make()
    case = deposits.case()
    (position,) = french(case)
    assert (position.kind, position.status) == ("approve_with_conditions", "in_force")
    assert (position.taken_by, position.countersigned_by) == (deposits.author, deposits.second)
    assert [condition["code"] for condition in position.conditions] == [
        "no_reexport", "delivery_verification_within",
    ]  # fmt: skip
    assert position.consultation.status == "answered"
    event = Event.objects.get(type="preposition.opened")
    assert event.actor_kind == "process"
    assert set(FeedEntry.objects.filter(event=event).values_list("audience", flat=True)) == set(case.audience)
    # The stand-alone verifier knows nothing of us.
    verifier = Path(__file__).parents[2] / "docs" / "verify_preposition.py"
    opened = tmp_path / "opened.json"

    def verify(facts: dict[str, Any], told: str) -> int:
        opened.write_text(json.dumps(facts))
        return subprocess.run(
            [sys.executable, "-I", verifier, opened, told], check=False, capture_output=True
        ).returncode

    told = Event.objects.get(type="preposition.deposited").facts["commitment"]
    assert verify(event.facts, told) == 0
    changed = json.loads(json.dumps(event.facts))
    changed["content"]["position"]["kind"] = "object"
    assert verify(changed, told) == 1
    assert verify({}, told) == 2
    for member in (officer_of("DE"), officer_of("US")):
        assert policies.can_read(member, made)
        seen = reading.read(member, made)
        assert seen.verifies
        assert seen.content is not None
        assert seen.content["expression"] == TRUE


def test_what_is_not_true_leaves_an_ordinary_consultation_and_stays_sealed(
    deposits: Deposits, officer_of: OfficerOf
) -> None:
    made = deposits.make("score > 99")
    case = deposits.case()
    assert french(case) == []
    assert not Opening.objects.exists()
    assert not Event.objects.filter(type__in=["preposition.opened", "preposition.held_back"]).exists()
    assert not policies.can_read(officer_of("DE"), made)


def test_it_answers_once_and_only_for_its_authority_and_a_person_may_change_it(
    deposits: Deposits, officer_of: OfficerOf
) -> None:
    deposits.make()
    case = deposits.case()
    openings.open_for_case(case_id=case.pk)
    assert Opening.objects.count() == 1
    assert set(Position.objects.values_list("consultation__jurisdiction", flat=True)) == {"FR"}
    consultation = french(case)[0].consultation
    positions.take(actor=officer_of("FR"), consultation=consultation, kind="no_objection")
    assert {one.kind: one.status for one in french(case)} == {
        "approve_with_conditions": "superseded",
        "no_objection": "in_force",
    }


def test_an_objection_binds_where_the_consultation_lets_it(deposits: Deposits) -> None:
    deposits.make(**{**OBJECTION, "conditions": []})
    (position,) = french(deposits.case())
    assert (position.kind, position.binding) == ("object", True)


def test_a_revision_asks_again_and_it_answers_by_the_new_facts(deposits: Deposits) -> None:
    from licensing.services import information

    made = deposits.make("total_value_minor < 10000000")
    case = deposits.case()
    question = information.ask(
        actor=deposits.officer_of("DE"), case=case, reason_code="clarification",
        question="Is this the whole order?", sections=["items"], days=7,
    )  # fmt: skip
    items = journeys.dossier()["items"]
    items[0]["value"] = "9600000.00"
    information.answer(
        actor=deposits.exporter, request=question, answer="No, it is larger.", changes={"items": items}
    )
    run_deliveries()
    assert [one.status for one in french(case)] == ["superseded"]
    assert made.openings.count() == 1


def test_at_a_crisis_trigger_it_opens_when_the_crisis_is_declared_and_not_before(deposits: Deposits) -> None:
    deposits.make(trigger="crisis", crisis="embargo-tightening")
    case = deposits.case()
    assert french(case) == []
    assert not Opening.objects.exists()
    crises.proposed()
    run_deliveries()
    assert french(case) == []  # one key declares nothing
    declaration = crises.in_force()
    run_deliveries()
    (position,) = french(case)
    assert position.kind == "approve_with_conditions"
    assert declaration.in_force_at is not None
    crises.end(declaration)
    run_deliveries()
    assert french(deposits.case()) == []


# What keeps it shut --------------------------------------------------------------------------------------


def leave(person: User) -> None:
    User.objects.filter(pk=person.pk).update(is_active=False, left_at=clock.now())


def dismissed(person: User) -> None:
    Appointment.objects.filter(user=person).delete()


def moved(person: User, officer_of: OfficerOf) -> None:
    other = officer_of("FR", ministry=Ministry.DEFENCE)
    User.objects.filter(pk=person.pk).update(authority=other.authority)


def deputised(deposits: Deposits) -> None:
    now = clock.now()
    members.delegate(
        actor=deposits.author, person=deposits.author, deputy=deposits.second, starts_at=now,
        ends_at=now + timedelta(days=30),
    )  # fmt: skip


def of_the_exporter(deposits: Deposits) -> None:
    Membership.objects.create(
        user=deposits.author, organisation=deposits.organisation, role=Membership.Role.EXPORTER
    )


KEPT_SHUT: dict[str, tuple[Callable[[Deposits], object], str]] = {
    "the author has left": (lambda d: leave(d.author), "Who deposited it is not in office"),
    "the author was dismissed": (lambda d: dismissed(d.author), "Who deposited it is not in office"),
    "the author serves another authority": (lambda d: moved(d.author, d.officer_of), "is not in office"),
    "the countersigner has left": (lambda d: leave(d.second), "Who countersigned it is not in office"),
    "the countersigner acts for the author": (deputised, "acts for the other"),
    "the author belongs to the exporter": (of_the_exporter, "You belong to the exporter"),
}


@pytest.mark.parametrize("why", KEPT_SHUT)
def test_it_is_held_back_and_its_people_are_told(deposits: Deposits, officer_of: OfficerOf, why: str) -> None:
    made = deposits.make()
    colleague = officer_of("FR")
    happens, reason = KEPT_SHUT[why]
    happens(deposits)
    case = deposits.case()
    assert french(case) == []
    opening = Opening.objects.get()
    assert reason in opening.held_back_because
    assert opening.consultation.status == "open"
    told = Notice.objects.filter(recipient=colleague, subject__contains="was held back")
    assert told.count() == 1
    assert not Notice.objects.filter(
        recipient__authority__jurisdiction="DE", subject__contains="PP-"
    ).exists()
    event = Event.objects.get(type="preposition.held_back")
    assert not FeedEntry.objects.filter(event=event).exists()
    assert not policies.can_read(officer_of("DE"), made)


def test_it_never_opens_past_a_hard_stop(deposits: Deposits) -> None:
    deposits.make("size(hard_stops) > 0 || score >= 0")
    end_use = {**journeys.dossier()["end_use"], "prohibited_end_use": True}
    case = deposits.case(end_use=end_use)
    assert Assessment.objects.get(case=case).hard_stops
    assert french(case) == []
    held = Opening.objects.filter(consultation__jurisdiction="FR")
    assert [one.held_back_because for one in held] == ["A hard stop was found: a person has to look."]


def test_an_expression_that_errors_opens_nothing_and_is_told(
    deposits: Deposits, monkeypatch: pytest.MonkeyPatch
) -> None:
    deposits.make("exporter_reference.startsWith('PO')")
    known = reading.facts_of
    monkeypatch.setattr(reading, "facts_of", lambda case: {**(known(case) or {}), "exporter_reference": 7})
    case = deposits.case()
    assert french(case) == []
    assert "The expression fails" in Opening.objects.get().held_back_because


def test_two_that_contradict_each_other_both_stay_shut_and_two_that_agree_answer_once(
    deposits: Deposits,
) -> None:
    deposits.make()
    deposits.make("score >= 0")
    agreeing = deposits.case()
    assert len(french(agreeing)) == 1
    deposits.make("score >= 1", kind="no_objection", conditions=[], summary="")
    contradicting = deposits.case()
    assert french(contradicting) == []
    held = Opening.objects.filter(consultation__case=contradicting)
    assert held.count() == 3
    assert all("say different things" in one.held_back_because for one in held)


def test_a_replaced_key_opens_nothing_and_an_old_key_that_is_kept_does(
    deposits: Deposits, settings: Any
) -> None:
    made = deposits.make()
    old = settings.SECRET_KEY
    settings.SECRET_KEY = "another"
    with pytest.raises(sealing.BrokenSeal, match="secret key been replaced"):
        sealing.unseal(made.sealed, made.commitment)
    settings.SECRET_KEY_FALLBACKS = [old]
    assert sealing.unseal(made.sealed, made.commitment)
    with pytest.raises(sealing.BrokenSeal, match="not what was committed to"):
        sealing.unseal(made.sealed, "0" * 64)


def test_expired_and_withdrawn_ones_open_no_more(deposits: Deposits, officer_of: OfficerOf) -> None:
    colleague = officer_of("FR")
    expiring = deposits.make(valid_until=clock.today())
    withdrawn = deposits.make()
    with pytest.raises(Invalid):
        service.withdraw(actor=deposits.author, preposition=withdrawn, reason="short")
    service.withdraw(actor=deposits.author, preposition=withdrawn, reason="Our policy has changed.")
    assert "changed" not in json.dumps(Event.objects.get(type="preposition.withdrawn").facts)
    with journeys.at(expiring.expires_at - timedelta(seconds=1)):
        assert Preposition.objects.acting().get() == expiring
    with journeys.at(expiring.expires_at):
        assert not Preposition.objects.acting().exists()  # by its instant, before the clock's tick
        case = deposits.case()
        assert french(case) == []
        deadlines.tick()
        run_deliveries()
        assert Preposition.objects.get(pk=expiring.pk).status == "expired"
        assert Notice.objects.filter(recipient=colleague, subject__contains="has expired").count() == 1
        with pytest.raises(Forbidden, match="ended already"):
            service.withdraw(actor=deposits.author, preposition=expiring, reason="Too late for that.")
    assert not DueInstant.objects.filter(kind=service.EXPIRY, state="open").exists()
