"""Windows: the timers of consultations, decisions and holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from math import ceil

from alliance.charters import CharterData, Seats, Tier, Window
from core import clock
from core.models import ref
from deadlines import services as deadlines
from deadlines.calculus import Rule
from deadlines.models import DueInstant
from licensing.models import Case, Consultation
from licensing.policies.positions import seats_of
from licensing.services.stops import stops_of
from licensing.stops import DECISION as DECISION
from licensing.stops import OUTER as OUTER
from licensing.stops import WINDOW as WINDOW
from members.models import Jurisdiction

REMINDER = "consultation.reminder"
HOLD = "case.hold"
APPEAL = "case.appeal"
ASSESSMENT = "case.assessment"
REVIEW = "confirm_routing"  # kind of requirement
TIER_REQUIREMENT = "tier_answer"  # kind of requirement
TIER_QUORUM = "tier_quorum"  # kind of requirement, where the tier decides nothing without some of its seats

#: Working days and zone of a seat that belongs to no single jurisdiction.
ALLIANCE_CALENDAR, ALLIANCE_ZONE = "alliance", "UTC"


def rule_of(span: Window) -> Rule:
    return Rule(amount=span.amount, unit=span.unit)


def calendar_of(jurisdiction: Jurisdiction | None) -> tuple[str, str]:
    """Return the (calendar, zone) an addressee's deadlines are counted in."""
    if jurisdiction is None:
        return ALLIANCE_CALENDAR, ALLIANCE_ZONE
    return jurisdiction.calendar, jurisdiction.timezone


def open_window(
    case: Case, consultation: Consultation, tier: Tier, reminders: tuple[int, ...], start: datetime
) -> DueInstant:
    """Start the timer of a consultation and its first reminder; store the due instant on it."""
    calendar, zone = calendar_of(consultation.jurisdiction)
    due = deadlines.set_due(
        kind=WINDOW,
        aggregate=ref(case),
        subject=ref(consultation),
        start=start,
        rule=replace(rule_of(tier.window), cap=tier.extend_to),
        calendar=calendar,
        zone=zone,
        stops=[stop for stop in stops_of(case, WINDOW) if stop.end > start],
        owner=consultation.addressee,
    )
    consultation.due_at = due.due_at
    consultation.save(update_fields=["due_at"])
    set_reminder(consultation, marks(reminders, tier.seats), due.due_at - start)
    return due


def acknowledge_by(seats: Seats) -> int:
    """Percent of a window after which nobody of the addressee having said anything is told: half the share after
    which others may answer in its place."""
    return seats.substitute_after // 2


def marks(reminders: Iterable[int], seats: Seats) -> list[int]:
    """Percent of a window at which something happens: reminders, no acknowledgement, and being taken over."""
    return sorted({*reminders, acknowledge_by(seats), seats.substitute_after} - {0})


def marks_of(consultation: Consultation) -> list[int]:
    return marks(charter_of(consultation.case).reminders, seats_of(consultation))


def reminder_at(consultation: Consultation, percent: int, length: timedelta) -> datetime:
    """Return when a share of a window's running time is over: counted from the due instant, so stops move it."""
    return consultation.due_at - length * (100 - percent) / 100


def set_reminder(consultation: Consultation, ahead: Iterable[int], length: timedelta) -> None:
    """Let the next mark (percent of the window) fall due that is still to come: `ahead` rises.

    Each mark sets the one after it, so that a window has one waiting and not all of them.
    """
    now = clock.now()
    for percent in ahead:
        left = (reminder_at(consultation, percent, length) - now) / timedelta(seconds=1)
        if left > 0:
            calendar, zone = calendar_of(consultation.jurisdiction)
            deadlines.set_due(
                kind=REMINDER,
                aggregate=f"case:{consultation.case_id}",
                subject=f"{ref(consultation)}:{percent}",
                start=now,
                rule=Rule(amount=ceil(left), unit="seconds"),
                calendar=calendar,
                zone=zone,
                owner=consultation.addressee,
            )
            return


def running(consultation: Consultation) -> DueInstant | None:
    """Return the timer that runs on a consultation."""
    rows = deadlines.open_of(f"case:{consultation.case_id}")
    return next((row for row in rows if (row.kind, row.subject) == (WINDOW, ref(consultation))), None)


def room(due: DueInstant) -> int:
    """Return by how much more a window may be extended, in its unit."""
    rule = due.inputs["rule"]
    spent = rule["amount"] + sum(extension["amount"] for extension in due.inputs.get("extensions", []))
    return max(0, int(rule.get("cap", 0)) - int(spent))


def remind_anew(consultation: Consultation) -> None:
    """Put the next reminder where the window, which was moved, now has it."""
    due = running(consultation)
    deadlines.cancel_parts(aggregate=f"case:{consultation.case_id}", subject=ref(consultation))
    if due is not None:
        set_reminder(consultation, marks_of(consultation), deadlines.recompute(due).counted)


def close_windows(found: Iterable[Consultation]) -> None:
    """Stop the timers and the reminders of consultations."""
    deadlines.cancel_subjects((f"case:{item.case_id}", ref(item)) for item in found)


def set_case_due(
    case: Case, kind: str, span: Window, *, owner: str, start: datetime | None = None
) -> DueInstant:
    """Start a timer of the case itself, counted in the lead's calendar and zone."""
    calendar, zone = calendar_of(case.lead)
    begin = start or clock.now()
    return deadlines.set_due(
        kind=kind,
        aggregate=ref(case),
        subject=ref(case),
        start=begin,
        rule=rule_of(span),
        calendar=calendar,
        zone=zone,
        stops=[stop for stop in stops_of(case, kind) if stop.end > begin],
        owner=owner,
    )


def charter_of(case: Case) -> CharterData:
    """The charter a case runs under, in the version it was routed with."""
    from alliance.selectors import charter

    return charter(case.charter_key, case.charter_version)
