"""Taking, countersigning and replacing positions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import clock
from core.actors import CLOCK, PROCESS, Actor
from core.errors import Conflict, Invalid, Stale, WindowClosed
from core.policies import require
from ledger import services as ledger
from licensing import conditions as condition_rules
from licensing.models import Consultation, Position, PositionSignature
from licensing.policies import positions as policies
from licensing.services import information
from licensing.services.locks import due_first, lock, locked
from licensing.services.superseding import STANDING, overtake, record, supersede, told
from licensing.signatures import Signed
from licensing.stops import QUESTIONS
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
#: What a person may choose; deemed positions are the clock's.
OFFERED = tuple(kind for kind in Position.Kind if not kind.value.startswith("deemed_"))


def _fetch(pk: int) -> Consultation:
    return (
        Consultation.objects.select_for_update(of=("self",))
        .select_related("case__lead", "case__revision", "case__application", "jurisdiction")
        .get(pk=pk)
    )


def reason_label(position: Position) -> str:
    """Return the reason code of a position as a person reads it."""
    if position.reason_code in OBJECTION_REASONS:
        return str(OBJECTION_REASONS[position.reason_code])
    asked = QUESTIONS.get(position.reason_code)
    return str(asked.label) if asked else position.reason_code


@due_first("consultation")
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
    sections: list[str] | None = None,
    days: int = 7,
    seen: str | None = None,
    signed: Signed | None = None,
) -> Position:
    """Take a position for the addressee; the one it had on this consultation gives way when this one counts.

    Need of information puts a question to the exporter in the same act: `summary` is the question,
    `reason_code` one of licensing.stops.QUESTIONS, with `sections` and `days`. A decision that
    waits for its countersignature is overtaken. `seen` names the position the person saw standing ("" for
    none): Stale, with both texts, when another stands by now; None does not ask. The same said twice by the
    same person is one position. `signed` is kept with it; an authority may ask its systems to sign.

    WindowClosed after the due instant: the lapse comes first. Invalid for an objection without reason code,
    legal basis and summary, for conditions that are none, and for a binding objection where none is due.
    """
    case = locked(consultation.case_id)
    consultation = _fetch(consultation.pk)
    require(policies.may_speak, actor, consultation)
    _require_open(consultation)
    require(policies.can_take, actor, consultation)
    require(policies.signs_as_asked, actor, signed is not None)
    _require_seen(consultation, seen, summary)
    plain = _checked(consultation, kind, binding, reason_code, legal_basis, summary, conditions or [])
    said = {
        "kind": kind, "binding": binding, "reason_code": reason_code, "legal_basis": legal_basis.strip(),
        "summary": summary.strip(), "conditions": plain, "taken_by": actor, "revision": case.revision,
    }  # fmt: skip
    before = standing(consultation)
    if before is not None and all(getattr(before, name) == value for name, value in said.items()):
        return _keep_signature(before, signed, actor)  # sent twice
    supersede([consultation], actor=actor, why="replaced", states=[Position.Status.PROPOSED])
    position = Position.objects.create(
        consultation=consultation,
        taken_at=clock.now(),
        **said,
    )
    if consultation.acknowledged_at is None:
        consultation.acknowledged_at, consultation.acknowledged_by = position.taken_at, actor
        consultation.save(update_fields=["acknowledged_at", "acknowledged_by"])
    if not consultation.needs_countersign or kind == Position.Kind.NEED_INFORMATION:
        _enter_into_force(position, actor)
    record("position.taken", actor, position)
    _keep_signature(position, signed, actor)
    if kind == Position.Kind.NEED_INFORMATION:
        information.ask(
            actor=actor, case=case, reason_code=reason_code, question=summary, sections=sections, days=days
        )
    return position


def _keep_signature(position: Position, signed: Signed | None, actor: User) -> Position:
    if signed is None or PositionSignature.objects.filter(position=position).exists():
        return position
    if PositionSignature.objects.filter(signature=signed.signature).exists():
        raise Conflict(_("This signature has already served for a position. Sign this one anew."))
    PositionSignature.objects.create(position=position, verified_at=clock.now(), **asdict(signed))
    record("position.signed", actor, position, thumbprint=signed.thumbprint, algorithm=signed.algorithm)
    return position


def _require_open(consultation: Consultation) -> None:
    if consultation.status == Consultation.Status.LAPSED:
        raise WindowClosed(
            _("The window of this consultation was over at %(due)s.")
            % {"due": f"{consultation.due_at:%Y-%m-%d %H:%M:%S UTC}"}
        )
    if consultation.status == Consultation.Status.CLOSED:
        raise WindowClosed(_("This consultation needs no answer any more."))


def standing(consultation: Consultation) -> Position | None:
    """Return the latest position that counts or waits for its countersignature."""
    found = consultation.positions.filter(status__in=STANDING)
    return found.order_by("-taken_at", "-pk").first()


def _require_seen(consultation: Consultation, seen: str | None, summary: str) -> None:
    if seen is None:
        return
    now = standing(consultation)
    if seen != (str(now.uid) if now else ""):
        raise Stale(
            _("Someone of your authority took a position while you were writing."),
            theirs=f"{now.get_kind_display()}\n{now.summary}" if now else "",
            yours=summary,
        )


def _checked(
    consultation: Consultation,
    kind: str,
    binding: bool,
    reason_code: str,
    legal_basis: str,
    summary: str,
    conditions: list[Any],
) -> list[condition_rules.Condition]:
    errors = mistakes(kind, reason_code, legal_basis, summary, conditions)
    if kind not in OFFERED:
        errors["kind"] = [_("Choose one of the positions offered.")]
    if kind == Position.Kind.NEED_INFORMATION and consultation.status != Consultation.Status.OPEN:
        errors["kind"] = [_("Your answer stands; put a question to the exporter on its own.")]
    if binding and (kind != Position.Kind.OBJECT or not consultation.binding):
        errors["binding"] = [_("Only an objection can bind, and only where the consultation says so.")]
    if errors:
        raise Invalid(_("This is not yet a valid position."), fields=errors)
    plain = condition_rules.clean(conditions)
    condition_rules.require_lines(plain, consultation.case.revision.items.values_list("line", flat=True))
    return plain


def mistakes(
    kind: str, reason_code: str, legal_basis: str, summary: str, conditions: list[Any]
) -> dict[str, list[str]]:
    """Return what keeps the words of a position from being one, by field; whatever consultation it answers."""
    errors: dict[str, list[str]] = {}
    if kind == Position.Kind.OBJECT:
        if reason_code not in OBJECTION_REASONS:
            errors["reason_code"] = [_("One of: %(codes)s.") % {"codes": ", ".join(OBJECTION_REASONS)}]
        if not legal_basis.strip():
            errors["legal_basis"] = [_("Name the rule the objection rests on.")]
        if len(summary.strip()) < 20:
            errors["summary"] = [_("Say in at least 20 characters what may be released of the grounds.")]
    if kind == Position.Kind.NEED_INFORMATION:
        if reason_code not in QUESTIONS:
            errors["reason_code"] = [_("One of: %(codes)s.") % {"codes": ", ".join(QUESTIONS)}]
        if len(summary.strip()) < 10:
            errors["summary"] = [_("Say what you need to know.")]
    if conditions and kind != Position.Kind.CONDITIONS:
        errors["conditions"] = [_("Conditions go with an approval with conditions.")]
    if kind == Position.Kind.CONDITIONS and not conditions:
        errors["conditions"] = [_("Name at least one condition.")]
    for name, text, most in (
        ("legal_basis", legal_basis, 200),
        ("summary", summary, 4000),
        ("reason_code", reason_code, 40),
    ):
        if len(text) > most:
            errors[name] = [_("Write at most %(most)s characters.") % {"most": most}]
    return errors


@transaction.atomic
def take_beforehand(
    *, consultation: Consultation, author: User, countersigner: User, said: dict[str, Any], source: str
) -> Position:
    """Take for an addressee what two of its officers had deposited, in their names; the caller holds the case's
    lock, has asked whether both still may speak, and leaves an answer that stands alone.

    `said` is kind, binding, reason_code, legal_basis, summary and conditions; it binds where the consultation
    lets it. `source` names the deposit. Invalid where it does not fit the case.
    """
    consultation = _fetch(consultation.pk)
    _require_open(consultation)
    if standing(consultation) is not None:
        raise Conflict(_("The addressee has answered already."))
    said = {**said, "binding": bool(said["binding"]) and consultation.binding}
    now = clock.now()
    position = Position.objects.create(
        consultation=consultation,
        revision=consultation.case.revision,
        taken_by=author,
        taken_at=now,
        countersigned_by=countersigner,
        countersigned_at=now,
        **{**said, "conditions": _checked(consultation, **said)},
    )
    if consultation.acknowledged_at is None:
        consultation.acknowledged_at, consultation.acknowledged_by = now, author
        consultation.save(update_fields=["acknowledged_at", "acknowledged_by"])
    _enter_into_force(position, PROCESS)
    record("position.taken", PROCESS, position, beforehand=source, countersigned_by=countersigner.name)
    return position


def _enter_into_force(position: Position, actor: Actor) -> None:
    """Let a position count from now on: the one before it gives way, and so does a decision in the making."""
    consultation = position.consultation
    supersede([consultation], actor=actor, why="replaced", states=[Position.Status.IN_FORCE])
    position.enter_into_force()
    position.save(update_fields=["status", "countersigned_by", "countersigned_at"])
    if position.kind != Position.Kind.NEED_INFORMATION and consultation.status == Consultation.Status.OPEN:
        consultation.answer()
        consultation.save(update_fields=["status", "closed_at"])
    overtake(case=consultation.case, why=_("%(who)s took a position.") % {"who": consultation.addressee})


def _proposed(position: Position) -> Position:
    consultation = _fetch(position.consultation_id)
    found = Position.objects.select_related("revision").get(pk=position.pk)
    found.consultation = consultation
    return found


@due_first("position")
@transaction.atomic
def countersign(*, actor: User, position: Position) -> Position:
    """Put a proposed position into force, as a second person of the addressee."""
    lock(position.consultation.case_id)
    position = _proposed(position)
    require(policies.may_countersign, actor, position)
    _require_open(position.consultation)
    require(policies.can_countersign, actor, position)
    if position.revision_id != position.consultation.case.revision_id:
        raise Conflict(_("The application was revised after this position was taken."))
    position.countersigned_by, position.countersigned_at = actor, clock.now()
    _enter_into_force(position, actor)
    record("position.countersigned", actor, position)
    return position


@due_first("position")
@transaction.atomic
def return_position(*, actor: User, position: Position, reason: str) -> Position:
    """Send a proposed position back to its author."""
    lock(position.consultation.case_id)
    position = _proposed(position)
    require(policies.can_countersign, actor, position)
    if not reason.strip():
        raise Invalid.field("reason", _("Say why you return it."))
    position.return_to_author()
    position.save(update_fields=["status"])
    record("position.returned", actor, position, reason=reason.strip()[:1000])
    return position


@dataclass(frozen=True)
class Deemed:
    """The position that silence stands for under the charter, from the due instant on."""

    consultation: Consultation
    kind: str
    at: datetime


@transaction.atomic(savepoint=False)
def deem(*, deemed: Sequence[Deemed]) -> list[Position]:
    """Note what silence stands for in consultations that have lapsed; the caller holds the locks of their cases."""
    found = [
        Position(
            consultation=item.consultation,
            revision=item.consultation.case.revision,
            kind=item.kind,
            taken_at=item.at,
        )
        for item in deemed
    ]
    for position in found:
        position.enter_into_force()
    Position.objects.bulk_create(found)
    ledger.record_many(told("position.deemed", CLOCK, position) for position in found)
    return found
