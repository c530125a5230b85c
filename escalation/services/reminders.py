"""What happens while a window runs and nobody answers: reminding, telling, and letting others answer."""

from __future__ import annotations

from typing import Any

from core import clock
from core.actors import CLOCK
from core.models import ref, ref_id
from deadlines import services as deadlines
from deadlines.models import DueInstant
from escalation.services import deputies, windows
from ledger import services as ledger
from licensing.models import Consultation
from licensing.policies.positions import seats_of


def remind(due: DueInstant) -> None:
    """Do what the marks ask that a window has passed; once it is over there is nothing to remind of.

    At half the share after which others may answer, the authority's deciders learn that nobody has it in hand, and
    the backup on duty in the humanitarian lane takes over; at that share the answer is taken from who has it; at
    the charter's reminders the addressee is reminded. Where the clock stood meanwhile, the marks move with the due
    instant.
    """
    subject, _colon, percent = due.subject.rpartition(":")
    consultation = Consultation.objects.select_related("case__lead", "jurisdiction", "officer").get(
        pk=ref_id(subject, "consultation")
    )
    now = clock.now()
    if consultation.status != Consultation.Status.OPEN or consultation.due_at <= now:
        return
    window = next(
        row
        for row in deadlines.open_of(ref(consultation.case))
        if (row.kind, row.subject) == (windows.WINDOW, subject)
    )
    length = deadlines.recompute(window).counted
    marks = windows.marks_of(consultation)
    passed = [mark for mark in marks if windows.reminder_at(consultation, mark, length) <= now]
    if fresh := [mark for mark in passed if mark >= int(percent)]:
        _act(consultation, fresh)
    windows.set_reminder(consultation, marks, length)


def _act(consultation: Consultation, fresh: list[int]) -> None:
    seats = seats_of(consultation)
    if fresh[-1] >= seats.substitute_after > 0:
        deputies.take_over(consultation, why="silence")
    elif windows.acknowledge_by(seats) in fresh and consultation.acknowledged_at is None:
        _record("consultation.unacknowledged", consultation, percent=windows.acknowledge_by(seats))
        if deputies.backup_is_there(consultation):
            deputies.take_over(consultation, why="unacknowledged")
    reminders = set(windows.charter_of(consultation.case).reminders)
    if due := [mark for mark in fresh if mark in reminders]:
        _record("consultation.reminded", consultation, percent=due[-1])


def _record(type: str, consultation: Consultation, **facts: Any) -> None:
    case = consultation.case
    ledger.record(
        type,
        actor=CLOCK,
        subject=consultation,
        aggregate=ref(case),
        aggregate_label=case.reference,
        audience=case.audience,
        facts={"addressee": consultation.addressee, "due_at": consultation.due_at.isoformat(), **facts},
    )
