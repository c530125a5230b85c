"""Asking the exporter. A question stops the clock only for a listed reason, with an owner and an end."""

from __future__ import annotations

import copy as copying
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock
from core.actors import CLOCK, Actor
from core.errors import Conflict, Invalid
from core.models import ref, ref_id
from core.policies import require
from deadlines import services as deadlines
from deadlines.calculus import Rule, Stop
from deadlines.models import DueInstant
from ledger import services as ledger
from licensing import dossier as dossiers
from licensing.models import Case, ClockStop, InformationRequest
from licensing.policies import information as policies
from licensing.services import applications, revisions
from licensing.services.decisions import overtake
from licensing.services.locks import locked
from members.models import User

EXPIRY = "information.request"
#: Kinds of due instants whose clock a stop holds.
STOPPED = ("consultation.window", "case.decision", "case.outer")


@dataclass(frozen=True)
class Reason:
    """Why the exporter is asked, and for how many days at most the clock may stand for it (0: not at all)."""

    label: Any
    most_days: int


#: The closed list. Source: the holds of 15 CFR 750.4(b) that lie with the applicant, bounded by our own limits.
REASONS = {
    "missing_document": Reason(gettext_lazy("A document is missing"), 14),
    "end_use_unclear": Reason(gettext_lazy("The end-use or end-user is not clear"), 14),
    "technical_parameters": Reason(gettext_lazy("Technical parameters are needed to classify an item"), 14),
    "party_unclear": Reason(gettext_lazy("A party or its ownership is not clear"), 14),
    "applicant_asked_for_time": Reason(gettext_lazy("The applicant asked for time"), 30),
    "clarification": Reason(gettext_lazy("A clarification that does not hold the case up"), 0),
}


@transaction.atomic
def ask(
    *,
    actor: User,
    case: Case,
    reason_code: str,
    question: str,
    sections: list[str] | None = None,
    days: int = 7,
) -> InformationRequest:
    """Ask the exporter; for a reason that stops the clock the case waits for the answer until a date."""
    case = locked(case.pk)
    require(policies.can_ask, actor, case)
    reason = REASONS.get(reason_code)
    errors: dict[str, list[str]] = {}
    if reason is None:
        errors["reason_code"] = [_("One of: %(codes)s.") % {"codes": ", ".join(REASONS)}]
    elif not 1 <= days <= (reason.most_days or 30):
        errors["days"] = [_("From 1 to %(most)s days for this reason.") % {"most": reason.most_days or 30}]
    if len(question.strip()) < 10 or len(question) > 4000:
        errors["question"] = [_("Write 10 to 4,000 characters.")]
    unknown = [section for section in sections or [] if section not in dossiers.SECTIONS]
    if unknown:
        errors["sections"] = [_("One of: %(all)s.") % {"all": ", ".join(dossiers.SECTIONS)}]
    if errors or reason is None:
        raise Invalid(_("This question cannot be sent yet."), fields=errors)
    now = clock.now()
    request = InformationRequest.objects.create(
        case=case,
        asked_by=actor,
        asked_at=now,
        reason_code=reason_code,
        question=question.strip(),
        fields=sections or [],
        due_at=now,
    )
    due = deadlines.set_due(
        kind=EXPIRY,
        aggregate=ref(case),
        subject=ref(request),
        start=now,
        rule=Rule(days, "calendar_days"),
        calendar=case.lead.calendar,
        zone=case.lead.timezone,
        owner=actor.name,
    )
    request.due_at = due.due_at
    request.save(update_fields=["due_at"])
    if reason.most_days:
        ClockStop.objects.create(
            case=case,
            reason_code=reason_code,
            request=request,
            owner=actor,
            opened_at=now,
            expires_at=due.due_at,
        )
        overtake(case=case, why=_("The exporter was asked for information."))
        deadlines.cancel(kind="case.hold", subject=ref(case))
        case.await_applicant()
        case.save(update_fields=["status", "hold_owner", "hold_until"])
        restop(case)
    _record("information.requested", actor, request, due_at=due.due_at.isoformat())
    return request


def restop(case: Case) -> None:
    """Derive the case's running windows anew from all its stops."""
    stops = [
        Stop(start=stop.opened_at, end=stop.closed_at or stop.expires_at, reason=stop.reason_code)
        for stop in case.stops.all()
    ]
    for row in deadlines.open_of(ref(case)):
        if row.kind in STOPPED:
            moved = deadlines.restop(kind=row.kind, subject=row.subject, stops=stops)
            if moved is not None and row.kind == "consultation.window":
                consultation = case.consultations.get(pk=ref_id(row.subject, "consultation"))
                consultation.due_at = moved.due_at
                consultation.save(update_fields=["due_at"])


def _record(type: str, actor: Actor, request: InformationRequest, **facts: Any) -> None:
    case = request.case
    ledger.record(
        type,
        actor=actor,
        subject=request,
        aggregate=ref(case),
        aggregate_label=case.reference,
        audience=case.exporter_audience,
        facts={"request": str(request.uid), "reason_code": request.reason_code, **facts},
    )


def _fetch(request: InformationRequest) -> InformationRequest:
    case = locked(request.case_id)
    found = (
        InformationRequest.objects.select_for_update(of=("self",))
        .select_related("asked_by__authority")
        .get(pk=request.pk)
    )
    found.case = case
    return found


def _end_stop(request: InformationRequest) -> None:
    stop = ClockStop.objects.filter(request=request, closed_at__isnull=True).first()
    if stop is not None:
        stop.closed_at = min(clock.now(), stop.expires_at)
        stop.save(update_fields=["closed_at"])
        restop(request.case)


def _resume(case: Case, actor: Actor) -> None:
    """Take the case back into review once no question keeps its clock standing."""
    if (
        case.status == Case.Status.AWAITING_APPLICANT
        and not case.stops.filter(closed_at__isnull=True).exists()
    ):
        case.resume()
        case.save(update_fields=["status"])
        ledger.record(
            "case.resumed", actor=actor, subject=case, aggregate=ref(case), audience=case.exporter_audience
        )


@transaction.atomic
def answer(
    *, actor: User, request: InformationRequest, answer: str, changes: dict[str, Any] | None = None
) -> InformationRequest:
    """Answer a question. `changes` maps sections to their new content: that makes a new revision, which is
    assessed again; positions it touches are asked again."""
    request = _fetch(request)
    require(policies.can_answer, actor, request)
    if len(answer.strip()) < 2 or len(answer) > 10_000:
        raise Invalid.field("answer", _("Write an answer of at most 10,000 characters."))
    case = request.case
    before = case.revision.dossier
    unknown = [section for section in changes or {} if section not in request.fields]
    if unknown:
        raise Invalid.field(
            f"changes.{unknown[0]}", _("Only the sections the question names can be corrected.")
        )
    after = {**copying.deepcopy(before), **(changes or {})}
    deficiencies = dossiers.check(after)
    if deficiencies:
        raise Invalid(
            _("The corrected application would not be complete."),
            fields={f"changes.{item.path}": [item.message] for item in deficiencies},
        )
    if after != before and case.status == Case.Status.IN_ASSESSMENT:
        raise Conflict(_("The last correction is still being assessed. Send this one in a moment."))
    request.answer, request.answered_by = answer.strip(), actor
    request.close_answered()
    request.save(update_fields=["status", "answer", "answered_by", "answered_at"])
    deadlines.cancel(kind=EXPIRY, subject=ref(request))
    _end_stop(request)
    revised = dossiers.difference(before, after)
    _record("information.answered", actor, request, revised=bool(revised))
    if revised:
        _revise(actor, case, after, before, request)
    else:
        _resume(case, actor)
    return request


def _revise(
    actor: User, case: Case, after: dossiers.Dossier, before: dossiers.Dossier, request: InformationRequest
) -> None:
    revision = revisions.freeze(
        actor=actor,
        application=case.application,
        dossier=after,
        number=case.revision.number + 1,
        reason=str(REASONS[request.reason_code].label),
        before=before,
    )
    overtake(case=case, why=_("The application was revised."))
    case.revision = revision
    case.reassess()
    case.save(update_fields=["revision", "status", "hold_owner", "hold_until"])
    deadlines.cancel(kind="case.hold", subject=ref(case))
    applications.await_assessment(case)
    ledger.record(
        "application.revised",
        actor=actor,
        subject=case.application,
        aggregate=ref(case),
        aggregate_label=case.reference,
        audience=case.exporter_audience,
        facts={
            "revision": revision.number,
            "sha256": revision.sha256,
            "paths": [entry["path"] for entry in revision.difference][:200],
            "lane": case.lane,
        },
    )


@transaction.atomic
def withdraw_request(*, actor: User, request: InformationRequest) -> InformationRequest:
    """Take a question back; the clock runs again."""
    request = _fetch(request)
    require(policies.can_withdraw, actor, request)
    request.withdraw()
    request.save(update_fields=["status"])
    deadlines.cancel(kind=EXPIRY, subject=ref(request))
    _end_stop(request)
    _record("information.withdrawn", actor, request)
    _resume(request.case, actor)
    return request


def expire(due: DueInstant) -> None:
    """The exporter did not answer in time: the clock runs again and the case goes on without the answer."""
    request = InformationRequest.objects.select_related("case__lead", "case__application").get(
        pk=ref_id(due.subject, "informationrequest")
    )
    if request.status != InformationRequest.Status.OPEN:
        return
    request.expire()
    request.save(update_fields=["status"])
    _end_stop(request)
    _record("information.expired", CLOCK, request)
    _resume(request.case, CLOCK)
