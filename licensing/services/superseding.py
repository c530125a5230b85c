"""What becomes of positions, proposed decisions and requests of holders when their ground moves."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from core.actors import PROCESS, Actor
from core.audience import Audience, jurisdiction, organisation
from core.models import ref
from deadlines import services as deadlines
from ledger import services as ledger
from licensing.models import Case, ChangeConsent, Consultation, Decision, Licence, LicenceChange, Position

#: Kinds of due instants of a request to change a licence, and of what a member says to it.
CHANGE_ANSWER, CHANGE_CONSENT = "change.decision", "change.consent"
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


@transaction.atomic(savepoint=False)
def end_changes(licence: Licence, *, actor: Actor = PROCESS, why: str) -> None:
    """Nobody decides a request to change a licence any more that is over; the caller holds the lock of its case."""
    for change in LicenceChange.objects.standing().filter(licence=licence):  # type: ignore[attr-defined]
        change.licence = licence
        change.overtake(why)
        change.save(update_fields=["status", "ended_at", "ended_because"])
        ask_no_more(change)
        record_change("change.overtaken", actor, change, why=change.ended_because)


def ask_no_more(change: LicenceChange) -> None:
    """A request to change a licence is over: nothing of it falls due, and no member is asked."""
    deadlines.cancel(kind=CHANGE_ANSWER, subject=ref(change))
    for row in change.consents.filter(status=ChangeConsent.Status.ASKED):
        row.close()
        row.save(update_fields=["status"])
        deadlines.cancel(kind=CHANGE_CONSENT, subject=ref(row))


def heard_of(licence: Licence) -> Audience:
    """Whoever reads its case, the holder, its agent where the mandate lets it read licences, and the members in
    which a licence holds."""
    members = [jurisdiction(code) for code in licence.territory]
    return licence.case.holder_audience | [organisation(licence.holder_id), *members]


def record_change(
    type: str, actor: Actor, change: LicenceChange, *, audience: Audience | None = None, **facts: object
) -> None:
    """Record an event of a request to change a licence, for whoever hears of the licence unless told otherwise."""
    licence = change.licence
    ledger.record(
        type,
        actor=actor,
        subject=change,
        aggregate=ref(licence.case),
        aggregate_label=licence.case.reference,
        audience=heard_of(licence) if audience is None else audience,
        facts={
            "number": licence.number,
            "reference": change.reference,
            "kind": str(change.kind),
            "status": str(change.status),
            **facts,
        },
    )
