"""What members share is put into collections once it is certain."""

from ledger.models import Event
from ledger.subscriptions import subscribe
from sharing import contributing, services


@subscribe("denial.recorded")
@subscribe("denial.released")
@subscribe("denial.reviewed")
@subscribe("denial.withdrawn")
def share_denial(event: Event) -> None:
    services.share_denial(denial_id=int(event.subject_id), at=event.at)


@subscribe("suspicious_order.filed")
@subscribe("suspicious_order.matched")
@subscribe("suspicious_order.passed_on")
def share_report(event: Event) -> None:
    services.share_report(report_id=int(event.subject_id), at=event.at)


@subscribe("guidance.issued")
@subscribe("guidance.withdrawn")
@subscribe("guidance.expired")
def share_guidance(event: Event) -> None:
    services.share_guidance(guidance_id=int(event.subject_id), at=event.at)


@subscribe("warning.shared")
def watch_for_parties(event: Event) -> None:
    contributing.watch()
