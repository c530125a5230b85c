"""Screening whoever carries and receives shipments again when a list changes, until they have arrived.

The parties of a dossier are screened again by `licensing`; a declaration names others.
"""

from __future__ import annotations

from django.db import transaction

from core.actors import PROCESS
from core.models import ref
from enforcement.models import Shipment
from ledger import services as ledger
from licensing.models import Case
from licensing.services import locks, rescreening
from screening.lists import store
from screening.models import Snapshot

#: What a list may still bring a hit to: what is to leave, and what has not arrived.
WATCHED = (Shipment.Status.DECLARED, Shipment.Status.IN_TRANSIT)


@transaction.atomic
def ask_for_rescreening(*, snapshot: Snapshot) -> list[Shipment]:
    """Ask for the rescreening of the watched shipments of every case where a version of a list may match a party.

    Their parties are matched against what the version added or changed alone, as those of cases are.
    """
    rows = Shipment.objects.filter(status__in=WATCHED).select_related("licence__case__lead")
    found = list(
        rescreening.touched(
            rows.order_by("licence__case", "pk").prefetch_related("parties", "licence__case__stakes"),
            lambda shipment: shipment.parties.all(),
            store.changed(snapshot),
            store.lived_changed(snapshot),
        )
    )
    for case in {shipment.case_id: shipment.licence.case for shipment in found}.values():
        ledger.record(
            "shipment.screening_requested",
            actor=PROCESS,
            subject=case,
            aggregate=ref(case),
            aggregate_label=case.reference,
            audience=case.audience,
            facts={
                "list": snapshot.source_list.key,
                "version": snapshot.version,
                "shipments": [one.reference for one in found if one.case_id == case.pk],
            },
        )
    return found


@transaction.atomic
def rescreen(*, case: Case) -> list[Shipment]:
    """Screen the parties of a case and of its watched shipments against the lists in force; return the shipments
    with a party that is newly met.

    A hit that waits holds a declared shipment up (`selectors.holding_up`); of one in transit the officers are told
    where it goes. The holder does not learn who is looked at.
    """
    case = locks.locked(case.pk)
    rows = Shipment.objects.filter(licence__case=case, status__in=WATCHED).order_by("pk")
    shipments = list(rows.select_related("licence").prefetch_related("parties__shared_party"))
    parties = [party for shipment in shipments for party in shipment.parties.all()]
    new = rescreening.rescreen(case=case, why="list", further=parties)
    met = []
    for shipment in shipments:
        carrying = {party.shared_party_id for party in shipment.parties.all()}
        hits = [hit for hit in new if hit.shared_party_id in carrying]
        if hits:
            met.append(shipment)
            ledger.record(
                "shipment.resembling",
                actor=PROCESS,
                subject=shipment,
                aggregate=ref(case),
                aggregate_label=case.reference,
                audience=case.audience,
                facts={
                    "reference": shipment.reference,
                    "licence": shipment.licence.number,
                    "status": str(shipment.status),
                    "route": shipment.route,
                    "new_hits": len(hits),
                    "strong": any(hit.strong for hit in hits),
                },
            )
    return met
