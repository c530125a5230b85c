"""Telling whoever a request to change a licence concerns, and what came of it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from core.instants import in_zones
from ledger.models import Event
from ledger.subscriptions import subscribe
from licensing.models import ChangeConsent, Licence, LicenceChange
from licensing.notices import tell
from licensing.policies.changes import DECIDING, RECOMMENDING
from licensing.recipients import customs, handlers, holders, officers
from members.models import Jurisdiction, Role


def _change(event: Event) -> LicenceChange:
    related = ("licence__case__application", "licence__case__lead", "licence__issued_by")
    return LicenceChange.objects.select_related(*related).get(pk=event.subject_id)


def _licence(event: Event) -> Licence:
    return Licence.objects.select_related("case__application", "case__lead").get(pk=event.subject_id)


def officers_path(change: LicenceChange) -> str:
    return f"/workbench/licence-changes/{change.reference}/"


def holders_path(change: LicenceChange) -> str:
    return f"/licence-changes/{change.reference}/"


def _tell_holder(event: Event, subject: str, text: str) -> None:
    change = _change(event)
    told = {"number": change.licence.number, "kind": change.get_kind_display().lower()}
    tell(holders(change.licence), event, subject % told, text, holders_path(change))


@subscribe("change.asked")
def tell_asked(event: Event) -> None:
    change = _change(event)
    told = {"number": change.licence.number, "kind": change.get_kind_display().lower()}
    tell(
        handlers(change.licence.case, *RECOMMENDING),
        event,
        _("%(number)s: %(kind)s asked for by its holder") % told,
        _("%(why)s An answer is due by %(due)s.")
        % {"why": change.reason, "due": in_zones(change.due_at, [change.licence.issued_by.timezone])},
        officers_path(change),
    )
    for row in change.consents.filter(status=ChangeConsent.Status.ASKED).select_related("jurisdiction"):
        tell(
            officers(row.jurisdiction_id, [Role.DECIDER]),
            event,
            _("%(number)s: does your member consent to the %(kind)s?") % told,
            _(
                "Answer by %(due)s. Without your consent the licence does not hold in your member once it "
                "is granted."
            )
            % {"due": in_zones(row.due_at, [row.jurisdiction.timezone])},
            officers_path(change),
        )


@subscribe("change.recommended")
def tell_recommended(event: Event) -> None:
    change = _change(event)
    if change.status == LicenceChange.Status.RECOMMENDED:
        tell(
            officers(change.licence.issued_by_id, DECIDING).exclude(pk=change.recommended_by_id or 0),
            event,
            _("%(number)s: a change waits for the second officer") % {"number": change.licence.number},
            change.remark,
            officers_path(change),
        )


@subscribe("change.sent_back")
def tell_sent_back(event: Event) -> None:
    change = _change(event)
    tell(
        handlers(change.licence.case, *RECOMMENDING),
        event,
        _("%(number)s: the recommendation was sent back") % {"number": change.licence.number},
        change.remark,
        officers_path(change),
    )


@subscribe("change.overdue")
def tell_overdue(event: Event) -> None:
    change = _change(event)
    tell(
        officers(change.licence.issued_by_id, DECIDING | RECOMMENDING),
        event,
        _("%(number)s: the answer to its holder is overdue") % {"number": change.licence.number},
        _("Nothing is granted or refused by silence: recommend and decide."),
        officers_path(change),
    )
    _tell_holder(
        event,
        _("%(number)s: the answer about its %(kind)s is late"),
        _(
            "The authority has not answered in time and has been told so. Your licence stays as it is meanwhile."
        ),
    )


@subscribe("change.refused")
def tell_refused(event: Event) -> None:
    _tell_holder(event, _("%(number)s: %(kind)s refused"), _change(event).told)


@subscribe("change.overtaken")
def tell_overtaken(event: Event) -> None:
    _tell_holder(event, _("%(number)s: %(kind)s not decided any more"), _change(event).ended_because)


@subscribe("change.withdrawn")
def tell_withdrawn(event: Event) -> None:
    change = _change(event)
    tell(
        handlers(change.licence.case, *RECOMMENDING, *DECIDING),
        event,
        _("%(number)s: its holder took the request back") % {"number": change.licence.number},
        _("Nothing is to be decided any more."),
        officers_path(change),
    )


@subscribe("change.consented")
def tell_consented(event: Event) -> None:
    member = Jurisdiction.objects.get(code=event.facts["member"]).name
    change = _change(event)
    tell(
        handlers(change.licence.case, *DECIDING),
        event,
        _("%(number)s: %(member)s consents") % {"number": change.licence.number, "member": member},
        _("It consents to the change that the holder asks for."),
        officers_path(change),
    )


@subscribe("change.declined")
@subscribe("change.not_answered")
def tell_left_out(event: Event) -> None:
    """The holder may take the request back rather than lose a member."""
    member = Jurisdiction.objects.get(code=event.facts["member"]).name
    change = _change(event)
    told = {"number": change.licence.number, "member": member}
    subject = (
        _("%(number)s: %(member)s does not consent")
        if event.type == "change.declined"
        else _("%(number)s: no answer from %(member)s")
    )
    text = _(
        "If the change is granted, the licence does not hold in %(member)s any more. Take the request back if "
        "you need it there."
    )
    said = " ".join(filter(None, [text % told, str(event.facts.get("reason", ""))]))
    tell(holders(change.licence), event, subject % told, said, holders_path(change))
    tell(handlers(change.licence.case, *DECIDING), event, subject % told, said, officers_path(change))


def _tell_of_edition(event: Event, subject: str) -> None:
    licence, facts = _licence(event), event.facts
    told = {"number": licence.number, "edition": facts["edition"]}
    left_out = [str(code) for code in facts["left_out"]]
    text = _(
        "Edition %(edition)s holds from now on, in %(all)s. Fetch the licence again: earlier ones do not count."
    ) % {
        "edition": facts["edition"],
        "all": ", ".join(facts["territory"]),
    }
    tell(holders(licence), event, subject % told, text, f"/licences/{licence.number}/")
    path = f"/workbench/licences/{licence.number}/history/"
    members = {*facts["territory"], *left_out}
    tell(customs(members), event, subject % told, text, path)
    for code in sorted(members - {licence.issued_by_id}):
        tell(officers(code, [Role.DECIDER]), event, subject % told, text, path)


@subscribe("licence.extended")
def tell_extended(event: Event) -> None:
    _tell_of_edition(event, _("%(number)s: extended, edition %(edition)s"))


@subscribe("licence.amended")
def tell_amended(event: Event) -> None:
    _tell_of_edition(event, _("%(number)s: amended, edition %(edition)s"))


@subscribe("licence.surrendered")
def tell_surrendered(event: Event) -> None:
    licence = _licence(event)
    subject = _("%(number)s: surrendered by its holder") % {"number": licence.number}
    _tell_it_is_over(event, licence, subject, licence.status_reason)


@subscribe("licence.replaced")
def tell_replaced(event: Event) -> None:
    licence = _licence(event)
    subject = _("%(number)s: replaced by %(by)s") % {"number": licence.number, "by": event.facts["by"]}
    text = _("Nothing new leaves under it. What customs have reserved of it may be confirmed in its time.")
    tell(holders(licence), event, subject, text, f"/licences/{event.facts['by']}/")
    _tell_it_is_over(event, licence, subject, text)


def _tell_it_is_over(event: Event, licence: Licence, subject: str, text: str) -> None:
    path = f"/workbench/licences/{licence.number}/"
    tell(handlers(licence.case, Role.DECIDER), event, subject, text, path)
    tell(customs(licence.territory), event, subject, text, path)
    for code in licence.territory:
        if code != licence.issued_by_id:
            tell(officers(code, [Role.DECIDER]), event, subject, text, path)
