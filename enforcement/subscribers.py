"""What falls due of shipments, and what they do when a licence is repealed or a list changes."""

from deadlines.models import DueInstant
from deadlines.registry import on_due
from enforcement import drawdown_notices, notices, selectors  # noqa: F401
from enforcement.services import deliveries, drawdown, monitors, rescreening, shipments
from ledger.models import Event
from ledger.subscriptions import subscribe
from licensing import taking
from licensing.models import Case, Licence
from licensing.taking import Taken
from screening.models import Snapshot


@taking.told_by
def tell_what_is_taken(licence: Licence) -> dict[int, Taken]:
    return {
        one.line.line: Taken(one.shipped + one.reserved + one.drawn, one.declared)
        for one in selectors.left_of(licence)
    }


@on_due(shipments.VERIFICATION)
def note_that_a_delivery_is_unverified(due: DueInstant) -> None:
    deliveries.missed(due)


@on_due(monitors.KIND)
def note_that_a_monitor_is_silent(due: DueInstant) -> None:
    monitors.silent(due)


@on_due(drawdown.EXPIRY)
def let_a_reservation_lapse(due: DueInstant) -> None:
    drawdown.lapse(due)


@subscribe("licence.amended")
def exhaust_when_nothing_is_left(event: Event) -> None:
    drawdown.settle(licence=Licence.objects.get(pk=event.subject_id))


@subscribe("provisional.repealed")
def stop_and_list_shipments(event: Event) -> None:
    shipments.stop_after_repeal(licence_id=int(event.subject_id))


@subscribe("list.loaded")
def ask_for_rescreening(event: Event) -> None:
    snapshot = Snapshot.objects.select_related("source_list").get(pk=event.subject_id)
    if snapshot.in_force_until is None:  # a version that is over is overtaken by the event of its successor
        rescreening.ask_for_rescreening(snapshot=snapshot)


@subscribe("shipment.screening_requested")
def rescreen_when_requested(event: Event) -> None:
    rescreening.rescreen(case=Case.objects.get(pk=event.subject_id))
