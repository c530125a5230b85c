"""Asking the exporter. A question stops the clock only for a listed reason, with an owner and an end."""

from __future__ import annotations

import copy as copying
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.actors import CLOCK, Actor
from core.errors import Conflict, Invalid
from core.models import ref, ref_id
from core.policies import require
from deadlines import services as deadlines
from deadlines.calculus import Rule
from deadlines.models import DueInstant
from ledger import services as ledger
from licensing import dossier as dossiers
from licensing import replaced
from licensing.models import Case, InformationRequest
from licensing.policies import applications as application_policies
from licensing.policies import information as policies
from licensing.services import applications, revisions, stops
from licensing.services.agents import hold, under_mandate
from licensing.services.decisions import overtake
from licensing.services.locks import locked
from licensing.stops import QUESTIONS
from members.models import Mandated, User

EXPIRY = "information.request"


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
    """Ask the exporter; for a reason that stops the clock the case waits for the answer until a date.

    Where windows are hours it waits for hours, and for no more of them than the charter permits in all. While a
    provisional grant waits nothing stops its clock: only a clarification is asked, nothing is corrected, and the
    time to answer ends with the time to confirm. What nobody has agreed to would otherwise hold for longer.
    """
    case = locked(case.pk)
    require(policies.can_ask, actor, case)
    reason = QUESTIONS.get(reason_code)
    errors: dict[str, list[str]] = {}
    if reason is None:
        errors["reason_code"] = [_("One of: %(codes)s.") % {"codes": ", ".join(QUESTIONS)}]
    elif not 1 <= days <= (reason.most_days or 30):
        errors["days"] = [_("From 1 to %(most)s days for this reason.") % {"most": reason.most_days or 30}]
    if len(question.strip()) < 10 or len(question) > 4000:
        errors["question"] = [_("Write 10 to 4,000 characters.")]
    unknown = [section for section in sections or [] if section not in dossiers.CORRECTABLE]
    if unknown:
        errors["sections"] = [_("One of: %(all)s.") % {"all": ", ".join(dossiers.CORRECTABLE)}]
    granted = case.status == Case.Status.PROVISIONAL
    if granted and reason is not None and reason.most_days:
        errors["reason_code"] = [
            _("While a provisional grant waits its clock does not stop: ask for a clarification.")
        ]
    if granted and sections:
        errors["sections"] = [
            _("What was granted provisionally rests on the application: it is not corrected.")
        ]
    if errors or reason is None:
        raise Invalid(_("This question cannot be sent yet."), fields=errors)
    rule = _before_it_ends(case, days) if granted else stops.time_to_answer(case, reason_code, days)
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
        rule=rule,
        calendar=case.lead.calendar,
        zone=case.lead.timezone,
        owner=actor.name,
    )
    request.due_at = due.due_at
    request.save(update_fields=["due_at"])
    if reason.most_days:
        overtake(case=case, why=_("The exporter was asked for information."))
        deadlines.cancel(kind="case.hold", subject=ref(case))
        case.await_applicant()
        case.save(update_fields=["status", "hold_owner", "hold_until"])
        stops.open_stop(
            actor=actor, case=case, reason_code=reason_code, expires_at=due.due_at, request=request
        )
    _record("information.requested", actor, request, due_at=due.due_at.isoformat())
    return request


def _before_it_ends(case: Case, days: int) -> Rule:
    """Return how long the exporter has to answer while a provisional grant waits: never beyond its instant."""
    confirm_by = case.provisional.licence.confirm_by
    assert confirm_by is not None
    left = int((confirm_by - clock.now()).total_seconds())
    return Rule(min(days * 86_400, left), "seconds")


def _record(type: str, actor: Actor, request: InformationRequest, **facts: Any) -> None:
    case = request.case
    ledger.record(
        type,
        actor=actor,
        subject=request,
        aggregate=ref(case),
        aggregate_label=case.reference,
        audience=case.exporter_audience,
        facts={
            "request": str(request.uid),
            "reason_code": request.reason_code,
            **under_mandate(actor, case.application),
            **facts,
        },
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


@transaction.atomic
def answer(
    *, actor: User, request: InformationRequest, answer: str, changes: dict[str, Any] | None = None
) -> InformationRequest:
    """Answer a question. `changes` maps sections to their new content: that makes a new revision, which is
    assessed again; positions it touches are asked again."""
    request = _fetch(request)
    require(policies.can_answer, actor, request)
    hold(actor, request.case.application, Mandated.ANSWER)
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
    require(application_policies.within_mandate, actor, case.application, after)
    deficiencies = [*dossiers.check(after), *replaced.deficiencies(case.application, after)]
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
    stops.end_stop_of(request, actor, "answered")
    revised = dossiers.difference(before, after)
    _record("information.answered", actor, request, revised=bool(revised))
    if revised:
        _revise(actor, case, after, before, request)
    else:
        stops.resume_case(case, actor)
    return request


def _revise(
    actor: User, case: Case, after: dossiers.Dossier, before: dossiers.Dossier, request: InformationRequest
) -> None:
    revision = revisions.freeze(
        actor=actor,
        application=case.application,
        dossier=after,
        number=case.revision.number + 1,
        reason=str(QUESTIONS[request.reason_code].label),
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
    stops.end_stop_of(request, actor, "withdrawn")
    _record("information.withdrawn", actor, request)
    stops.resume_case(request.case, actor)
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
    stops.end_stop_of(request, CLOCK, "expired")
    _record("information.expired", CLOCK, request)
    stops.resume_case(request.case, CLOCK)
