"""A hit rests on the full name of a person, and on no person or vessel for a name with a legal form."""

from pathlib import Path

import pytest

from screening.engine.index import Index, Listed, build
from screening.engine.search import Found, search

PARTIES = (
    ("p:1", "person", "TOKARYOV, Nikolay Petrovich", ("TOKARYOV, Nikolay",)),
    ("p:2", "person", "ZARECHNY, Ilya", ()),
    ("c:1", "company", "NABKO ZARYA LIGHTS", ("NABKO LIGHTS",)),
    ("v:1", "vessel", "SUKSESS", ()),
    ("p:3", "person", "AL-KAVIRI, Yusuf Adil", ()),
)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    folder: Path = tmp_path_factory.mktemp("index")
    build(
        folder,
        [
            Listed("t", "1", number, kind, name, ((name, "primary"), *((each, "alias") for each in more)))
            for number, kind, name, more in PARTIES
        ],
    )
    return Index(folder)


def best(index: Index, name: str) -> Found:
    return search(index, name)[0]


def test_a_word_that_the_full_name_contradicts_makes_a_short_alias_no_hit(index: Index) -> None:
    other = best(index, "Nikolay Sadeghi TOKARYOV")

    assert (other.entry_id, other.hit) == ("p:1", False)
    assert other.matched_name == "TOKARYOV, Nikolay Petrovich"


@pytest.mark.parametrize(
    "name", ["Nikolay TOKARYOV", "Nikolai Petrovich TOKARYOV", "Nikolay P. TOKARYOV", "Dr Nikolay TOKARYOV"]
)
def test_what_agrees_with_the_full_name_or_says_no_more_than_the_alias_stays_a_hit(
    index: Index, name: str
) -> None:
    assert best(index, name).hit


def test_a_person_without_a_full_name_and_an_organisation_are_judged_as_before(index: Index) -> None:
    assert best(index, "Ilya Pavlovich ZARECHNY").matched_name == "ZARECHNY, Ilya"
    assert best(index, "Ilya Pavlovich ZARECHNY").hit
    assert best(index, "NABKO LIGHTS JSC").matched_name == "NABKO LIGHTS"


@pytest.mark.parametrize(
    ("name", "hit"),
    [
        ("SUKSESS", True),
        ("SUKSESS C.V.", False),
        ("ZARECHNY Ilya", True),
        ("ZARECHNY Ilya Company", False),
        ("AL-KAVIRI, Yusuf Ad", True),  # cut off: the end is no legal form
    ],
)
def test_who_has_a_legal_form_is_no_person_and_no_vessel(index: Index, name: str, hit: bool) -> None:
    assert best(index, name).hit is hit
