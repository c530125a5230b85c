"""What every act on a shipment shares: its row behind the lock of its case, and its event."""

from __future__ import annotations

from core.actors import Actor
from core.models import ref
from enforcement.models import Shipment
from ledger import services as ledger
from licensing.models import Licence
from licensing.services import locks


def locked(shipment: Shipment) -> Shipment:
    """Return a shipment behind the lock of its case, after whatever was due of that has been applied."""
    locks.lock(shipment.case_id)
    found: Shipment = (
        Shipment.objects.select_for_update(of=("self",))
        .select_related("licence__issued_by", "licence__holder", "leaves_from")
        .get(pk=shipment.pk)
    )
    found.licence = locked_licence(found.licence)
    return found


def locked_licence(licence: Licence) -> Licence:
    """Read a licence again once its case is locked."""
    found: Licence = Licence.objects.select_related(
        "issued_by", "holder", "case__lead", "case__revision", "case__application"
    ).get(pk=licence.pk)
    return found


def record(type: str, actor: Actor, shipment: Shipment, **facts: object) -> None:
    """Record what happened to a shipment, in the record of its case."""
    case = shipment.licence.case
    ledger.record(
        type,
        actor=actor,
        subject=shipment,
        aggregate=ref(case),
        aggregate_label=case.reference,
        audience=shipment.audience,
        facts={
            "reference": shipment.reference,
            "licence": shipment.licence.number,
            "status": str(shipment.status),
            **facts,
        },
    )
