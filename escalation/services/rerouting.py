"""Looking again at the way of open cases: when measures of a crisis begin or cease to bear on them, and when their
exporter is a trusted trader no more."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice

from django.db import transaction
from django.utils.translation import gettext as _

from alliance import criteria, measures, selectors
from alliance.charters import CharterData
from alliance.measures import Effect
from alliance.models import Adoption, Declaration
from alliance.selectors import charter
from core.actors import PROCESS
from core.models import ref, ref_id
from deadlines import services as deadlines
from escalation.services import guiding, interests, ladder_steps, routing, windows
from exemptions import trust
from exemptions.models import TrustedTrader
from ledger import services as ledger
from ledger.models import Event
from licensing.models import Assessment, Case
from licensing.selectors.trades import bearing_on, trades_of_cases
from licensing.services import cases, superseding
from licensing.services.locks import locked

STEERING = (Effect.LANE, Effect.CONSULT)
MANY = 500  # cases asked for in one statement
LOOKED_AT = (Case.Status.IN_REVIEW, Case.Status.ON_HOLD)


def ask_for_rerouting(event: Event) -> int:
    """Ask for a look at the way of every open case that the measures of a declaration may steer; return how many.

    Cases are those of the member that adopted or opted out, else of all that have adopted. Whether anything changes
    is found case by case, so that what would not change costs one look.
    """
    declaration = Declaration.objects.get(pk=ref_id(event.aggregate, "declaration"))
    if "jurisdiction" in event.facts:
        leads = [event.facts["jurisdiction"]]
    else:
        adopted = declaration.adoptions.filter(status=Adoption.Status.ADOPTED)
        leads = list(adopted.values_list("jurisdiction_id", flat=True))
    keys = _steered(declaration, leads)
    asked = 0
    while portion := list(islice(keys, MANY)):
        found = Case.objects.filter(pk__in=portion).select_related("lead").prefetch_related("stakes")
        ledger.record_many(_asked(case, declaration.reference) for case in found.order_by("pk"))
        asked += len(portion)
    return asked


def _steered(declaration: Declaration, leads: list[str]) -> Iterator[int]:
    found = measures.parse(declaration.payload)
    scope = measures.parse_scope(declaration.scope)
    steering = [measure.scope for measure in found.measures if measure.effect in STEERING]
    profile = selectors.scenarios().get(declaration.scenario)
    by_score = profile is not None and profile.lane_from_score is not None
    if not steering and not by_score:
        return
    opened = Case.objects.filter(status__in=LOOKED_AT, lead__in=leads)
    for pk, trade in trades_of_cases(opened):
        if by_score or (scope.matches(trade) and any(own.matches(trade) for own in steering)):
            yield pk


def leave_the_fast_lane(trader: TrustedTrader) -> int:
    """Ask for a look at the way of every open case in the fast lane of a trader whose standing has changed,
    whichever member leads it; return how many. One that waits for its exporter is looked at when it comes back."""
    found = Case.objects.filter(
        application__organisation=trader.organisation_id,
        charter_key__startswith=trust.FAST,
        status__in=LOOKED_AT,
    )
    cases_found = list(found.select_related("lead").prefetch_related("stakes").order_by("pk"))
    ledger.record_many(_asked(case, trader.reference) for case in cases_found)
    return len(cases_found)


def _asked(case: Case, why: str) -> ledger.Happened:
    return ledger.Happened(
        type="rerouting.requested",
        actor=PROCESS,
        subject=case,
        aggregate=ref(case),
        aggregate_label=case.reference,
        audience=case.audience,
        facts={"why": why, "lane": case.lane},
    )


@transaction.atomic
def reroute(*, case_id: int, why: str) -> Case:
    """Choose the way of a case anew under the measures in force, and go it where it differs.

    Another charter begins a new round; the same charter in another lane, or with more members to ask, goes on.
    Whoever was asked stays asked: nobody's sight or binding objection is taken back. A case that waits for its
    exporter or is being assessed is looked at when it comes back to review.
    """
    case = locked(case_id)
    assessment = Assessment.objects.filter(case=case, revision=case.revision).order_by("-made_at").first()
    if case.status not in LOOKED_AT or assessment is None:
        return case
    choice = guiding.way(case, assessment)
    chosen = charter(choice.charter_key, choice.charter_version)
    afresh = case.charter_key != chosen.key
    asks_more = routing.asks_more(case, choice.stakes)
    if not (afresh or asks_more or choice.lane != case.lane):
        return case
    by = guiding.guidance_of(choice)
    reason = _("A measure of a crisis changed the way of the case.")
    if by:
        reason = _("Guidance %(reference)s expedited the case.") % {"reference": by}
    elif why.startswith("TT-"):
        reason = _("The exporter is not a trusted trader any more.")
    superseding.overtake(case=case, why=reason)
    held = case.status == Case.Status.ON_HOLD
    if held and afresh:
        deadlines.cancel(kind=windows.HOLD, subject=ref(case))
    if afresh or not held:
        case = _routed(cases.reassess(case=case), choice, chosen, assessment.pk)
    routing.add_stakes(case, choice.stakes)
    interests.consider(case, assessment, choice.lane)
    routing.record_routed(case, choice, why=why)
    routing.require_review(case, choice)
    if afresh:
        ladder_steps.start_round(case, chosen, reason=choice.sentence)
    elif not held and asks_more and chosen.tiers and case.tier == 0:
        if ladder_steps.open_missing(case, chosen, chosen.tiers[0]):
            ladder_steps.unsettle(case, chosen)
        ladder_steps.review(case, chosen)
    return case


def _routed(case: Case, choice: criteria.Choice, chosen: CharterData, assessment: int) -> Case:
    return cases.apply_routing(
        case=case,
        choice=asdict(choice) | {"assessment": assessment},
        lane=choice.lane,
        charter_key=chosen.key,
        # Without a new round the case keeps the version it began with.
        charter_version=chosen.version if case.charter_key != chosen.key else case.charter_version,
        critical=choice.critical,
    )


@transaction.atomic
def look_after_a_stop(*, case_id: int) -> None:
    """Look at a case that is back in review: measures, or the trust in its exporter, may have changed meanwhile."""
    case = Case.objects.get(pk=case_id)
    steered_before = "CR-" in str(case.routing.get("rule_key", "")) or any(
        str(key).startswith("CR-") for key, *_rest in case.routing.get("trace", [])
    )
    fast = case.charter_key.startswith(trust.FAST)
    if case.status in LOOKED_AT and (fast or steered_before or bearing_on(case)):
        reroute(case_id=case_id, why=_("The case is back in review."))
