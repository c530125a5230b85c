"""Emergency requests: taken with the application, triaged the same working day, never lost."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import audience, clock
from core.actors import CLOCK, PROCESS, Actor
from core.audience import Audience
from core.errors import Conflict, Invalid
from core.models import ref, ref_id
from core.policies import require
from deadlines import services as deadlines
from deadlines.calculus import Rule
from deadlines.models import DueInstant
from ledger import services as ledger
from licensing import trusted
from licensing.dossier.purpose import emergency_day
from licensing.models import Application, Assessment, Case, EmergencyRequest, GroundRuling
from licensing.policies import emergencies as policies
from licensing.services.locks import due_first, locked
from members.models import Organisation, User

TRIAGE = "emergency.triage"
#: The day on which it arrives; what comes after the cut-off, or on a free day, has the next working day. Source of
#: the same day: 61 FR 12814 (15 CFR 748.4(h)). The cut-off is the alliance's own.
TRIAGED_WITHIN = Rule(0, "working_days", start="cut_off", cut_off="16:00")
#: 15 CFR 748.4(h) says "limited" and "normally not extended"; the length is the alliance's own.
LONGEST_VALIDITY = timedelta(days=90)
COUNTED = timedelta(days=365)

Status = EmergencyRequest.Status


def state(case: Case) -> str:
    """Return where the emergency request of a case stands, `none` without one: the fact `emergency`."""
    found = EmergencyRequest.objects.filter(case=case).values_list("status", flat=True).first()
    return str(found or "none")


def facts_now(case: Case, assessment: Assessment) -> dict[str, Any]:
    """Return the facts of an assessment with what has moved since: the triage of an emergency request, whether the
    exporter is a trusted trader, and an adjudicator's ruling on a ground that no rule had decided."""
    level = trusted.level_of(case.application.organisation)
    facts = {**assessment.facts, "emergency": state(case), "trader_level": level}
    if facts["ground_state"] == "review":
        ruled = GroundRuling.objects.filter(revision=assessment.revision_id).values_list("outcome", flat=True)
        facts["ground_state"] = ruled.first() or "review"
    return facts


def requests_of(organisation: Organisation) -> int:
    """Count an exporter's requests in the last 365 days."""
    since = clock.now() - COUNTED
    rows = EmergencyRequest.objects.filter(
        case__application__organisation=organisation, requested_at__gt=since
    )
    return rows.count()


def too_late(application: Application, dossier: dict[str, Any]) -> bool:
    """Whether a draft says that it is needed by a day that is over where it is filed."""
    wanted = dossier.get("emergency")
    if not isinstance(wanted, dict) or wanted.get("requested") is not True:
        return False
    day: date | None = emergency_day(wanted)
    return day is not None and day < clock.today(application.organisation.jurisdiction.timezone)


@transaction.atomic(savepoint=False)
def ask(*, actor: User, case: Case, wanted: Any) -> EmergencyRequest | None:
    """Take the request that came with an application, in the transaction that registers it; None without one."""
    if not isinstance(wanted, dict) or wanted.get("requested") is not True:
        return None
    needed_by = emergency_day(wanted)
    assert needed_by is not None  # the dossier was judged
    now = clock.now()
    request = EmergencyRequest.objects.create(
        case=case,
        reason=wanted["reason"].strip(),
        without_it=wanted["without_it"].strip(),
        needed_by=needed_by,
        requested_by=actor,
        requested_at=now,
        earlier=requests_of(case.application.organisation),
        due_at=now,
    )
    due = deadlines.set_due(
        kind=TRIAGE,
        aggregate=ref(case),
        subject=ref(request),
        start=now,
        rule=TRIAGED_WITHIN,
        calendar=case.lead.calendar,
        zone=case.lead.timezone,
        owner=case.lead.name,
    )
    request.due_at = due.due_at
    request.save(update_fields=["due_at"])
    _record(
        "emergency.requested",
        actor,
        request,
        needed_by=needed_by.isoformat(),
        due_at=due.due_at.isoformat(),
        derivation=due.explanation,
    )
    return request


@due_first("request")
@transaction.atomic
def triage(*, actor: User, request: EmergencyRequest, accept: bool, answer: str) -> EmergencyRequest:
    """Accept or decline emergency handling, with words that the exporter reads.

    Accepted, the criteria move the case into the crisis lane, and its licence will be short and not renewable.
    Declined, it goes its ordinary way. Conflict when it was triaged before, or its case is closed.
    """
    case = locked(request.case_id)
    request = EmergencyRequest.objects.select_for_update(of=("self",)).get(pk=request.pk)
    request.case = case
    if not request.is_waiting:
        raise Conflict(_("This request has been triaged already."))
    require(policies.can_triage, actor, request)
    answer = answer.strip()
    if not 20 <= len(answer) <= 2000:
        raise Invalid.field("answer", _("Tell the exporter why in 20 to 2,000 characters."))
    if accept:
        request.accept(actor, answer)
    else:
        request.decline(actor, answer)
    request.save(update_fields=["status", "triaged_by", "triaged_at", "answer"])
    deadlines.cancel(kind=TRIAGE, subject=ref(request))
    _record(
        "emergency.accepted" if accept else "emergency.declined",
        actor,
        request,
        answer=answer,
        overdue=request.overdue_at is not None,
    )
    return request


def overdue(due: DueInstant) -> None:
    """Nobody has triaged a request on its day: the lead's deciders and the crisis unit are told."""
    request = (
        EmergencyRequest.objects.select_related("case__lead", "case__application")
        .prefetch_related("case__stakes")
        .get(pk=ref_id(due.subject, "emergencyrequest"))
    )
    if not request.is_waiting:
        return
    request.overdue_at = due.due_at
    request.save(update_fields=["overdue_at"])
    ledger.record(
        "emergency.overdue",
        actor=CLOCK,
        subject=request,
        aggregate=ref(request.case),
        aggregate_label=request.case.reference,
        audience=request.case.audience | Audience.of(audience.CRISIS_UNIT),
        facts={"due_at": due.due_at.isoformat(), "owner": due.owner_label},
    )


@transaction.atomic(savepoint=False)
def overtake(*, case: Case) -> None:
    """The case has come to its end before the triage; the caller holds its lock and cancels what is due."""
    request = EmergencyRequest.objects.filter(case=case, status=Status.REQUESTED).first()
    if request is not None:
        request.overtake()
        request.save(update_fields=["status"])
        request.case = case
        _record("emergency.overtaken", PROCESS, request)


def _record(type: str, actor: Actor, request: EmergencyRequest, **facts: Any) -> None:
    case = request.case
    ledger.record(
        type,
        actor=actor,
        subject=request,
        aggregate=ref(case),
        aggregate_label=case.reference,
        audience=case.exporter_audience,
        facts=facts,
    )
