"""Who works on which consultation, and what becomes of the work of someone who leaves."""

from __future__ import annotations

from django.db import transaction

from core import clock
from core.actors import CLOCK, PROCESS, Actor
from core.audience import Audience, jurisdiction
from core.models import ref
from core.policies import require
from ledger import services as ledger
from licensing.models import Case, Consultation
from licensing.policies import cases as policies
from licensing.services.locks import lock, locked
from members.models import User


def _fetch(consultation: Consultation) -> Consultation:
    lock(consultation.case_id)
    return Consultation.objects.select_related("case__lead", "case__application", "officer__authority").get(
        pk=consultation.pk
    )


@transaction.atomic
def claim_consultation(*, actor: User, consultation: Consultation) -> Consultation:
    """Take on the answer to a consultation; who does so says as well that it was seen."""
    consultation = _fetch(consultation)
    require(policies.can_claim_consultation, actor, consultation)
    _acknowledged(consultation, actor)
    return _hand_to(actor, consultation, actor, "consultation.claimed")


@transaction.atomic
def release_consultation(*, actor: User, consultation: Consultation) -> Consultation:
    """Give a claimed consultation back to the queue."""
    consultation = _fetch(consultation)
    require(policies.can_release_consultation, actor, consultation)
    return _hand_to(actor, consultation, None, "consultation.released")


@transaction.atomic
def acknowledge(*, actor: User, consultation: Consultation) -> Consultation:
    """Say for the addressee that a consultation was seen and is in hand; nobody has claimed it by that."""
    consultation = _fetch(consultation)
    require(policies.can_acknowledge, actor, consultation)
    _acknowledged(consultation, actor)
    return consultation


def _acknowledged(consultation: Consultation, actor: User) -> None:
    """Note who has it in hand, and tell the lead; the first who says so counts."""
    if consultation.acknowledged_at is not None:
        return
    consultation.acknowledged_at, consultation.acknowledged_by = clock.now(), actor
    consultation.save(update_fields=["acknowledged_at", "acknowledged_by"])
    ledger.record(
        "consultation.acknowledged",
        actor=actor,
        subject=consultation,
        aggregate=ref(consultation.case),
        aggregate_label=consultation.case.reference,
        audience=consultation.case.audience,
        facts={"addressee": consultation.addressee},
    )


@transaction.atomic
def take_consultation(*, actor: User, consultation: Consultation) -> Consultation:
    """Take the answer over from the colleague who claimed it."""
    consultation = _fetch(consultation)
    require(policies.can_take_consultation, actor, consultation)
    _acknowledged(consultation, actor)
    return _hand_to(actor, consultation, actor, "consultation.reassigned")


@transaction.atomic(savepoint=False)
def take_over(*, consultation: Consultation, to: User | None, why: str) -> Consultation:
    """Take the answer from whoever has it, give it to a deputy or to the whole team, and let substitutes answer.

    The clock's act, or that of a member declared offline; the caller holds the case's lock. `why` is "silence",
    "unacknowledged" or "offline".
    """
    before = consultation.officer
    consultation.officer, consultation.taken_over_at = to, clock.now()
    consultation.save(update_fields=["officer", "taken_over_at"])
    ledger.record(
        "consultation.taken_over",
        actor=PROCESS if why == "offline" else CLOCK,
        subject=consultation,
        aggregate=ref(consultation.case),
        aggregate_label=consultation.case.reference,
        audience=consultation.case.audience,
        facts={
            "addressee": consultation.addressee,
            "why": why,
            "held": before is not None,
            "given": to is not None,
            "due_at": consultation.due_at.isoformat(),
        },
        private={"from": before.name if before else None, "to": to.name if to else None},
    )
    return consultation


def _hand_to(actor: Actor, consultation: Consultation, officer: User | None, type: str) -> Consultation:
    before = consultation.officer
    consultation.officer = officer
    consultation.save(update_fields=["officer"])
    reader = consultation.jurisdiction_id or (before or officer or User()).jurisdiction_code
    ledger.record(
        type,
        actor=actor,
        subject=consultation,
        aggregate=ref(consultation.case),
        aggregate_label=consultation.case.reference,
        audience=Audience.of(jurisdiction(str(reader))),
        facts={
            "addressee": consultation.addressee,
            "from": before.name if before else None,
            "to": officer.name if officer else None,
        },
    )
    return consultation


@transaction.atomic
def return_work(*, person: User) -> int:
    """Give everything a person had claimed back to the queues; return how much that was."""
    returned = 0
    for case_pk in sorted(Case.objects.filter(officer=person).values_list("pk", flat=True)):
        case = locked(case_pk)
        case.officer = None
        case.save(update_fields=["officer"])
        ledger.record(
            "case.released",
            actor=PROCESS,
            subject=case,
            aggregate=ref(case),
            audience=Audience.of(jurisdiction(case.lead_id)),
            facts={"from": person.name, "to": None},
        )
        returned += 1
    for consultation in Consultation.objects.filter(officer=person).order_by("case_id"):
        _hand_to(PROCESS, _fetch(consultation), None, "consultation.released")
        returned += 1
    return returned
