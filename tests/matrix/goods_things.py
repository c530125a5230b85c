"""What the matrix names of licences in use: authorisations, shipments, drawdown, customs."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from api.examples import MONITOR, USAGE_FILE
from core import clock
from enforcement.models import CustomsFile, DeliveryVerification, PreShipmentCheck, Reservation, Shipment
from enforcement.services import (
    checks,
    drawdown,
    monitors,
    offline_tokens,
    reconciliation,
    shipments,
    usage_files,
)
from enforcement.services.reconciliation import Told
from exemptions import authorising, barring
from licensing import using
from licensing.models import Consent, Licence
from licensing.services import consents
from members.models import Jurisdiction, Ministry, Organisation, Role, User
from tests import authorisations, factories, journeys
from tests.matrix.answers import REASON
from tests.matrix.world import World


def authorised(exporter: User, organisation: Organisation) -> dict[str, str]:
    """A registration with a use that waits for an officer, a draft under a template, and a bar."""
    registration = authorisations.registered(exporter, organisation, "eu001")
    asked = authorisations.asked("eu001", parties=authorisations.to("US"))
    use = using.declare(actor=exporter, registration=registration, asked=asked)
    draft = authorising.draft(
        actor=factories.officer_of("DE"),
        instrument=authorisations.instrument("individual"),
        holder=organisation,
        **authorisations.bounds(),
    )
    bar = barring.bar(
        actor=factories.officer_of("DE", Role.DECIDER),
        organisation=organisation,
        keys=["relief"],
        reason=REASON,
    )
    return {
        "registrations": registration.reference,
        "uses": use.reference,
        "workbench:authorisations": draft.reference,
        "granted-authorisations": draft.reference,
        "public:authorisations": "eu001",
        "api:authorisations": "eu001",
        "for": "trusted-destinations",
        "new": "individual",
        "bars": str(bar.uid),
    }


def monitored(licence: Licence, exporter: User) -> str:
    """The token of a link by which a monitor confirms the delivery of another shipment, which has left."""
    gone = shipments.depart(actor=exporter, shipment=shipped(licence, exporter))
    letter = monitors.letter(monitors.name(actor=exporter, shipment=gone, **MONITOR).pk)
    assert letter is not None
    return letter.path.strip("/").rpartition("/")[2]


def confirmed(licence: Licence, exporter: User) -> str:
    """What the holder says of the delivery of the shipment that has left, as it stands and not as it came about."""
    gone = Shipment.objects.get(licence=licence, status=Shipment.Status.IN_TRANSIT)
    said = DeliveryVerification.objects.create(
        shipment=gone,
        number=1,
        delivered_at=clock.now(),
        place="Port of Singapore, berth 7",
        signed_by="Anke Vossberg",
        sha256="0" * 64,
        confirmed_by=exporter,
        confirmed_at=clock.now(),
    )
    return str(said.uid)


def shipped(licence: Licence, exporter: User) -> Shipment:
    """A declared shipment of a small part of the licence; it waits for the check below."""
    line, party = licence.lines.all()[0], next(one for one in licence.parties if one["role"] == "consignee")
    return shipments.declare(
        actor=exporter,
        licence=licence,
        quantities={line.line: Decimal(1)},
        consignee=party["name"],
        destination=party["country"],
        carrier="Nordsee Spedition GmbH",
        carrier_country="DE",
        leaves_from="DE",
        planned_departure=clock.today() + timedelta(days=1),
        planned_arrival=clock.today() + timedelta(days=9),
    )


def taken(licence: Licence) -> Reservation:
    """A small part of the licence that customs have reserved."""
    return drawdown.reserve(
        actor=factories.officer_of("DE", Role.CUSTOMS_OFFICER, ministry=Ministry.CUSTOMS),
        licence=licence,
        line=licence.lines.all()[0].line,
        quantity=Decimal(1),
        unit=licence.lines.all()[0].unit,
        office="DE004851",
        declaration="26DE485112345678A0",
    )


def offline(licence: Licence) -> dict[str, str]:
    """A token that was taken, and a use told without one."""
    guard = factories.officer_of("DE", Role.CUSTOMS_OFFICER, ministry=Ministry.CUSTOMS)
    line = licence.lines.all()[0]
    token = offline_tokens.take_token(
        actor=guard, licence=licence, line=line.line, quantity=Decimal(1), unit=line.unit, office="DE004851"
    )
    told = Told(Decimal(1), clock.now(), "26DE1", "DE004851", "", licence.number, line.line, line.unit)
    use = reconciliation.report(actor=guard, told=told)
    return {
        "tokens": str(token.uid),
        "offline-tokens": str(token.uid),
        "conflicts": str(use.conflict.uid),
    }


def exchanged() -> CustomsFile:
    """A usage file of which nothing is ours."""
    guard = factories.officer_of("DE", Role.CUSTOMS_OFFICER, ministry=Ministry.CUSTOMS)
    return usage_files.receive(actor=guard, text=USAGE_FILE["text"])


def looked_into(licence: Licence, world: World) -> PreShipmentCheck:
    decider = world.people["DE decider"]
    assert decider is not None
    return checks.ask(actor=decider, licence=licence, reason="Look at the boxes and the seals.")


def brokered() -> dict[str, Any]:
    """A dossier with a broker between exporter and end-user."""
    content = journeys.dossier(own_reference="PAUSED-1")
    content["parties"].append(
        {**content["parties"][0], "role": "intermediary", "name": "Gulf Bridge Trading"}
    )
    return content


def widened(licence: Licence, exporter: User) -> Consent:
    """A member to which nobody here belongs was asked to let a licence hold there."""
    others = Jurisdiction.objects.exclude(code__in=["DE", "FR", "US", "JP"])
    return consents.ask(actor=exporter, licence=licence, member=others[0].code, reason=REASON)
