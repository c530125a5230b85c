"""Telling members that they are written to, and what became of what they wrote."""

from __future__ import annotations

from django.utils.translation import gettext as _

from core.instants import in_zones
from ledger.models import Event
from ledger.subscriptions import subscribe
from licensing.models import Case, CaseMessage, Consultation, MessageAddressee
from licensing.notices import tell
from licensing.policies.cases import CASEWORKERS
from licensing.policies.common import takes_part
from licensing.recipients import officers
from licensing.services import messages
from members.models import Role, User


def path_of(message: CaseMessage) -> str:
    return f"/workbench/messages/{message.uid}/"


def _message(event: Event) -> CaseMessage:
    rows = CaseMessage.objects.select_related("case__lead", "case__application__mandate", "sender", "sent_by")
    return rows.get(pk=event.subject_id)


def hands_of(case: Case, code: str) -> set[User]:
    """Return a member's people who have a case in hand; where nobody has, all who work on cases there."""
    able = officers(code, CASEWORKERS | ({Role.HUMANITARIAN_ADJUDICATOR} if case.aid else set()))
    open_here = case.consultations.filter(jurisdiction=code, status=Consultation.Status.OPEN)
    holders = [
        *open_here.values_list("officer", flat=True),
        case.officer_id if case.lead_id == code else None,
    ]
    claimed = set(able.filter(pk__in=[pk for pk in holders if pk is not None]))
    found = claimed or set(able)
    return {one for one in found if not takes_part(one, case.application)}


@subscribe("message.sent")
def deliver_message(event: Event) -> None:
    """Put a notice into the inboxes of the members it names; the text itself is read where its reading is noted."""
    message = _message(event)
    case = message.case
    for row in message.addressees.select_related("jurisdiction"):
        due = row.acknowledge_by
        asked = (
            _("Acknowledge it by %(due)s.") % {"due": in_zones(due, [row.jurisdiction.timezone])}
            if due
            else ""
        )
        tell(
            hands_of(case, row.jurisdiction_id),
            event,
            _("%(case)s: message from %(sender)s") % {"case": case.reference, "sender": message.sender.name},
            " ".join(filter(None, [_("Open it to read it: the sender sees when you do."), asked])),
            path_of(message),
        )
    messages.deliver(message=message)


@subscribe("message.acknowledged")
def tell_acknowledged(event: Event) -> None:
    message = _message(event)
    if message.acknowledge_within is None:
        return
    who = {"case": message.case.reference, "member": _name(message, event)}
    tell(
        [message.sent_by],
        event,
        _("%(case)s: %(member)s has acknowledged your message") % who,
        _("You had asked for it."),
        path_of(message),
    )


@subscribe("message.unacknowledged")
def tell_unacknowledged(event: Event) -> None:
    """Tell the sender, and the deciders of the member that has not acknowledged."""
    message = _message(event)
    who = {"case": message.case.reference, "member": _name(message, event)}
    tell(
        [message.sent_by],
        event,
        _("%(case)s: %(member)s has not acknowledged your message") % who,
        _("The time you gave for it is over. Its deciders are told."),
        path_of(message),
    )
    tell(
        officers(str(event.facts["member"]), [Role.DECIDER]),
        event,
        _("%(case)s: a message to your member waits for its acknowledgement") % who,
        _("The time that %(sender)s gave for it is over. Open it and acknowledge it.")
        % {"sender": message.sender.name},
        path_of(message),
    )


def _name(message: CaseMessage, event: Event) -> str:
    rows = MessageAddressee.objects.select_related("jurisdiction")
    return rows.get(message=message, jurisdiction=event.facts["member"]).jurisdiction.name
