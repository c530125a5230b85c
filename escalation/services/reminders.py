"""Reminding those whose window is running out."""

from __future__ import annotations

from core import clock
from core.actors import CLOCK
from core.models import ref, ref_id
from deadlines import services as deadlines
from deadlines.models import DueInstant
from escalation.services import windows
from ledger import services as ledger
from licensing.models import Consultation


def remind(due: DueInstant) -> None:
    """Remind the addressee of a window that is still open; once it is over there is nothing to remind of.

    Where the clock stood meanwhile, the reminder moves with the due instant.
    """
    subject = due.subject.rpartition(":")[0]
    consultation = Consultation.objects.select_related("case__lead", "jurisdiction").get(
        pk=ref_id(subject, "consultation")
    )
    now = clock.now()
    if consultation.status != Consultation.Status.OPEN or consultation.due_at <= now:
        return
    case = consultation.case
    marks = windows.charter_of(case).reminders
    window = next(
        row for row in deadlines.open_of(ref(case)) if (row.kind, row.subject) == (windows.WINDOW, subject)
    )
    length = deadlines.recompute(window).counted
    reached = [mark for mark in marks if windows.reminder_at(consultation, mark, length) <= now]
    if reached:
        ledger.record(
            "consultation.reminded",
            actor=CLOCK,
            subject=consultation,
            aggregate=ref(case),
            aggregate_label=case.reference,
            audience=case.audience,
            facts={
                "addressee": consultation.addressee,
                "percent": reached[-1],
                "due_at": consultation.due_at.isoformat(),
            },
        )
    windows.set_reminder(consultation, marks, length)
