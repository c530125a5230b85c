"""Climbing: entering a tier, judging its answers, taking the next step."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from alliance.charters import CharterData, Tier
from alliance.settling import DECIDED, Outcome
from alliance.telling import quorum
from core import clock
from core.actors import CLOCK, PROCESS, Actor
from core.errors import Conflict
from core.models import ref
from core.policies import require
from deadlines import services as deadlines
from escalation import policies
from escalation.judging import answers, judged, why
from escalation.models import Step
from escalation.services import appeals, windows
from escalation.services.windows import TIER_QUORUM, TIER_REQUIREMENT
from ledger import services as ledger
from licensing.models import Case, Consultation
from licensing.services import cases, consultations
from members.models import User

BODY_OBJECTION = "body_objection"


def enter_tier(case: Case, charter: CharterData, number: int, *, reason: str) -> None:
    """Arrive at a tier: record the step, open its consultations with fresh windows, judge at once."""
    now = clock.now()
    Step.objects.create(case=case, round=case.round, tier=number, reason=reason[:300], taken_at=now)
    if number < len(charter.tiers):
        open_missing(case, charter, charter.tiers[number])
        unsettle(case, charter)
    review(case, charter)


def open_missing(case: Case, charter: CharterData, tier: Tier) -> int:
    """Open a consultation for each addressee of the tier that has none yet; return how many."""
    from escalation.services.routing import addressees, let_named_members_in

    let_named_members_in(case, tier)
    now = clock.now()
    there = set(
        Consultation.objects.filter(case=case, round=case.round, tier=tier.number).values_list(
            "jurisdiction_id", "ministry"
        )
    )
    opened = 0
    for jurisdiction, ministry, kind, binding in addressees(case, tier):
        if ((jurisdiction.code if jurisdiction else None), ministry) in there:
            continue
        consultation = consultations.open_consultation(
            case=case,
            round=case.round,
            tier=tier.number,
            jurisdiction=jurisdiction,
            ministry=ministry,
            kind=kind,
            binding=binding,
            silence=tier.silence,
            needs_countersign=tier.countersign,
            opened_at=now,
            due_at=now,
        )
        due = windows.open_window(case, consultation, tier, charter.reminders, now)
        ledger.record(
            "consultation.opened",
            actor=PROCESS,
            subject=consultation,
            aggregate=ref(case),
            aggregate_label=case.reference,
            audience=case.audience,
            facts={
                "addressee": consultation.addressee,
                "jurisdiction": jurisdiction.code if jurisdiction else None,
                "ministry": ministry,
                "tier": tier.number,
                "round": case.round,
                "due_at": due.due_at.isoformat(),
                "silence": tier.silence,
                "derivation": due.explanation,
            },
        )
        opened += 1
    return opened


def unsettle(case: Case, charter: CharterData) -> None:
    """The tier owes an answer again: no grant until it has given it."""
    case.settled_at = None
    case.save(update_fields=["settled_at"])
    deadlines.cancel(kind=windows.DECISION, subject=ref(case))
    deadlines.cancel(kind=windows.APPEAL, subject=ref(case))
    cases.require_for_decision(
        case=case,
        kind=TIER_REQUIREMENT,
        source_ref=_of_round(case),
        sentence=_("Those consulted have not all answered, and their time is not over."),
    )
    _require_quorum(case, charter.tiers[case.tier])
    tell_exporter(case, charter)


def _require_quorum(case: Case, tier: Tier) -> None:
    """A grant waits for whom the tier does not decide without; a tier that asks for nobody takes that back."""
    if tier.quorum is None:
        cases.satisfy(case=case, kind=TIER_QUORUM, source_ref=_of_round(case), by=f"tier {case.tier} decides")
        return
    cases.require_for_decision(
        case=case,
        kind=TIER_QUORUM,
        source_ref=_of_round(case),
        sentence=_("%(tier)s decides nothing before its quorum has answered: %(quorum)s.")
        % {"tier": tier.name, "quorum": quorum(tier.quorum)},
    )


def _of_round(case: Case) -> str:
    return f"{ref(case)}:{case.round}"


def review(case: Case, charter: CharterData) -> Outcome:
    """Judge the current tier's answers and act on the outcome. The case row is locked by the caller."""
    if not charter.tiers:
        settle_case(case, charter)
        return Outcome.SETTLED
    tier = charter.tiers[case.tier]
    below = Consultation.objects.filter(
        case=case, round=case.round, tier__lt=case.tier, status=Consultation.Status.OPEN
    )
    outcome = judged(case, charter)
    if outcome in DECIDED and not below.exists():
        if tier.quorum is not None:
            cases.satisfy(
                case=case, kind=TIER_QUORUM, source_ref=_of_round(case), by=f"the quorum of {tier.name}"
            )
        _close_rest(case, charter)
        if not appeals.awaited(case, charter, tier, outcome):
            settle_case(case, charter, objected=outcome is Outcome.OBJECTED)
    elif outcome in (Outcome.HOLD, Outcome.STUCK):
        hold(case, charter, reason=why(tier, answers(case, tier)))
    elif outcome is Outcome.PROVISIONAL:
        from escalation.services.provisional import grant_or_hold

        grant_or_hold(case, charter, why=why(tier, answers(case, tier)))
    elif outcome is Outcome.CLIMB:
        climb(case, charter, actor=CLOCK, reason=why(tier, answers(case, tier)))
    return outcome


def _close_rest(case: Case, charter: CharterData) -> None:
    """The tier has answered as a body: windows still open in it need no answer any more."""
    for item in Consultation.objects.filter(
        case=case, round=case.round, tier=case.tier, status=Consultation.Status.OPEN
    ):
        windows.close_windows([item])
        consultations.close_consultation(consultation=item)


def settle_case(case: Case, charter: CharterData, *, objected: bool = False) -> None:
    """Hand the case to the lead to decide: the tier is done."""
    # A decision can have fallen due while the case was being assessed again: it is due anew.
    awaited = any(row.kind == windows.DECISION for row in deadlines.open_of(ref(case)))
    if case.settled_at is None or not awaited:
        cases.settle(case=case)
        due = windows.set_case_due(case, windows.DECISION, charter.decide_within, owner=_decider(case))
        ledger.record(
            "case.settled",
            actor=PROCESS,
            subject=case,
            aggregate=ref(case),
            aggregate_label=case.reference,
            audience=case.audience,
            facts={
                "tier": case.tier,
                "round": case.round,
                "objected": objected,
                "decide_by": due.due_at.isoformat(),
                "derivation": due.explanation,
            },
        )
        tell_exporter(case, charter)
    cases.satisfy(
        case=case,
        kind=TIER_REQUIREMENT,
        source_ref=_of_round(case),
        by=f"tier {case.tier} answered",
    )
    _answer_of_the_body(case, charter.tiers[case.tier] if charter.tiers else None, objected=objected)


def _answer_of_the_body(case: Case, tier: Tier | None, *, objected: bool) -> None:
    """What a body said last counts: its objection stands over new rounds until it answers again itself."""
    if tier is None:
        return
    body = f"{ref(case)}:{tier.seats.kind}"
    if objected:
        cases.require_for_decision(
            case=case,
            kind=BODY_OBJECTION,
            source_ref=body,
            sentence=_("%(tier)s objects to a licence.") % {"tier": tier.name},
        )
    else:
        cases.satisfy(case=case, kind=BODY_OBJECTION, source_ref=body, by=f"{tier.name}: no objection")


def _decider(case: Case) -> str:
    return f"{case.lead.name}, decider"


def climb(case: Case, charter: CharterData, *, actor: Actor, reason: str) -> None:
    """Take one step up, or, from the last tier, go to a dated hold with an owner."""
    upper = case.tier + 1
    if upper >= len(charter.tiers):
        hold(case, charter, reason=reason)
        return
    if Step.objects.filter(case=case, round=case.round, tier=upper).exists():
        return
    case = cases.climb(case=case, tier=upper)
    ledger.record(
        "case.escalated",
        actor=actor,
        subject=case,
        aggregate=ref(case),
        aggregate_label=case.reference,
        audience=case.audience,
        facts={"tier": upper, "round": case.round, "name": charter.tiers[upper].name, "reason": reason},
    )
    cases.widen(case=case)
    enter_tier(case, charter, upper, reason=reason)


def hold(case: Case, charter: CharterData, *, reason: str) -> None:
    """Put the case on a hold that has an end and an owner; at its end the ordinary procedure resumes."""
    if case.status != Case.Status.IN_REVIEW:
        return
    deadlines.cancel(kind=windows.DECISION, subject=ref(case))
    deadlines.cancel(kind=windows.APPEAL, subject=ref(case))
    due = windows.set_case_due(case, windows.HOLD, charter.hold, owner=_decider(case))
    case.settled_at = None  # whatever resumes the case asks the ladder again
    case.save(update_fields=["settled_at"])
    case = cases.hold(case=case, owner=_decider(case), until=due.due_at)
    ledger.record(
        "case.held",
        actor=CLOCK,
        subject=case,
        aggregate=ref(case),
        aggregate_label=case.reference,
        audience=case.audience,
        facts={
            "owner": case.hold_owner,
            "until": due.due_at.isoformat(),
            "reason": reason,
            "derivation": due.explanation,
        },
    )
    tell_exporter(case, charter)


def start_round(case: Case, charter: CharterData, *, reason: str) -> None:
    """Begin the ladder afresh from tier 0: after a hold, or when a revision changed the charter."""
    for item in Consultation.objects.filter(case=case, status=Consultation.Status.OPEN):
        windows.close_windows([item])
        consultations.close_consultation(consultation=item)
    for kind in (TIER_REQUIREMENT, TIER_QUORUM):
        cases.satisfy(case=case, kind=kind, source_ref=_of_round(case), by="a new round began")
    case.round += 1
    case.tier = 0
    case.save(update_fields=["round", "tier"])
    enter_tier(case, charter, 0, reason=reason)


def tell_exporter(case: Case, charter: CharterData) -> None:
    """Tell the exporter when to expect what, without naming anyone."""
    from escalation.selectors import expected

    answer = expected(case)
    if answer is not None:
        ledger.record(
            "case.due_set",
            actor=PROCESS,
            subject=case,
            aggregate=ref(case),
            aggregate_label=case.reference,
            audience=case.exporter_audience,
            facts={
                "due_at": answer.due_at.isoformat(),
                "rule": answer.rule,
                "if_nobody_answers": charter.if_nobody_answers,
            },
        )


# Acts ----------------------------------------------------------------------------------------------------


@transaction.atomic
def answers_changed(*, case_id: int) -> Outcome | None:
    """Judge the current tier anew after a position was taken, countersigned or replaced, or a window lapsed."""
    case = Case.objects.select_for_update(of=("self",)).select_related("lead").get(pk=case_id)
    if case.status != Case.Status.IN_REVIEW:
        return None
    charter = windows.charter_of(case)
    windows.close_windows(Consultation.objects.filter(case=case).exclude(status=Consultation.Status.OPEN))
    return review(case, charter)


@transaction.atomic
def refer_up(*, actor: User, case: Case, reason: str) -> Case:
    """Send a case one tier up now, because those here disagree or the matter is above them."""
    case = Case.objects.select_for_update(of=("self",)).select_related("lead").get(pk=case.pk)
    deadlines.lapse_due(ref(case))
    case = Case.objects.select_related("lead").get(pk=case.pk)
    charter = windows.charter_of(case)
    require(policies.can_refer_up, actor, case, charter)
    if case.status != Case.Status.IN_REVIEW:
        raise Conflict(_("Only a case in review can be referred up."))
    climb(case, charter, actor=actor, reason=reason)
    return case


def lapsed_in(case: Case) -> list[tuple[str, datetime]]:
    """Return who let a window of the case lapse, and when it was due."""
    found = Consultation.objects.filter(case=case, status=Consultation.Status.LAPSED)
    return [(item.addressee, item.lapsed_at) for item in found if item.lapsed_at]
