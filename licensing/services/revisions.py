"""Freezing a dossier as a numbered revision."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from core import clock
from core.models import ref
from intelligence import services as intelligence
from intelligence.services import Sighting
from licensing import dossier as dossiers
from licensing.dossier import Dossier
from licensing.models import Application, Item, Leg, Party, Revision
from members.models import User


def freeze(
    *,
    actor: User,
    application: Application,
    dossier: Dossier,
    number: int,
    reason: str,
    before: Dossier | None = None,
) -> Revision:
    """Freeze a complete dossier as a numbered revision, with rows to search and screen by."""
    revision = Revision.objects.create(
        application=application,
        number=number,
        dossier=dossier,
        sha256=dossiers.fingerprint(dossier),
        difference=dossiers.difference(before, dossier) if before is not None else [],
        reason=reason[:200],
        made_by=actor,
        made_at=clock.now(),
    )
    Item.objects.bulk_create(
        Item(
            revision=revision,
            line=item["line"],
            control_code=item.get("control_code") or "",
            classification_requested=bool(item.get("classification_requested")),
            hs_code=item["hs_code"],
            description=item["description"].strip(),
            quantity=Decimal(item["quantity"]),
            unit=item["unit"],
            value=Decimal(item["value"]),
            currency=item["currency"],
            serial_numbers=item.get("serial_numbers", []),
            components_from=item.get("components_from", []),
        )
        for item in dossier["items"]
    )
    parties = dossier["parties"]
    shared = intelligence.share_parties(
        sightings=[
            Sighting(
                party["name"].strip(),
                party["country"],
                party["role"],
                [{"kind": i["scheme"], "value": i["value"]} for i in party.get("identifiers", [])],
            )
            for party in parties
        ],
        source_ref=ref(application),
        audience=application.audience,
    )
    Party.objects.bulk_create(
        Party(
            revision=revision,
            shared_party=known,
            role=party["role"],
            kind=party["kind"],
            name=party["name"].strip(),
            aliases=party.get("aliases", []),
            address=party["address"].strip(),
            country=party["country"],
            identifiers=party.get("identifiers", []),
            website=party.get("website") or "",
            incorporated_on=date.fromisoformat(party["incorporated_on"])
            if party.get("incorporated_on")
            else None,
            **_holding(party),
        )
        for party, known in zip(parties, shared, strict=True)
    )
    Leg.objects.bulk_create(
        Leg(
            revision=revision,
            number=index,
            origin=leg["origin"],
            destination=leg["destination"],
            mode=leg["mode"],
        )
        for index, leg in enumerate(dossier["route"]["legs"], start=1)
    )
    return revision


def _holding(party: Dossier) -> dict[str, object]:
    """What an owner holds; of any other party nothing, whatever its form still says."""
    if party["role"] != Party.Role.OWNER:
        return {}
    return {"owns": party["owns"].strip(), "share": Decimal(party["share"])}
