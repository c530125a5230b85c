"""Routing: the criteria in force choose lane, charter and who is consulted."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from alliance import criteria
from alliance.charters import CharterData, Tier
from alliance.selectors import charter
from core import clock
from core.actors import PROCESS
from core.errors import Conflict
from core.models import ref
from core.policies import require
from deadlines import services as deadlines
from escalation import policies
from escalation.services import guiding, interests, ladder_steps, windows
from ledger import services as ledger
from licensing.models import Assessment, Case, Consultation, Stake
from licensing.services import cases, consultations, emergencies
from licensing.services.superseding import overtake
from members.models import Jurisdiction, Ministry, User

#: Which sections of the dossier touch which interest: a position is asked again only where its ground moved.
TOUCHED_BY: dict[str, frozenset[str]] = {
    Stake.Kind.LOCATION: frozenset({"items", "route"}),
    Stake.Kind.NO_UNDERCUT: frozenset({"items", "parties", "route"}),
    Stake.Kind.SECURITY: frozenset({"items", "parties", "end_use", "route"}),
    "crisis_unit": frozenset({"items", "parties", "end_use", "route"}),
    "lead": frozenset({"items", "parties", "end_use", "route"}),
}


@transaction.atomic
def confirm_routing(*, actor: User, case: Case) -> Case:
    """Confirm the way of a case for which the criteria ask that, or were not certain."""
    case = Case.objects.select_for_update(of=("self",)).select_related("lead", "revision").get(pk=case.pk)
    require(policies.can_confirm_routing, actor, case)
    if not case.requirements.filter(kind=windows.REVIEW, satisfied_at__isnull=True).exists():
        raise Conflict(_("The way of this case needs no confirmation."))
    for requirement in case.requirements.filter(kind=windows.REVIEW, satisfied_at__isnull=True):
        cases.satisfy(case=case, kind=windows.REVIEW, source_ref=requirement.source_ref, by=actor.name)
    ledger.record("routing.confirmed", actor=actor, subject=case, aggregate=ref(case), audience=case.audience)
    return case


@transaction.atomic
def route(*, case_id: int) -> Case:
    """Route a case by its assessment in force: stakes, consultations, windows, requirements, in one go.

    The first time it opens tier 0. After a revision it asks again only the positions the change touches,
    unless the criteria now choose another charter: then the ladder starts afresh in a new round.
    Does nothing unless the case is in assessment and its revision in hand has been assessed. Guidance in force is
    held against the case at the same time: it may expedite it.
    """
    case = Case.objects.select_for_update(of=("self",)).select_related("lead", "revision").get(pk=case_id)
    assessment = Assessment.objects.filter(case=case, revision=case.revision).order_by("-made_at").first()
    if case.status != Case.Status.IN_ASSESSMENT or assessment is None:
        return case
    choice = guiding.way(case, assessment)
    deadlines.cancel(kind=windows.ASSESSMENT, subject=ref(case))
    return _go(case, assessment, choice)


@transaction.atomic
def expedite(*, case_id: int) -> Case:
    """Let the criteria choose anew for a case whose emergency request was accepted: into the crisis lane.

    Does nothing before the case is routed, when the acceptance counts by itself; while the exporter is asked, after
    which it is asked for again; or where the criteria choose as before.
    """
    case = Case.objects.select_for_update(of=("self",)).select_related("lead", "revision").get(pk=case_id)
    assessment = Assessment.objects.filter(case=case, revision=case.revision).order_by("-made_at").first()
    if case.status not in (Case.Status.IN_REVIEW, Case.Status.ON_HOLD) or assessment is None:
        return case
    if emergencies.facts_now(case, assessment)["emergency"] != "accepted":
        return case
    choice = guiding.way(case, assessment)
    if (case.lane, case.charter_key) == (choice.lane, choice.charter_key):
        return case
    if case.charter_key == choice.charter_key:  # its ladder runs already: only who works on it changes
        case = cases.change_lane(case=case, lane=choice.lane, choice=_plain(choice, assessment))
        interests.consider(case, assessment, choice.lane)
        record_routed(case, choice)
        return case
    overtake(case=case, why=_("Emergency handling was accepted."))
    deadlines.cancel(kind=windows.HOLD, subject=ref(case))
    return _go(cases.reassess(case=case), assessment, choice)


def _plain(choice: criteria.Choice, assessment: Assessment) -> dict[str, Any]:
    return asdict(choice) | {"assessment": assessment.pk}


def _go(case: Case, assessment: Assessment, choice: criteria.Choice) -> Case:
    """Send an assessed case the way that was chosen."""
    chosen = charter(choice.charter_key, choice.charter_version)
    first = case.routed_at is None
    afresh = not first and case.charter_key != chosen.key
    case = cases.apply_routing(
        case=case,
        choice=_plain(choice, assessment),
        lane=choice.lane,
        charter_key=chosen.key,
        charter_version=chosen.version,
        critical=choice.critical,
    )
    add_stakes(case, choice.stakes)
    interests.consider(case, assessment, choice.lane)
    record_routed(case, choice)
    require_review(case, choice)
    guiding.consider(case)
    if first:
        windows.set_case_due(
            case, windows.OUTER, chosen.outer_limit, owner=case.lead.name, start=case.opened_at
        )
        ladder_steps.enter_tier(case, chosen, 0, reason=choice.sentence)
    elif afresh:
        ladder_steps.start_round(case, chosen, reason=choice.sentence)
    else:
        _ask_again(case, chosen)
    return case


def require_review(case: Case, choice: criteria.Choice) -> None:
    """Let a grant wait for an officer of the lead where the criteria ask that, or were not certain."""
    if choice.review:
        cases.require_for_decision(
            case=case,
            kind=windows.REVIEW,
            source_ref=f"{ref(case)}:{case.revision.number}",
            sentence=_("An officer of the lead has to confirm the way of this case. %(why)s")
            % {"why": choice.sentence},
        )


def record_routed(case: Case, choice: criteria.Choice, **more: str) -> None:
    """Tell which way a case was sent, by which rule, and by which guidance where it was expedited."""
    ledger.record(
        "case.routed",
        actor=PROCESS,
        subject=case,
        aggregate=ref(case),
        audience=case.audience,
        facts={
            "lane": choice.lane,
            "charter": choice.charter_key,
            "charter_version": choice.charter_version,
            "rule": choice.rule_key,
            "sentence": choice.sentence,
            "consulted": sorted({stake.jurisdiction for stake in choice.stakes}),
            "round": case.round,
            **more,
        },
    )
    guiding.note_expedited(case, choice)


def asks_more(case: Case, stakes: tuple[criteria.Stake, ...]) -> bool:
    """Whether stakes name a member the case does not know yet, or let its objection bind where it did not."""
    known = {
        (code, kind): binding
        for code, kind, binding in case.stakes.values_list("jurisdiction_id", "kind", "binding")
    }
    return any(
        stake.jurisdiction != case.lead_id
        and (
            (stake.jurisdiction, stake.kind) not in known
            or stake.binding > known[stake.jurisdiction, stake.kind]
        )
        for stake in stakes
    )


def add_stakes(case: Case, stakes: tuple[criteria.Stake, ...]) -> None:
    """Give members their stakes in a case; one it has already may become binding and never ceases to be."""
    known = set(case.stakes.values_list("jurisdiction_id", "kind"))
    members = set(Jurisdiction.objects.values_list("code", flat=True))
    fresh = [s for s in stakes if (s.jurisdiction, s.kind) not in known and s.jurisdiction in members]
    for stake in stakes:
        if stake.binding and (stake.jurisdiction, stake.kind) in known:
            mild = case.stakes.filter(jurisdiction=stake.jurisdiction, kind=stake.kind, binding=False)
            mild.update(binding=True, rule_key=stake.rule_key, sentence=stake.sentence)
    Stake.objects.bulk_create(
        Stake(
            case=case,
            jurisdiction_id=stake.jurisdiction,
            kind=stake.kind,
            binding=stake.binding,
            rule_key=stake.rule_key,
            sentence=stake.sentence,
        )
        for stake in fresh
        if stake.jurisdiction != case.lead_id
    )
    if fresh:
        cases.widen(case=case)


def _ask_again(case: Case, chosen: CharterData) -> None:
    """Re-open the consultations whose ground the last revision changed, and open those it added."""
    changed = {entry["path"].split(".")[0].split("[")[0] for entry in case.revision.difference}
    tier = chosen.tiers[case.tier] if chosen.tiers else None
    now = clock.now()
    reopened = 0
    current = Consultation.objects.filter(case=case, round=case.round, tier=case.tier)
    for consultation in current.select_related("jurisdiction"):
        kinds = set(
            case.stakes.filter(jurisdiction=consultation.jurisdiction_id).values_list("kind", flat=True)
        ) or {consultation.kind}
        touched = any(changed & TOUCHED_BY.get(kind, changed) for kind in kinds)
        if tier and touched and consultation.status != Consultation.Status.OPEN:
            consultation = consultations.reopen_consultation(consultation=consultation, due_at=now)
            windows.open_window(case, consultation, tier, chosen.reminders, now)
            reopened += 1
    if tier and case.tier == 0:
        reopened += ladder_steps.open_missing(case, chosen, tier)
    if reopened:
        ladder_steps.unsettle(case, chosen)
    ladder_steps.review(case, chosen)


def let_named_members_in(case: Case, tier: Tier) -> None:
    """Give the members a tier names a stake, so that they read the case they are to answer."""
    add_stakes(
        case,
        tuple(
            criteria.Stake(
                jurisdiction=code,
                kind="essential_security",
                binding=tier.objection == "binding",
                rule_key=f"{case.charter_key}:{tier.number}"[:60],
                sentence=_("The charter names this member for “%(tier)s”.") % {"tier": tier.name},
            )
            for code in tier.seats.members
        ),
    )


def addressees(case: Case, tier: Tier) -> list[tuple[Jurisdiction | None, str, str, bool]]:
    """Return (jurisdiction, ministry, kind, binding) of everyone a tier asks."""
    ministries = tier.seats.ministries or (Ministry.TRADE.value,)
    if tier.seats.kind == "crisis_unit":
        return [(None, ministry, "crisis_unit", tier.objection == "binding") for ministry in ministries]
    if tier.seats.kind == "lead":
        return [(case.lead, ministry, "lead", False) for ministry in ministries]
    if tier.seats.kind == "members":
        named = Jurisdiction.objects.filter(code__in=tier.seats.members)
        binding = tier.objection == "binding"
        return [(member, ministry, "members", binding) for member in named for ministry in ministries]
    found: dict[str, tuple[Jurisdiction | None, str, str, bool]] = {}
    for stake in case.stakes.select_related("jurisdiction"):
        for ministry in ministries:
            key = f"{stake.jurisdiction_id}/{ministry}"
            binding = stake.binding or (key in found and found[key][3])
            found[key] = (stake.jurisdiction, ministry, found.get(key, (None, "", stake.kind))[2], binding)
    return list(found.values())
