"""What falls due of waivers, and who is told of what happens to them."""

from deadlines.models import DueInstant
from deadlines.registry import on_due
from exemptions import notices, reporting, waiving  # noqa: F401


@on_due(waiving.REPORT)
def suspend_when_a_report_is_missed(due: DueInstant) -> None:
    reporting.missed(due)


@on_due(waiving.EXPIRY)
def expire_waiver(due: DueInstant) -> None:
    waiving.expired(due)
