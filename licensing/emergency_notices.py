"""Telling who triages an emergency request, who has to know that nobody did, and the exporter what came of it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from ledger.models import Event
from ledger.subscriptions import subscribe
from licensing.models import EmergencyRequest
from licensing.notices import case_path, exporter_path, tell
from licensing.policies.emergencies import TRIAGING
from licensing.recipients import exporters, handlers
from members.models import Role, User


def _request(event: Event) -> EmergencyRequest:
    found = EmergencyRequest.objects.select_related("case__lead", "case__application")
    return found.get(pk=event.subject_id)


@subscribe("emergency.requested")
def tell_who_triages(event: Event) -> None:
    request = _request(event)
    if request.is_waiting:
        tell(
            handlers(request.case, *TRIAGING),
            event,
            _("%(case)s: emergency handling is asked for") % {"case": request.case.reference},
            _(
                "Accept or decline it by %(due)s. Requests of this exporter in the 365 days before: %(earlier)s."
            )
            % {"due": f"{request.due_at:%Y-%m-%d %H:%M UTC}", "earlier": request.earlier},
            case_path(request.case, "emergency"),
        )


@subscribe("emergency.overdue")
def tell_it_is_overdue(event: Event) -> None:
    request = _request(event)
    case = request.case
    subject = _("%(case)s: nobody has triaged an emergency request") % {"case": case.reference}
    text = _("It was due at %(due)s. The case goes its ordinary way meanwhile.") % {
        "due": f"{request.due_at:%Y-%m-%d %H:%M UTC}"
    }
    deciders = handlers(case, Role.DECIDER)
    tell(deciders, event, subject, text, case_path(case, "emergency"))
    unit = User.objects.in_roles(Role.CRISIS_SEAT).exclude(pk__in=deciders.values("pk"))
    tell(unit, event, subject, text, "/workbench/emergencies/")


@subscribe("emergency.accepted")
def tell_accepted(event: Event) -> None:
    request = _request(event)
    tell(
        exporters(request.case),
        event,
        _("%(case)s: emergency handling accepted") % {"case": request.case.reference},
        _("%(answer)s A licence will be valid for a short time and is not renewed.")
        % {"answer": request.answer},
        exporter_path(request.case),
    )


@subscribe("emergency.declined")
def tell_declined(event: Event) -> None:
    request = _request(event)
    tell(
        exporters(request.case),
        event,
        _("%(case)s: emergency handling declined") % {"case": request.case.reference},
        _("%(answer)s Your application goes its ordinary way; nothing is lost.") % {"answer": request.answer},
        exporter_path(request.case),
    )
