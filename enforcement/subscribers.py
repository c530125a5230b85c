"""What falls due of shipments, and what they do when a licence is repealed or a list changes."""

from deadlines.models import DueInstant
from deadlines.registry import on_due
from enforcement import notices  # noqa: F401
from enforcement.services import deliveries, monitors, shipments
from ledger.models import Event
from ledger.subscriptions import subscribe


@on_due(shipments.VERIFICATION)
def note_that_a_delivery_is_unverified(due: DueInstant) -> None:
    deliveries.missed(due)


@on_due(monitors.KIND)
def note_that_a_monitor_is_silent(due: DueInstant) -> None:
    monitors.silent(due)


@subscribe("provisional.repealed")
def stop_and_list_shipments(event: Event) -> None:
    shipments.stop_after_repeal(licence_id=int(event.subject_id))
