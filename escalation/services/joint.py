"""Making what several members decide take effect at one instant: proposed, agreed, in effect, or withdrawn."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from math import ceil

from django.db import transaction
from django.utils.translation import gettext as _

from alliance.models import Declaration
from core import audience, clock
from core.actors import CLOCK, Actor
from core.audience import Audience
from core.errors import Conflict, Invalid
from core.models import ref, ref_id
from core.policies import require
from core.references import new_reference, normalise_reference
from deadlines import services as deadlines
from deadlines.calculus import Rule
from deadlines.models import DueInstant
from deadlines.registry import aggregate_lock
from escalation.joint import taken
from escalation.models import JointCase, JointEffect
from escalation.models.joint import LONGEST, LONGEST_HOURS
from escalation.policies import joint as policies
from escalation.services.windows import ALLIANCE_CALENDAR, ALLIANCE_ZONE, OUTER
from ledger import services as ledger
from licensing.models import Case
from licensing.services import locks
from members.models import User

EFFECT = "joint.effect"
FEWEST, MOST = 2, 50  # cases of one
REASONED = 10  # characters of a reason, at least


@aggregate_lock("jointeffect")
def lock_effects(pks: Sequence[int], *, skip_locked: bool) -> set[int]:
    """Lock joint effects; see `deadlines.registry.AggregateLock`."""
    rows = JointEffect.objects.select_for_update(skip_locked=skip_locked).filter(pk__in=pks).order_by("pk")
    return set(rows.values_list("pk", flat=True))


@transaction.atomic
def propose(
    *, actor: User, declaration: Declaration, cases: Iterable[str], takes_effect_at: datetime, reason: str
) -> JointEffect:
    """Propose that what is decided on some cases takes effect at one instant; a seat of another member agrees.

    `cases`: references of open cases in the crisis lane that the seat may read. The instant lies within 72 hours,
    not after the sunset of the crisis, and not after the outer limit that its charter sets any of the cases.
    """
    require(policies.can_propose, actor)
    errors: dict[str, list[str]] = {}
    found = _named(actor, cases, errors)
    if not REASONED <= len(reason.strip()) <= 1000:
        errors["reason"] = [_("Say why in 10 to 1,000 characters.")]
    now = clock.now()
    if takes_effect_at <= now:
        errors["takes_effect_at"] = [_("Choose an instant that is still to come.")]
    elif takes_effect_at > now + LONGEST:
        errors["takes_effect_at"] = [
            _("Choose an instant within %(hours)d hours: what is urgent does not wait longer for the others.")
            % {"hours": LONGEST_HOURS}
        ]
    elif too_late := _too_late(declaration, found, takes_effect_at):
        errors["takes_effect_at"] = too_late
    if not errors.get("cases") and (unfit := _unfit(found)):
        errors["cases"] = unfit
    if not _in_force(declaration):
        errors["declaration"] = [_("Choose a crisis that is in force.")]
    if errors:
        raise Invalid(_("These decisions cannot be made to take effect together yet."), fields=errors)
    effect = JointEffect.objects.create(
        reference=new_reference("JE"),
        declaration=declaration,
        reason=reason.strip(),
        takes_effect_at=takes_effect_at,
        proposed_by=actor,
        proposed_for_id=str(actor.jurisdiction_code),
        proposed_at=now,
    )
    JointCase.objects.bulk_create(JointCase(effect=effect, case=case) for case in found)
    _record("joint.proposed", actor, effect, found)
    return effect


def _named(actor: User, cases: Iterable[str], errors: dict[str, list[str]]) -> list[Case]:
    """Return the cases that are named; an error for each the person may not read, as for one that is not there."""
    wanted = list(dict.fromkeys(normalise_reference(one) for one in cases if one.strip()))
    if not FEWEST <= len(wanted) <= MOST:
        errors["cases"] = [_("Name %(fewest)d to %(most)d cases.") % {"fewest": FEWEST, "most": MOST}]
        return []
    rows = Case.objects.visible_to(actor).filter(reference__in=wanted)  # type: ignore[attr-defined]
    found = {case.reference: case for case in rows.select_related("lead", "application")}
    if unknown := [one for one in wanted if one not in found]:
        errors["cases"] = [_("There is no case %(reference)s that you may read.") % {"reference": unknown[0]}]
    return [found[one] for one in wanted if one in found]


def _unfit(cases: Iterable[Case]) -> list[str]:
    """Return why cases cannot be joined, one sentence each."""
    told = []
    for case in cases:
        if not case.is_open:
            told.append(_("%(case)s is decided or withdrawn.") % {"case": case.reference})
        elif case.lane != "crisis":
            told.append(_("%(case)s is not in the crisis lane.") % {"case": case.reference})
        elif case.takes_effect_at is not None and case.takes_effect_at > clock.now():
            told.append(_("%(case)s takes effect together with others already.") % {"case": case.reference})
    return told


def _too_late(declaration: Declaration, cases: Iterable[Case], at: datetime) -> list[str]:
    """Return what an instant would be later than, one sentence each."""
    told = []
    if declaration.sunset_at is not None and at > declaration.sunset_at:
        told.append(
            _("The crisis ends before then, at %(at)s.")
            % {"at": f"{declaration.sunset_at:%Y-%m-%d %H:%M UTC}"}
        )
    by_ref = {ref(case): case for case in cases}
    limits = DueInstant.objects.filter(kind=OUTER, aggregate__in=by_ref, state=DueInstant.State.OPEN)
    for row in limits.filter(due_at__lt=at).order_by("due_at", "pk"):
        told.append(
            _("The outer limit of %(case)s is before then, at %(at)s.")
            % {"case": by_ref[row.aggregate].reference, "at": f"{row.due_at:%Y-%m-%d %H:%M UTC}"}
        )
    return told


def _in_force(declaration: Declaration) -> bool:
    return (
        declaration.status == Declaration.Status.IN_FORCE
        and declaration.sunset_at is not None
        and declaration.sunset_at > clock.now()
    )


def _locked(effect: JointEffect) -> JointEffect:
    """Return a joint effect, locked, after what was due of it has been applied."""
    lock_effects([effect.pk], skip_locked=False)
    deadlines.lapse_due(ref(effect))
    return JointEffect.objects.select_related("declaration", "proposed_by").get(pk=effect.pk)


def _lock_cases(effect: JointEffect) -> list[Case]:
    """Return the cases of a joint effect, locked: no decision on them is half taken."""
    keys = list(effect.joint_cases.values_list("case_id", flat=True))
    locks.lock_cases(keys, skip_locked=False)
    rows = Case.objects.filter(pk__in=keys).select_related("lead", "application").prefetch_related("stakes")
    return list(rows.order_by("pk"))


@transaction.atomic
def agree(*, actor: User, effect: JointEffect) -> JointEffect:
    """Turn the second key: what is decided on the cases from now on takes effect at the instant.

    Everything is read again under the locks of the cases; Conflict with what no longer fits.
    """
    effect = _locked(effect)
    require(policies.can_agree, actor, effect)
    now = clock.now()
    cases = _lock_cases(effect)
    told = [*_unfit(cases), *_too_late(effect.declaration, cases, effect.takes_effect_at)]
    if effect.takes_effect_at <= now:
        told.append(_("Its instant has passed."))
    if not _in_force(effect.declaration):
        told.append(_("The crisis is over."))
    if told:
        raise Conflict(" ".join([*told, _("Withdraw it and propose it anew.")]))
    effect.agree(actor)
    effect.save(update_fields=["status", "agreed_by", "agreed_for", "agreed_at"])
    Case.objects.filter(pk__in=[case.pk for case in cases]).update(takes_effect_at=effect.takes_effect_at)
    seconds = ceil((effect.takes_effect_at - now).total_seconds())
    deadlines.set_due(  # counted in whole seconds, so that it falls due at the instant and not in the second after
        kind=EFFECT,
        aggregate=ref(effect),
        subject=ref(effect),
        start=effect.takes_effect_at - timedelta(seconds=seconds),
        rule=Rule(amount=seconds, unit="seconds"),
        calendar=ALLIANCE_CALENDAR,
        zone=ALLIANCE_ZONE,
        owner=_("Crisis unit"),
    )
    _record("joint.agreed", actor, effect, cases)
    _tell_cases("case.joined", actor, effect, cases)
    return effect


@transaction.atomic
def withdraw(*, actor: User, effect: JointEffect, reason: str) -> JointEffect:
    """Take a joint effect back before anything was decided under it: what is decided takes effect at once again."""
    effect = _locked(effect)
    require(policies.can_withdraw, actor, effect)
    if not REASONED <= len(reason.strip()) <= 1000:
        raise Invalid.field("reason", _("Say why in 10 to 1,000 characters."))
    agreed = effect.status == JointEffect.Status.AGREED
    cases = _lock_cases(effect)
    if agreed and taken(effect):
        raise Conflict(
            _("A decision was taken under it: its licence or refusal names the instant, and it stands.")
        )
    effect.withdraw(actor, reason.strip())
    effect.save(update_fields=["status", "ended_by", "ended_at", "ended_because"])
    if agreed:
        deadlines.cancel(kind=EFFECT, subject=ref(effect))
        Case.objects.filter(pk__in=[case.pk for case in cases]).update(takes_effect_at=None)
        _tell_cases("case.parted", actor, effect, cases)
    _record("joint.withdrawn", actor, effect, cases, reason=effect.ended_because)
    return effect


def fall_due(due: DueInstant) -> None:
    """The instant has come: everything that was decided before it is in effect in every member, in one transaction.

    Gates read the instant itself and wait for nobody; this tells the ledger, and whoever was still to decide.
    """
    effect = JointEffect.objects.select_related("declaration").get(pk=ref_id(due.subject, "jointeffect"))
    if effect.status != JointEffect.Status.AGREED:
        return
    cases = _lock_cases(effect)
    effect.take_effect(effect.takes_effect_at)
    effect.save(update_fields=["status", "took_effect_at"])
    decisions = taken(effect)
    decided = {decision.case_id for decision in decisions}
    _record(
        "joint.took_effect",
        CLOCK,
        effect,
        cases,
        decided=len(decided),
        undecided=sum(case.is_open for case in cases),
    )
    by_key = {case.pk: case for case in cases}
    ledger.record_many(
        ledger.Happened(
            type="decision.took_effect",
            actor=CLOCK,
            subject=decision,
            aggregate=ref(by_key[decision.case_id]),
            aggregate_label=decision.case.reference,
            audience=by_key[decision.case_id].exporter_audience,
            facts={"kind": decision.kind, "takes_effect_at": effect.takes_effect_at.isoformat()},
        )
        for decision in decisions
    )


def _tell_cases(type: str, actor: Actor, effect: JointEffect, cases: Iterable[Case]) -> None:
    """Put it on the timeline of each case, for the officers who read that case."""
    ledger.record_many(
        ledger.Happened(
            type=type,
            actor=actor,
            subject=case,
            aggregate=ref(case),
            aggregate_label=case.reference,
            audience=case.audience,
            facts={"effect": effect.reference, "takes_effect_at": effect.takes_effect_at.isoformat()},
        )
        for case in cases
    )


def _record(type: str, actor: Actor, effect: JointEffect, cases: Sequence[Case], **facts: object) -> None:
    """Tell the crisis unit and auditors; which cases, the timelines of these say."""
    ledger.record(
        type,
        actor=actor,
        subject=effect,
        aggregate=ref(effect),
        aggregate_label=effect.reference,
        audience=Audience.of(audience.CRISIS_UNIT, audience.AUDITORS),
        facts={
            "reference": effect.reference,
            "declaration": effect.declaration.reference,
            "takes_effect_at": effect.takes_effect_at.isoformat(),
            "cases": len(cases),
            "members": sorted({case.lead_id for case in cases}),
            **facts,
        },
    )
