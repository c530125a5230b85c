"""What guidance does to cases: appears in those it means, makes a grant wait, moves a lane, and lets go again."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from alliance import criteria
from alliance.criteria import Choice
from core import clock
from core.actors import PROCESS
from core.audience import NOBODY
from core.models import ref
from escalation.guidance import cases_meant, trade_of, why
from escalation.models import Guidance, GuidedCase
from escalation.services import lanes
from escalation.services.guidance import record_of_case
from ledger import services as ledger
from ledger.models import Event
from licensing import trusted
from licensing.models import Assessment, Case
from licensing.selectors.trades import trade_of_case
from licensing.services import cases, emergencies
from licensing.services.locks import locked

REQUIREMENT = "guidance"  # kind of requirement
WAITS = (Guidance.Effect.DENY, Guidance.Effect.QUESTION)


def seek(*, guidance_id: int) -> int:
    """Ask for a look at each open case that a notice may mean; return how many.

    Each is looked at in a transaction of its own (`guidance.sought`), so that many cases are not locked at once.
    """
    guidance = Guidance.objects.in_force().filter(pk=guidance_id).first()  # type: ignore[attr-defined]
    if guidance is None:
        return 0
    found = list(cases_meant(guidance).order_by("pk"))
    ledger.record_many(
        ledger.Happened(
            type="guidance.sought",
            actor=PROCESS,
            subject=guidance,
            aggregate=ref(case),
            audience=NOBODY,
            facts={"lane": case.lane},
        )
        for case in found
    )
    return len(found)


@transaction.atomic
def look(*, case_id: int) -> None:
    """Hold an open case against all guidance in force; one that is to be expedited is moved to its lane."""
    from escalation.services import rerouting

    case = locked(case_id)
    if not case.is_open or case.routed_at is None:
        return
    consider(case)
    if case.status not in (Case.Status.IN_REVIEW, Case.Status.ON_HOLD) or case.lane != "standard":
        return
    assessment = Assessment.objects.filter(case=case, revision=case.revision).order_by("-made_at").first()
    if assessment is not None and (by := guidance_of(way(case, assessment))):
        rerouting.reroute(case_id=case.pk, why=by)


def consider(case: Case) -> None:
    """Note which guidance in force means the revision in hand, and which no longer does; the case is locked.

    Where a revision changed what matches, what the lead had acknowledged and answered is asked anew.
    """
    trade, names = trade_of(case)
    known = {row.guidance_id: row for row in GuidedCase.objects.filter(case=case).select_related("guidance")}
    in_force = {row.pk: row for row in Guidance.objects.in_force().order_by("pk")}  # type: ignore[attr-defined]
    for pk, guidance in in_force.items():
        because, row = why(guidance, trade, names), known.get(pk)
        if because is None:
            if row is not None and row.ended_at is None:
                row.case = case
                let_go(row, _("it no longer matches the case"))
        elif row is None or row.ended_at is not None or row.because != because:
            row = row or GuidedCase(guidance=guidance, case=case)
            row.case = case
            _match(row, because)
    for pk, row in known.items():
        if pk not in in_force and row.ended_at is None:
            row.case = case
            let_go(row, _("the notice is over"))


def _match(row: GuidedCase, because: dict[str, list[str]]) -> None:
    # Whoever ends the notice holds its row: so either this is seen by that, or that by this.
    rows = Guidance.objects.in_force().select_for_update(no_key=True)  # type: ignore[attr-defined]
    if not rows.filter(pk=row.guidance_id).exists():
        return
    row.because, row.matched_at, row.ended_at = because, clock.now(), None
    row.acknowledged_by = row.acknowledged_at = None
    row.answer, row.answered_by, row.answered_at = "", None, None
    row.save()
    guidance = row.guidance
    if guidance.effect in WAITS:
        sentence = (
            _("Guidance %(reference)s says to deny: a decider of the lead has to say why to depart from it.")
            if guidance.effect == Guidance.Effect.DENY
            else _("Guidance %(reference)s asks a question that the lead has not answered.")
        )
        cases.require_for_decision(
            case=row.case,
            kind=REQUIREMENT,
            source_ref=ref(guidance),
            sentence=sentence % {"reference": guidance.reference},
        )
    record_of_case("guidance.matched", PROCESS, row, **{key: told for key, told in because.items() if told})


def satisfy(row: GuidedCase, *, by: str) -> None:
    """Let a grant wait for a notice no more."""
    cases.satisfy(case=row.case, kind=REQUIREMENT, source_ref=ref(row.guidance), by=by)


def let_go(row: GuidedCase, because: str) -> None:
    """A notice bears on a case no more; what its lead answered stays to be read."""
    row.ended_at = clock.now()
    row.save(update_fields=["ended_at"])
    satisfy(row, by=because)
    record_of_case("guidance.let_go", PROCESS, row, because=because)


@transaction.atomic
def end(*, guidance_id: int) -> None:
    """Let every case go on which a notice bore that is over. A case it moved stays on its way: those asked keep
    their windows, and the next revision is routed by the criteria alone."""
    rows = GuidedCase.objects.filter(guidance=guidance_id, ended_at__isnull=True).order_by("case")
    for row in rows.select_related("guidance"):
        row.case = locked(row.case_id)
        if row.case.is_open:
            let_go(row, row.guidance.get_status_display().lower())


BY_GUIDANCE = "guidance:"


def guidance_of(choice: Choice) -> str:
    """Return the reference of the notice by which a way was chosen, "" where it was not."""
    return choice.rule_key.removeprefix(BY_GUIDANCE) if choice.rule_key.startswith(BY_GUIDANCE) else ""


def way(case: Case, assessment: Assessment) -> Choice:
    """Return the way of a case by criteria and measures in force, with guidance to expedite it counted in.

    Only out of the standard lane, and never past a hard stop: what is stopped goes the way of the criteria. A case
    in review whose tier has answered only waits for its lead: it is not sent round again. The case is locked.
    """
    # A standing that ends now either waits for this case to be on its way, and then moves it, or is read as ended.
    trusted.hold([case.application.organisation_id])
    choice = criteria.choose(emergencies.facts_now(case, assessment), trade_of_case(case))
    if choice.lane != "standard" or assessment.hard_stops:
        return choice
    waits = case.status == Case.Status.IN_REVIEW and case.settled_at is not None
    if waits and not str(case.routing.get("rule_key", "")).startswith(BY_GUIDANCE):
        return choice
    trade, names = trade_of(case)
    found = Guidance.objects.in_force().filter(effect=Guidance.Effect.EXPEDITE)  # type: ignore[attr-defined]
    for guidance in found.order_by("issued_at", "pk"):
        if why(guidance, trade, names) is not None:
            return lanes.in_crisis_lane(
                choice,
                case,
                rule_key=f"{BY_GUIDANCE}{guidance.reference}",
                sentence=_("Guidance %(reference)s of the crisis unit expedites this case.")
                % {"reference": guidance.reference},
                legal_basis=guidance.legal_basis,
            )
    return choice


def note_expedited(case: Case, choice: Choice) -> None:
    """Write down once by which notice a case was moved."""
    reference = guidance_of(choice)
    told = Event.objects.filter(aggregate=ref(case), type="case.expedited", facts__guidance=reference)
    if not reference or told.exists():
        return
    ledger.record(
        "case.expedited",
        actor=PROCESS,
        subject=case,
        aggregate=ref(case),
        audience=case.audience,
        facts={"guidance": reference, "lane": choice.lane, "charter": choice.charter_key},
    )
