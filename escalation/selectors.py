"""What a person waiting for a case may expect, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.models import ref
from deadlines.calculus import derive
from deadlines.models import DueInstant
from deadlines.services import calendar_in_force
from escalation.services import windows
from licensing.models import Case


@dataclass(frozen=True)
class Expected:
    """When an answer is due, by which rule, and what happens if nobody answers."""

    due_at: datetime
    rule: str
    steps: list[str]
    if_nobody_answers: str


def expected(case: Case) -> Expected | None:
    """Return when the exporter can expect the decision of an open case; None once it is closed or unrouted.

    The last open window of the case's tier, and from there the time the lead has to decide, counted in the
    lead's calendar. On hold, the end of the hold.
    """
    if not case.is_open or not case.charter_key:
        return None
    charter = windows.charter_of(case)
    rows = list(DueInstant.objects.filter(aggregate=ref(case), state="open"))
    by_kind = {row.kind: row for row in rows}
    if hold := by_kind.get(windows.HOLD):
        return Expected(hold.due_at, "hold", list(hold.explanation), charter.if_nobody_answers)
    if decision := by_kind.get(windows.DECISION):
        return Expected(decision.due_at, "decision", list(decision.explanation), charter.if_nobody_answers)
    open_windows = [row for row in rows if row.kind == windows.WINDOW]
    if not open_windows:
        return None
    last = max(open_windows, key=lambda row: row.due_at)
    calendar, zone = windows.calendar_of(case.lead)
    derived = derive(
        last.due_at, windows.rule_of(charter.decide_within), calendar_in_force(calendar, last.due_at), zone
    )
    return Expected(
        derived.due_at,
        "consultation and decision",
        [*last.explanation, *derived.steps],
        charter.if_nobody_answers,
    )
