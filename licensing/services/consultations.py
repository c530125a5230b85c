"""Opening, lapsing and closing consultations: the clock's and the ladder's acts, never a person's."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from core.actors import CLOCK
from core.models import write_many
from licensing.models import Case, Consultation, Position
from licensing.services import superseding
from members.models import Jurisdiction


@transaction.atomic(savepoint=False)
def open_consultation(
    *,
    case: Case,
    round: int,
    tier: int,
    jurisdiction: Jurisdiction | None,
    ministry: str,
    kind: str,
    binding: bool,
    silence: str,
    needs_countersign: bool,
    opened_at: datetime,
    due_at: datetime,
) -> Consultation:
    """Ask one addressee at one tier; the caller starts its window."""
    return Consultation.objects.create(
        case=case,
        round=round,
        tier=tier,
        jurisdiction=jurisdiction,
        ministry=ministry,
        kind=kind,
        binding=binding,
        silence=silence,
        needs_countersign=needs_countersign,
        opened_at=opened_at,
        due_at=due_at,
    )


def _again(consultation: Consultation) -> Consultation:
    return (
        Consultation.objects.select_for_update(of=("self",))
        .select_related("case__lead", "jurisdiction")
        .get(pk=consultation.pk)
    )


@transaction.atomic(savepoint=False)
def lapse_consultations(*, lapsed: Sequence[tuple[Consultation, datetime]]) -> None:
    """Close consultations that nobody answered, read under the lock of their cases, each with its due instant.

    A question asked, or a position nobody countersigned, is no answer: both are superseded.
    """
    for consultation, at in lapsed:
        consultation.lapse()
        consultation.lapsed_at = at
    closed = [consultation for consultation, _at in lapsed]
    write_many(closed, ["status", "closed_at", "lapsed_at"])
    superseding.supersede(closed, actor=CLOCK, why="lapsed")


@transaction.atomic(savepoint=False)
def close_consultation(*, consultation: Consultation) -> Consultation:
    """Close a consultation that needs no answer any more."""
    consultation = _again(consultation)
    consultation.close()
    consultation.save(update_fields=["status", "closed_at"])
    superseding.supersede([consultation], actor=CLOCK, why="closed", states=[Position.Status.PROPOSED])
    return consultation


@transaction.atomic
def reopen_consultation(*, consultation: Consultation, due_at: datetime) -> Consultation:
    """Ask again, because the ground of the position moved; the position given before is superseded."""
    consultation = _again(consultation)
    superseding.supersede([consultation], actor=CLOCK, why="revised")
    consultation.reopen()
    consultation.due_at = due_at
    consultation.acknowledged_at = consultation.acknowledged_by = consultation.taken_over_at = None
    consultation.save(
        update_fields=[
            "status", "closed_at", "lapsed_at", "due_at", "acknowledged_at", "acknowledged_by", "taken_over_at",
        ]
    )  # fmt: skip
    return consultation
