"""Sealed pre-positions: who deposits them, and who may read them before and after."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from core import clock
from core.errors import Forbidden, Invalid
from deadlines.models import DueInstant
from escalation import prepositions as reading
from escalation import sealing
from escalation.models import Opening, Preposition
from escalation.policies import prepositions as policies
from escalation.services import prepositions as service
from ledger.models import Event, FeedEntry
from ledger.selectors import readable
from members.models import Ministry, Role
from tests import journeys
from tests.escalation.deposits import CODEWORD, CONDITIONS, TRUE, Deposits, deposits
from tests.licensing.conftest import OBJECTION, OfficerOf, crisis, desk, drill

__all__ = ["crisis", "deposits", "desk", "drill"]


# Depositing ----------------------------------------------------------------------------------------------


def test_two_officers_deposit_and_all_members_learn_the_commitment_and_nothing_else(
    deposits: Deposits,
) -> None:
    made = deposits.propose()
    assert made.status == "proposed"
    with pytest.raises(Forbidden, match="Only a countersigner"):
        service.countersign(actor=deposits.author, preposition=made)
    made = service.countersign(actor=deposits.second, preposition=made)
    assert made.status == "in_force"
    event = Event.objects.get(type="preposition.deposited")
    assert set(FeedEntry.objects.filter(event=event).values_list("audience", flat=True)) == {"alliance"}
    assert set(event.facts) == {"reference", "authority", "jurisdiction", "commitment", "expires_at"}
    assert event.facts["commitment"] == made.commitment
    due = DueInstant.objects.get(kind=service.EXPIRY, subject=f"preposition:{made.pk}")
    assert due.due_at == made.expires_at


def test_the_content_is_encrypted_at_rest_and_stands_in_no_event(deposits: Deposits) -> None:
    made = deposits.make()
    assert CODEWORD not in made.sealed
    assert CODEWORD not in json.dumps(list(Event.objects.values_list("facts", flat=True)))
    content, salt = sealing.unseal(made.sealed, made.commitment)
    assert content["position"]["summary"] == CONDITIONS["summary"]
    assert sealing.verifies(made.commitment, salt.hex(), content)
    twin = deposits.make()
    assert twin.commitment != made.commitment  # the salt: nobody finds a content by trying


def test_what_is_deposited_has_to_be_a_whole_position(deposits: Deposits) -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"trigger": "full moon"}, "trigger"),
        ({"trigger": "crisis", "crisis": " "}, "crisis"),
        ({"trigger": "crisis", "crisis": "no-such-set"}, "crisis"),
        ({"expression": "score <"}, "expression"),
        ({"expression": "price > 3"}, "expression"),
        ({"expression": "score"}, "expression"),
        ({"kind": "need_information", "conditions": []}, "kind"),
        ({"kind": "no_objection"}, "conditions"),
        ({"conditions": []}, "conditions"),
        ({"conditions": [{"code": "value_cap", "line": 1, "value": "3"}]}, "conditions[0].line"),
        ({"conditions": [{"code": "bribe"}]}, "conditions[0].code"),
        ({**OBJECTION, "conditions": [], "reason_code": ""}, "reason_code"),
        ({**OBJECTION, "conditions": [], "legal_basis": ""}, "legal_basis"),
        ({**OBJECTION, "conditions": [], "summary": "short"}, "summary"),
        ({"binding": True}, "binding"),
        ({"valid_until": clock.today() - timedelta(days=2)}, "valid_until"),
        ({"valid_until": clock.today() + timedelta(days=400)}, "valid_until"),
    ]
    for said, name in wrong:
        with pytest.raises(Invalid) as caught:
            deposits.propose(**said)
        assert name in caught.value.fields, (said, caught.value.fields)
    assert not Preposition.objects.exists()


def test_who_may_not_deposit_countersign_or_withdraw(deposits: Deposits, officer_of: OfficerOf) -> None:
    made = deposits.propose()
    for actor in (
        officer_of("FR"),
        officer_of("FR", Role.AUDITOR),
        officer_of("FR", Role.ADMINISTRATOR),
        officer_of("FR", Role.DECIDER, second_factor=False),
        deposits.exporter,
    ):
        assert not policies.can_propose(actor)
    for actor in (
        officer_of("DE", Role.COUNTERSIGNER),
        officer_of("FR", Role.COUNTERSIGNER, ministry=Ministry.DEFENCE),
        officer_of("FR", Role.DECIDER),
    ):
        with pytest.raises(Forbidden):
            service.countersign(actor=actor, preposition=made)
    both = officer_of("FR", Role.DECIDER, Role.COUNTERSIGNER)
    own = service.propose(
        actor=both, trigger="consultation", crisis="", expression="true", kind="abstain",
        valid_until=clock.today() + timedelta(days=1),
    )  # fmt: skip
    with pytest.raises(Forbidden, match="another person"):
        service.countersign(actor=both, preposition=own)
    with pytest.raises(Forbidden):
        service.withdraw(actor=officer_of("DE", Role.DECIDER), preposition=made, reason="Not ours at all.")


def test_the_database_keeps_what_was_committed_to(deposits: Deposits) -> None:
    made = deposits.make()
    deposits.case()
    for change in (
        lambda: Preposition.objects.filter(pk=made.pk).update(commitment="0" * 64),
        lambda: Preposition.objects.filter(pk=made.pk).update(expires_at=clock.now() + timedelta(days=9)),
        lambda: Preposition.objects.filter(pk=made.pk).update(countersigned_by=deposits.author),
        lambda: Preposition.objects.filter(pk=made.pk).delete(),
        lambda: Opening.objects.all().update(revision=9),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


# No other path reads it ----------------------------------------------------------------------------------


def test_nobody_else_reads_it_before_it_opens_and_then_only_who_may_read_the_case(
    deposits: Deposits, officer_of: OfficerOf
) -> None:
    made = deposits.make()
    japan = officer_of("JP", *(role for role in Role if role not in (Role.AUDITOR, Role.CRISIS_SEAT)))
    others = [
        japan,
        officer_of("DE", Role.DECIDER),
        officer_of("DE", Role.AUDITOR),
        officer_of("FR", Role.AUDITOR),
        officer_of("FR", Role.ADMINISTRATOR),
        officer_of("FR", Role.DECIDER, ministry=Ministry.DEFENCE),
    ]
    for person in others:
        assert made in Preposition.objects.visible_to(person)
        assert reading.read(person, made) == reading.Opened(made)
        assert CODEWORD not in json.dumps(list(readable(person.audience).values_list("facts", flat=True)))
    assert made not in Preposition.objects.visible_to(deposits.exporter)
    assert reading.read(deposits.author, made).content is not None
    deposits.case()
    assert reading.read(japan, made) == reading.Opened(made)
    assert CODEWORD not in json.dumps(list(readable(japan.audience).values_list("facts", flat=True)))
    assert CODEWORD in json.dumps(list(readable(others[1].audience).values_list("facts", flat=True)))


def test_a_dry_run_says_which_open_cases_it_would_meet_and_keeps_nothing(
    deposits: Deposits, officer_of: OfficerOf
) -> None:
    case = deposits.case()
    (tried,) = reading.dry_run(deposits.author, TRUE)
    assert (tried.case, tried.true, tried.asked, tried.error) == (case, True, True, "")
    (tried,) = reading.dry_run(officer_of("DE", Role.DECIDER), "score > 99")
    assert (tried.true, tried.asked) == (False, False)
    assert reading.dry_run(officer_of("JP", Role.DECIDER), TRUE) == []
    assert not Preposition.objects.exists()


def test_the_last_day_is_counted_in_the_zone_of_the_authority(deposits: Deposits) -> None:
    with journeys.at(datetime(2027, 2, 1, 12, tzinfo=UTC)):
        made = deposits.propose(valid_until=date(2027, 3, 28))
        assert made.expires_at.isoformat() == "2027-03-28T22:00:00+00:00"  # Paris changes its clocks that day
        due = DueInstant.objects.get(subject=f"preposition:{made.pk}")
        assert due.due_at == made.expires_at
