"""Windows that get longer: extended by those who may, or counted anew after a calendar was changed."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.errors import Conflict, Invalid
from core.models import ref, ref_id
from core.policies import require
from deadlines import services as deadlines
from deadlines.calculus import Extension
from deadlines.models import DueInstant
from escalation.policies import can_extend, can_recount
from escalation.services import windows
from ledger import services as ledger
from licensing.models import Case, Consultation
from licensing.services.locks import locked
from members.models import User


@transaction.atomic
def extend(*, actor: User, consultation: Consultation, amount: int, reason: str) -> Consultation:
    """Extend a window in its own unit, up to what the charter of the case permits for its tier in all.

    Regulation (EU) 2021/821 Article 14(1): ten working days, thirty with an extension. Where windows are
    hours nobody extends its own.
    """
    case = locked(consultation.case_id)
    consultation = Consultation.objects.select_related("jurisdiction").get(pk=consultation.pk)
    consultation.case = case
    require(can_extend, actor, consultation)
    if not 10 <= len(reason.strip()) <= 500:
        raise Invalid.field("reason", _("Say in 10 to 500 characters what the time is needed for."))
    row = windows.running(consultation)
    if row is None:
        raise Conflict(_("This window is over."))
    left = windows.room(row)
    if not 1 <= amount <= left:
        told = (
            _("At most %(left)s more are left.") % {"left": left}
            if left
            else _("Nothing is left to extend it by.")
        )
        raise Invalid.field("amount", told)
    assert actor.authority is not None  # the policy asks for an officer
    extension = Extension(amount, f"{actor.name}, {actor.authority.name}", reason.strip(), clock.now())
    moved = deadlines.extend(kind=windows.WINDOW, subject=ref(consultation), extension=extension)
    assert moved is not None
    _moved(consultation, moved)
    ledger.record(
        "window.extended",
        actor=actor,
        subject=consultation,
        aggregate=ref(case),
        aggregate_label=case.reference,
        audience=case.audience,
        facts={
            "addressee": consultation.addressee,
            "amount": amount,
            "unit": row.inputs["rule"]["unit"],
            "reason": extension.reason,
            "before": row.due_at.isoformat(),
            "due_at": moved.due_at.isoformat(),
        },
    )
    return consultation


@transaction.atomic
def recount(*, actor: User, case: Case, due: DueInstant, reason: str) -> DueInstant:
    """Derive a running clock of a case anew under the calendar now in force; the old explanation is kept.

    Conflict where no other calendar version is in force, or where it would take time away.
    """
    case = locked(case.pk)
    require(can_recount, actor, case)
    if not 10 <= len(reason.strip()) <= 500:
        raise Invalid.field("reason", _("Say in 10 to 500 characters why it is counted anew."))
    assert actor.authority is not None  # the policy asks for an officer
    moved = None
    if due.aggregate == ref(case):
        moved = deadlines.recalendar(
            kind=due.kind, subject=due.subject, by=actor.authority.name, reason=reason.strip()
        )
    if moved is None:
        raise Conflict(_("This clock does not run any more."))
    if moved.kind == windows.WINDOW:
        _moved(case.consultations.get(pk=ref_id(moved.subject, "consultation")), moved)
    ledger.record(
        "clock.recounted",
        actor=actor,
        subject=case,
        aggregate=ref(case),
        aggregate_label=case.reference,
        audience=case.audience,
        facts={
            "kind": moved.kind,
            "owner": moved.owner_label,
            "reason": reason.strip(),
            "calendar": moved.inputs["calendar"],
            "calendar_version": moved.inputs["calendar_version"],
            "before": due.due_at.isoformat(),
            "due_at": moved.due_at.isoformat(),
        },
    )
    return moved


def _moved(consultation: Consultation, due: DueInstant) -> None:
    consultation.due_at = due.due_at
    consultation.save(update_fields=["due_at"])
    windows.remind_anew(consultation)


@transaction.atomic
def clocks_restored(*, case_id: int) -> None:
    """Let the reminders of a case follow its windows after a stop was voided: they are nearer than they were."""
    locked(case_id)
    for consultation in Consultation.objects.filter(
        case=case_id, status=Consultation.Status.OPEN
    ).select_related("case__lead", "jurisdiction"):
        windows.remind_anew(consultation)
