"""Who is told of a provisional grant: the exporter, the lead, those who may confirm it, customs where it holds."""

from __future__ import annotations

from django.utils.translation import gettext as _

from core.instants import in_zones
from ledger.models import Event
from ledger.subscriptions import subscribe
from licensing.models import Case, Licence
from licensing.notices import case_of, case_path, exporter_path, tell
from licensing.recipients import customs, handlers, holders, seconds
from members.models import Role


def _licence(event: Event) -> tuple[Licence, Case]:
    found = Licence.objects.select_related("case__application", "case__lead")
    licence = found.prefetch_related("case__stakes").get(pk=event.subject_id)
    return licence, licence.case


def _until(licence: Licence, case: Case) -> str:
    return in_zones(licence.confirm_by, [case.lead.timezone]) if licence.confirm_by else ""


def _less(event: Event) -> str:
    """Say that the provider's record has lowered the share, where it has."""
    percent = event.facts.get("allowance", 100)
    if percent == 100:
        return ""
    said = _("By the provider's record of the last two years it is %(percent)s %% of that.")
    return f" {said % {'percent': percent}}"


@subscribe("provisional.granted")
def tell_granted(event: Event) -> None:
    licence, case = _licence(event)
    facts = {"share": event.facts.get("share", ""), "until": _until(licence, case), "number": licence.number}
    tell(
        holders(licence),
        event,
        _("%(number)s: provisional licence") % facts,
        _(
            "Nobody answered in time, so %(share)s %% of each line is licensed provisionally. Unless two members "
            "confirm it, it ends by itself at %(until)s. Ship only what you can stop."
        )
        % facts
        + _less(event),
        exporter_path(case),
    )
    tell(
        {*handlers(case, Role.DECIDER), *seconds(case)},
        event,
        _("%(case)s: confirm a provisional grant") % {"case": case.reference},
        _(
            "Nobody answered in time, and %(share)s %% of each line was granted by the clock. A decider of the "
            "lead and somebody of another member confirm it by %(until)s; one of them can end it before."
        )
        % facts
        + _less(event),
        case_path(case, "provisional"),
    )
    _tell_customs(
        event,
        licence,
        _("%(number)s: provisional licence on your territory") % facts,
        _("It holds until %(until)s, unless it is confirmed or repealed before. Look it up at each shipment.")
        % facts,
    )


@subscribe("information.answered")
def tell_who_confirms_of_an_answer(event: Event) -> None:
    """The exporter answered while a provisional grant waits: whoever confirms it reads that."""
    case = case_of(event)
    if case.status == Case.Status.PROVISIONAL:
        tell(
            {*handlers(case, Role.DECIDER), *seconds(case)},
            event,
            _("%(case)s: the exporter answered") % {"case": case.reference},
            _("The answer is with the case."),
            case_path(case, "provisional"),
        )


@subscribe("provisional.confirmed")
def tell_confirmed(event: Event) -> None:
    licence, case = _licence(event)
    facts = {"number": licence.number, "until": licence.valid_until.isoformat()}
    subject = _("%(number)s: confirmed") % facts
    text = (
        _("Two members confirmed this licence. It is no longer provisional and holds until %(until)s.")
        % facts
    )
    tell(holders(licence), event, subject, text, exporter_path(case))
    tell({*handlers(case, Role.DECIDER), *seconds(case)}, event, subject, text, case_path(case, "licence"))
    _tell_customs(event, licence, subject, text)


@subscribe("provisional.repealed")
def tell_repealed(event: Event) -> None:
    licence, case = _licence(event)
    facts = {"number": licence.number, "reason": event.facts.get("reason", "")}
    subject = _("%(number)s: repealed") % facts
    tell(
        holders(licence),
        event,
        subject,
        _("The provisional licence is over: %(reason)s Do not export under it any more.") % facts,
        exporter_path(case),
    )
    tell(
        {*handlers(case, Role.DECIDER), *seconds(case)},
        event,
        subject,
        _("The provisional licence is over: %(reason)s The case waits for people to decide.") % facts,
        case_path(case, "provisional"),
    )
    _tell_customs(event, licence, subject, _("Nothing may leave under it any more: %(reason)s") % facts)


def _tell_customs(event: Event, licence: Licence, subject: str, text: str) -> None:
    tell(customs(licence.territory), event, subject, text, f"/workbench/licences/{licence.number}/")
