"""What licensing does when something happened or fell due."""

from deadlines.models import DueInstant
from deadlines.registry import on_due
from ledger.models import Event
from ledger.subscriptions import subscribe
from licensing import notices  # noqa: F401
from licensing.services import applications, assessments, information, licences, locks  # noqa: F401


def lane_queue(event: Event) -> str:
    """The humanitarian lane has its own queue, chosen from the ground claimed."""
    return "humanitarian" if event.facts.get("lane") == "humanitarian" else "standard"


@subscribe("application.registered", queue=lane_queue)
def assess_when_registered(event: Event) -> None:
    assessments.assess(application_id=int(event.subject_id))


@subscribe("application.revised", queue=lane_queue)
def assess_when_revised(event: Event) -> None:
    assessments.assess(application_id=int(event.subject_id))


@on_due(applications.DRAFT_EXPIRY)
def expire_draft(due: DueInstant) -> None:
    applications.expire_draft(due)


@on_due(information.EXPIRY)
def expire_question(due: DueInstant) -> None:
    information.expire(due)


@on_due(licences.EXPIRY)
def expire_licence(due: DueInstant) -> None:
    licences.expire(due)
