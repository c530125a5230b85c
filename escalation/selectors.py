"""What a person waiting for a case may expect, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import NotFound
from core.models import ref
from deadlines.calculus import derive
from deadlines.models import DueInstant
from deadlines.selectors import Told, told
from deadlines.services import calendar_in_force
from escalation import policies
from escalation.services import appeals, windows
from licensing.models import Case
from licensing.selectors.acts import Act
from licensing.selectors.acts import acts as licensing_acts
from licensing.services import information, stops, undercut
from licensing.services.provisional import CONFIRMATION
from members.models import User

#: The clocks of a case that its officers see, and what each is called.
CLOCKS = {
    windows.WINDOW: gettext_lazy("Window to answer"),
    windows.DECISION: gettext_lazy("Decision"),
    windows.HOLD: gettext_lazy("End of the hold"),
    windows.OUTER: gettext_lazy("Outer limit"),
    information.EXPIRY: gettext_lazy("Answer of the exporter"),
    stops.EXPIRY: gettext_lazy("End of a stop"),
    undercut.ANSWER: gettext_lazy("Answer about an earlier denial"),
}
#: Those that concern the exporter itself; the windows of members would name who is consulted.
EXPORTERS_CLOCKS = (windows.DECISION, windows.HOLD, windows.OUTER, information.EXPIRY)


def clocks(user: User, case: Case) -> list[Told]:
    """Return the clocks of a visible case that a person may read: those that run, then the newest."""
    return told(ref(case), CLOCKS if user.is_officer else EXPORTERS_CLOCKS)


def clock_of(user: User, case: Case, uid: UUID) -> Told:
    """Return one of them by the event that set it; NotFound without it."""
    found = next((item for item in clocks(user, case) if item.uid == uid), None)
    if found is None:
        raise NotFound()
    return found


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
    lead's calendar. On hold, the end of the hold; granted provisionally, the instant by which that is confirmed.
    """
    if not case.is_open or not case.charter_key:
        return None
    charter = windows.charter_of(case)
    rows = list(DueInstant.objects.filter(aggregate=ref(case), state="open"))
    by_kind = {row.kind: row for row in rows}
    if hold := by_kind.get(windows.HOLD):
        return Expected(hold.due_at, "hold", list(hold.explanation), charter.if_nobody_answers)
    if confirmation := by_kind.get(CONFIRMATION):
        return Expected(
            confirmation.due_at, "confirmation", list(confirmation.explanation), charter.if_nobody_answers
        )
    if decision := by_kind.get(windows.DECISION):
        return Expected(decision.due_at, "decision", list(decision.explanation), charter.if_nobody_answers)
    if appeal := by_kind.get(windows.APPEAL):
        calendar, zone = windows.calendar_of(case.lead)
        derived = derive(
            appeal.due_at,
            windows.rule_of(charter.decide_within),
            calendar_in_force(calendar, appeal.due_at),
            zone,
        )
        return Expected(
            derived.due_at,
            "appeal and decision",
            [*appeal.explanation, *derived.steps],
            charter.if_nobody_answers,
        )
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


def acts(user: User, case: Case) -> list[Act]:
    """Return licensing's acts on a case and those of the ladder."""
    found = licensing_acts(user, case)
    if user.is_officer and case.is_open and case.charter_key:
        charter = windows.charter_of(case)
        if case.tier + 1 < len(charter.tiers):
            verdict = policies.can_refer_up(user, case, charter)
            found.append(
                Act("refer_up", _("Refer up one tier"), case.reference, verdict.allowed, verdict.reason)
            )
        if any(tier.appeal for tier in charter.tiers) and appeals.is_open(case):
            verdict = policies.can_appeal(user, case, charter)
            found.append(Act("appeal", _("Appeal"), case.reference, verdict.allowed, verdict.reason))
        if case.requirements.filter(kind=windows.REVIEW, satisfied_at__isnull=True).exists():
            verdict = policies.can_confirm_routing(user, case)
            found.append(
                Act(
                    "confirm_routing",
                    _("Confirm the way of the case"),
                    case.reference,
                    verdict.allowed,
                    verdict.reason,
                )
            )
    return found
