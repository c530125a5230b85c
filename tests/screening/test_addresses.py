"""Addresses: who writes one differently means the same, and who gives another house number does not."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Invalid
from ledger.testing import run_deliveries
from licensing.models import Assessment, Case
from members.models import Organisation, Role, User
from screening import services as screening
from screening.engine.addresses import Addresses, Found, Lived, build, same_houses, take_apart
from screening.engine.align import THRESHOLD
from screening.lists.loading import load_ofac
from screening.matching import screen_address
from screening.models import Hit
from tests import journeys
from tests.examples import examples

LISTED = {
    "1": "42 Bolshaya Yakimanka St., b. 1-2, office 206, Moscow 119049, Russia",
    "2": "No. 29, 4th Floor, Daman Afshar St., Tehran, Iran",
    "3": "Calle 18 No. 6-31 of. 704, Bogota, Colombia",
    "4": "P.O. Box 43440, San Ysidro, CA 92173, United States",
    "5": "Building 99, Khoddami Street, Vanak, Tehran, Iran",
    **{str(n): f"{n} Harbour Road, Moscow {100000 + n}, Russia" for n in range(10, 60)},
}


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> Addresses:
    folder = tmp_path_factory.mktemp("addresses")
    build(
        folder, [Lived("test", "1", key, "company", f"PARTY {key}", (text,)) for key, text in LISTED.items()]
    )
    return Addresses(folder)


def found(listed: Addresses, text: str) -> list[str]:
    return [one.entry_id for one in listed.search(text)]


@pytest.mark.parametrize(
    ("asked", "entry"),
    [
        ("Moscow, Bolshaya Yakimanka street 42", "1"),
        ("улица Большая Якиманка, дом 42, Москва", "1"),
        ("Bolshaja Jakimanka ul., d. 42, kv. 7, 119049 Moskva", "1"),
        ("29 Daman-Afshar Street, Tehran", "2"),
        ("Bogotá, Calle 18 # 6-31", "3"),
        ("Khoddami St. 99, Vanak, Tehran", "5"),
    ],
)
def test_another_writing_of_an_address_is_found(listed: Addresses, asked: str, entry: str) -> None:
    assert found(listed, asked)[:1] == [entry]


@pytest.mark.parametrize(
    "asked",
    [
        "Moscow, Russia", "Tehran", "Iran", "P.O. Box 43440", "PO Box 43440, United States", "42", "",
        "44 Bolshaya Yakimanka St., Moscow 119049, Russia", "Calle 18 No. 7-31, Bogota, Colombia",
        "Building 89, Khoddami Street, Vanak, Tehran, Iran", "42 Malaya Ordynka St., Moscow, Russia",
    ],
)  # fmt: skip
def test_a_town_a_box_another_number_and_another_street_are_not(listed: Addresses, asked: str) -> None:
    assert found(listed, asked) == []


@settings(max_examples=examples(100), deadline=None)
@given(entry=st.sampled_from(["1", "2", "5"]), data=st.data())
def test_the_order_of_its_parts_is_no_difference(listed: Addresses, entry: str, data: st.DataObject) -> None:
    parts = data.draw(st.permutations(LISTED[entry].split(", ")))
    assert found(listed, ", ".join(parts))[:1] == [entry]


@settings(max_examples=examples(200), deadline=None)
@given(number=st.integers(1, 9999), entry=st.integers(10, 59))
def test_another_house_number_never_matches(listed: Addresses, number: int, entry: int) -> None:
    asked = LISTED[str(entry)].replace(f"{entry} ", f"{number} ", 1)
    assert found(listed, asked) == ([str(entry)] if number == entry else [])


@settings(max_examples=examples(300), deadline=None)
@given(st.text(max_size=500))
def test_any_text_is_taken_apart_and_searched(listed: Addresses, text: str) -> None:
    take_apart(text)
    for one in listed.search(text):
        assert THRESHOLD <= one.score <= 1


def test_numbers_of_one_house_may_be_given_in_part() -> None:
    assert same_houses(["42"], ["42", "1"])
    assert same_houses(["12a"], ["12"])
    assert not same_houses(["12a"], ["12b"])
    assert not same_houses(["18", "6", "31"], ["18", "7", "31"])


def test_an_address_that_many_listed_parties_have_counts_less_and_says_so(tmp_path: Path) -> None:
    text = "306 Victoria House, Victoria, Mahe, Seychelles"
    build(tmp_path, [Lived("t", "1", str(n), "company", f"PARTY {n}", (text,)) for n in range(12)])
    best: Found = Addresses(tmp_path).search(text)[0]
    assert best.parties == 12
    assert best.score < 0.95
    (match, *_rest) = screen_address(text, addresses=Addresses(tmp_path))
    assert not match.strong
    assert match.rule == "address"
    assert "12 listed parties have this address" in match.explanation[-1]


def test_too_long_an_address_is_refused_by_name(listed: Addresses) -> None:
    with pytest.raises(Invalid) as refused:
        screen_address("x" * 501, addresses=listed)
    assert set(refused.value.fields) == {"address"}


# In a case -----------------------------------------------------------------------------------------------

AT_HOME = "8 Research Link, test hall 2, Singapore"
EMPTY = ",".join(["-0- "] * 8)


def load(folder: Path, name: str, address: str, number: int = 1) -> None:
    sdn, add = folder / "sdn.csv", folder / "add.csv"
    sdn.write_text(f'{number},"{name}",-0- ,"TEST",{EMPTY}\n')
    street, _comma, town = address.rpartition(", ")
    add.write_text(f'{number},1,"{street}","{town}","{town}",-0- \n')
    load_ofac(sdn=sdn, add=add, accept_shrink=True)


@pytest.fixture
def case(in_force: None, tmp_path: Path, exporter: User, organisation: Organisation) -> Case:
    load(tmp_path, "MERIDIAN WORKS", AT_HOME)
    return journeys.file(exporter, organisation)


def test_a_party_at_a_listed_address_is_a_hit_that_one_officer_clears(
    case: Case, officer_of: Callable[..., User]
) -> None:
    hit = Hit.objects.get(case_ref=f"case:{case.pk}")
    assert (hit.rule, hit.strong, hit.entry_name) == ("address", False, "MERIDIAN WORKS")
    assert any(line["rule"] == "house" for line in hit.alignment)
    assessment = Assessment.objects.get(case=case)
    assert assessment.hard_stops == []
    assert "has the address of “MERIDIAN WORKS”" in str(assessment.lines)
    judge = officer_of("DE", Role.LICENSING_OFFICER)
    assert (
        screening.clear(actor=judge, hit=hit, reason="A science park with forty tenants.").status == "cleared"
    )


def test_name_and_address_of_one_entry_are_one_hit_with_both_reasons(case: Case, tmp_path: Path) -> None:
    load(tmp_path, "STRAITS COMBUSTION LABORATORY", AT_HOME, number=2)
    run_deliveries()
    hit = Hit.objects.get(case_ref=f"case:{case.pk}", entry_id="2")
    assert (hit.rule, hit.strong) == ("exact", True)
    assert any("The address “" in sentence for sentence in hit.explanation)


def test_a_list_that_gives_an_entry_a_new_address_touches_the_case(
    in_force: None, tmp_path: Path, exporter: User, organisation: Organisation
) -> None:
    load(tmp_path, "MERIDIAN WORKS", "7 Other Way, Singapore")
    case = journeys.file(exporter, organisation)
    assert not Hit.objects.exists()
    load(tmp_path, "MERIDIAN WORKS", AT_HOME)
    run_deliveries()
    assert Hit.objects.get(case_ref=f"case:{case.pk}").rule == "address"
