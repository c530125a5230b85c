"""Finding a listed party under another spelling, and not finding it where it is not."""

from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import Invalid
from screening.engine.compare import compare
from screening.engine.index import Index, Listed, build
from screening.engine.words import identifier, readings, take_apart
from screening.matching import screen
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
        ("Volkhovskiy Instrument Plant", "3", "exact"),  # translated
        ("Kavir Advancd Materials", "1", "near"),
        ("Kavir Advancd Materiels", "1", "near"),
        ("K\u200bavir Advanced Materials", "1", "exact"),
        ("Кavir Аdvanced Мaterials", "1", "exact"),  # three Cyrillic capitals that look Latin
        ("Joint-Stock Company Kavir Advanced Materials", "1", "exact"),
        ("Kvr Advncd Mtrls", "1", "near"),  # without vowels
        ("Javir Advanced Materials", "1", "near"),
        ("Zusuf Karim al-Haddad", "2", "near"),
        ("Josef Karim al-Haddad", "2", "near"),  # a spelling of the given name
        ("يوسف كريم الحداد", "2", "near"),
        ("AlQamar Bridge Trading", "7", "near"),
        ("Machine Works No 103", "6", "exact"),
        ("Meridian Advanced Materials (a.k.a. Kavir Advanced Materials)", "1", "exact"),
    ],
)
def test_a_party_is_found_under_another_spelling(index: Index, asked: str, entry: str, rule: str) -> None:
    found = screen(asked, index=index)
    assert found, take_apart(asked)
    assert (found[0].entry_id, found[0].rule) == (entry, rule)
    assert found[0].explanation


@pytest.mark.parametrize(
    "asked", ["Cimexal", "Rheinwerk Optik", "Karim", "", "***", "X", "Machine Works No. 163"]
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
    assert (match.name_kind, match.rule, match.score, match.strong) == ("weak", "near", 0.95, False)


def test_the_explanation_names_entry_and_difference(index: Index) -> None:
    (match,) = screen("Kavir Advanced Materiels", index=index)
    said = " ".join(match.explanation)
    for wanted in (
        "entry 1",
        "KAVIR ADVANCED MATERIALS LLC",
        "“Materiels” and “MATERIALS”: two forms of one word",
    ):
        assert wanted in said
    assert (match.list_key, match.version) == ("test", "1")


def test_a_name_that_is_too_long_is_refused_with_the_field(index: Index) -> None:
    with pytest.raises(Invalid) as refused:
        screen("x" * 301, index=index)
    assert "name" in refused.value.fields


@settings(max_examples=examples(300))
@given(name=st.text(max_size=300), number=st.text(max_size=60))
def test_no_text_makes_the_matcher_fail(index: Index, name: str, number: str) -> None:
    assert all(word.text.isascii() for reading in readings(name) for word in take_apart(reading))
    assert identifier(number).isascii() or not number.isascii()
    for match in screen(name, identifiers=[number], index=index):
        assert 0 < match.score <= 1


@settings(max_examples=examples(100))
@given(st.sampled_from(PARTIES), st.randoms(use_true_random=False))
def test_case_order_and_punctuation_do_not_matter(index: Index, party: Listed, random: Random) -> None:
    words = party.name.replace(",", " ").split()
    random.shuffle(words)
    asked = random.choice([" ", "  ", ", "]).join(word.swapcase() for word in words)
    assert any(m.entry_id == party.entry_id and m.score >= 0.95 for m in screen(asked, index=index))


@settings(max_examples=examples(150))
@given(st.data())
def test_the_search_gives_no_more_than_the_comparison_of_the_two_names(
    index: Index, data: st.DataObject
) -> None:
    """What the index finds scores no higher than the two names side by side: it leaves out, it adds nothing."""
    party = data.draw(st.sampled_from(PARTIES[:7]))
    letters = list(party.name)
    for _ in range(data.draw(st.integers(0, 2))):
        letters[data.draw(st.integers(0, len(letters) - 1))] = data.draw(st.sampled_from("aeiknrst "))
    asked = "".join(letters)
    expected = max(compare(asked, name).score for name, _kind in party.names)
    found = [match.score for match in screen(asked, index=index) if match.entry_id == party.entry_id]
    assert all(score <= expected + 0.001 for score in found)


def test_the_index_holds_no_pickle(tmp_path: Path) -> None:
    build(tmp_path, PARTIES[:2])
    assert {path.suffix for path in tmp_path.iterdir()} == {".npy", ".json"}
