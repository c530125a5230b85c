"""Finding a listed party under another spelling, and not finding it where it is not."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from core.errors import Invalid
from screening.index import Index, Listed, allowed_errors, build
from screening.matching import screen
from screening.normal import forms, identifier


def listed(number: int, name: str, *aliases: str, kind: str = "company", ids: tuple[str, ...] = ()) -> Listed:
    names = ((name, "primary"), *((alias, "alias") for alias in aliases))
    return Listed("test", "1", str(number), kind, name, names, ("Nowhere",), ids)


PARTIES = [
    listed(1, "KAVIR ADVANCED MATERIALS LLC", "KAVIR MAVAD PISHRAFTEH"),
    listed(2, "AL-HADDAD, Yusuf Karim", "EL-HADDAD, Youssef", kind="person"),
    listed(3, "Волховский приборный завод"),
    listed(4, "CIMEX"),
    listed(5, "OASIS TRAVELLER", kind="vessel", ids=("IMO 9074729",)),
    *(listed(100 + n, f"NOISE PARTY NUMBER {n} HOLDINGS") for n in range(50)),
]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    folder = tmp_path_factory.mktemp("index")
    build(folder, PARTIES)
    return Index(folder)


@pytest.mark.parametrize(
    ("asked", "entry", "rule"),
    [
        ("Kavir Advanced Materials LLC", "1", "exact"),
        ("kavir advanced materials", "1", "exact"),
        ("Kavir Mavad Pishrafteh", "1", "alias"),
        ("Yusuf Karim AL HADDAD", "2", "exact"),
        ("Volkhovskiy pribornyy zavod", "3", "exact"),
        ("Kavir Advancd Materials", "1", "edit_1"),
        ("Kavir Advancd Materiels", "1", "edit_2"),
        ("K\u200bavir Advanced Materials", "1", "exact"),
    ],
)
def test_a_party_is_found_under_another_spelling(index: Index, asked: str, entry: str, rule: str) -> None:
    found = screen(asked, index=index)
    assert found, forms(asked)
    assert (found[0].entry_id, found[0].rule) == (entry, rule)
    assert found[0].explanation


@pytest.mark.parametrize("asked", ["Cimexo", "Simex", "Rheinwerk Optik", "Karim", "", "***", "X"])
def test_short_and_other_names_do_not_alarm(index: Index, asked: str) -> None:
    assert screen(asked, index=index) == []


def test_a_number_finds_a_renamed_vessel(index: Index) -> None:
    (match,) = screen("Blue Lagoon", kind="vessel", identifiers=["9074729"], index=index)
    assert (match.entry_name, match.rule) == ("OASIS TRAVELLER", "identifier")


def test_a_person_is_not_taken_for_a_company(index: Index) -> None:
    assert screen("Yusuf Karim Al-Haddad", kind="company", index=index) == []


def test_a_name_that_is_too_long_is_refused_with_the_field(index: Index) -> None:
    with pytest.raises(Invalid) as refused:
        screen("x" * 301, index=index)
    assert "name" in refused.value.fields


@settings(max_examples=300, deadline=None, derandomize=True)
@given(name=st.text(max_size=300))
def test_no_text_makes_the_matcher_fail(name: str) -> None:
    for form in forms(name):
        assert form.isascii()
    identifier(name)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.data())
def test_every_name_within_the_errors_allowed_is_a_candidate(index: Index, data: st.DataObject) -> None:
    """The index loses nothing: whatever is near enough is among its candidates."""
    party = data.draw(st.sampled_from(PARTIES))
    letters = list(forms(party.name)[0])
    for _ in range(data.draw(st.integers(0, allowed_errors(len(letters))))):
        at = data.draw(st.integers(0, len(letters) - 1))
        act = data.draw(st.sampled_from(["drop", "put", "swap"]))
        if act == "drop" and len(letters) > 1:
            del letters[at]
        elif act == "put":
            letters.insert(at, data.draw(st.sampled_from("abcxyz7")))
        else:
            letters[at] = data.draw(st.sampled_from("abcxyz7"))
    asked, whole = "".join(letters), forms(party.name)[0]
    errors = min(allowed_errors(len(asked)), allowed_errors(len(whole)))
    if Levenshtein.distance(asked, whole) <= errors and errors:
        assert whole in {index.form(shape) for shape in index.near(asked)}


def test_the_index_holds_no_pickle(tmp_path: Path) -> None:
    build(tmp_path, PARTIES[:2])
    assert {path.suffix for path in tmp_path.iterdir()} == {".npy", ".json"}
