"""Finding a listed party under another spelling, and not finding it where it is not."""

from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from core.errors import Invalid
from screening.index import Index, Listed, allowed_errors, build
from screening.matching import screen
from screening.normal import forms, identifier
from tests.examples import examples


def listed(number: int, name: str, *aliases: str, kind: str = "company", ids: tuple[str, ...] = ()) -> Listed:
    names = ((name, "primary"), *((alias, "alias") for alias in aliases))
    return Listed("test", "1", str(number), kind, name, names, ("Nowhere",), ids)


PARTIES = [
    listed(1, "KAVIR ADVANCED MATERIALS LLC", "KAVIR MAVAD PISHRAFTEH"),
    listed(2, "AL-HADDAD, Yusuf Karim", "EL-HADDAD, Youssef", kind="person"),
    listed(3, "Волховский приборный завод"),
    listed(4, "CIMEX"),
    listed(5, "OASIS TRAVELLER", kind="vessel", ids=("IMO 9074729",)),
    listed(6, "MACHINE WORKS NO. 103"),
    listed(7, "AL QAMAR BRIDGE TRADING", kind="company"),
    Listed(
        "test",
        "1",
        "8",
        "company",
        "TUNDRA BROKERS",
        (("TUNDRA BROKERS", "primary"), ("BLUE HERON", "weak")),
        (),
        (),
    ),
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
        ("Joint-Stock Company Kavir Advanced Materials", "1", "exact"),
        ("Javir Advanced Materials", "1", "edit_1"),  # the first letter changes the order of the words
        ("Zusuf Karim al-Haddad", "2", "edit_1"),
        ("AlQamar Bridge Trading", "7", "exact"),
        ("Machine Works No 103", "6", "exact"),
    ],
)
def test_a_party_is_found_under_another_spelling(index: Index, asked: str, entry: str, rule: str) -> None:
    found = screen(asked, index=index)
    assert found, forms(asked)
    assert (found[0].entry_id, found[0].rule) == (entry, rule)
    assert found[0].explanation


@pytest.mark.parametrize(
    "asked", ["Cimexo", "Simex", "Rheinwerk Optik", "Karim", "", "***", "X", "Machine Works No. 163"]
)
def test_short_and_other_names_do_not_alarm(index: Index, asked: str) -> None:
    assert screen(asked, index=index) == []


def test_a_number_finds_a_renamed_vessel(index: Index) -> None:
    (match,) = screen("Blue Lagoon", kind="vessel", identifiers=["9074729"], index=index)
    assert (match.entry_name, match.rule) == ("OASIS TRAVELLER", "identifier")


def test_what_the_asker_says_of_kind_hides_a_near_match_but_never_the_same_name(index: Index) -> None:
    assert screen("Yusuf Karim Al-Hadad", kind="company", index=index) == []
    assert screen("Yusuf Karim Al-Hadad", kind="person", index=index)
    assert screen("Yusuf Karim Al-Haddad", kind="company", index=index)
    assert screen("Oasis Traveller", kind="company", index=index) == []


def test_a_weak_alias_counts_for_less_and_is_not_strong(index: Index) -> None:
    (match,) = screen("Blue Heron", index=index)
    assert (match.name_kind, match.rule, match.score, match.strong) == ("weak", "alias", 0.85, False)


def test_the_explanation_names_entry_and_difference(index: Index) -> None:
    (match,) = screen("Kavir Advanced Materiels", index=index)
    said = " ".join(match.explanation)
    for wanted in ("entry 1", "KAVIR ADVANCED MATERIALS LLC", "1 letter", "e for a", "Nowhere"):
        assert wanted in said
    assert (match.list_key, match.version) == ("test", "1")


def test_a_name_that_is_too_long_is_refused_with_the_field(index: Index) -> None:
    with pytest.raises(Invalid) as refused:
        screen("x" * 301, index=index)
    assert "name" in refused.value.fields


@settings(max_examples=examples(300))
@given(name=st.text(max_size=300), number=st.text(max_size=60))
def test_no_text_makes_the_matcher_fail(index: Index, name: str, number: str) -> None:
    assert all(form.text.isascii() for form in forms(name))
    assert identifier(number).isascii() or not number.isascii()
    for match in screen(name, identifiers=[number], index=index):
        assert 0 < match.score <= 1


@settings(max_examples=examples(100))
@given(st.sampled_from(PARTIES), st.randoms(use_true_random=False))
def test_case_order_and_punctuation_do_not_matter(index: Index, party: Listed, random: Random) -> None:
    words = party.name.replace(",", " ").split()
    random.shuffle(words)
    asked = random.choice([" ", "  ", ", "]).join(word.swapcase() for word in words)
    assert any(m.entry_id == party.entry_id and m.score == 1.0 for m in screen(asked, index=index))


@settings(max_examples=examples(150))
@given(st.data())
def test_every_name_within_the_errors_allowed_is_a_candidate(index: Index, data: st.DataObject) -> None:
    """The index loses nothing: whatever is near enough is among its candidates."""
    party = data.draw(st.sampled_from(PARTIES))
    letters = list(forms(party.name)[0].text)
    for _ in range(data.draw(st.integers(0, allowed_errors(len(letters))))):
        at = data.draw(st.integers(0, len(letters) - 1))
        act = data.draw(st.sampled_from(["drop", "put", "swap"]))
        if act == "drop" and len(letters) > 1:
            del letters[at]
        elif act == "put":
            letters.insert(at, data.draw(st.sampled_from("abcxyz7")))
        else:
            letters[at] = data.draw(st.sampled_from("abcxyz7"))
    asked, whole = "".join(letters), forms(party.name)[0].text
    errors = min(allowed_errors(len(asked)), allowed_errors(len(whole)))
    if Levenshtein.distance(asked, whole) <= errors and errors:
        assert whole in {index.form(shape) for shape in index.near(asked)}


def test_the_index_holds_no_pickle(tmp_path: Path) -> None:
    build(tmp_path, PARTIES[:2])
    assert {path.suffix for path in tmp_path.iterdir()} == {".npy", ".json"}
