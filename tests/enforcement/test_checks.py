"""Pre-shipment checks, and what is stopped and listed when a provisional licence is repealed."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from core.actors import CLOCK
from core.errors import Blocked, Forbidden, Invalid
from core.models import ref
from correspondence.models import Notice
from enforcement import selectors
from enforcement.services import checks, shipments
from ledger import services as ledger
from ledger.models import Event
from ledger.testing import run_deliveries
from licensing.models import Licence
from members.models import Organisation, Role, User
from tests.enforcement.conftest import WHY, again, customs, declared, departed, inspector
from tests.licensing.conftest import Desk

pytestmark = pytest.mark.usefixtures("in_force")


def test_nothing_leaves_that_a_check_bears_on_until_it_is_passed(
    licence: Licence, exporter: User, organisation: Organisation, desk: Desk
) -> None:
    officer, looks = desk.officer_of("DE", Role.DECIDER), inspector()
    shipment = declared(exporter, licence)
    for target in ({"licence": licence}, {"provider": organisation}, {"destination": shipment.destination}):
        check = checks.ask(actor=officer, reason=WHY, **target)  # type: ignore[arg-type]
        run_deliveries()
        assert Notice.objects.filter(recipient=looks, subject__contains=check.reference).exists()
        with pytest.raises(Blocked) as blocked:
            shipments.depart(actor=exporter, shipment=shipment)
        assert check.reference in blocked.value.blockers[0]
        checks.perform(actor=looks, check=check, result="unable", found="The gate was closed to us.")
        assert len(selectors.holding_up(shipment)) == 1, "one that could not be performed was not passed"
        another = checks.ask(actor=officer, reason=WHY, **target)  # type: ignore[arg-type]
        checks.perform(actor=looks, check=another, result="limited", found="Boxes and seals were seen.")
        assert selectors.holding_up(shipment) == []
    waits = checks.ask(actor=officer, reason=WHY, licence=licence)
    checks.withdraw(actor=officer, check=waits, reason=WHY)
    assert shipments.depart(actor=exporter, shipment=shipment).status == "in_transit"


def test_an_unfavourable_one_stops_what_has_not_left(licence: Licence, exporter: User, desk: Desk) -> None:
    line = licence.lines.get()
    gone = departed(exporter, licence, quantities={line.line: Decimal(1)})
    waiting = declared(exporter, licence, quantities={line.line: Decimal(1)})
    check = checks.ask(actor=desk.officer_of("DE"), reason=WHY, licence=licence)
    checks.perform(actor=inspector(), check=check, result="unfavourable", found="The boxes hold other goods.")
    assert (again(waiting).status, again(gone).status) == ("stopped", "in_transit")
    assert Event.objects.get(type="check.performed").facts["stopped"] == [waiting.reference]
    later = declared(exporter, licence, quantities={line.line: Decimal(1)})
    with pytest.raises(Blocked) as blocked:
        shipments.depart(actor=exporter, shipment=later)
    assert "not passed" in blocked.value.blockers[0]


def test_who_asks_and_who_looks(
    licence: Licence, exporter: User, organisation: Organisation, desk: Desk
) -> None:
    asking = customs()
    for person, told in ((exporter, "asked for by"), (desk.officer_of("DE", Role.ADVISER), "asked for by")):
        with pytest.raises(Forbidden, match=told):
            checks.ask(actor=person, reason=WHY, licence=licence)
    for target, field in (
        ({}, "licence"),
        ({"licence": licence, "destination": "SG"}, "destination"),
        ({"destination": "Singapore"}, "destination"),
    ):
        with pytest.raises(Invalid) as error:
            checks.ask(actor=asking, reason=WHY, **target)  # type: ignore[arg-type]
        assert field in error.value.fields
    stranger = desk.officer_of("FR", Role.DECIDER)
    for mine in ({"licence": licence}, {"provider": organisation}):
        with pytest.raises(Invalid, match="member"):
            checks.ask(actor=stranger, reason=WHY, **mine)  # type: ignore[arg-type]
    check = checks.ask(actor=asking, reason=WHY, licence=licence)
    for person in (asking, inspector("FR"), exporter):
        with pytest.raises(Forbidden):
            checks.perform(actor=person, check=check, result="favourable", found="All is well.")
    looks = inspector()
    with pytest.raises(Invalid) as error:
        checks.perform(actor=looks, check=check, result="fine", found="All is well there.")
    assert "result" in error.value.fields
    checks.perform(actor=looks, check=check, result="favourable", found="All is well there.")
    with pytest.raises(DatabaseError), transaction.atomic():
        type(check).objects.filter(pk=check.pk).update(found="Nothing is well.")


def test_a_repealed_provisional_licence_stops_what_has_not_left_and_lists_what_is_on_its_way(
    licence: Licence, exporter: User, desk: Desk
) -> None:
    line = licence.lines.get()
    gone = departed(exporter, licence, quantities={line.line: Decimal(1)}, via=["FR"])
    waiting = declared(exporter, licence, quantities={line.line: Decimal(1)})
    told = [customs("DE"), customs("FR"), desk.officer_of("DE", Role.DECIDER), exporter]
    nobody = customs("JP")
    case = licence.case
    with transaction.atomic():
        ledger.record(
            "provisional.repealed", actor=CLOCK, subject=licence, aggregate=ref(case), audience=case.audience
        )
    run_deliveries()
    assert (again(waiting).status, again(gone).status) == ("stopped", "in_transit")
    assert [one.reference for one in selectors.in_transit(licence)] == [gone.reference]
    assert Event.objects.get(type="shipment.listed").facts["in_transit"] == [gone.reference]
    for person in told:
        assert Notice.objects.filter(recipient=person, text__contains=gone.reference).exists(), person
    assert not Notice.objects.filter(recipient=nobody).exists()
