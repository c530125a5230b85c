"""Who is told of denials that a case resembles, and of the same end-user in another member."""

from __future__ import annotations

from django.utils.translation import gettext as _

from core import audience as audiences
from core.instants import in_zones
from intelligence.models import Denial
from ledger.models import Event
from ledger.subscriptions import subscribe
from licensing.models import LinkedCase, UndercutCheck
from licensing.notices import case_path, tell
from licensing.policies.positions import VOICES
from licensing.recipients import handlers, officers
from members.models import Role, User


def _check(event: Event) -> UndercutCheck:
    related = ("case__lead", "case__application", "jurisdiction", "denial")
    return UndercutCheck.objects.select_related(*related).get(pk=event.subject_id)


@subscribe("undercut.asked")
def ask_whoever_denied(event: Event) -> None:
    row = _check(event)
    if row.status != UndercutCheck.Status.ASKED:
        return
    case, path = row.case, f"/workbench/undercut/{row.uid}/"
    told = {"case": case.reference, "denial": row.denial.reference}
    if row.own or row.due_at is None:
        text = _(
            "Your member denied the like before. A decider says whether this is identical, before any grant."
        )
        people = officers(row.jurisdiction_id, [Role.DECIDER])
    else:
        zone = row.jurisdiction.timezone
        text = _(
            "Another member may grant what you denied. Say by %(due)s whether it is essentially identical; silence "
            "means that it is not."
        ) % {"due": in_zones(row.due_at, [zone])}
        people = officers(row.jurisdiction_id, VOICES)
        waiting = _("A member that denied the like is asked; nothing is granted before it answers.")
        subject = _("%(case)s: resembles the denial %(denial)s") % told
        tell(handlers(case, Role.DECIDER), event, subject, waiting, case_path(case, "consultations"))
    tell(people, event, _("%(case)s: is this what %(denial)s denied?") % told, text, path)


@subscribe("undercut.answered")
@subscribe("undercut.lapsed")
@subscribe("undercut.overtaken")
def tell_what_was_answered(event: Event) -> None:
    row = _check(event)
    if event.type == "undercut.overtaken" and not row.case.is_open:
        return
    told = {"case": row.case.reference, "denial": row.denial.reference, "answer": row.get_status_display()}
    text = (
        _("A grant all the same is explained first, and every member is told why.")
        if row.status == UndercutCheck.Status.IDENTICAL
        else _("It does not stand in the way of a grant.")
    )
    tell(
        handlers(row.case, Role.DECIDER),
        event,
        _("%(case)s, %(denial)s: %(answer)s") % told,
        " ".join(filter(None, [text, row.reason])),
        case_path(row.case, "consultations"),
    )


@subscribe("denial.undercut")
def tell_all_of_an_undercut(event: Event) -> None:
    denial = Denial.objects.select_related("jurisdiction").get(pk=event.subject_id)
    people = User.objects.in_roles(Role.DECIDER)
    if audiences.ALLIANCE not in denial.audience:
        people = people.filter(authority__jurisdiction__in=denial.releasable_to)
    told = {"denial": denial.reference, "by": event.facts["by"]}
    text = (
        event.facts["reasons"] or _("The rule asks for this notice after the fact: %(rule)s.") % event.facts
    )
    subject = _("%(by)s granted what %(denial)s denied") % told
    tell(people, event, subject, text, f"/workbench/denials/{denial.reference}/")


@subscribe("case.linked")
def tell_of_the_same_end_user(event: Event) -> None:
    related = ("case__lead", "case__application", "other__lead", "shared_party")
    row = LinkedCase.objects.select_related(*related).get(pk=event.subject_id)
    told = {"member": row.other.lead.name, "party": row.shared_party.name}
    tell(
        handlers(row.case, Role.LICENSING_OFFICER, Role.DECIDER),
        event,
        _("%(case)s: another member has an application for the same end-user") % {"case": row.case.reference},
        _("%(member)s leads a case for %(party)s. Ask your colleague there before you decide.") % told,
        case_path(row.case, "parties"),
    )
