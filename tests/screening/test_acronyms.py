"""An acronym meets the name it is made of, whichever of the two is listed; a common word does not."""

from pathlib import Path

import pytest

from screening.engine.acronyms import initials
from screening.engine.compare import compare
from screening.engine.index import Index, Listed, build
from screening.engine.search import Found, search
from screening.engine.words import take_apart

LISTED = (
    ("c:1", "company", "Kavir Precision Machinery Import/Export Corporation"),
    ("c:2", "company", "ZPRTC"),
    ("c:3", "company", "Uralskii Zavod Novykh Materialov i Tekhnologii OAO"),
    ("c:4", "company", "National Kaviri Tanker Company"),
    ("p:1", "person", "Karim Parviz Morad Iraj Esmail"),
)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    folder: Path = tmp_path_factory.mktemp("index")
    build(
        folder, [Listed("t", "1", number, kind, name, ((name, "primary"),)) for number, kind, name in LISTED]
    )
    return Index(folder)


def best(index: Index, name: str) -> Found:
    return search(index, name)[0]


@pytest.mark.parametrize(
    ("name", "entry"),
    [
        ("KPMIEC", "c:1"),
        ("K.P.M.I.E.C. Ltd", "c:1"),
        ("Zagros Petroleum Refining and Transport Company", "c:2"),
        ("АО «УЗНМТ»", "c:3"),
    ],
)
def test_an_acronym_and_its_name_are_a_hit_that_shows_the_words(index: Index, name: str, entry: str) -> None:
    found = best(index, name)

    assert (found.entry_id, found.hit) == (entry, True)
    assert [pair.rule for pair in found.alignment if pair.weight > 0.1] == ["acronym"]


def test_an_acronym_of_four_letters_is_shown_and_is_no_hit(index: Index) -> None:
    found = best(index, "NKTC")

    assert (found.entry_id, found.hit) == ("c:4", False)
    assert found.alignment[0].rule == "acronym"


def test_a_person_has_no_acronym(index: Index) -> None:
    assert "p:1" not in [found.entry_id for found in search(index, "KPMIE")]


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("The Zagros Oil and Gas Company of Kavir, Ltd", "zogck"),
        ("АО «Уральский завод новых материалов»", "uznm"),
        ("NPO Mashinostroyeniya Kavir Zarya", "nmkz"),
        ("Dr Zagros 103 Steel Foundry Plant", "zsfp"),
        ("Kavir Trading Company", ""),  # three letters are shared by half of all names
        ("Karim Parviz Morad Iraj", ""),  # no organisation word
    ],
)
def test_the_letters_are_those_of_the_words_as_they_are_written(name: str, letters: str) -> None:
    assert initials(take_apart(name)).letters == letters


def test_part_of_a_name_may_be_abbreviated() -> None:
    found = compare(
        "KPMIEC Zarnab Radiator", "Kavir Precision Machinery Import Export Corporation Zarnab Radiator"
    )

    assert found.score > 0.9
    assert [pair.rule for pair in found.pairs] == ["acronym", "same", "same"]


def test_an_acronym_beside_its_own_name_says_nothing_more() -> None:
    plain = compare("Kavir Cartridge Plant", "Joint Stock Company Kavir Cartridge Works").score

    assert (
        compare("JSC Kavir Cartridge Plant, JSC KCP", "Joint Stock Company Kavir Cartridge Works").score
        > 0.95
    )
    assert (
        compare("Kavir Cartridge Plant KXP", "Joint Stock Company Kavir Cartridge Works").score < plain - 0.2
    )
