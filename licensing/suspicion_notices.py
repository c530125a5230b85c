"""Telling members of suspicious orders that concern them. The exporter is told nothing beyond its receipt."""

from __future__ import annotations

from django.utils.translation import gettext as _

from ledger.models import Event
from ledger.subscriptions import subscribe
from licensing.models import Case, SuspiciousOrder
from licensing.notices import case_path, tell
from licensing.recipients import handlers, officers
from licensing.services import suspicions
from members.models import Role

REVIEWING = (Role.LICENSING_OFFICER, Role.DECIDER)


def _report(event: Event) -> SuspiciousOrder:
    return SuspiciousOrder.objects.select_related("organisation").get(pk=event.subject_id)


def _path(report: SuspiciousOrder) -> str:
    return f"/workbench/suspicious-orders/{report.reference}/"


@subscribe("suspicious_order.filed")
def tell_filed(event: Event) -> None:
    report = _report(event)
    tell(
        officers(report.organisation.jurisdiction_id, REVIEWING),
        event,
        _("%(reference)s: suspicious order reported") % {"reference": report.reference},
        _("%(exporter)s has reported an order. Review it, and decide who else is to read it.")
        % {"exporter": report.organisation.name},
        _path(report),
    )
    suspicions.look(report=report)


@subscribe("suspicious_order.matched")
def tell_matched(event: Event) -> None:
    case = Case.objects.select_related("lead").get(reference=event.facts["case"])
    tell(
        handlers(case, *REVIEWING),
        event,
        _("%(case)s: a suspicious order bears on it") % {"case": case.reference},
        str(event.facts["because"]),
        case_path(case),
    )


@subscribe("suspicious_order.passed_on")
def tell_passed_on(event: Event) -> None:
    report = _report(event)
    for code in event.facts["to"]:
        tell(
            officers(code, REVIEWING),
            event,
            _("%(reference)s: suspicious order passed on to your member") % {"reference": report.reference},
            _("Another member has passed on what an exporter reported. Review it."),
            _path(report),
        )
