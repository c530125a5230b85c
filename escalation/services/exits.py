"""The way out of a crisis, step by step: proposed with its evidence, applied by a second key, reversed by one.

The declaration's row is the lock. What a step does is read from what stands applied, so that reversing it restores
the prior rules exactly.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from alliance import crisis_policies as policies
from alliance import declaring, measures, preconditions
from alliance.declaring import due_first, locked, require_state, said, set_due
from alliance.measures import Step
from alliance.models import Declaration, Relaxation
from alliance.preconditions import Finding
from core import audience, clock
from core.actors import CLOCK, Actor
from core.audience import Audience
from core.errors import Blocked, Conflict, NotFound
from core.models import ref, ref_id
from core.policies import require
from deadlines import services as deadlines
from deadlines.models import DueInstant
from escalation import measuring, simulating
from ledger.models import Event
from members.models import User

WIND_DOWN = "relaxation.wind_down"
Status = Relaxation.Status
STANDING = (Status.PROPOSED, Status.WIND_DOWN, Status.APPLIED)


def step_of(declaration: Declaration, key: str) -> Step:
    """Return a step of a declaration's exit plan; NotFound without one."""
    found = measures.parse(declaration.payload).step(key)
    if found is None:
        raise NotFound(_("The exit plan has no step “%(key)s”.") % {"key": key})
    return found


def judged(declaration: Declaration, step: Step) -> list[Finding]:
    """Return what the preconditions of a step say of the live facts of this moment."""
    facts = measuring.values(measuring.measure(declaration, preconditions.facts_of([step])))
    return [preconditions.judge(one, facts) for one in step.preconditions]


def red(findings: list[Finding]) -> list[str]:
    """Return why a step cannot be taken, a sentence for each precondition that is red."""
    return [
        f"{one.precondition.sentence} {_('Red:')} "
        + (one.reason or ", ".join(f"{name} = {value}" for name, value in one.read.items()))
        for one in findings
        if not one.green
    ]


def _evidence(findings: list[Finding]) -> dict[str, Any]:
    return {
        "at": clock.now().isoformat(),
        "preconditions": [
            {
                "key": one.precondition.key,
                "sentence": one.precondition.sentence,
                "expression": one.precondition.expression,
                "green": one.green,
                "reason": one.reason,
                "read": dict(one.read),
            }
            for one in findings
        ],
    }


def standing(declaration: Declaration, step: str) -> Relaxation | None:
    """Return the proposal or application of a step that stands."""
    rows = Relaxation.objects.select_related("proposed_by__authority", "applied_by__authority")
    return rows.filter(declaration=declaration, step=step, status__in=STANDING).first()


def _applied(declaration: Declaration) -> list[str]:
    rows = Relaxation.objects.filter(declaration=declaration, status=Status.APPLIED)
    return list(rows.order_by("applied_at", "pk").values_list("step", flat=True))


def _require_before(declaration: Declaration, step: Step) -> None:
    applied = set(_applied(declaration))
    if missing := [key for key in step.after if key not in applied]:
        raise Conflict(
            _("First these steps have to stand applied: %(steps)s.") % {"steps": ", ".join(missing)}
        )


def _require_in_force(declaration: Declaration) -> None:
    require_state(declaration, Declaration.Status.IN_FORCE, _("Steps are taken while a crisis is in force."))


def _required(declaration: Declaration, step: str, status: str, sentence: str) -> Relaxation:
    found = standing(declaration, step)
    if found is None or found.status != status:
        raise Conflict(sentence)
    return found


def _record(
    type: str,
    actor: Actor,
    declaration: Declaration,
    row: Relaxation,
    *,
    public: bool = False,
    **facts: object,
) -> None:
    declaring.record(
        type,
        actor,
        declaration,
        None if public else Audience.of(audience.ALLIANCE),
        step=row.step,
        relaxation=str(row.uid),
        **facts,
    )


@due_first
@transaction.atomic
def propose(*, actor: User, declaration: Declaration, step: str) -> Relaxation:
    """Propose a step, with what its preconditions say now and what it would touch; nothing changes yet.

    Conflict unless the steps it follows stand applied. Red preconditions stand in the way of applying it, not of
    proposing it.
    """
    require(policies.can_steer_exit, actor)
    declaration = locked(declaration.pk)
    _require_in_force(declaration)
    wanted = step_of(declaration, step)
    if standing(declaration, step) is not None:
        raise Conflict(_("This step is proposed or applied already."))
    _require_before(declaration, wanted)
    touched = simulating.relaxed_to(declaration, [*_applied(declaration), step])
    row = Relaxation.objects.create(
        declaration=declaration,
        step=step,
        evidence={"proposed": _evidence(judged(declaration, wanted))},
        touched=touched.as_json(),
        proposed_by=actor,
        proposed_at=clock.now(),
    )
    _record("relaxation.proposed", actor, declaration, row, touched_sha256=touched.sha256)
    return row


@due_first
@transaction.atomic
def apply(*, actor: User, declaration: Declaration, step: str) -> Relaxation:
    """Turn the second key of a step: it takes effect in this instant, or after its wind-down.

    Every precondition is judged again under the lock; Blocked names those that are red. With a wind-down the prior
    rules hold until its due instant, at which they are judged once more.
    """
    require(policies.can_steer_exit, actor)
    declaration = locked(declaration.pk)
    _require_in_force(declaration)
    wanted = step_of(declaration, step)
    row = _required(declaration, step, Status.PROPOSED, _("Nobody has proposed this step."))
    require(policies.can_apply_step, actor, row)
    _require_before(declaration, wanted)
    findings = judged(declaration, wanted)
    if reasons := red(findings):
        raise Blocked(_("Not every precondition is green."), blockers=reasons)
    row.evidence = {**row.evidence, "applied": _evidence(findings)}
    if not wanted.wind_down_days:
        row.apply(actor)
        return _take_effect(actor, declaration, row)
    owner, subject = declaration.reference, ref(row)
    due = set_due(WIND_DOWN, ref(declaration), wanted.wind_down_days, owner=owner, subject=subject)
    row.agree(actor, due.due_at)
    touched = simulating.relaxed_to(declaration, [*_applied(declaration), step])
    row.touched = touched.as_json()
    row.save()
    _record("relaxation.agreed", actor, declaration, row, public=True, takes_effect_at=due.due_at.isoformat())
    return row


def _take_effect(actor: Actor, declaration: Declaration, row: Relaxation) -> Relaxation:
    touched = simulating.relaxed_to(declaration, [*_applied(declaration), row.step])
    row.touched = touched.as_json()
    row.save()
    declaration.touch()
    declaration.save(update_fields=["changed_at"])
    _record("relaxation.applied", actor, declaration, row, public=True, touched_sha256=touched.sha256)
    return row


def wind_down_over(due: DueInstant) -> None:
    """The wind-down of a step is over: it takes effect if all is still green, else it is withdrawn."""
    row = Relaxation.objects.get(pk=ref_id(due.subject, "relaxation"))
    declaration = Declaration.objects.get(pk=row.declaration_id)
    if row.status != Status.WIND_DOWN:
        return
    step = step_of(declaration, row.step)
    findings = judged(declaration, step)
    reasons = red(findings)
    if declaration.status != Declaration.Status.IN_FORCE:
        reasons = [_("The crisis has ended before.")]
    if reasons:
        row.withdraw()
        row.save(update_fields=["status"])
        _record("relaxation.withdrawn", CLOCK, declaration, row, reason=" ".join(reasons))
        return
    row.evidence = {**row.evidence, "applied": _evidence(findings)}
    row.take_effect(due.due_at)
    _take_effect(CLOCK, declaration, row)


@due_first
@transaction.atomic
def withdraw(*, actor: User, declaration: Declaration, step: str, reason: str) -> Relaxation:
    """Take back a step that has not taken effect: one seat is enough, the measures stay as they are."""
    require(policies.can_steer_exit, actor)
    declaration = locked(declaration.pk)
    row = standing(declaration, step)
    if row is None or row.status == Status.APPLIED:
        raise Conflict(_("Only a step that has not taken effect is withdrawn; one that has is reversed."))
    reason = said(reason, "reason")
    _withdraw(actor, declaration, row, reason)
    return row


def _withdraw(actor: Actor, declaration: Declaration, row: Relaxation, reason: str) -> None:
    deadlines.cancel(kind=WIND_DOWN, subject=ref(row))
    row.withdraw()
    row.save(update_fields=["status"])
    _record("relaxation.withdrawn", actor, declaration, row, reason=reason)


@due_first
@transaction.atomic
def reverse(*, actor: User, declaration: Declaration, step: str, reason: str) -> list[Relaxation]:
    """Reverse a step and whatever stands on it, the last first; the prior rules hold again in this instant.

    One seat is enough, for it restores what two members had put in force. What was proposed on top is withdrawn.
    Returns the steps that were reversed.
    """
    require(policies.can_steer_exit, actor)
    declaration = locked(declaration.pk)
    _require_in_force(declaration)
    _required(declaration, step, Status.APPLIED, _("Only a step that stands applied is reversed."))
    reason = said(reason, "reason")
    reversed_now = []
    for key in reversed(standing_on(declaration, step)):
        row = standing(declaration, key)
        if row is not None and row.status == Status.APPLIED:
            touched = simulating.relaxed_to(declaration, [one for one in _applied(declaration) if one != key])
            row.reverse(actor, reason)
            row.save()
            declaration.touch()
            declaration.save(update_fields=["changed_at"])
            _record(
                "relaxation.reversed",
                actor,
                declaration,
                row,
                public=True,
                reason=reason,
                touched_sha256=touched.sha256,
            )
            reversed_now.append(row)
        elif row is not None:
            _withdraw(actor, declaration, row, reason)
    return reversed_now


def standing_on(declaration: Declaration, step: str) -> list[str]:
    """Return a step and those of the plan that rest on it, by way of others or not, in the plan's order."""
    found = {step}
    for one in measures.parse(declaration.payload).exit:  # a step follows only steps written before it
        if found & set(one.after):
            found.add(one.key)
    return [one.key for one in measures.parse(declaration.payload).exit if one.key in found]


def watch() -> int:
    """Look whether preconditions of steps that stand applied have turned red; return how many have."""
    rows = Declaration.objects.in_force().filter(  # type: ignore[attr-defined]
        relaxations__status=Status.APPLIED
    )
    return sum(look(declaration_id=pk) for pk in sorted(set(rows.values_list("pk", flat=True))))


@transaction.atomic
def look(*, declaration_id: int) -> int:
    """Tell of each precondition of an applied step that has turned red, once until it is green again."""
    declaration = locked(declaration_id)
    if declaration.status != Declaration.Status.IN_FORCE:
        return 0
    rows = list(Relaxation.objects.filter(declaration=declaration, status=Status.APPLIED).order_by("pk"))
    steps = {row.pk: step_of(declaration, row.step) for row in rows}
    facts = measuring.values(measuring.measure(declaration, preconditions.facts_of(steps.values())))
    told = 0
    for row in rows:
        for one in steps[row.pk].preconditions:
            finding = preconditions.judge(one, facts)
            if finding.green == _was_red(declaration, row, one.key):
                type = "precondition.turned_green" if finding.green else "precondition.turned_red"
                said_now = "" if finding.green else red([finding])[0]
                _record(type, CLOCK, declaration, row, precondition=one.key, sentence=said_now)
                told += not finding.green
    return told


def _was_red(declaration: Declaration, row: Relaxation, key: str) -> bool:
    events = Event.objects.filter(
        aggregate=ref(declaration),
        type__in=("precondition.turned_red", "precondition.turned_green"),
        facts__relaxation=str(row.uid),
        facts__precondition=key,
    )
    last = events.order_by("-pk").values_list("type", flat=True).first()
    return last == "precondition.turned_red"
