"""What falls due of waivers, authorisations and uses, and who is told of what happens to them."""

from deadlines.models import DueInstant
from deadlines.registry import on_due
from exemptions import (  # noqa: F401
    authorising,
    instrument_notices,
    notices,
    registering,
    registration_reports,
    reporting,
    using,
    waiving,
)


@on_due(waiving.REPORT)
def suspend_when_a_report_is_missed(due: DueInstant) -> None:
    reporting.missed(due)


@on_due(waiving.EXPIRY)
def expire_waiver(due: DueInstant) -> None:
    waiving.expired(due)


@on_due(authorising.EXPIRY)
def expire_authorisation(due: DueInstant) -> None:
    authorising.expired(due)


@on_due(registering.FIRST_USE)
def end_notice_period(due: DueInstant) -> None:
    registering.first_use(due)


@on_due(registering.EXPIRY)
def end_registration(due: DueInstant) -> None:
    registering.ended(due)


@on_due(registering.REPORT)
def suspend_registration_when_a_report_is_missed(due: DueInstant) -> None:
    registration_reports.missed(due)


@on_due(using.REVIEW)
def remind_of_a_use(due: DueInstant) -> None:
    using.overdue(due)
