"""Files of denial notices: read whole or not at all, recorded by two officers, recognised when they come again."""

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Conflict, Forbidden, Invalid
from intelligence import importing, imports
from intelligence.models import Denial, DenialImport
from ledger.models import Event
from members.models import Role
from tests.shared_data import shared
from tests.standing import stays

HEADER = (
    "reference,regime_reg_ref,name,address,notifying_government,country,denial_cle,item_description,end_use,"
    "reason_for_refusal,entity_type\n"
)
ROW = (
    'DN2000/0000,AB-CD-EF-000,Organisation,"1000 Street, City",Germany,Iran,6A003.b,Camera,Science,Diversion,'
    "end_user\n"
)
FILE = (HEADER + ROW).encode()


def code(text: str) -> str:
    return {"germany": "DE", "iran": "IR", "brazil": "BR", "france": "FR"}.get(text.casefold(), "")


def where(content: str) -> set[tuple[int, str]]:
    return {(error.row, error.column) for error in importing.read(content.encode(), code).errors}


def test_rows_of_one_reference_are_one_notice_with_several_parties() -> None:
    other = ROW.replace("Organisation", "Consignee Ltd").replace("end_user", "Consignee")
    (notice,) = importing.read((HEADER + ROW + other).encode(), code).notices
    assert [party["entity_type"] for party in notice.parties] == ["end_user", "consignee"]
    assert (notice.government, notice.destination, notice.code) == ("DE", "IR", "6A003.b")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", {(1, name) for name in importing.REQUIRED}),
        (HEADER, {(1, "")}),
        (HEADER.replace("name,", "name,colour,", 1) + ROW, {(1, "colour")}),
        (HEADER + ROW.replace("Iran", "Nowhere"), {(2, "country")}),
        (HEADER + ROW.replace("end_user", "owner"), {(2, "entity_type")}),
        (HEADER + ROW + ROW.replace("Camera", ""), {(3, "item_description")}),
        (HEADER + ROW + ROW.replace("Science", "War"), {(3, "end_use")}),
        (HEADER + "a,b\n", {(2, "")}),
        (HEADER + 'a,"b\n', {(1, "")}),
    ],
)  # fmt: skip
def test_every_error_is_told_with_its_row_and_column(content: str, expected: set[tuple[int, str]]) -> None:
    assert where(content) == expected


def test_quantities_need_a_number_and_a_unit() -> None:
    header = HEADER.replace("entity_type", "entity_type,quantity,unit")
    for cells, expected in (("5,NMB", set()), ("5,", {"unit"}), ("x,NMB", {"quantity"}), (",NMB", {"unit"})):
        found = where(header + ROW.replace("end_user", f"end_user,{cells}"))
        assert {column for _row, column in found} == expected


def test_the_file_of_another_service_is_read_with_its_errors() -> None:
    folder = shared("peers/lite")
    content = (folder / "denial_valid.csv").read_text()
    found = importing.read(
        content.encode(), lambda text: "BR" if "Country" in text or "Kingdom" in text else ""
    )
    assert not found.errors
    assert len(found.notices) == 7
    assert where((folder / "denial_invalid.csv").read_text()) >= {
        (1, "regime_reg_ref"),
        (1, "consignee_flag"),
    }


@given(
    st.binary(max_size=300)
    | st.text(max_size=300).map(lambda text: (HEADER + text).encode("utf-8", "replace"))
)
def test_nothing_that_is_handed_in_breaks_the_reading(content: bytes) -> None:
    found = importing.read(content, code)
    assert found.notices or found.errors


@stays
def _members(in_force, germany, france):
    """What is agreed, and two members."""


@pytest.mark.usefixtures("_members")
def test_a_file_is_recorded_whole_by_a_second_officer(officer_of) -> None:
    officer, second = officer_of("DE"), officer_of("DE", Role.COUNTERSIGNER)
    row = imports.propose(actor=officer, filename="denials.csv", content=FILE, releasable_to=["FR"])
    assert not Denial.objects.exists()
    with pytest.raises(Forbidden, match="decider or a countersigner"):
        imports.confirm(actor=officer, row=row)
    with pytest.raises(Forbidden, match="Only the member"):
        imports.confirm(actor=officer_of("FR", Role.DECIDER), row=row)
    (denial,) = imports.confirm(actor=second, row=row)
    assert (denial.regime_reference, denial.national_reference) == ("AB-CD-EF-000", "DN2000/0000")
    assert (denial.control_codes, denial.destination, denial.releasable_to) == (["6A003"], "IR", ["DE", "FR"])
    assert denial.named.get().address == "1000 Street, City"
    assert denial.end_use == "Science"
    with pytest.raises(Conflict):
        imports.confirm(actor=second, row=row)
    with pytest.raises(Conflict, match="brought in already"):
        imports.propose(actor=officer, filename="again.csv", content=FILE)
    with pytest.raises(Conflict, match="brought in before"):
        imports.propose(actor=officer, filename="again.csv", content=FILE + b"\n")
    assert Event.objects.filter(type="denial_import.confirmed").count() == 1


@pytest.mark.usefixtures("_members")
def test_whoever_hands_a_file_in_does_not_second_it_not_even_in_the_database(officer_of) -> None:
    both = officer_of("DE", Role.DECIDER, Role.COUNTERSIGNER)
    row = imports.propose(actor=both, filename="denials.csv", content=FILE)
    with pytest.raises(Forbidden, match="Another person"):
        imports.confirm(actor=both, row=row)
    row.confirm()
    row.seconded_by, row.seconded_at = both, row.proposed_at
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


@pytest.mark.usefixtures("_members")
def test_a_member_tells_its_own_denials_and_those_of_whoever_is_no_member(officer_of) -> None:
    french = (HEADER + ROW.replace("Germany", "France")).encode()
    with pytest.raises(Invalid) as error:
        imports.propose(actor=officer_of("DE"), filename="x.csv", content=french)
    assert list(error.value.fields) == ["rows[2].notifying_government"]
    assert not DenialImport.objects.exists()
    brazil = (HEADER + ROW.replace("Germany", "Brazil")).encode()
    row = imports.propose(actor=officer_of("DE"), filename="x.csv", content=brazil)
    imports.send_back(actor=officer_of("DE", Role.DECIDER), row=row, remark="The address is missing.")
    row = imports.propose(actor=officer_of("DE"), filename="x.csv", content=brazil)
    (denial,) = imports.confirm(actor=officer_of("DE", Role.DECIDER), row=row)
    assert (denial.jurisdiction_id, denial.denied_by) == ("DE", "BR")
