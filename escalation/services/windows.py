"""Windows: the timers of consultations, decisions and holds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from math import ceil

from alliance.charters import CharterData, Tier, Window
from core import clock
from core.models import ref
from deadlines import services as deadlines
from deadlines.calculus import Rule, Stop
from deadlines.models import DueInstant
from licensing.models import Case, Consultation
from members.models import Jurisdiction

WINDOW = "consultation.window"
REMINDER = "consultation.reminder"
DECISION = "case.decision"
HOLD = "case.hold"
APPEAL = "case.appeal"
OUTER = "case.outer"
ASSESSMENT = "case.assessment"
REVIEW = "confirm_routing"  # kind of requirement
TIER_REQUIREMENT = "tier_answer"  # kind of requirement

#: Working days and zone of a seat that belongs to no single jurisdiction.
ALLIANCE_CALENDAR, ALLIANCE_ZONE = "alliance", "UTC"


def rule_of(span: Window) -> Rule:
    return Rule(amount=span.amount, unit=span.unit)


def stops_of(case: Case) -> list[Stop]:
    """The intervals in which the case's clock stands; an open one counts up to the instant it expires."""
    return [
        Stop(start=stop.opened_at, end=stop.closed_at or stop.expires_at, reason=stop.reason_code)
        for stop in case.stops.all()
    ]


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
        rule=rule_of(tier.window),
        calendar=calendar,
        zone=zone,
        stops=[stop for stop in stops_of(case) if stop.end is None or stop.end > start],
        owner=consultation.addressee,
    )
    consultation.due_at = due.due_at
    consultation.save(update_fields=["due_at"])
    set_reminder(consultation, reminders, due.due_at - start)
    return due


def reminder_at(consultation: Consultation, percent: int, length: timedelta) -> datetime:
    """Return when a share of a window's running time is over: counted from the due instant, so stops move it."""
    return consultation.due_at - length * (100 - percent) / 100


def set_reminder(consultation: Consultation, marks: Iterable[int], length: timedelta) -> None:
    """Let the next reminder fall due: the first of the marks (percent of the window) that is still to come.

    Each reminder sets the one after it, so that a window has one waiting and not all of them.
    """
    now = clock.now()
    for percent in marks:
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


def close_window(consultation: Consultation) -> None:
    """Stop the timer and the reminder of a consultation."""
    deadlines.cancel_subject(aggregate=f"case:{consultation.case_id}", subject=ref(consultation))


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
        stops=[stop for stop in stops_of(case) if stop.end is None or stop.end > begin],
        owner=owner,
    )


def charter_of(case: Case) -> CharterData:
    """The charter a case runs under, in the version it was routed with."""
    from alliance.selectors import charter

    return charter(case.charter_key, case.charter_version)
