"""Telling whoever is affected that a clock was restored or a window extended."""

from django.utils.translation import gettext as _

from ledger.models import Event
from ledger.subscriptions import subscribe
from licensing.models import ClockStop, Consultation
from licensing.notices import case_of, case_path, exporter_path, tell
from licensing.recipients import exporters, handlers, speakers
from members.models import Role


@subscribe("stop.voided")
def tell_of_void_stop(event: Event) -> None:
    """Tell the owner of the stop, the lead's officers, and everyone whose window is nearer now."""
    case = case_of(event)
    stop = ClockStop.objects.select_related("owner").get(pk=event.subject_id)
    waiting = Consultation.objects.filter(case=case, status=Consultation.Status.OPEN)
    asked = [
        person
        for consultation in waiting.select_related("case", "jurisdiction", "officer")
        for person in ([consultation.officer] if consultation.officer else speakers(consultation))
    ]
    tell(
        {stop.owner, *handlers(case, Role.DECIDER), *asked},
        event,
        _("%(case)s: a stop of the clock is void") % {"case": case.reference},
        _("Everything is due as if the clock had not stood. The reason is with the case."),
        case_path(case, "clocks"),
    )


@subscribe("window.extended")
def tell_of_extension(event: Event) -> None:
    """Tell the lead when the addressee has taken more time."""
    consultation = Consultation.objects.select_related("case", "jurisdiction").get(pk=event.subject_id)
    tell(
        handlers(consultation.case, Role.DECIDER),
        event,
        _("%(case)s: a window was extended") % {"case": consultation.case.reference},
        _("%(who)s answers by %(due)s.")
        % {"who": consultation.addressee, "due": f"{consultation.due_at:%Y-%m-%d %H:%M UTC}"},
        case_path(consultation.case, "clocks"),
    )


@subscribe("clock.restored")
def tell_restored(event: Event) -> None:
    case = case_of(event)
    tell(
        exporters(case),
        event,
        _("%(case)s: your clock was restored") % {"case": case.reference},
        _("A stop of the clock was void. Everything is due as if it had never been."),
        exporter_path(case),
    )
