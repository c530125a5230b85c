"""Shipments: what may be declared, what leaves, and what a licence has left."""

from __future__ import annotations

import threading
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from core import clock
from core.errors import Blocked, Forbidden, Invalid
from correspondence.models import Notice
from enforcement import selectors
from enforcement.models import Shipment, ShipmentLine
from enforcement.services import shipments
from ledger.models import Event, FeedEntry
from ledger.testing import run_deliveries
from licensing.models import Licence
from licensing.services import licences
from members.models import Role, User
from screening import services as screening
from screening.lists.loading import load_ofac
from screening.models import Hit
from tests import factories, journeys
from tests.enforcement.conftest import DAY, WHY, again, customs, declared, departed, terms
from tests.licensing.conftest import Desk
from tests.licensing.test_rescreening import load
from tests.screening.test_hits import FICTIONAL

pytestmark = pytest.mark.usefixtures("in_force")


def test_a_shipment_is_declared_leaves_and_takes_of_the_licence(
    licence: Licence, exporter: User, desk: Desk
) -> None:
    line = licence.lines.get()
    half = line.quantity // 2
    guard = customs()
    first = declared(exporter, licence, quantities={line.line: half})
    run_deliveries()
    assert Notice.objects.filter(recipient=guard, subject__contains=first.reference).exists()
    (left,) = selectors.left_of(licence)
    assert (left.declared, left.shipped, left.left) == (half, 0, line.quantity - half)
    gone = shipments.depart(actor=guard, shipment=first)
    assert (gone.status, gone.verify_by) == ("in_transit", None), (
        "an ordinary licence asks for no verification"
    )
    (left,) = selectors.left_of(licence)
    assert (left.declared, left.shipped) == (0, half)
    types = Event.objects.filter(aggregate=f"case:{licence.case_id}", type__startswith="shipment.")
    assert list(types.order_by("pk").values_list("type", flat=True)) == [
        "shipment.declared",
        "shipment.departed",
    ]


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"quantities": {}}, "quantities", "at least one line"),
    ({"quantities": {99: Decimal(1)}}, "quantities.99", "no line"),
    ({"quantities": {1: Decimal(0)}}, "quantities.1", "above zero"),
    ({"quantities": {1: Decimal("NaN")}}, "quantities.1", "above zero"),
    ({"quantities": {1: Decimal("0.5")}}, "quantities.1", "whole number"),
    ({"quantities": {1: Decimal(1_000_000)}}, "quantities.1", "are left"),
    ({"destination": "RU"}, "destination", "Apply for another"),
    ({"consignee": "Somebody Else Ltd"}, "consignee", "of the licence"),
    ({"carrier": ""}, "carrier", "who carries"),
    ({"carrier_country": "Germany"}, "carrier_country", "two-letter"),
    ({"vessel": "MV Aurelia", "flag": "Panama"}, "flag", "whose flag"),
    ({"vessel": "MV Aurelia", "imo": "9074720"}, "imo", "check digit"),
    ({"imo": "9074729"}, "vessel", "Name the vessel"),
    ({"leaves_from": "JP"}, "leaves_from", "goods leave from there"),
    ({"via": ["Suez"]}, "via", "two letters"),
    ({"planned_departure": clock.today() - 5 * DAY}, "planned_departure", "not in the past"),
    ({"planned_departure": clock.today() + 5000 * DAY}, "planned_departure", "while the licence is valid"),
    ({"planned_arrival": clock.today() - DAY}, "planned_arrival", "after it has left"),
    ({"own_reference": "x" * 61}, "own_reference", "60 characters"),
]


def test_each_answer_that_does_not_fit_the_licence_is_named(licence: Licence, exporter: User) -> None:
    for changes, field, told in WRONG:
        with pytest.raises(Invalid) as error:
            declared(exporter, licence, **changes)
        assert told in error.value.fields[field][0], changes
    assert not Shipment.objects.exists()


def test_only_the_holder_declares_and_only_customs_or_the_holder_let_it_leave(
    licence: Licence, exporter: User, desk: Desk
) -> None:
    with pytest.raises(Forbidden, match="holder"):
        declared(desk.officer_of("DE", Role.DECIDER), licence)
    shipment = declared(exporter, licence)
    stranger = factories.exporter_of(factories.OrganisationFactory())
    for person in (stranger, customs("JP"), desk.officer_of("DE", Role.DECIDER)):
        with pytest.raises(Forbidden):
            shipments.depart(actor=person, shipment=shipment)
    assert not Shipment.objects.visible_to(stranger).exists()  # type: ignore[attr-defined]
    assert not Shipment.objects.visible_to(customs("JP")).exists()  # type: ignore[attr-defined]
    assert Shipment.objects.visible_to(customs("DE")).exists()  # type: ignore[attr-defined]


def test_nothing_is_declared_or_leaves_under_a_licence_that_does_not_hold(
    licence: Licence, exporter: User, desk: Desk
) -> None:
    line = licence.lines.get()
    waiting = declared(exporter, licence, quantities={line.line: Decimal(1)})
    decider = desk.officer_of("DE", Role.DECIDER)
    licences.suspend(actor=decider, licence=licence, reason="The end-user is looked into.")
    for act in (
        lambda: declared(exporter, licence, quantities={line.line: Decimal(1)}),
        lambda: shipments.depart(actor=exporter, shipment=waiting),
    ):
        with pytest.raises(Blocked) as blocked:
            act()
        assert "suspended now. The end-user is looked into. Wait until" in blocked.value.blockers[0]
    raw = again(waiting)
    raw.depart(exporter)
    with pytest.raises(DatabaseError, match="not issued"), transaction.atomic():
        raw.save()
    licences.reinstate(actor=decider, licence=licence, reason="Nothing was found.")
    assert shipments.depart(actor=exporter, shipment=waiting).status == "in_transit"


def test_nothing_leaves_from_a_member_in_which_the_licence_holds_no_more(
    licence: Licence, exporter: User
) -> None:
    waiting = declared(exporter, licence, leaves_from="FR")
    Licence.objects.filter(pk=licence.pk).update(territory=["DE"], edition=2)
    with pytest.raises(Blocked) as blocked:
        shipments.depart(actor=exporter, shipment=waiting)
    assert "leaves from DE" in blocked.value.blockers[0]


def test_nothing_leaves_after_the_last_day(licence: Licence, exporter: User) -> None:
    waiting = declared(exporter, licence)
    with journeys.later(days=(licence.valid_until - clock.today()).days + 2):
        with pytest.raises(Blocked) as blocked:
            shipments.depart(actor=exporter, shipment=waiting)
        assert "expired" in blocked.value.blockers[0]
        assert "Apply for another" in blocked.value.blockers[0]


def test_what_is_cancelled_or_stopped_gives_back_what_it_took(licence: Licence, exporter: User) -> None:
    first = declared(exporter, licence)
    with pytest.raises(Invalid, match="does not fit"):
        declared(exporter, licence)
    shipments.cancel(actor=exporter, shipment=first, reason=WHY)
    second = declared(exporter, licence)
    guard = customs()
    shipments.stop(actor=guard, shipment=second, reason="The seals are broken.")
    run_deliveries()
    assert Notice.objects.filter(recipient=exporter, subject__contains="is stopped").exists()
    for act in (shipments.cancel, shipments.stop):
        with pytest.raises(Forbidden, match="has not left"):
            act(actor=exporter, shipment=second, reason=WHY)
    third = departed(exporter, licence)
    with pytest.raises(Forbidden, match="has not left"):
        shipments.stop(actor=guard, shipment=third, reason=WHY)


def test_whoever_carries_it_is_screened_and_holds_it_up_until_judged(
    licence: Licence, exporter: User
) -> None:
    load_ofac(**{name: FICTIONAL / f"{name}.csv" for name in ("sdn", "alt", "add")})
    shipment = declared(exporter, licence, carrier="Kavir Mavad Pishrafteh", carrier_country="IR")
    hit = Hit.objects.get(case_ref=f"case:{licence.case_id}")
    assert hit.queried_name == "Kavir Mavad Pishrafteh"
    with pytest.raises(Blocked) as blocked:
        shipments.depart(actor=exporter, shipment=shipment)
    assert "screening" in blocked.value.blockers[0]
    assert "Kavir" not in blocked.value.blockers[0], "who is looked at is told to nobody"
    first, second = factories.officer_of("DE"), factories.officer_of("DE")
    screening.clear(actor=first, hit=hit, reason="Another firm: founded elsewhere, other directors.")
    screening.confirm_clear(actor=second, hit=Hit.objects.get())
    assert shipments.depart(actor=exporter, shipment=shipment).status == "in_transit"


def test_a_change_of_a_list_meets_whoever_carries_what_has_not_arrived(
    licence: Licence, exporter: User, tmp_path: Path
) -> None:
    load(tmp_path, "UNRELATED HARBOUR WORKS")
    judge, guard, one = factories.officer_of("DE"), customs(), {1: Decimal(1)}
    party = {"quantities": one, "carrier": "Karsk Ocean Freight", "carrier_country": "SG"}
    moving, waiting = departed(exporter, licence, **party), declared(exporter, licence, **party)
    over = shipments.cancel(actor=exporter, shipment=declared(exporter, licence, **party), reason=WHY)
    other = declared(exporter, licence, quantities=one)
    run_deliveries()
    assert not Event.objects.filter(type="shipment.screening_requested").exists()
    load(tmp_path, "UNRELATED HARBOUR WORKS", "KARSK OCEAN FREIGHT")
    run_deliveries()
    (asked,) = Event.objects.filter(type="shipment.screening_requested")
    assert asked.facts["shipments"] == [moving.reference, waiting.reference]
    told = Event.objects.filter(type="shipment.resembling").order_by("pk")
    assert [(one.facts["reference"], one.facts["status"]) for one in told] == [
        (moving.reference, "in_transit"),
        (waiting.reference, "declared"),
    ]
    assert "screening" in selectors.holding_up(waiting)[0]
    assert over.reference not in str([event.facts for event in told])
    assert selectors.resembling(judge, other) == []
    assert [hit.queried_name for hit in selectors.resembling(judge, moving)] == ["Karsk Ocean Freight"]
    subjects = Notice.objects.filter(recipient=judge).values_list("subject", flat=True)
    assert len([one for one in subjects if "now resembles" in one]) == 2
    for outside in (exporter, guard):
        assert not Notice.objects.filter(recipient=outside, subject__contains="resembles").exists()
    assert selectors.resembling(exporter, moving) == []
    assert not FeedEntry.objects.filter(event__in=told, audience__in=exporter.audience.keys).exists()


def test_the_database_keeps_what_was_declared(licence: Licence, exporter: User) -> None:
    shipment = declared(exporter, licence)
    row = shipment.lines.get()
    other = Shipment.objects.get(pk=declared_again(exporter, shipment).pk)
    for act in (
        lambda: Shipment.objects.filter(pk=shipment.pk).update(destination="FR"),
        lambda: shipment.lines.all().update(quantity=1),
        lambda: shipment.lines.all().delete(),
        lambda: shipment.parties.all().update(name="Nobody"),
        lambda: ShipmentLine.objects.create(
            shipment=other, licence_line=row.licence_line, quantity=row.licence_line.quantity
        ),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


def declared_again(exporter: User, shipment: Shipment) -> Shipment:
    """A second row beside the first, without lines, as no service would make it."""
    kept = {
        field.name: getattr(shipment, field.name) for field in Shipment._meta.fields if field.name != "id"
    }
    return Shipment.objects.create(**{**kept, "reference": "SH-0000-0001", "uid": "0" * 32})


@pytest.mark.django_db(transaction=True)
def test_two_declarations_at_one_moment_never_take_more_than_is_licensed(
    licence: Licence, exporter: User
) -> None:
    line = licence.lines.get()
    most = line.quantity // 2 + 1
    start, answers = threading.Barrier(3), []

    def declare() -> None:
        try:
            start.wait()
            declared(exporter, licence, quantities={line.line: most})
            answers.append("declared")
        except Invalid as refused:
            answers.append(refused.fields[f"quantities.{line.line}"][0])
        finally:
            connection.close()

    threads = [threading.Thread(target=declare) for _number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert answers.count("declared") == 1, answers
    assert sum(row.quantity for row in ShipmentLine.objects.all()) <= line.quantity


@pytest.mark.django_db(transaction=True)
def test_the_database_counts_under_the_lock_of_the_line(licence: Licence, exporter: User) -> None:
    """Rows written past every service at one moment: one of them is refused."""
    line = licence.lines.get()
    first = declared(exporter, licence, quantities={line.line: Decimal(1)})
    raw = [declared_again(exporter, first)]
    kept = {field.name: getattr(first, field.name) for field in Shipment._meta.fields if field.name != "id"}
    raw.append(Shipment.objects.create(**{**kept, "reference": "SH-0000-0002", "uid": "1" * 32}))
    start, answers = threading.Barrier(2), []

    def write(shipment: Shipment) -> None:
        try:
            with transaction.atomic():
                start.wait()
                ShipmentLine.objects.create(shipment=shipment, licence_line=line, quantity=line.quantity - 1)
            answers.append("written")
        except DatabaseError as error:
            answers.append(str(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(one,)) for one in raw]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert answers.count("written") == 1, answers
    assert any("more than is licensed" in one for one in answers)


def test_a_shipment_says_what_was_agreed(licence: Licence, exporter: User) -> None:
    assert terms(licence)["destination"] in licence.destinations
    shipment = declared(exporter, licence, via=["NL", "EG"], vessel="MV Aurelia", flag="PA", imo="9074729")
    assert shipment.route == ["DE", "NL", "EG", shipment.destination]
    assert [(one.role, one.kind) for one in shipment.parties.all()] == [
        ("consignee", "company"), ("carrier", "company"), ("vessel", "vessel"),
    ]  # fmt: skip
