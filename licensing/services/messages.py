"""Messages between members in a case: sent, delivered, read, acknowledged."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.actors import CLOCK, Actor
from core.audience import Audience
from core.errors import Conflict, Invalid
from core.models import ref, ref_id
from core.policies import require
from deadlines import services as deadlines
from deadlines.calculus import Rule, derive
from deadlines.models import DueInstant
from ledger import services as ledger
from licensing.models import Case, CaseMessage, MessageAddressee, MessageReceipt, MessageSignature
from licensing.models.messages import aggregate_of
from licensing.policies import messages as policies
from licensing.services.locks import due_first, lock, locked
from licensing.signatures import Signed
from members.models import Jurisdiction, User

ACKNOWLEDGEMENT = "message.acknowledgement"  # kind of due instant
MOST_SUBJECT, MOST_TEXT, MOST_HOURS = 200, 10_000, 720
Kind = MessageReceipt.Kind


@due_first("case")
@transaction.atomic
def send(
    *,
    actor: User,
    case: Case,
    to: Sequence[str],
    text: str,
    subject: str = "",
    reply_to: CaseMessage | None = None,
    acknowledge_within: int | None = None,
    signed: Signed | None = None,
) -> CaseMessage:
    """Write to other members that take part in a case; they may read it and nobody else may.

    `to` are their codes. `reply_to` keeps the thread, whose subject stays. `acknowledge_within` asks each of them
    to acknowledge it within so many hours, 1 to 720. A system signs what it sends: `signed` is kept with it, and
    the same signed request is one message however often it comes. Invalid, naming each member, for one that may not
    see the case; the exporter is never among them.
    """
    case = locked(case.pk)
    require(policies.can_send, actor, case)
    if actor.via is not None and signed is None:
        raise Invalid.field(
            "Signature",
            _("Sign this request (RFC 9421): messages of systems are taken only when they are signed."),
        )
    if signed is not None and (again := _sent_with(signed, actor)):
        return again
    to = sorted({code.strip().upper() for code in to})
    _require_fit(actor, case, to, text, subject, reply_to, acknowledge_within)
    assert actor.authority is not None
    message = CaseMessage.objects.create(
        case=case,
        thread=reply_to.begun_by if reply_to else None,
        sender=actor.authority.jurisdiction,
        authority=actor.authority,
        sent_by=actor,
        sent_via=actor.via.name if actor.via else "",
        sent_at=clock.now(),
        subject="" if reply_to else subject.strip(),
        text=text.strip(),
        acknowledge_within=acknowledge_within,
    )
    for member in Jurisdiction.objects.filter(code__in=to).order_by("code"):
        _address(message, member)
    if signed is not None:
        MessageSignature.objects.create(message=message, verified_at=clock.now(), **asdict(signed))
    _record(
        "message.sent",
        actor,
        message,
        message.audience,
        private={"sha256": digest(message)},
        to=to,
        sender=message.sender_id,
        reply=reply_to is not None,
        acknowledge_within_hours=acknowledge_within or "",
        thumbprint=signed.thumbprint if signed else "",
    )
    return message


def _sent_with(signed: Signed, actor: User) -> CaseMessage | None:
    kept = MessageSignature.objects.filter(signature=signed.signature).select_related("message__case").first()
    if kept is not None and kept.message.sent_by_id != actor.pk:
        raise Conflict(_("This signature has already served for a message. Sign this one anew."))
    return kept.message if kept else None


def _require_fit(
    actor: User,
    case: Case,
    to: Sequence[str],
    text: str,
    subject: str,
    reply_to: CaseMessage | None,
    acknowledge_within: int | None,
) -> None:
    errors: dict[str, list[str]] = {}
    may = policies.participants(case) - {actor.jurisdiction_code}
    strangers = sorted(set(to) - may)
    if not to:
        errors["to"] = [_("Choose at least one member that may read it.")]
    elif actor.jurisdiction_code in strangers:
        errors["to"] = [_("Your own member reads it anyway: name other members.")]
    elif strangers:
        told = {"who": ", ".join(strangers)[:200], "may": ", ".join(sorted(may)) or _("no other member")}
        errors["to"] = [_("%(who)s may not see this case. Who may: %(may)s.") % told]
    if not text.strip():
        errors["text"] = [_("Write the message.")]
    elif len(text) > MOST_TEXT:
        errors["text"] = [_("Write at most %(most)s characters.") % {"most": MOST_TEXT}]
    if reply_to is not None:
        if subject.strip():
            errors["subject"] = [_("A reply keeps the subject of its thread: leave this out.")]
        if reply_to.case_id != case.pk or not policies.can_read(actor, reply_to):
            errors["reply_to"] = [_("Name a message of this case that you may read.")]
        elif others := sorted(set(to) & may - reply_to.begun_by.ends):
            errors["to"] = [
                _("%(who)s is no end of this thread. Write a message of its own.")
                % {"who": ", ".join(others)}
            ]
    elif not subject.strip():
        errors["subject"] = [_("Give a subject.")]
    elif len(subject) > MOST_SUBJECT:
        errors["subject"] = [_("Write at most %(most)s characters.") % {"most": MOST_SUBJECT}]
    if acknowledge_within is not None and not 1 <= acknowledge_within <= MOST_HOURS:
        errors["acknowledge_within"] = [_("Ask for 1 to %(most)s hours.") % {"most": MOST_HOURS}]
    if errors:
        raise Invalid(_("Nothing was sent."), fields=errors)


def _address(message: CaseMessage, member: Jurisdiction) -> None:
    """Name a member, with the instant by which it is asked to acknowledge the message."""
    if message.acknowledge_within is None:
        MessageAddressee.objects.create(message=message, jurisdiction=member)
        return
    rule = Rule(message.acknowledge_within, "hours")
    days = deadlines.calendar_in_force(member.calendar, message.sent_at, member.timezone)
    row = MessageAddressee.objects.create(
        message=message,
        jurisdiction=member,
        acknowledge_by=derive(message.sent_at, rule, days, member.timezone).due_at,
    )
    deadlines.set_due(
        kind=ACKNOWLEDGEMENT,
        aggregate=ref(message.case),
        subject=ref(row),
        start=message.sent_at,
        rule=rule,
        calendar=member.calendar,
        zone=member.timezone,
        owner=member.name,
    )


def digest(message: CaseMessage) -> str:
    """Return the hex SHA-256 of what a message says and to whom, which its event commits to under a salt."""
    said = {
        "subject": message.subject,
        "text": message.text,
        "to": [row.jurisdiction_id for row in message.addressees.order_by("jurisdiction")],
    }
    return hashlib.sha256(
        json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    ).hexdigest()


@transaction.atomic
def deliver(*, message: CaseMessage) -> None:
    """Note that the notices of a message are in the inboxes of the members it names, once."""
    for row in message.addressees.all():
        row.receipts.get_or_create(kind=Kind.DELIVERED, defaults={"at": clock.now()})


@transaction.atomic
def read(*, actor: User, message: CaseMessage) -> bool:
    """Open a message for the officer's authority; its text is shown from then on. Return whether this was the first
    reading there: only that is noted."""
    require(policies.reads_for_authority, actor, message)
    row = message.addressees.get(jurisdiction=actor.jurisdiction_code)
    _receipt, first = row.receipts.get_or_create(
        kind=Kind.READ, authority=actor.authority, defaults={"at": clock.now(), "by": actor}
    )
    if first:
        _tell_sender("message.read", actor, message, row, authority=str(actor.authority))
    return first


@due_first("message")
@transaction.atomic
def acknowledge(*, actor: User, message: CaseMessage) -> CaseMessage:
    """Say for the officer's member that it has taken note of a message: a deliberate act, apart from reading it.

    Conflict before somebody of the officer's authority has opened it.
    """
    lock(message.case_id)
    message = CaseMessage.objects.select_related("case__application").get(pk=message.pk)
    require(policies.can_acknowledge, actor, message)
    row = message.addressees.get(jurisdiction=actor.jurisdiction_code)
    if not row.receipts.filter(kind=Kind.READ, authority=actor.authority).exists():
        raise Conflict(_("Open the message first: nobody of your authority has read it."))
    row.receipts.create(kind=Kind.ACKNOWLEDGED, at=clock.now(), authority=actor.authority, by=actor)
    deadlines.cancel(kind=ACKNOWLEDGEMENT, subject=ref(row))
    _tell_sender("message.acknowledged", actor, message, row, authority=str(actor.authority))
    return message


def lapse(due: DueInstant) -> None:
    """A member has not acknowledged a message by when it was asked to: its head and the sender are told."""
    rows = MessageAddressee.objects.select_related("message__case")
    row = rows.get(pk=ref_id(due.subject, "messageaddressee"))
    if not row.receipts.filter(kind=Kind.ACKNOWLEDGED).exists():
        _tell_sender("message.unacknowledged", CLOCK, row.message, row, due_at=due.due_at.isoformat())


def _tell_sender(type_: str, actor: Actor, message: CaseMessage, row: MessageAddressee, **facts: Any) -> None:
    """Record what became of a message at one member, for that member and the sender: the others do not learn it."""
    heard = message.told_to(message.sender_id, row.jurisdiction_id)
    _record(
        type_,
        actor,
        message,
        heard,
        member=row.jurisdiction_id,
        seconds=int(message.after(clock.now()).total_seconds()),
        **facts,
    )


def _record(
    type_: str,
    actor: Actor,
    message: CaseMessage,
    heard: Audience,
    private: dict[str, Any] | None = None,
    **facts: Any,
) -> None:
    ledger.record(
        type_,
        actor=actor,
        subject=message,
        aggregate=aggregate_of(message.case),
        aggregate_label=message.case.reference,
        audience=heard,
        facts={"message_uid": str(message.uid), **facts},
        private=private,
    )
