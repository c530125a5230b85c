"""Taking, countersigning and replacing positions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock
from core.actors import CLOCK, Actor
from core.errors import Conflict, Invalid, WindowClosed
from core.models import ref
from core.policies import require
from ledger import services as ledger
from licensing import conditions as condition_rules
from licensing.models import Consultation, Decision, Position
from licensing.policies import positions as policies
from licensing.services.locks import locked
from members.models import User

#: Why a member objects: after the criteria of Regulation (EU) 2021/821 Article 15(1) and the catch-all
#: controls of its Articles 4, 5 and 9.
OBJECTION_REASONS = {
    "international_obligations": gettext_lazy("International obligations and sanctions"),
    "foreign_security_policy": gettext_lazy("National foreign and security policy"),
    "intended_end_use": gettext_lazy("Intended end-use and risk of diversion"),
    "wmd_end_use": gettext_lazy("Use in weapons of mass destruction"),
    "military_end_use": gettext_lazy("Military end-use in an embargoed country"),
    "human_rights": gettext_lazy("Internal repression or violations of human rights"),
    "essentially_identical_denial": gettext_lazy("An essentially identical transaction was denied"),
}


def _fetch(pk: int) -> Consultation:
    return (
        Consultation.objects.select_for_update(of=("self",))
        .select_related("case__lead", "case__revision", "case__application", "jurisdiction")
        .get(pk=pk)
    )


@transaction.atomic
def take(
    *,
    actor: User,
    consultation: Consultation,
    kind: str,
    binding: bool = False,
    reason_code: str = "",
    legal_basis: str = "",
    summary: str = "",
    conditions: list[Any] | None = None,
) -> Position:
    """Take a position for the addressee; a position it had before on this consultation is superseded.

    WindowClosed after the due instant: the lapse comes first. Invalid for an objection without reason code,
    legal basis and summary, for conditions that are none, and for a binding objection where none is due.
    """
    locked(consultation.case_id)
    consultation = _fetch(consultation.pk)
    require(policies.can_take, actor, consultation)
    if consultation.status not in (Consultation.Status.OPEN, Consultation.Status.ANSWERED):
        raise WindowClosed(
            _("The window of this consultation was over at %(due)s.")
            % {"due": f"{consultation.due_at:%Y-%m-%d %H:%M UTC}"}
        )
    if consultation.case.decisions.filter(status=Decision.Status.PROPOSED).exists():
        raise Conflict(_("A decision on this case waits for countersignature; it must be sent back first."))
    plain = _checked(consultation, kind, binding, reason_code, legal_basis, summary, conditions or [])
    for earlier in consultation.positions.filter(
        status__in=[Position.Status.PROPOSED, Position.Status.IN_FORCE]
    ):
        earlier.supersede()
        earlier.save(update_fields=["status"])
    position = Position.objects.create(
        consultation=consultation,
        revision=consultation.case.revision,
        kind=kind,
        binding=binding,
        reason_code=reason_code,
        legal_basis=legal_basis.strip(),
        summary=summary.strip(),
        conditions=plain,
        taken_by=actor,
        taken_at=clock.now(),
    )
    if not consultation.needs_countersign:
        _enter_into_force(position)
    _record("position.taken", actor, position)
    return position


def _checked(
    consultation: Consultation,
    kind: str,
    binding: bool,
    reason_code: str,
    legal_basis: str,
    summary: str,
    conditions: list[Any],
) -> list[condition_rules.Condition]:
    errors: dict[str, list[str]] = {}
    if kind not in Position.Kind.values or kind.startswith("deemed_"):
        errors["kind"] = [_("Choose one of the positions offered.")]
    if kind == Position.Kind.OBJECT:
        if reason_code not in OBJECTION_REASONS:
            errors["reason_code"] = [_("One of: %(codes)s.") % {"codes": ", ".join(OBJECTION_REASONS)}]
        if not legal_basis.strip():
            errors["legal_basis"] = [_("Name the rule the objection rests on.")]
        if len(summary.strip()) < 20:
            errors["summary"] = [_("Say in at least 20 characters what may be released of the grounds.")]
    if kind == Position.Kind.NEED_INFORMATION and len(summary.strip()) < 10:
        errors["summary"] = [_("Say what you need to know.")]
    if binding and (kind != Position.Kind.OBJECT or not consultation.binding):
        errors["binding"] = [_("Only an objection can bind, and only where the consultation says so.")]
    if conditions and kind != Position.Kind.CONDITIONS:
        errors["conditions"] = [_("Conditions go with an approval with conditions.")]
    if kind == Position.Kind.CONDITIONS and not conditions:
        errors["conditions"] = [_("Name at least one condition.")]
    if errors:
        raise Invalid(_("This is not yet a valid position."), fields=errors)
    return condition_rules.clean(conditions)


def _enter_into_force(position: Position) -> None:
    position.enter_into_force()
    position.save(update_fields=["status", "countersigned_by", "countersigned_at"])
    consultation = position.consultation
    if position.kind != Position.Kind.NEED_INFORMATION and consultation.status == Consultation.Status.OPEN:
        consultation.answer()
        consultation.save(update_fields=["status", "closed_at"])
    elif position.kind == Position.Kind.NEED_INFORMATION and consultation.status != Consultation.Status.OPEN:
        consultation.reopen()
        consultation.save(update_fields=["status", "closed_at", "lapsed_at"])


def _record(type: str, actor: Actor, position: Position, **facts: Any) -> None:
    consultation = position.consultation
    case = consultation.case
    ledger.record(
        type,
        actor=actor,
        subject=position,
        aggregate=ref(case),
        aggregate_label=case.reference,
        audience=case.audience,
        facts={
            "addressee": consultation.addressee,
            "consultation": str(consultation.uid),
            "tier": consultation.tier,
            "round": consultation.round,
            "kind": position.kind,
            "binding": position.binding,
            "revision": position.revision.number,
            "status": str(position.status),
            "reason_code": position.reason_code,
            **facts,
        },
    )


@transaction.atomic
def countersign(*, actor: User, position: Position) -> Position:
    """Put a proposed position into force, as a second person of the addressee."""
    locked(position.consultation.case_id)
    consultation = _fetch(position.consultation_id)
    position = Position.objects.select_related("revision").get(pk=position.pk)
    position.consultation = consultation
    require(policies.can_countersign, actor, position)
    if position.status != Position.Status.PROPOSED:
        raise Conflict(_("This position does not wait for a countersignature."))
    if consultation.status == Consultation.Status.LAPSED:
        raise WindowClosed(_("The window was over before the position was countersigned."))
    position.countersigned_by, position.countersigned_at = actor, clock.now()
    _enter_into_force(position)
    _record("position.countersigned", actor, position)
    return position


@transaction.atomic
def return_position(*, actor: User, position: Position, reason: str) -> Position:
    """Send a proposed position back to its author."""
    locked(position.consultation.case_id)
    consultation = _fetch(position.consultation_id)
    position = Position.objects.select_related("revision").get(pk=position.pk)
    position.consultation = consultation
    require(policies.can_countersign, actor, position)
    if position.status != Position.Status.PROPOSED:
        raise Conflict(_("This position does not wait for a countersignature."))
    if not reason.strip():
        raise Invalid.field("reason", _("Say why you return it."))
    position.return_to_author()
    position.save(update_fields=["status"])
    _record("position.returned", actor, position, reason=reason.strip()[:1000])
    return position


@transaction.atomic
def deem(*, consultation: Consultation, kind: str, at: datetime) -> Position:
    """Note the position that silence stands for under the charter; the caller holds the case's lock."""
    consultation = _fetch(consultation.pk)
    position = Position.objects.create(
        consultation=consultation,
        revision=consultation.case.revision,
        kind=kind,
        taken_at=at,
        status=Position.Status.PROPOSED,
    )
    position.enter_into_force()
    position.save(update_fields=["status"])
    _record("position.deemed", CLOCK, position)
    return position
