"""What follows when an instant of the ladder falls due: windows, decisions, holds, limits and assessments."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext as _

from alliance.charters import Window
from alliance.settling import DECIDED, Outcome, deemed_position
from core.actors import CLOCK
from core.models import ref, ref_id
from deadlines.models import DueInstant
from escalation.judging import judged
from escalation.services import ladder_steps, windows
from ledger import services as ledger
from licensing import trusted
from licensing.models import Case, Consultation
from licensing.services import cases, consultations, positions


def windows_lapsed(dues: Sequence[DueInstant]) -> None:
    """Apply the charter's silence rule to consultations whose windows are over, of one case or of many; the
    ladder is judged next, by a subscriber, so that a tick with much to catch up with is through in time."""
    due_of = {ref_id(due.subject, "consultation"): due for due in dues}
    asked = (
        Consultation.objects.filter(
            pk__in=due_of, status=Consultation.Status.OPEN, case__status__in=Case.OPEN
        )
        .select_related("case__lead", "case__revision", "jurisdiction")
        .defer("case__routing", "case__revision__dossier", "case__revision__difference")
        .prefetch_related("case__stakes")
    )
    lapsed = [(item, due_of[item.pk]) for item in asked]
    windows.close_windows(item for item, _due in lapsed)
    consultations.lapse_consultations(lapsed=[(item, due.due_at) for item, due in lapsed])
    # In the fast lane silence is no objection to a trusted trader, and to nobody else.
    untrusted = trusted.trusted_no_more(item.case for item, _due in lapsed)
    deemed = {
        item.pk: None
        if item.case_id in untrusted
        else deemed_position(item.silence, critical=item.case.critical)
        for item, _due in lapsed
    }
    ledger.record_many(
        ledger.Happened(
            type="window.lapsed",
            actor=CLOCK,
            subject=item,
            aggregate=ref(item.case),
            aggregate_label=item.case.reference,
            audience=item.case.audience,
            facts={
                "addressee": item.addressee,
                "jurisdiction": item.jurisdiction_id,
                "tier": item.tier,
                "round": item.round,
                "due_at": due.due_at.isoformat(),
                "silence": item.silence,
                "deemed": deemed[item.pk],
                "lane": item.case.lane,
            },
        )
        for item, due in lapsed
    )
    positions.deem(
        deemed=[
            positions.Deemed(item, kind, due.due_at)
            for item, due in lapsed
            if (kind := deemed[item.pk]) is not None
        ]
    )


def nobody_appealed(due: DueInstant) -> None:
    """The window for an appeal is over: what the tier decided stands."""
    case = case_of(due)
    if case.status != Case.Status.IN_REVIEW:
        return
    charter = windows.charter_of(case)
    outcome = judged(case, charter)
    if outcome in DECIDED:
        ladder_steps.settle_case(case, charter, objected=outcome is Outcome.OBJECTED)


def decision_overdue(due: DueInstant) -> None:
    """The lead has not decided in time: the matter climbs."""
    case = case_of(due)
    if case.status == Case.Status.IN_REVIEW:
        charter = windows.charter_of(case)
        ledger.record(
            "decision.overdue",
            actor=CLOCK,
            subject=case,
            aggregate=ref(case),
            aggregate_label=case.reference,
            audience=case.audience,
            facts={
                "due_at": due.due_at.isoformat(),
                "owner": due.owner_label,
                "jurisdiction": case.lead_id,
            },
        )
        ladder_steps.climb(case, charter, actor=CLOCK, reason=_("The lead did not decide in time."))


def hold_over(due: DueInstant) -> None:
    """A hold has ended without a decision: ordinary procedure resumes from tier 0."""
    case = case_of(due)
    if case.status == Case.Status.ON_HOLD:
        charter = windows.charter_of(case)
        case = cases.end_hold(case=case)
        ladder_steps.start_round(case, charter, reason=_("The hold ended without a decision."))


def outer_limit_passed(due: DueInstant) -> None:
    """The outer limit is over: say so to everyone who may see the case; its running windows go on."""
    case = case_of(due)
    if case.is_open:
        ledger.record(
            "case.outer_limit_passed",
            actor=CLOCK,
            subject=case,
            aggregate=ref(case),
            aggregate_label=case.reference,
            audience=case.exporter_audience,
            facts={"due_at": due.due_at.isoformat()},
        )


def assessment_overdue(due: DueInstant) -> None:
    """An assessment that should take seconds has not come: alarm, and look again in an hour."""
    case = case_of(due)
    if case.status == Case.Status.IN_ASSESSMENT:
        ledger.record(
            "assessment.overdue",
            actor=CLOCK,
            subject=case,
            aggregate=ref(case),
            aggregate_label=case.reference,
            audience=case.audience,
            facts={"due_at": due.due_at.isoformat()},
        )
        windows.set_case_due(case, windows.ASSESSMENT, Window(1, "hours"), owner=case.lead.name)


def case_of(due: DueInstant) -> Case:
    """Read the case of a due instant; its row is already locked by whoever claimed the instant."""
    found = Case.objects.select_related("lead", "application").prefetch_related("stakes")
    return found.get(pk=ref_id(due.aggregate, "case"))
