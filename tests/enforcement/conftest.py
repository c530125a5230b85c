"""A licence, the people around it, and shipments under it, made by the services themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest

from core import clock
from enforcement.models import DeliveryVerification, Shipment
from enforcement.services import deliveries, shipments
from enforcement.services.deliveries import ThirdParty, Upload
from exemptions.models import Waiver
from licensing.models import Licence
from members.models import Ministry, Role, User
from tests import factories
from tests.exemptions.test_waivers import singapore, waiver
from tests.licensing.conftest import Desk, answered, desk
from tests.standing import stays

__all__ = ["answered", "desk", "singapore", "waiver"]
DAY = timedelta(days=1)
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\rIHDR" + b"\x00" * 40
WHY = "The goods are needed elsewhere."
SEEN = "The photo shows the cameras at their place."


@stays
def licence(answered: Desk) -> Licence:
    """An ordinary licence of the exporter."""
    return answered.licence()


@pytest.fixture
def waived(answered: Desk, waiver: Waiver) -> Licence:
    """A licence that rests on a waiver of a crisis measure: its deliveries have to be verified."""
    return answered.licence()


def customs(code: str = "DE") -> User:
    return factories.officer_of(code, Role.CUSTOMS_OFFICER, ministry=Ministry.CUSTOMS)


def inspector(code: str = "DE") -> User:
    return factories.officer_of(code, Role.INSPECTOR, ministry=Ministry.CUSTOMS)


def terms(licence: Licence, **changes: Any) -> dict[str, Any]:
    """What is declared of a shipment of all there is, to the licence's own consignee."""
    party = next(one for one in licence.parties if one["role"] == "consignee")
    today = clock.today(licence.issued_by.timezone)
    return {
        "licence": licence,
        "quantities": {line.line: line.quantity for line in licence.lines.all()},
        "consignee": party["name"],
        "destination": party["country"],
        "carrier": "Nordsee Spedition GmbH",
        "carrier_country": "DE",
        "leaves_from": "DE",
        "planned_departure": today + DAY,
        "planned_arrival": today + 10 * DAY,
        **changes,
    }


def declared(actor: User, licence: Licence, **changes: Any) -> Shipment:
    return shipments.declare(actor=actor, **terms(licence, **changes))


def departed(actor: User, licence: Licence, **changes: Any) -> Shipment:
    return shipments.depart(actor=actor, shipment=declared(actor, licence, **changes))


def confirmed(actor: User, shipment: Shipment, **changes: Any) -> DeliveryVerification:
    received: Mapping[int, Decimal] = {row.licence_line.line: row.quantity for row in shipment.lines.all()}
    given = {
        "received": received,
        "delivered_at": clock.now(),
        "place": "Port of Singapore, berth 7",
        "signed_by": "Anke Vossberg",
        "third_party": ThirdParty("Harbour Survey Pte Ltd", "Mei Tan", "mei.tan@harbour-survey.example"),
        "uploads": [Upload("berth.png", BytesIO(PNG))],
        **changes,
    }
    return deliveries.confirm(actor=actor, shipment=shipment, **given)


def again(shipment: Shipment) -> Shipment:
    return Shipment.objects.select_related("licence").get(pk=shipment.pk)


Maker = Callable[..., Shipment]
