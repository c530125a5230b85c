"""The dates of a waiver: its reports and the deliveries under it, each with how it stands now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.utils.translation import gettext as _

from core import clock
from enforcement import selectors
from exemptions.models import Waiver

#: How the verification of a delivery reads in a calendar.
STATES = {"accepted": "done", "confirmed": "waits", "due": "to_come", "overdue": "missed"}


@dataclass(frozen=True)
class Date:
    """Something that falls due: `on` is its last day in UTC; `state` is done, late, waits, missed or to_come."""

    on: date
    at: datetime
    state: str
    text: str
    reference: str = ""  # of a shipment


def of_waiver(waiver: Waiver) -> list[Date]:
    """Return what falls due of a waiver, soonest first: four queries."""
    now = clock.now()
    found = []
    for report in waiver.reports.all():
        late = report.filed_at is not None and report.filed_at >= report.due_at
        state = (
            "late" if late else "done" if report.filed_at else "missed" if report.due_at <= now else "to_come"
        )
        found.append(
            Date(
                _last_day(report.due_at),
                report.due_at,
                state,
                _("Report %(number)d") % {"number": report.number},
            )
        )
    shipments = list(selectors.of_waiver(waiver).filter(verify_by__isnull=False))
    states = selectors.states(shipments)
    for shipment in shipments:
        assert shipment.verify_by is not None
        text = _("Delivery of %(reference)s") % {"reference": shipment.reference}
        state = STATES[states[shipment.pk]]
        found.append(Date(_last_day(shipment.verify_by), shipment.verify_by, state, text, shipment.reference))
    return sorted(found, key=lambda one: one.at)


def _last_day(due: datetime) -> date:
    """The day on which it can still be done: a due instant is the first that is too late."""
    return (due - timedelta(microseconds=1)).astimezone(UTC).date()
