"""Clocks that stand: for which reason, until when, by whom; and stops that a reviewer voids."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from alliance.selectors import charter
from core import clock
from core.actors import CLOCK, Actor
from core.audience import Audience
from core.errors import Invalid
from core.models import ref, ref_id
from core.policies import require
from deadlines import calculus
from deadlines import services as deadlines
from deadlines.calculus import Rule, Stop
from deadlines.models import DueInstant
from ledger import services as ledger
from licensing.models import Case, ClockStop, InformationRequest
from licensing.policies import stops as policies
from licensing.policies.common import is_rapid
from licensing.services.locks import locked
from licensing.stops import DECISION, LEGAL, QUESTIONS, RAPID_HOURS, REASONS, WINDOW
from members.models import User

EXPIRY = "clock.stop"


# Which clocks stand, and for how long ----------------------------------------------------------------------


def stops_of(case: Case, kind: str) -> list[Stop]:
    """Return when the clocks of a kind stand; a stop that runs counts up to the instant it expires."""
    return [
        Stop(start=stop.opened_at, end=stop.ends_at, reason=stop.reason_code)
        for stop in case.stops.counting()  # type: ignore[attr-defined]
        if kind in REASONS[stop.reason_code].holds
    ]


def restop(case: Case) -> None:
    """Derive the case's running clocks anew from its stops."""
    for row in deadlines.open_of(ref(case)):
        if row.kind not in policies.STOPPED:
            continue
        moved = deadlines.restop(kind=row.kind, subject=row.subject, stops=stops_of(case, row.kind))
        if moved is not None and row.kind == WINDOW:
            consultation = case.consultations.get(pk=ref_id(row.subject, "consultation"))
            consultation.due_at = moved.due_at
            consultation.save(update_fields=["due_at"])


def hours_left(case: Case) -> int | None:
    """Return for how many more hours the exporter may hold a rapid case up; None where only the reasons' own limits
    count. Hours that have begun are spent."""
    if not is_rapid(case):
        return None
    agreed = charter(case.charter_key, case.charter_version).stop_hours
    stood = sum((end - start for start, end in calculus.merge(stops_of(case, WINDOW))), timedelta())
    return max(0, (RAPID_HOURS if agreed is None else agreed) - ceil(stood / timedelta(hours=1)))


def time_to_answer(case: Case, reason_code: str, days: int) -> Rule:
    """Return how long the clock stands for a question; Invalid where a rapid case has been held up long enough."""
    left = hours_left(case) if QUESTIONS[reason_code].most_days else None
    if left is None:
        return Rule(days, "calendar_days")
    if not left:
        raise Invalid.field(
            "reason_code",
            _("This case has waited as long as its charter permits. Ask without stopping the clock."),
        )
    return Rule(min(days * 24, left), "hours")


# Opening and ending ----------------------------------------------------------------------------------------


def open_stop(
    *,
    actor: User,
    case: Case,
    reason_code: str,
    expires_at: datetime,
    request: InformationRequest | None = None,
    basis: str = "",
) -> ClockStop:
    """Let the clocks of a locked case stand from now on, until an instant at the latest."""
    assert actor.authority is not None  # the policy of each act that stops a clock asks for an officer
    earlier = case.stops.filter(reason_code=reason_code)
    stop = ClockStop.objects.create(
        case=case,
        reason_code=reason_code,
        basis=basis,
        request=request,
        owner=actor,
        authority=actor.authority,
        opened_at=clock.now(),
        expires_at=expires_at,
        used_percent=_used_percent(case),
        repeated=earlier.exists(),
        answered_before=request is not None and _answered_before(request),
    )
    restop(case)
    _record(
        "clock.stopped",
        actor,
        stop,
        authority=actor.authority.name,
        jurisdiction=actor.jurisdiction_code,
        expires_at=expires_at.isoformat(),
        used_percent=stop.used_percent,
        repeated=stop.repeated,
        answered_before=stop.answered_before,
    )
    return stop


def _used_percent(case: Case) -> int:
    """Return how much of the window that ends next has passed, of the time that counts."""
    now = clock.now()
    shares = [0]
    for row in deadlines.open_of(ref(case)):
        if row.kind in (WINDOW, DECISION):
            length = deadlines.recompute(row).counted
            shares.append(100 - ceil((row.due_at - now) * 100 / length) if length else 100)
    return min(100, max(shares))


def _answered_before(request: InformationRequest) -> bool:
    """Whether the exporter has answered a question for the same reason about the same sections."""
    asked = set(request.fields)
    answered = request.case.information_requests.filter(
        status=InformationRequest.Status.ANSWERED, reason_code=request.reason_code
    )
    return any(bool(asked & set(earlier.fields)) or asked == set(earlier.fields) for earlier in answered)


def end_stop(stop: ClockStop, actor: Actor, how: str) -> None:
    """Let the clocks run again from now on, or from the instant the stop expired. Nobody says when: an officer who
    was slow cannot date it back."""
    stop.closed_at = min(clock.now(), stop.expires_at)
    stop.save(update_fields=["closed_at"])
    restop(stop.case)
    _record("clock.resumed", actor, stop, how=how)


def end_stop_of(request: InformationRequest, actor: Actor, how: str) -> None:
    """End the stop that a question opened, if one runs."""
    stop = ClockStop.objects.filter(request=request, closed_at__isnull=True).first()
    if stop is not None:
        stop.case = request.case
        end_stop(stop, actor, how)


def end_all(case: Case) -> None:
    """Close what still runs on a case that has come to its end; its clocks are cancelled anyway."""
    now = clock.now()
    for stop in case.stops.running():  # type: ignore[attr-defined]
        stop.closed_at = min(now, stop.expires_at)
        stop.save(update_fields=["closed_at"])


def resume_case(case: Case, actor: Actor) -> None:
    """Take the case back into review once no question keeps its clock standing."""
    waiting = case.stops.running().filter(request__isnull=False)  # type: ignore[attr-defined]
    if case.status == Case.Status.AWAITING_APPLICANT and not waiting.exists():
        case.resume()
        case.save(update_fields=["status"])
        ledger.record(
            "case.resumed", actor=actor, subject=case, aggregate=ref(case), audience=case.exporter_audience
        )


def _record(type: str, actor: Actor, stop: ClockStop, **facts: Any) -> None:
    """Write what became of a stop. A question's is the officers' alone: the exporter has the question."""
    case = stop.case
    audience: Audience = case.audience if stop.request_id else case.exporter_audience
    ledger.record(
        type,
        actor=actor,
        subject=stop,
        aggregate=ref(case),
        aggregate_label=case.reference,
        audience=audience,
        facts={"stop": str(stop.uid), "reason_code": stop.reason_code, **facts},
    )


# Acts ------------------------------------------------------------------------------------------------------


@transaction.atomic
def stop_clock(*, actor: User, case: Case, reason_code: str, days: int, basis: str) -> ClockStop:
    """Stop the lead's clock for a step that the law prescribes outside the case; it runs again by itself.

    `basis` names what proves it: the order, note or notice. What the exporter has to supply is asked instead.
    """
    case = locked(case.pk)
    require(policies.can_stop, actor, case)
    reason = LEGAL.get(reason_code)
    errors: dict[str, list[str]] = {}
    if reason is None:
        errors["reason_code"] = [_("One of: %(codes)s.") % {"codes": ", ".join(LEGAL)}]
    elif not 1 <= days <= reason.most_days:
        errors["days"] = [_("From 1 to %(most)s days for this reason.") % {"most": reason.most_days}]
    if not 5 <= len(basis.strip()) <= 200:
        errors["basis"] = [_("Name the order, note or notice in 5 to 200 characters.")]
    if errors:
        raise Invalid(_("The clock cannot be stopped yet."), fields=errors)
    now = clock.now()
    zone, days_off = (
        case.lead.timezone,
        deadlines.calendar_in_force(case.lead.calendar, now, case.lead.timezone),
    )
    expires = calculus.derive(now, Rule(days, "calendar_days"), days_off, zone).due_at
    stop = open_stop(actor=actor, case=case, reason_code=reason_code, expires_at=expires, basis=basis.strip())
    deadlines.set_due(
        kind=EXPIRY,
        aggregate=ref(case),
        subject=ref(stop),
        start=now,
        rule=Rule(days, "calendar_days"),
        calendar=case.lead.calendar,
        zone=zone,
        owner=actor.name,
    )
    return stop


def _fetch(stop: ClockStop) -> ClockStop:
    case = locked(stop.case_id)
    found = (
        ClockStop.objects.select_for_update(of=("self",)).select_related("authority", "owner").get(pk=stop.pk)
    )
    found.case = case
    return found


@transaction.atomic
def resume_clock(*, actor: User, stop: ClockStop) -> ClockStop:
    """End a stop for a legal reason before it expires; a question's ends with its answer."""
    stop = _fetch(stop)
    require(policies.can_resume, actor, stop)
    deadlines.cancel(kind=EXPIRY, subject=ref(stop))
    end_stop(stop, actor, "ended")
    return stop


@transaction.atomic
def void_stop(*, actor: User, stop: ClockStop, reason: str) -> ClockStop:
    """Void a stop on review: the clocks run as if it had never been, and what is over by then lapses at once.

    A question stays open, but nothing waits for it. What was answered in time under the later instant stands.
    """
    stop = _fetch(stop)
    require(policies.can_void, actor, stop)
    if not 10 <= len(reason.strip()) <= 4000:
        raise Invalid.field("reason", _("Say in 10 to 4,000 characters why this stop should not have been."))
    case = stop.case
    before = {(row.kind, row.subject): row.due_at for row in deadlines.open_of(ref(case))}
    if stop.closed_at is None:
        stop.closed_at = min(clock.now(), stop.expires_at)
        deadlines.cancel(kind=EXPIRY, subject=ref(stop))
    stop.voided_at, stop.voided_by, stop.void_reason = clock.now(), actor, reason.strip()
    stop.save(update_fields=["closed_at", "voided_at", "voided_by", "void_reason"])
    restop(case)
    moved = [
        {
            "kind": row.kind,
            "before": before[row.kind, row.subject].isoformat(),
            "after": row.due_at.isoformat(),
        }
        for row in deadlines.open_of(ref(case))
        if before.get((row.kind, row.subject), row.due_at) != row.due_at
    ]
    ledger.record(
        "stop.voided",
        actor=actor,
        subject=stop,
        aggregate=ref(case),
        aggregate_label=case.reference,
        audience=case.audience,
        facts={
            "stop": str(stop.uid),
            "reason_code": stop.reason_code,
            "authority": stop.authority.name,
            "reason": stop.void_reason,
            "moved": moved,
        },
    )
    ledger.record(
        "clock.restored",
        actor=CLOCK,
        subject=case,
        aggregate=ref(case),
        aggregate_label=case.reference,
        audience=case.exporter_audience,
        facts={"reason_code": stop.reason_code, "opened_at": stop.opened_at.isoformat()},
    )
    resume_case(case, actor)
    deadlines.lapse_due(ref(case))
    return ClockStop.objects.select_related("case", "authority", "owner", "voided_by").get(pk=stop.pk)


def expire_stop(due: DueInstant) -> None:
    """A stop has come to its end: the clocks run again from that instant."""
    found = ClockStop.objects.select_related("case__lead", "case__application", "authority")
    stop = found.get(pk=ref_id(due.subject, "clockstop"))
    if stop.is_running:
        end_stop(stop, CLOCK, "expired")
