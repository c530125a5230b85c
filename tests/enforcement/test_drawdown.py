"""Customs draw of licences: reserved, confirmed, given back, set right; never more than there is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from core.errors import Conflict, Forbidden, Invalid, NotCovered
from correspondence.models import Notice
from enforcement import cover, selectors, terms, units
from enforcement.models import DrawdownLine, Reservation
from enforcement.services import checks, drawdown, shipments
from ledger.models import Event, FeedEntry
from ledger.testing import run_deliveries
from licensing.models import Licence
from licensing.services import licences
from members.models import Jurisdiction, Role, User
from tests import factories, journeys
from tests.enforcement.conftest import WHY, customs, declared, departed
from tests.licensing.conftest import Desk

pytestmark = pytest.mark.usefixtures("in_force")


def reserved(actor: User, licence: Licence, quantity: Decimal | str | int = 1, **changes: Any) -> Reservation:
    line = licence.lines.get()
    given = {
        "line": line.line,
        "quantity": Decimal(quantity),
        "unit": line.unit,
        "office": f"{actor.jurisdiction_code}004851",
        "declaration": f"26DE{Reservation.objects.count():014}",
        **changes,
    }
    return drawdown.reserve(actor=actor, licence=licence, **given)


def again(reservation: Reservation) -> Reservation:
    return Reservation.objects.select_related("licence").get(pk=reservation.pk)


def codes(error: Any) -> list[object]:
    return [one["code"] for one in error.value.reasons]


def left(licence: Licence) -> Decimal:
    (one,) = selectors.left_of(licence)
    return one.left


def test_what_is_reserved_is_drawn_or_given_back(licence: Licence, exporter: User) -> None:
    guard, all_of_it = customs(), licence.lines.get().quantity
    first, second = reserved(guard, licence, 2), reserved(customs("FR"), licence)
    assert left(licence) == all_of_it - 3
    drawdown.confirm(actor=guard, reservation=first, quantity=Decimal(1))
    drawdown.release(actor=customs("FR"), reservation=second, reason=WHY)
    assert left(licence) == all_of_it - 1
    with pytest.raises(Forbidden, match="member that reserved"):
        drawdown.cancel(actor=customs("FR"), reservation=first, reason=WHY)
    drawdown.adjust(actor=guard, reservation=first, quantity=Decimal(2), reason=WHY)
    assert left(licence) == all_of_it - 2
    with pytest.raises(Invalid, match="Zero cancels"):
        drawdown.adjust(actor=guard, reservation=first, quantity=Decimal(0), reason=WHY)
    drawdown.cancel(actor=guard, reservation=first, reason=WHY)
    assert left(licence) == all_of_it
    lines = DrawdownLine.objects.order_by("pk").values_list("kind", "quantity")
    assert list(lines) == [("original", 1), ("adjusted", 1), ("contra", -2)]
    events = Event.objects.filter(subject_type="reservation").order_by("pk")
    assert [one.type.partition(".")[2] for one in events] == [
        "reserved", "reserved", "drawn", "released", "adjusted", "contra",
    ]  # fmt: skip
    for key in ("jurisdiction:DE", "jurisdiction:FR", f"organisation:{licence.holder_id}"):
        assert FeedEntry.objects.filter(event__in=events, audience=key).exists(), key
    assert not FeedEntry.objects.filter(event__in=events, audience="jurisdiction:JP").exists()
    for person, seen in ((guard, 2), (exporter, 2), (customs("JP"), 0)):
        assert Reservation.objects.visible_to(person).count() == seen  # type: ignore[attr-defined]


def test_every_reason_why_a_licence_does_not_cover_is_said_at_once(licence: Licence, desk: Desk) -> None:
    guard, line = customs(), licence.lines.get()
    with pytest.raises(NotCovered) as error:
        reserved(customs("JP"), licence)
    assert codes(error) == ["not_valid_here"]
    with pytest.raises(NotCovered) as error:
        reserved(guard, licence, line=99)
    assert codes(error) == ["line_unknown"]
    with pytest.raises(NotCovered) as error:
        reserved(guard, licence, unit="KGM")
    assert codes(error) == ["wrong_unit"]
    decider = desk.officer_of("DE", Role.DECIDER)
    licences.suspend(actor=decider, licence=licence, reason="The end-user is looked into.")
    with pytest.raises(NotCovered) as error:
        reserved(guard, licence, line.quantity + 1)
    assert codes(error) == ["suspended", "over_limit"]
    assert f"{line.quantity.normalize():f} NAR are left" in error.value.reasons[1]["detail"]  # type: ignore[operator]
    for changes, field in (
        ({"quantity": Decimal(0)}, "quantity"),
        ({"quantity": Decimal("0.5")}, "quantity"),
        ({"quantity": Decimal("NaN")}, "quantity"),
        ({"office": "FR004851"}, "office"),
        ({"declaration": "?"}, "declaration"),
        ({"shipment": "SH-0000-0000"}, "shipment"),
    ):
        with pytest.raises(Invalid) as wrong:
            reserved(guard, licence, **changes)
        assert field in wrong.value.fields, changes
    for person in (factories.exporter_of(licence.holder), decider):
        with pytest.raises(Forbidden, match="customs"):
            reserved_as(person, licence)
    assert not Reservation.objects.exists()


def reserved_as(person: User, licence: Licence) -> Reservation:
    return drawdown.reserve(
        actor=person, licence=licence, line=1, quantity=Decimal(1), unit="NAR", office="DE004851",
        declaration="26DE00000000000001",
    )  # fmt: skip


def test_a_declaration_draws_once_of_a_line(licence: Licence) -> None:
    guard = customs()
    first = reserved(guard, licence, declaration="26DE1")
    with pytest.raises(Conflict, match=str(first.uid)):
        reserved(guard, licence, declaration="26de1 ")
    drawdown.release(actor=guard, reservation=first, reason=WHY)
    assert reserved(guard, licence, declaration="26DE1").pk != first.pk


def test_a_reservation_lapses_by_itself_and_is_confirmed_late_only_while_as_much_is_left(
    licence: Licence,
) -> None:
    guard, line = customs(), licence.lines.get()
    first = reserved(guard, licence, line.quantity)
    with journeys.later(days=11):
        assert (left(licence), again(first).state, again(first).status) == (
            line.quantity,
            "expired",
            "reserved",
        ), "no tick has come, and it binds nothing"
        second = reserved(guard, licence, line.quantity)
        assert again(first).status == "expired", "the gate has applied what was due"
        with pytest.raises(NotCovered) as error:
            drawdown.confirm(actor=guard, reservation=first)
        assert codes(error) == ["over_limit"]
        drawdown.release(actor=guard, reservation=second, reason=WHY)
        drawdown.confirm(actor=guard, reservation=first)
        assert first.lines.get().kind == "late"


def test_a_licence_exhausts_itself_and_holds_again_after_a_contra(licence: Licence, desk: Desk) -> None:
    guard, line = customs(), licence.lines.get()
    taken = drawdown.confirm(actor=guard, reservation=reserved(guard, licence, line.quantity))
    assert Licence.objects.get().status == "exhausted"
    with pytest.raises(NotCovered) as error:
        reserved(guard, licence)
    assert codes(error) == ["exhausted", "over_limit"]
    drawdown.cancel(actor=guard, reservation=taken, reason=WHY)
    assert Licence.objects.get().status == "issued"
    waiting = reserved(guard, licence)
    licences.mark_exhausted(
        actor=desk.officer_of("DE", Role.DECIDER), licence=licence, reason="All has left."
    )
    taken = drawdown.confirm(actor=guard, reservation=waiting)
    drawdown.cancel(actor=guard, reservation=taken, reason=WHY)
    assert Licence.objects.get().status == "exhausted", "what a person said stays"


def test_nothing_is_confirmed_while_the_licence_is_suspended(licence: Licence, desk: Desk) -> None:
    guard = customs()
    first = reserved(guard, licence)
    licences.suspend(actor=desk.officer_of("DE", Role.DECIDER), licence=licence, reason=WHY)
    with pytest.raises(NotCovered) as error:
        drawdown.confirm(actor=guard, reservation=first)
    assert codes(error) == ["suspended"]
    assert drawdown.release(actor=guard, reservation=first, reason=WHY).status == "released"


@pytest.mark.parametrize("reinstated", [False, True])
def test_a_licence_that_ends_suspended_confirms_nothing_and_one_that_was_reinstated_does(
    licence: Licence, desk: Desk, reinstated: bool, time_machine: Any
) -> None:
    guard, decider = customs(), desk.officer_of("DE", Role.DECIDER)
    time_machine.move_to(datetime.combine(licence.valid_until - timedelta(days=2), time(12), UTC))
    first = reserved(guard, licence)
    licences.suspend(actor=decider, licence=licence, reason=WHY)
    if reinstated:
        licences.reinstate(actor=decider, licence=licence, reason=WHY)
    Licence.objects.filter(pk=licence.pk).update(status="expired")
    time_machine.shift(timedelta(days=4))
    if reinstated:
        assert drawdown.confirm(actor=guard, reservation=first).status == "confirmed"
        return
    with pytest.raises(NotCovered) as error:
        drawdown.confirm(actor=guard, reservation=first)
    assert codes(error) == ["suspended"]
    assert drawdown.release(actor=guard, reservation=first, reason=WHY).status == "released"


def test_what_customs_draw_of_a_shipment_counts_once(licence: Licence, exporter: User) -> None:
    guard, line = customs(), licence.lines.get()
    whole = declared(exporter, licence)
    assert left(licence) == 0
    with pytest.raises(NotCovered):
        reserved(guard, licence)
    mine = reserved(guard, licence, line.quantity, shipment=whole.reference)
    assert left(licence) == 0
    with pytest.raises(NotCovered, match="cover"):
        reserved(guard, licence, shipment=whole.reference)
    with pytest.raises(Conflict, match="has not left"):
        drawdown.confirm(actor=guard, reservation=mine)
    shipments.depart(actor=guard, shipment=whole)
    drawdown.confirm(actor=guard, reservation=mine)
    (one,) = selectors.left_of(licence)
    assert (one.left, one.shipped, one.drawn, one.confirmed) == (0, line.quantity, 0, line.quantity)
    assert Licence.objects.get().status == "exhausted"


def test_a_shipment_that_is_cancelled_frees_what_was_reserved_of_it(licence: Licence, exporter: User) -> None:
    guard, line = customs(), licence.lines.get()
    whole = declared(exporter, licence)
    mine = reserved(guard, licence, shipment=whole.reference)
    shipments.cancel(actor=exporter, shipment=whole, reason=WHY)
    assert left(licence) == line.quantity
    with pytest.raises(Conflict, match="has not left"):
        drawdown.confirm(actor=guard, reservation=mine)


def test_the_database_refuses_what_services_would(licence: Licence, exporter: User) -> None:
    guard, line = customs(), licence.lines.get()
    gone = departed(exporter, licence, quantities={line.line: Decimal(1)})
    first = reserved(guard, licence)
    named = reserved(guard, licence, shipment=gone.reference)
    kept = {name: getattr(first, name) for name in (
        "licence", "licence_line", "jurisdiction", "office", "reserved_by", "reserved_at", "expires_at"
    )}  # fmt: skip
    drawn = drawdown.confirm(actor=guard, reservation=reserved(guard, licence))
    raw = {"written_by": guard, "written_at": first.reserved_at, "reason": WHY}
    acts: dict[str, Callable[[], object]] = {
        "more": lambda: Reservation.objects.create(**kept, declaration="X1", quantity=line.quantity),
        "shipment": lambda: Reservation.objects.create(**kept, declaration="X2", quantity=1, shipment=gone),
        "abroad": lambda: Reservation.objects.create(
            **{**kept, "jurisdiction": Jurisdiction.objects.get(code="JP")}, declaration="X3", quantity=1
        ),
        "twice": lambda: Reservation.objects.create(**kept, declaration=first.declaration, quantity=1),
        "changed": lambda: Reservation.objects.filter(pk=named.pk).update(quantity=2),
        "deleted": lambda: named.delete(),
        "line of none": lambda: DrawdownLine.objects.create(
            reservation=first, kind="original", quantity=1, **raw
        ),
        "to zero": lambda: DrawdownLine.objects.create(
            reservation=drawn, kind="adjusted", quantity=-1, **raw
        ),
        "more drawn": lambda: DrawdownLine.objects.create(
            reservation=drawn, kind="adjusted", quantity=line.quantity, **raw
        ),
        "line changed": lambda: drawn.lines.update(quantity=2),
    }
    assert [name for name, act in acts.items() if not refused_by_database(act)] == []


def refused_by_database(act: Callable[[], object]) -> bool:
    try:
        with transaction.atomic():
            act()
    except DatabaseError:
        return True
    return False


def test_units_convert_exactly_or_not_at_all() -> None:
    assert units.convert(Decimal("1.5"), "TNE", "KGM") == 1500
    assert units.convert(Decimal(2500), "GRM", "KGM") == Decimal("2.5")
    assert units.convert(Decimal("0.5"), "GRM", "KGM") is None, "half a gram is no thousandth of a kilogram"
    assert units.convert(Decimal(1), "LTR", "KGM") is None
    assert units.convert(Decimal(1), "NAR", "SET") is None


def test_a_pre_shipment_check_says_go_or_every_reason(licence: Licence, exporter: User, desk: Desk) -> None:
    line = licence.lines.get()
    to, good = licence.destinations[0], cover.Goods(Decimal(1), line.unit, line.line)

    def ask(user: User, **changes: Any) -> cover.Answer:
        given = {"licence": licence.number, "goods": [good], "destination": to, "member": "DE", **changes}
        return cover.check(user, **given)

    assert ask(exporter).verdict == ask(customs()).verdict == "go"
    over = [cover.Goods(line.quantity, line.unit, line.line), good, cover.Goods(Decimal(1), "LTR", 77)]
    answer = ask(exporter, goods=over, destination="RU", member="JP")
    assert answer.verdict == "no_go"
    assert [one.code for one in answer.reasons] == [
        "not_valid_here", "over_limit", "line_unknown", "destination",
    ]  # fmt: skip
    for number in ("EL-0000-0000", ""):
        assert [one.code for one in ask(customs(), licence=number).reasons] == ["no_cover"]
    assert [one.code for one in ask(customs("JP"), member="JP").reasons] == ["not_valid_here"]
    stranger = factories.exporter_of(factories.OrganisationFactory())
    assert [one.code for one in ask(stranger).reasons] == ["no_cover"]
    coded = [cover.Goods(Decimal(1), line.unit, control_code=line.control_code)]
    assert ask(exporter, licence="", goods=coded).would_cover == (licence.number,)
    assert ask(stranger, licence="", goods=coded).would_cover == ()
    whole = declared(exporter, licence)
    assert [one.code for one in ask(exporter).reasons] == ["over_limit"], "the shipment holds all of it"
    assert ask(exporter, shipment=whole.reference).verdict == "go"
    checks.ask(actor=desk.officer_of("DE", Role.DECIDER), licence=licence, reason="Look at the seals.")
    assert [one.code for one in ask(exporter, shipment=whole.reference).reasons] == ["check"]
    assert not Reservation.objects.exists()


def test_a_pre_shipment_check_reads_conditions_and_the_value_of_lines(answered: Desk, exporter: User) -> None:
    caps = [
        {"code": "value_cap", "line": 1, "value": "90000"},
        {"code": "quantity_cap", "line": 1, "value": "3"},
    ]
    plain = [{"code": code} for code in ("single_shipment", "consignee_only", "no_reexport")]
    licence = answered.licence(conditions=[*plain, *caps])
    line = licence.lines.get()

    def ask(**changes: Any) -> cover.Answer:
        goods = [cover.Goods(Decimal(1), line.unit, line.line, value=changes.pop("value", None))]
        given = {"licence": licence.number, "goods": goods, "destination": licence.destinations[0], **changes}
        return cover.check(exporter, **given)

    answer = ask()
    assert {one.code: one.status for one in answer.conditions} == {
        "single_shipment": "met",
        "consignee_only": "to_satisfy",
        "no_reexport": "to_satisfy",
        "quantity_cap": "met",
    }, "what tells a price is not told"
    assert answer.verdict == ask(value=line.value).verdict == "go"
    over = ask(value=line.value + 1)
    assert [one.code for one in over.reasons] == ["over_value"]
    assert f"{line.value:f}" not in over.reasons[0].detail, "customs do not read prices"
    sent = declared(exporter, licence, quantities={line.line: Decimal(1)})
    assert [one.code for one in ask().reasons] == ["condition"]
    named = ask(shipment=sent.reference)
    assert named.verdict == "go"
    assert {one.status for one in named.conditions if one.code != "no_reexport"} == {"met"}
    licence.conditions = [{"code": "partial_shipments_required"}]
    assert [one.status for one in terms.terms_of(licence, None)] == ["met"], "nothing has left"
    shipments.depart(actor=exporter, shipment=sent)
    (one,) = terms.terms_of(licence, None)
    assert (one.status, sent.reference in one.detail) == ("failed", True)


def test_the_holder_is_told_what_was_drawn_and_cancelled_and_not_each_reservation(
    licence: Licence, exporter: User
) -> None:
    guard = customs()
    drawn = drawdown.confirm(actor=guard, reservation=reserved(guard, licence, 2))
    drawdown.cancel(actor=guard, reservation=drawn, reason=WHY)
    reserved(guard, licence)
    run_deliveries()
    told = Notice.objects.filter(recipient=exporter, subject__contains=": customs").order_by("pk")
    assert [one.subject.partition(": ")[2] for one in told] == [
        "customs drew of your licence", "customs cancelled what was drawn",
    ]  # fmt: skip
