"""Deliveries: when they have to be verified, what a confirmation needs, who judges it, and what its date does."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, transaction

from core import clock
from core.errors import Conflict, Forbidden, Invalid
from correspondence.models import Document, Notice
from deadlines import services as deadlines
from enforcement import expectations, selectors
from enforcement.services import deliveries
from enforcement.services.deliveries import ThirdParty, Upload
from exemptions import allowances
from exemptions.models import Waiver
from ledger.models import Event
from ledger.testing import run_deliveries
from licensing.models import Licence
from members.models import Organisation, Role, User
from tests import journeys
from tests.enforcement.conftest import DAY, SEEN, again, confirmed, departed, inspector
from tests.licensing.conftest import Desk

pytestmark = pytest.mark.usefixtures("in_force")


def test_what_leaves_under_a_waiver_is_verified_thirty_days_after_it_arrives(
    waived: Licence, exporter: User
) -> None:
    shipment = departed(exporter, waived)
    assert shipment.verification == "waiver"
    assert shipment.verify_by is not None
    midnight = datetime.combine(shipment.planned_arrival + 31 * DAY, time(), ZoneInfo("Europe/Berlin"))
    assert abs(shipment.verify_by - midnight) <= timedelta(days=1)
    assert expectations.VERIFY_WITHIN.amount == 30


def test_relief_is_verified_and_ordinary_trade_is_not(licence: Licence) -> None:
    assert expectations.why(licence) == ""
    licence.case.revision.dossier["ground"] = {"kind": "humanitarian"}
    assert expectations.why(licence) == "humanitarian"


MISSING: list[tuple[dict[str, Any], str]] = [
    ({"received": {}}, "received.1"),
    ({"received": {1: Decimal(-1)}}, "received.1"),
    ({"received": {1: Decimal(1_000_000)}}, "received.1"),
    ({"received": {1: Decimal(1)}}, "explanation"),
    ({"delivered_at": clock.now() + 400 * DAY}, "delivered_at"),
    ({"delivered_at": clock.now() - 400 * DAY}, "delivered_at"),
    ({"place": ""}, "place"),
    ({"signed_by": ""}, "signed_by"),
    ({"third_party": ThirdParty()}, "third_party"),
    ({"third_party": ThirdParty("Survey Ltd", "", "x@example.org")}, "third_person"),
    ({"third_party": ThirdParty("Survey Ltd", "Mei Tan", "")}, "third_contact"),
    ({"uploads": []}, "documents"),
    ({"uploads": [Upload("virus.exe", BytesIO(b"MZ" + b"\0" * 200))]}, "documents"),
]


def test_a_confirmation_without_photo_signature_or_third_party_is_refused_by_name(
    waived: Licence, exporter: User, organisation: Organisation
) -> None:
    shipment = departed(exporter, waived)
    own = {"third_party": ThirdParty(organisation.name, "Mei Tan", "mei@example.org")}
    for changes, field in [*MISSING, (own, "third_party")]:
        with pytest.raises(Invalid) as error:
            confirmed(exporter, shipment, **changes)
        assert field in error.value.fields, changes
    assert not Document.objects.filter(kind="delivery_proof").exists()
    assert again(shipment).status == "in_transit"


def test_it_is_confirmed_hashed_and_verified_by_another(waived: Licence, exporter: User, desk: Desk) -> None:
    shipment = departed(exporter, waived)
    officer = desk.officer_of("DE", Role.LICENSING_OFFICER)
    made = confirmed(exporter, shipment)
    run_deliveries()
    assert again(shipment).status == "delivered"
    (photo,) = Document.objects.filter(kind="delivery_proof", aggregate=f"shipment:{shipment.pk}")
    said = Event.objects.get(type="delivery.confirmed")
    assert (said.facts["sha256"], said.facts["documents"]) == (made.sha256, [photo.sha256])
    assert Notice.objects.filter(recipient=officer, subject__contains="waits to be judged").exists()
    with pytest.raises(Conflict, match="is confirmed"):
        confirmed(exporter, shipment)
    for person in (exporter, desk.officer_of("FR", Role.DECIDER), desk.officer_of("DE", Role.ADVISER)):
        with pytest.raises(Forbidden):
            deliveries.accept(actor=person, verification=made, remark=SEEN)
    deliveries.accept(actor=inspector(), verification=made, remark=SEEN)
    with pytest.raises(Forbidden, match="has been judged"):
        deliveries.reject(actor=officer, verification=made, remark=SEEN)
    with pytest.raises(DatabaseError), transaction.atomic():
        made.lines.all().update(quantity=1)
    assert made.shipment.verify_by is not None
    with journeys.at(made.shipment.verify_by + DAY):
        deadlines.tick()
        assert not Event.objects.filter(type="delivery.unverified").exists()


def test_less_than_was_shipped_is_explained_and_shown(waived: Licence, exporter: User) -> None:
    shipment = departed(exporter, waived)
    made = confirmed(
        exporter,
        shipment,
        received={1: Decimal(1)},
        explanation="Three were broken on the way and sent back.",
    )
    assert made.short
    assert Event.objects.get(type="delivery.confirmed").facts["short"] is True


def test_past_its_date_it_is_unverified_and_there_is_no_new_allowance(
    waived: Licence, exporter: User, organisation: Organisation, desk: Desk
) -> None:
    shipment = departed(exporter, waived)
    assert shipment.verify_by is not None
    decider = desk.officer_of("DE", Role.DECIDER)
    with journeys.at(shipment.verify_by - timedelta(seconds=1)):
        assert allowances.record_of(organisation).open == ()
    with journeys.at(shipment.verify_by):
        share = allowances.share_for(organisation)
        assert (share.percent, share.open) == (0, (shipment.reference,)), (
            "read, whether the clock has come or not"
        )
        assert selectors.states([shipment])[shipment.pk] == "overdue"
        deadlines.tick()
        run_deliveries()
        assert Event.objects.filter(type="delivery.unverified", subject_id=str(shipment.pk)).count() == 1
        for person in (exporter, decider):
            assert Notice.objects.filter(recipient=person, subject__contains="unverified").exists()
        made = confirmed(exporter, shipment)
        assert made.late
        assert allowances.share_for(organisation).percent > 0
        deliveries.reject(actor=inspector(), verification=made, remark="The photo shows another port.")
        assert allowances.share_for(organisation).percent == 0, "what is not accepted counts for nothing"
        assert Event.objects.filter(type="delivery.unverified").count() == 2
        confirmed(exporter, shipment)
        share = allowances.share_for(organisation)
        assert ("delivery_late", 1) in [(line.kind, line.count) for line in share.lines]


def test_what_has_left_is_counted_beside_what_is_licensed_under_a_waiver(
    waived: Licence, exporter: User
) -> None:
    waiver = Waiver.objects.get()
    line = waived.lines.get()
    departed(exporter, waived, quantities={line.line: Decimal(1)})
    assert selectors.shipped_under(waiver) == (line.value / line.quantity).quantize(Decimal("0.001"))
