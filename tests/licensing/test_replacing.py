"""A licence is replaced in one instant: exactly one covers at any, and the two never more than was granted."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from core import clock
from core.errors import Blocked, Conflict, Forbidden, Invalid, NotCovered
from core.models import ref
from correspondence.models import Notice
from deadlines import services as deadlines
from enforcement.services import drawdown
from ledger.models import Event
from ledger.testing import run_deliveries
from licensing import waived
from licensing.models import Case, Licence
from licensing.replaced import Goods, continued
from licensing.selectors.credentials import judged
from licensing.services import (
    applications,
    changes,
    credentials,
    information,
    licences,
    provisional,
    replacing,
)
from members.models import Organisation, Role, User
from tests import crises, journeys
from tests.enforcement.conftest import customs, licence
from tests.enforcement.test_drawdown import codes, left, reserved
from tests.exemptions import test_waivers as waivers
from tests.licensing.conftest import Desk, OfficerOf, answered, desk

__all__ = ["answered", "desk", "licence"]
pytestmark = pytest.mark.usefixtures("in_force")
WHY = "The goods are not needed any more."


def again(licence: Licence) -> Licence:
    return Licence.objects.select_related("replaced_by").get(pk=licence.pk)


def filed(
    exporter: User, licence: Licence, officer_of: OfficerOf, quantity: str = "6", **changes: Any
) -> Desk:
    """An application that is to replace a licence, for more of the same, to which nobody objects."""
    draft = replacing.start(actor=exporter, licence=licence)
    items: list[dict[str, Any]] = [
        {**draft.draft["items"][0], "quantity": quantity, "serial_numbers": [], **changes}
    ]
    sections = {"items": items, "declaration": journeys.dossier()["declaration"]}
    applications.replace_draft(actor=exporter, application=draft, dossier=sections)
    applications.submit(actor=exporter, application=draft)
    run_deliveries()
    found = Desk(Case.objects.get(application=draft), officer_of)
    found.answer_all()
    found.reload()
    return found


def test_the_draft_is_filled_in_and_linked_and_there_is_one(
    licence: Licence, exporter: User, officer_of: OfficerOf
) -> None:
    with pytest.raises(Forbidden, match="holder"):
        replacing.start(actor=officer_of("DE", Role.DECIDER), licence=licence)
    draft = replacing.start(actor=exporter, licence=licence)
    assert draft.replaces == licence
    assert draft.draft["parties"] == licence.case.revision.dossier["parties"]
    assert not {"declaration", "documents", "emergency"} & set(draft.draft)
    with pytest.raises(Conflict, match=draft.reference):
        replacing.start(actor=exporter, licence=licence)
    items = [{**draft.draft["items"][0], "unit": "SET"}]
    sections = {"items": items, "declaration": journeys.dossier()["declaration"]}
    applications.replace_draft(actor=exporter, application=draft, dossier=sections)
    with pytest.raises(Invalid) as invalid:
        applications.submit(actor=exporter, application=draft)
    assert "counted in NAR" in invalid.value.fields["items[0].unit"][0]


def test_one_covers_from_the_instant_the_other_ends_and_both_never_too_much(
    licence: Licence, exporter: User, officer_of: OfficerOf
) -> None:
    guard, first = customs(), credentials.signed(licence, "vc+jwt")
    gone, waits = reserved(guard, licence, 1), reserved(guard, licence, 1)
    drawdown.confirm(actor=guard, reservation=gone)
    new = filed(exporter, licence, officer_of)
    assert again(licence).status == "issued", "it holds until the other is granted"
    later = reserved(guard, licence, 1)
    other = new.licence()
    former = again(licence)
    assert (former.status, former.replaced_by, former.status_reason) == (
        "replaced", other, f"Replaced by {other.number}.",
    )  # fmt: skip
    assert other.lines.get().quantity == 6 - 3, "what has left or is reserved stays with the former"
    assert Event.objects.get(type="licence.replaced").facts["by"] == other.number
    assert [licences.verification(one.number).status for one in (former, other)] == ["replaced", "valid"]
    assert (judged(first).code, judged(credentials.signed(other, "vc+jwt")).code) == ("superseded", "valid")
    assert not [due for due in deadlines.open_of(ref(licence.case)) if due.kind == licences.EXPIRY]
    with pytest.raises(NotCovered) as refused:
        reserved(guard, former, 1)
    assert codes(refused) == ["replaced"]
    drawdown.confirm(actor=guard, reservation=waits)
    drawdown.release(actor=guard, reservation=later, reason=WHY)
    assert left(other) == Decimal(3), "what is given back of the former is not moved"
    run_deliveries()
    for person in (exporter, guard):
        assert Notice.objects.filter(recipient=person, subject__contains=f"replaced by {other}").exists()
    with pytest.raises(Conflict, match="replaced"):
        changes.ask_extension(
            actor=exporter, licence=former, valid_until=clock.today() + timedelta(days=400), reason=WHY
        )


def test_no_gap_and_no_overlap_can_be_decided(
    licence: Licence, exporter: User, officer_of: OfficerOf
) -> None:
    new = filed(exporter, licence, officer_of)
    with pytest.raises(Invalid) as invalid:
        new.propose(valid_from=clock.today() + timedelta(days=3))
    assert "let it begin today" in invalid.value.fields["valid_from"][0]
    licences.suspend(actor=officer_of("DE", Role.DECIDER), licence=licence, reason="Seen at the border.")
    with pytest.raises(Blocked) as blocked:
        new.propose()
    assert blocked.value.blockers == [
        f"{licence.number}, which it replaces, is suspended: it is not replaced like that."
    ]


def test_a_licence_that_ended_meanwhile_is_counted_and_stays_as_it_ended(
    licence: Licence, exporter: User, officer_of: OfficerOf
) -> None:
    guard = customs()
    new = filed(exporter, licence, officer_of)
    drawdown.confirm(actor=guard, reservation=reserved(guard, licence, 4))
    assert again(licence).status == "exhausted"
    other = new.licence()
    assert (again(licence).status, other.lines.get().quantity) == ("exhausted", 2)
    with pytest.raises(Conflict, match="exhausted"):
        replacing.start(actor=exporter, licence=again(licence))


def test_nothing_is_licensed_where_all_has_left(
    licence: Licence, exporter: User, officer_of: OfficerOf
) -> None:
    guard = customs()
    new = filed(exporter, licence, officer_of, quantity="4")
    drawdown.confirm(actor=guard, reservation=reserved(guard, licence, 4))
    with pytest.raises(Blocked, match="Nothing is left"):
        new.decide()
    assert Licence.objects.count() == 1


def test_given_back_nothing_new_leaves_and_what_was_reserved_may(
    licence: Licence, exporter: User, officer_of: OfficerOf
) -> None:
    guard, french, boss = customs(), customs("FR"), officer_of("FR", Role.DECIDER)
    waits = reserved(guard, licence, 1)
    change = changes.ask_amendment(
        actor=exporter,
        licence=licence,
        changes=[{"path": "national_reference", "to": "BAFA-77"}],
        reason="The register has another number.",
    )
    licences.surrender(actor=exporter, licence=licence, reason=WHY)
    with pytest.raises(NotCovered) as refused:
        reserved(guard, licence, 1)
    assert codes(refused) == ["surrendered"]
    drawdown.confirm(actor=guard, reservation=waits)
    assert again(licence).status == "surrendered"
    change = type(change).objects.get()
    assert (change.status, change.ended_because) == ("overtaken", "The licence is surrendered.")
    run_deliveries()
    for person in (guard, french, boss):
        assert Notice.objects.filter(recipient=person, subject__contains="surrendered").exists()


def test_nothing_more_is_counted_under_a_former_licence_than_was_taken_off(
    licence: Licence, exporter: User, officer_of: OfficerOf
) -> None:
    guard = customs()
    gone = drawdown.confirm(actor=guard, reservation=reserved(guard, licence, 2))
    new = filed(exporter, licence, officer_of)
    other = new.licence()
    assert other.lines.get().quantity == 6 - 2
    with pytest.raises(NotCovered) as refused:
        drawdown.adjust(actor=guard, reservation=gone, quantity=Decimal(4), reason=WHY)
    assert codes(refused) == ["replaced"]
    drawdown.adjust(actor=guard, reservation=gone, quantity=Decimal(1), reason=WHY)
    assert gone.drawn == 1
    assert any(licence.number in bar for bar in provisional.bars(new.case)), "silence replaces nothing"


def test_one_that_exhausted_itself_is_not_filled_again_beside_the_one_in_its_place(
    licence: Licence, exporter: User, officer_of: OfficerOf
) -> None:
    guard = customs()
    new = filed(exporter, licence, officer_of)
    gone = drawdown.confirm(actor=guard, reservation=reserved(guard, licence, 4))
    new.licence()
    drawdown.cancel(actor=guard, reservation=gone, reason=WHY)
    assert again(licence).status == "exhausted"


def test_what_was_reserved_is_not_let_go_past_a_suspension_or_a_measure(
    licence: Licence, exporter: User, officer_of: OfficerOf
) -> None:
    guard, boss = customs(), officer_of("DE", Role.DECIDER)
    waits = reserved(guard, licence, 1)
    other = filed(exporter, licence, officer_of).licence()
    licences.suspend(actor=boss, licence=other, reason="Seen at the border.")
    with pytest.raises(NotCovered) as refused:
        drawdown.confirm(actor=guard, reservation=waits)
    assert codes(refused) == ["suspended"]
    with pytest.raises(Conflict, match="suspended"):
        licences.surrender(actor=exporter, licence=other, reason=WHY)
    licences.reinstate(actor=boss, licence=other, reason="It was another one.")
    crises.in_force("DE", set_key=crises.a_set(effect="suspend_licences"))
    with pytest.raises(NotCovered) as refused:
        drawdown.confirm(actor=guard, reservation=waits)
    assert codes(refused) == ["suspended"]


def test_goods_that_are_numbered_anew_go_on_and_what_has_left_is_taken_off_them() -> None:
    camera, lens = ("6A003", "Infrared camera"), ("6A004", "Lens")
    former = [Goods(1, *camera, "NAR"), Goods(2, *lens, "NAR")]
    moved = [Goods(1, "6a004", " lens", "NAR"), Goods(2, *camera, "SET")]
    assert {line: now.line for line, now in continued(former, moved).items()} == {1: 2, 2: 1}
    other = [Goods(1, "6A005", "Laser", "NAR"), Goods(3, *lens, "NAR")]
    assert {line: now.line for line, now in continued(former, other).items()} == {1: 1, 2: 3}
    assert continued(former, [Goods(1, *lens, "NAR")]).keys() == {2}, "not of the goods that had this number"


def test_a_line_under_another_number_is_not_granted_twice(
    licence: Licence, exporter: User, officer_of: OfficerOf
) -> None:
    guard = customs()
    drawdown.confirm(actor=guard, reservation=reserved(guard, licence, 1))
    other = filed(exporter, licence, officer_of, line=7).licence()
    assert (other.lines.get().line, other.lines.get().quantity) == (7, 5)


def test_an_answer_keeps_the_unit_of_a_line_that_goes_on(
    licence: Licence, exporter: User, officer_of: OfficerOf
) -> None:
    new = filed(exporter, licence, officer_of)
    asked = {"reason_code": "clarification", "question": "How are they packed?", "sections": ["items"]}
    question = information.ask(actor=officer_of("DE"), case=new.case, days=7, **asked)
    items = [{**new.case.revision.dossier["items"][0], "unit": "SET"}]
    with pytest.raises(Invalid) as invalid:
        information.answer(actor=exporter, request=question, answer="In sets.", changes={"items": items})
    assert "counted in NAR" in invalid.value.fields["changes.items[0].unit"][0]


def test_a_returned_replacement_is_filed_anew_as_one(licence: Licence, exporter: User) -> None:
    draft = replacing.start(actor=exporter, licence=licence)
    returned = applications.submit(actor=exporter, application=draft, final=True)
    assert returned.status == "returned"
    anew = applications.copy(actor=exporter, application=returned)
    assert (anew.replaces, anew.supersedes) == (licence, returned)
    with pytest.raises(Conflict, match=anew.reference):
        applications.copy(actor=exporter, application=returned)


@pytest.mark.parametrize("cap_of", ["value", "quantity"])
def test_under_a_waiver_it_takes_of_the_cap_what_the_former_leaves(
    answered: Desk, organisation: Organisation, exporter: User, officer_of: OfficerOf, cap_of: str
) -> None:
    item = answered.case.revision.items.get()
    most = (item.value, item.currency) if cap_of == "value" else (item.quantity, item.unit)
    declaration = waivers.with_plan(crises.in_force("DE", "FR"))
    waiver = waivers.granted(declaration, organisation, cap_of=cap_of, cap=most[0], unit=most[1])
    licence, guard = answered.licence(), customs()
    drawdown.confirm(actor=guard, reservation=reserved(guard, licence, 1))
    assert waived.used(waiver) == most[0]
    filed(exporter, licence, officer_of, quantity="4").licence()
    assert again(licence).status == "replaced"
    assert waived.used(waiver) == most[0]
