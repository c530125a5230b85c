"""What the words of a name are, how alike two are, and what an alignment is worth."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screening.engine import lexicon
from screening.engine.align import THRESHOLD
from screening.engine.compare import compare
from screening.engine.facts import Facts, same_birth, weigh_facts
from screening.engine.similar import alike, promise
from screening.engine.sounds import fold
from screening.engine.words import LONGEST, characters, clean, identifier, readings, take_apart
from tests.examples import examples

NPO = ("research", "production", "association")


def words(name: str) -> list[str]:
    return [word.text for word in take_apart(name)]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("S.A. DE C.V.", ["=sa de cv"]),
        ("ОАО «Завод Радар»", ["oao", "plant", "radar"]),
        ("АО Научно-производственное объединение «Гранит»", ["ao", *NPO, "granit"]),
        ("NPO Granit", [*NPO, "granit"]),
        ("Abdurrahman", ["abdul", "rahman"]),
        ("Ig0r Petr0v", ["igor", "petrov"]),
        ("محمد علي", ["mhmd", "ali"]),
        ("O’Neil & Sons", ["oneil", "and", "sons"]),
        ("\u202eK\u00adavir\u200b", ["kavir"]),
        ("Joint Stok Company Kavir", ["=joint stock company", "kavir"]),
        ("FGUP Kavir", ["=federal state unitary enterprise", "kavir"]),
        ("Федеральное государственное унитарное предприятие Кавир", ["=federal state unitary enterprise", "kavir"]),
        ("State Budgetary Scientific Institution Kavir", ["=state budgetary research institute", "kavir"]),
        ("State Institute Kavir", ["state", "institute", "kavir"]),
        ("State Unitary Enterprise", ["state", "unitary", "enterprise"]),  # all there is to the name
        ("", []),
        ("***", []),
    ],
)  # fmt: skip
def test_a_name_is_read_as_these_words(name: str, expected: list[str]) -> None:
    assert words(name) == expected


def test_brackets_and_also_known_as_make_further_readings() -> None:
    assert readings("Alpha Works (Beta Gamma Yard)")[:2] == ["Alpha Works", "Beta Gamma Yard"]
    assert readings("Alpha a.k.a. Beta; Gamma") == ["Alpha", "Beta", "Gamma", "Alpha a.k.a. Beta; Gamma"]
    assert len(readings("; ".join(f"name {n}" for n in range(50)))) <= 6
    assert readings("X; //--") == ["X; //--"], "what holds no letter is no name, and takes none away"


def test_what_somebody_is_named_after_weighs_little() -> None:
    plain = {word.text: word.weight for word in take_apart("Radar Plant Shokin")}
    named = {word.text: word.weight for word in take_apart("Radar Plant named after Shokin")}
    assert named["shokin"] < plain["shokin"] / 3
    assert named["radar"] == plain["radar"]


@pytest.mark.parametrize(
    ("one", "other", "rule"),
    [
        ("khabarov", "habarov", "sounds"),
        ("aleksandr", "alexander", "variant"),
        ("lzhevsk", "izhevsk", "shape"),
        ("mhmdv", "mahmudov", "vowels"),
        ("sechin", "sechyn", "sounds"),
        ("haddad", "hadad", "sounds"),
        ("materials", "mateniels", "spelling"),
        ("103", "163", ""),
        ("viktorovna", "viktorovich", ""),
        ("chen", "kim", ""),
    ],
)
def test_two_words_are_alike_by_a_rule(one: str, other: str, rule: str) -> None:
    similarity, found = alike(one, other)
    assert found == rule
    assert (similarity > 0) is bool(rule)


@pytest.mark.parametrize(
    ("one", "other", "hit"),
    [
        ("Siemens AG", "Siemens Aktiengesellschaft", True),
        ("JSC Murom Instrument-Making Plant", "АО Муромский приборостроительный завод", False),
        ("Radar Instrument-Making Plant JSC", "АО Радар приборостроительный завод", True),
        ("Acme Plant 103", "Acme Plant 163", False),
        ("AHMAD BIN HASAN AL-UBAIDI", "HASAN BIN AHMAD AL-UBAIDI", False),
        ("FLORES APODACA, Agustin", "FLORES SANCHEZ, Agustin", False),
        ("Ascotec Trading Shenzhen Ltd", "Ascotec Trading Ltd", False),
        ("习近平", "Xi Jinping", True),
        ("习近朋", "习近平", False),
        ("김수광", "김광수", False),
        ("Bank of Nowhere (Singapore)", "Bank of Nowhere Limited", True),
        ("AKHMETOV Muradbek Suleymanovich Bek", "AKHMETOV Muradbek Suleymanovich", True),
        ("BINRIN JOINT", "BINRIN LIMITED", False),
        ("JOINT COMPANY BINRIN", "BINRIN JSC", True),
        ("BINRIN COMPANY STOCK JOINT", "JOINT STOCK COMPANY BINRIN", True),
        ("BINRIN STOCKCOMPANY", "JOINT STOCK COMPANY BINRIN", True),
        ("INDUSTRIAL LIMITED", "JSC Industrial Technologies", False),
        ("INDUSTRIAL LIMITED", "JSC Industrial", True),
        ("A. Mashhur", "AL-HUSAYN, Mashhur", True),
        ("B. Mashhur", "AL-HUSAYN, Mashhur", False),
        ("M. BANK PLC", "MELLI BANK PLC", True),
        ("X. BANK PLC", "MELLI BANK PLC", False),
        ("HAMOON SEPAHAN COMME", "HAMOON SEPAHAN COMMERCIAL TRADING", True),
        ("HAMOON SEPAHAN CARGO", "HAMOON SEPAHAN COMMERCIAL TRADING", False),
        ("Shoigu Shoigu Sergey", "Sergey Shoigu", True),
        ("Shoigu Patrushev Sergey", "Sergey Shoigu", False),
        ("GRN BRDS", "GREEN BIRDS", True),
        ("KVR TRD", "KAVIR TRADE", True),
        ("KVR TRD", "KAVIR STEEL", False),
        ("OJSC BELARUS", "OJSC BELARUSKALI", False),
        ("MURUJ CHAM INVESTMEN", "MURUJ CHAM INVESTMENT AND TOURISM GROUP", True),
    ],
)
def test_two_names_make_a_hit_or_not(one: str, other: str, hit: bool) -> None:
    found = compare(one, other)
    assert (found.score >= THRESHOLD) is hit, found


def test_a_short_name_in_syllables_is_no_hit_where_only_the_asker_has_a_date_of_birth() -> None:
    known = Facts(born="1990", borne_by_many=True)
    score, told = weigh_facts(1.0, known, "person", [], [])

    assert score < THRESHOLD
    assert [(pair.rule, pair.listed) for pair in told] == [("date_of_birth", "")]
    assert weigh_facts(1.0, Facts(borne_by_many=True), "person", [], []) == (1.0, [])
    assert weigh_facts(1.0, known, "person", [], ["1990"])[0] == 1.0
    assert weigh_facts(1.0, Facts(born="1990"), "person", [], [])[0] == 1.0


def test_a_date_of_birth_a_year_off_may_be_the_same_and_another_is_not() -> None:
    assert same_birth("1962", ["1961-05-01"]) is True
    assert same_birth("1962-03", ["1971"]) is False
    assert same_birth("1962", []) is None
    score, told = weigh_facts(1.0, Facts(kind="person", born="1990"), "person", [], ["1962"])
    assert score < THRESHOLD
    assert [(pair.rule, pair.similarity) for pair in told] == [("date_of_birth", 0.0)]


names = st.text(max_size=LONGEST)
plain = st.text("abcdefghiklmnoprstuvyzh", min_size=1, max_size=12)


@settings(max_examples=examples(300), deadline=None)
@given(names, names)
def test_no_two_texts_make_the_comparison_fail(one: str, other: str) -> None:
    found = compare(one, other)
    assert 0 <= found.score <= 1
    for pair in found.pairs:
        assert pair.asked or pair.listed


@settings(max_examples=examples(300), deadline=None)
@given(st.text(min_size=1, max_size=60))
def test_every_name_of_words_is_its_own_best_match(name: str) -> None:
    if take_apart(clean(name)) or characters(name):
        assert compare(name, name).score >= 0.999


@settings(max_examples=examples(300), deadline=None)
@given(plain, plain)
def test_likeness_is_mutual_but_for_left_out_vowels_and_never_missed_in_bulk(one: str, other: str) -> None:
    similarity, rule = alike(one, other)
    back, back_rule = alike(other, one)
    if "vowels" not in (rule, back_rule):
        assert (similarity, rule) == (back, back_rule)
    if rule in ("spelling", "sounds"):
        assert promise(one, [other], [fold(other)]).all()


@settings(max_examples=examples(200), deadline=None)
@given(names)
def test_an_identifier_keeps_capital_letters_and_digits_alone(number: str) -> None:
    assert all(c.isascii() and c.isalnum() and not c.islower() for c in identifier(number))


def test_the_lexicon_is_sound() -> None:
    lexicon.glossary()
    assert lexicon.organisation_word("zavod") == lexicon.organisation_word("plant") == "plant"
    assert lexicon.organisation_word("novikov") is None
    assert lexicon.rarity("mohammad") < lexicon.rarity("kavir") == 1.0
    assert not lexicon.small_words() & set(lexicon.glossary()[0])
