"""Telling an authority that nobody has an answer in hand, and that others may give it now."""

from django.utils.translation import gettext as _

from escalation.services.deputies import deputy_for
from ledger.models import Event
from ledger.subscriptions import subscribe
from licensing.models import Consultation
from licensing.notices import case_path, tell
from licensing.recipients import deciders, speakers


def _open(event: Event) -> Consultation | None:
    asked = Consultation.objects.select_related("case", "jurisdiction", "officer")
    return asked.filter(pk=event.subject_id, status=Consultation.Status.OPEN).first()


@subscribe("consultation.unacknowledged")
def tell_nobody_has_it(event: Event) -> None:
    consultation = _open(event)
    if consultation is None or consultation.acknowledged_at is not None:
        return
    deputy = deputy_for(consultation)
    tell(
        {*deciders(consultation), *([deputy] if deputy else [])},
        event,
        _("%(case)s: nobody has said that you have it") % {"case": consultation.case.reference},
        _("%(who)s was asked and has not acknowledged it. The window ends at %(due)s.")
        % {"who": consultation.addressee, "due": f"{consultation.due_at:%Y-%m-%d %H:%M UTC}"},
        case_path(consultation.case, "consultations"),
    )


@subscribe("consultation.taken_over")
def tell_who_may_answer(event: Event) -> None:
    """Tell every voice of the addressee and of its substitutes, the officer it was taken from among them."""
    consultation = _open(event)
    if consultation is None:
        return
    holder = consultation.officer
    if holder is None:
        given = _("Nobody is on duty: whoever is first may claim it.")
    else:
        given = _("It is with %(name)s now.") % {"name": holder.name}
    tell(
        speakers(consultation),
        event,
        _("%(case)s: you may answer now") % {"case": consultation.case.reference},
        _("%(who)s has not answered, and the answer was taken over. %(given)s The window ends at %(due)s.")
        % {
            "who": consultation.addressee,
            "given": given,
            "due": f"{consultation.due_at:%Y-%m-%d %H:%M UTC}",
        },
        case_path(consultation.case, "consultations"),
    )
