"""What becomes of positions and proposed decisions when their ground moves."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from core.actors import PROCESS, Actor
from core.models import ref
from ledger import services as ledger
from licensing.models import Case, Consultation, Decision, Position

STANDING = (Position.Status.PROPOSED, Position.Status.IN_FORCE)


@transaction.atomic(savepoint=False)
def supersede(
    consultations: Sequence[Consultation], *, actor: Actor, why: str, states: Sequence[str] = STANDING
) -> int:
    """Supersede the standing positions of consultations; return how many. Their cases are locked already."""
    asked = {consultation.pk: consultation for consultation in consultations}
    found = Position.objects.select_for_update(of=("self",)).select_related("revision")
    positions = list(found.filter(consultation__in=asked, status__in=states).order_by("pk"))
    for position in positions:
        position.consultation = asked[position.consultation_id]
        position.supersede()
        position.save(update_fields=["status"])
        record("position.superseded", actor, position, why=why)
    return len(positions)


def record(type: str, actor: Actor, position: Position, **facts: object) -> None:
    """Record an event of a position, for the officers who may read the case."""
    ledger.record_many([told(type, actor, position, **facts)])


def told(type: str, actor: Actor, position: Position, **facts: object) -> ledger.Happened:
    """Return what the ledger is told of a position."""
    consultation = position.consultation
    case = consultation.case
    return ledger.Happened(
        type=type,
        actor=actor,
        subject=position,
        aggregate=ref(case),
        aggregate_label=case.reference,
        audience=case.audience,
        facts={
            "addressee": consultation.addressee,
            "consultation": str(consultation.uid),
            "tier": consultation.tier,
            "round": consultation.round,
            "kind": position.kind,
            "binding": position.binding,
            "revision": position.revision.number,
            "status": str(position.status),
            "reason_code": position.reason_code,
            **facts,
        },
    )


@transaction.atomic
def overtake(*, case: Case, why: str, actor: Actor = PROCESS) -> int:
    """Let a pending decision lapse because the case changed under it; the caller holds the case's lock."""
    pending = list(Decision.objects.select_for_update().filter(case=case, status=Decision.Status.PROPOSED))
    for decision in pending:
        decision.lapse()
        decision.remark = why
        decision.save(update_fields=["status", "remark"])
        ledger.record(
            "decision.overtaken",
            actor=actor,
            subject=decision,
            aggregate=ref(case),
            aggregate_label=case.reference,
            audience=case.audience,
            facts={"decision": str(decision.uid), "kind": decision.kind, "why": why},
        )
    return len(pending)
