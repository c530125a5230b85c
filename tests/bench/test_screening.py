"""The bench of screening: what counts as right, what is held out, and that a peer that is not there is named."""

import json
import random
from pathlib import Path

import pytest

from bench.screening import environment, generate, main, run, unseen
from bench.screening.cases import (
    ALIASES,
    CROSSLIST,
    EVERYTHING,
    HELD_OUT,
    NEAR_MISS,
    PERSONS,
    PERSONS_BORN,
    RENAMED,
    SYNTHETIC,
    Case,
    Pair,
    Twins,
    in_scope,
    read_cases,
    sampled,
)
from bench.screening.grade import Graded, grade_pairs
from bench.screening.parties import Party, Question, read, write

PARTIES = [
    Party(
        "ofac:1",
        "company",
        "Northlight Optics Works",
        ("Zavod Severny Svet",),
        ("NOW",),
        identifiers=("770203",),
    ),
    Party("ofac:2", "person", "Ilya Brennov", born=("1970-02-03",)),
    Party("eu:9", "company", "NORTHLIGHT OPTICS-WORKS"),
    Party("eu:8", "person", "Northlight Optics Works"),
]
HEAD = "query_name,query_type,query_country,query_dob,target_name,label,source,target_id,variation_class,query_ids"
ROWS = [
    "Northlight Optic Works,company,,,Northlight Optics Works,match,crosslist-identifier:x,ofac:1,differs,",
    "Polar Optik,company,,,Northlight Optics Works,match,crosslist-identifier:x,ofac:1,identifier_only,770203",
    "ZAVOD SEVERNY SVET,company,,,Northlight Optics Works,match,ofac-alias,ofac:1,official_aka,",
    "Ilja Brennov,person,,,Ilya Brennov,match,SYNTHETIC:x,ofac:2,degraded/typo,",
    "Elias Bremer,,,,*,no_match,SYNTHETIC:x,,negative/edit_beyond,",
    "Ilya Brennov,person,,1999-01-01,*,no_match,yente:negatives_us(synthetic persons),,,",
    "Ilya Brennov,person,,,Ilja Brennov,match,nomenklatura:name_bench/x,,|STRONG,",
    "Ilya Brennov,person,,,Olga Brandt,no_match,nomenklatura:name_bench/x,,|STRONG,",
]


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    write(tmp_path / "list.jsonl", PARTIES)
    (tmp_path / "pairs.csv").write_text("\n".join([HEAD, *ROWS]) + "\n")
    return tmp_path / "list.jsonl", tmp_path / "pairs.csv"


def test_each_row_counts_for_its_figure_on_its_index(files: tuple[Path, Path]) -> None:
    cases, pairs = read_cases(files[1])

    assert [(case.figure, case.scope, case.target) for case in cases] == [
        (CROSSLIST, "ofac", "ofac:1"),
        (RENAMED, EVERYTHING, "ofac:1"),
        (ALIASES, HELD_OUT, "ofac:1"),
        (SYNTHETIC, EVERYTHING, "ofac:2"),
        (NEAR_MISS, EVERYTHING, ""),
        (PERSONS, EVERYTHING, ""),
        (PERSONS_BORN, EVERYTHING, ""),
    ]
    assert [case.question.identifiers for case in cases if case.figure == RENAMED] == [("770203",)]
    assert [case.question.born for case in cases if case.question.born] == ["1999-01-01"]
    assert not any(case.question.kind for case in cases if case.figure != PERSONS_BORN)
    assert [pair.same for pair in pairs] == [True, False]


def test_rows_of_one_target_fall_into_the_same_half(files: tuple[Path, Path]) -> None:
    cases, _ = read_cases(files[1])

    assert len({case.validation for case in cases if case.target == "ofac:1"}) == 1


def test_an_index_holds_the_lists_it_is_meant_to_without_the_akas_asked_for(
    files: tuple[Path, Path],
) -> None:
    cases, _ = read_cases(files[1])

    def held(scope: str) -> list[Party]:
        return list(in_scope(read(files[0]), scope, cases))

    assert held(EVERYTHING) == PARTIES
    assert [party.entry_id for party in held("eu")] == ["eu:9", "eu:8"]
    assert [party.names for party in held(HELD_OUT)] == [
        (("Northlight Optics Works", "primary"), ("NOW", "weak")),
        (("Ilya Brennov", "primary"),),
    ]


def test_a_sample_is_the_same_every_time() -> None:
    cases = [Case(SYNTHETIC, "typo", EVERYTHING, Question(str(n)), "ofac:1", False) for n in range(50)]

    assert sampled(cases, 5) == sampled(cases, 5)
    assert len(sampled(cases, 5)) == 5
    assert sampled(cases, None) == cases


def _case(figure: str, target: str = "ofac:1", validation: bool = False) -> Case:
    return Case(figure, "class", EVERYTHING, Question("any"), target, validation)


@pytest.mark.parametrize(
    ("figure", "answer", "expected"),
    [
        (CROSSLIST, [("ofac:1", 0.9), ("ofac:2", 0.8)], True),
        (CROSSLIST, [("ofac:2", 0.9), ("ofac:1", 0.8)], False),
        (CROSSLIST, [("ofac:1", 0.7)], False),
        (CROSSLIST, [("eu:9", 0.9)], True),  # the same spelling, of the same kind
        (CROSSLIST, [("eu:8", 0.9)], False),  # the same spelling, but a person
        (CROSSLIST, [], False),
        (RENAMED, [("eu:9", 1.0), ("ofac:1", 0.8)], True),
        (RENAMED, [("eu:9", 1.0)], False),
        (NEAR_MISS, [("ofac:2", 0.75)], True),
        (NEAR_MISS, [("ofac:2", 0.74)], False),
    ],
)
def test_what_counts_as_found_and_as_an_alarm(
    figure: str, answer: list[tuple[str, float]], expected: bool
) -> None:
    graded = Graded([_case(figure)], [answer], Twins(PARTIES))

    assert graded.shares(0.75, lambda case: case.figure)[figure].value == float(expected)


def test_both_halves_are_told_and_only_one_is_tuned_on() -> None:
    tuning, validation = _case(CROSSLIST), _case(CROSSLIST, validation=True)
    alarm, calm = _case(NEAR_MISS, ""), _case(NEAR_MISS, "", validation=True)
    graded = Graded(
        [tuning, validation, alarm, calm],
        [[("ofac:1", 0.9)], [("ofac:1", 0.5)], [("ofac:2", 0.6)], []],
        Twins(PARTIES),
    )

    told = graded.shares(0.7, lambda case: case.figure)[CROSSLIST].document()
    assert (told["tuning"], told["validation"], told["n"]) == (1.0, 0.0, 2)
    assert 0.6 < graded.best_threshold() <= 0.9
    f1 = graded.confusion(0.5).document(4)
    assert (f1["precision"], f1["recall"]) == (0.6667, 1.0)


def test_f1_of_pairs() -> None:
    pairs = [Pair("a", "b", "", same, False) for same in (True, True, False, False)]

    told = grade_pairs(pairs, [0.9, 0.1, 0.8, 0.2], 0.75).document(4)

    assert (told["precision"], told["recall"], told["value"]) == (0.5, 0.5, 0.5)


def test_one_run_tells_every_engine_and_names_the_one_that_is_missing(
    files: tuple[Path, Path], capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent() -> str:
        raise environment.Missing("no compiler for pyicu")

    monkeypatch.setattr(environment, "python_of_peers", absent)
    monkeypatch.setattr(main, "DATA", Path("/nowhere"))
    where = ["--list", str(files[0]), "--pairs", str(files[1])]

    assert run([*where, "--peers", "entente,token_sort_ratio,logic-v2"]) in (0, 1)

    lines = capfd.readouterr().out.strip().splitlines()
    document = json.loads(lines[-1])
    assert document["missing"] == {"logic-v2": "no compiler for pyicu"}
    assert any(line.startswith("MISSING: logic-v2: no compiler") for line in lines)
    ours = document["engines"]["entente"]
    assert ours["figures"][CROSSLIST]["n"] == 1
    assert ours["figures"][RENAMED]["value"] == 1.0
    assert ours["latency_ms"]["n"] == 3
    assert document["engines"]["token_sort_ratio"]["threshold_from"] == "best F1 on the tuning half"


def test_a_list_that_is_not_there_is_said_so(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["--list", str(tmp_path / "absent"), "--pairs", str(tmp_path / "absent")]) == 2
    assert "name the file with --list or --pairs" in capfd.readouterr().err


def test_the_draw_does_not_disturb_the_dice_of_others() -> None:
    random.seed(1)
    before = random.getstate()
    sampled([_case(CROSSLIST)] * 3, 1)
    assert random.getstate() == before


def test_the_generator_makes_the_same_names_every_time_in_several_scripts() -> None:
    originals = [
        *PARTIES,
        Party("un:5", "person", "Omar Haddad", ("عمر حداد",)),
        Party("un:6", "person", "Olga Brandt", ("Ольга Брандт",)),
    ]
    made = list(generate.generate(originals, 3000))

    assert made == list(generate.generate(originals, 3000))
    assert 3000 <= sum(len(party.names) for party in made) < 3010
    assert len({party.entry_id for party in made}) == len(made)
    letters = {letter for party in made for name, _ in party.names for letter in name}
    assert letters & set("абвгд")
    assert letters & set("ابكده")
    assert letters & set(generate.CHINESE.values())
    assert all(name.strip() for party in made for name, _ in party.names)
    assert generate.misspelt(made, 40) == generate.misspelt(made, 40)


def test_generated_names_are_measured_with_a_change_and_two_processes(
    files: tuple[Path, Path], capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent() -> str:
        raise environment.Missing("not in a test")

    monkeypatch.setattr(environment, "python_of_peers", absent)
    where = ["--list", str(files[0]), "--pairs", str(files[1])]

    run([*where, "--peers", "entente,logic-v2", "--names", "400", "--sample", "1"])

    document = json.loads(capfd.readouterr().out.strip().splitlines()[-1])
    ours = document["generated"]["engines"]["entente"]
    assert ours["names"] >= 400
    assert ours["found"]["n"] == 500
    assert ours["change_s"] is None or ours["change_s"] > 0
    assert "Elasticsearch" in document["generated"]["missing"]["logic-v2"]


def test_unseen_questions_are_of_a_seed_and_never_about_a_party_that_was_asked_about() -> None:
    parties = [
        Party(f"ofac:{n}", "company", f"Northlight {word} Works {n}", (f"Severny {word} Zavod",))
        for n, word in enumerate(("Optics", "Radar", "Turbine", "Bearing"), start=10)
    ]
    cases = unseen.draw(parties, {"ofac:10"}, 3)

    assert cases == unseen.draw(parties, {"ofac:10"}, 3) != unseen.draw(parties, {"ofac:10"}, 4)
    assert {case.target for case in cases} == {"", "ofac:11", "ofac:12", "ofac:13"}
    assert {case.figure for case in cases} == {ALIASES, SYNTHETIC, NEAR_MISS}
    known = {name for party in parties for name, _kind in party.names}
    assert not known & {case.question.name for case in cases if case.figure != ALIASES}


def test_a_party_is_asked_for_in_the_other_list_that_has_its_number() -> None:
    parties = [
        Party("ofac:1", "company", "Severny Optics", identifiers=("7702031",)),
        Party("eu:1", "company", "Optics Severny JSC", identifiers=("77-02-031",)),
        Party("eu:2", "company", "Another Name", identifiers=("990011",)),
        Party("ofac:2", "company", "Unlike It", identifiers=("990011",)),
    ]
    cases = [case for case in unseen.draw(parties, set(), 1) if case.figure == CROSSLIST]

    assert [(case.question.name, case.target, case.scope) for case in cases] == [
        ("Optics Severny JSC", "ofac:1", "ofac"),
        ("Severny Optics", "eu:1", "eu"),
    ]
