"""`./entente screen` works on files alone, and says what is wrong with them."""

import csv
import gzip
import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

LIST = [
    {"id": "t:1", "source": "t", "type": "company", "name": "KAVIR ADVANCED MATERIALS LLC", "aliases": ["KAVIR"],
     "weak": [], "countries": ["XX"], "dobs": [], "ids": ["REG-4411-7"]},
    {"id": "t:2", "source": "t", "type": "person", "name": "AL-HADDAD, Yusuf Karim", "aliases": [], "weak": [],
     "countries": [], "dobs": ["1962-03-17"], "ids": []},
]  # fmt: skip


def files(folder: Path, queries: str, entries: list[dict[str, object]] = LIST) -> tuple[Path, Path, Path]:
    path = folder / "list.jsonl.gz"
    with gzip.open(path, "wt") as handle:
        handle.writelines(json.dumps(entry) + "\n" for entry in entries)
    (folder / "in.csv").write_text(queries)
    return path, folder / "in.csv", folder / "out.csv"


def query(
    path: Path, source: Path, target: Path, *more: str
) -> tuple[list[dict[str, str]], dict[str, object]]:
    said = io.StringIO()
    call_command(
        "screen", "query", "--list", str(path), "--in", str(source), "--out", str(target), *more,
        stdout=said, stderr=said,
    )  # fmt: skip
    with target.open(newline="") as handle:
        return list(csv.DictReader(handle)), json.loads(said.getvalue().strip().splitlines()[-1])


def test_each_name_gets_its_candidates_best_first(tmp_path: Path) -> None:
    rows, told = query(
        *files(
            tmp_path,
            "query_id,query_name,query_dob,query_ids\n"
            "a,Yousef Karim Alhaddad,,\nb,Kavir Advancd Materials,,\nc,Somebody Else,,REG 44117\n"
            "d,Yousef Karim Alhaddad,1990,\ne,Rheinwerk Optik,,\n",
        )
    )
    best = {row["query_id"]: row for row in rows if row["rank"] == "1"}
    assert {key: (row["entry_id"], row["hit"]) for key, row in best.items()} == {
        "a": ("t:2", "1"),
        "b": ("t:1", "1"),
        "c": ("t:1", "1"),
        "d": ("t:2", "0"),
    }
    assert list(rows[0]) == ["query_id", "rank", "entry_id", "matched_name", "score", "hit"]
    assert told["count"] == 5
    assert {"p50", "p95", "p99", "index_build_seconds", "resident_mb"} <= told.keys()


def test_a_threshold_and_a_number_of_results_narrow_what_is_written(tmp_path: Path) -> None:
    source = files(tmp_path, "query_id,query_name\na,Kavir\nb,Karim Haddad\n")
    every, _told = query(*source)
    high, _told = query(*source, "--threshold", "0.9", "--top", "1")
    assert {row["query_id"] for row in every} > {row["query_id"] for row in high}
    assert all(float(row["score"]) >= 0.9 and row["rank"] == "1" for row in high)


def test_a_name_over_the_limit_is_refused_by_its_number_and_the_rest_is_answered(tmp_path: Path) -> None:
    rows, told = query(*files(tmp_path, f"query_id,query_name\nlong,{'x' * 301}\nb,Kavir\n"))
    assert (told["refused"], told["count"]) == (1, 1)
    assert {row["query_id"] for row in rows} == {"b"}


@pytest.mark.parametrize(
    ("queries", "entries", "said"),
    [
        ("name\nKavir\n", LIST, "line 1: there is no column query_id, query_name, only name"),
        ("query_id;query_name\na;Kavir\n", LIST, "columns are set apart by commas"),
        ("query_id,query_name,query_name\n", LIST, "there are two columns query_name"),
        ('query_id,query_name\na,Kavir\nb,"Haddad\n', LIST, "line 3: unexpected end of data"),
        ("", LIST, "in.csv is empty"),
        ("query_id,query_name\na,b\n", [{**LIST[0], "type": "ghost"}], "line 1: unknown type ghost"),
        ("query_id,query_name\na,b\n", [LIST[0], LIST[0]], "line 2: entry t:1 is there twice"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(
    tmp_path: Path, queries: str, entries: list[dict[str, object]], said: str
) -> None:
    with pytest.raises(CommandError, match=said):
        query(*files(tmp_path, queries, entries))


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_another_encoding_is_refused_and_a_mark_of_utf_8_is_not(tmp_path: Path, encoding: str) -> None:
    source = files(tmp_path, "query_id,query_name\na,K\u00e4vir\n")
    source[1].write_text("\ufeffquery_id,query_name\na,Kavir\n")
    assert query(*source)[0][0]["matched_name"] == "KAVIR"

    source[1].write_text("query_id,query_name\na,K\u00e4vir\n", encoding=encoding)
    with pytest.raises(CommandError, match="this is not UTF-8"):
        query(*source)


def test_a_row_that_cannot_be_screened_is_refused_by_its_line_and_no_name_is_quietly_cut(
    tmp_path: Path,
) -> None:
    said = io.StringIO()
    path, source, target = files(
        tmp_path,
        f"query_id,query_name,query_type\na,AL-HADDAD, Yusuf Karim,person\nb,{'x' * 200_000},\nc\n"
        "d,Kavir,ghost\nd,Kavir,\n",
    )
    call_command(
        "screen", "query", "--list", str(path), "--in", str(source), "--out", str(target), stderr=said, stdout=said
    )  # fmt: skip
    *told, document = said.getvalue().strip().splitlines()

    assert [line.partition(":")[0] for line in told] == ["line 5", "line 6", "line 2", "line 3", "line 4"]
    assert "'ghost' is none of aircraft, company, person, vessel" in told[0]
    assert "query_id 'd' stands in line 5 too" in told[1]
    assert "a value with a comma stands in quotes" in told[2]
    assert (json.loads(document)["count"], json.loads(document)["refused"]) == (2, 3)
    with target.open(newline="") as handle:
        assert [row["query_id"] for row in csv.DictReader(handle)] == ["d", "d"]


def test_the_file_that_is_read_is_never_written_over(tmp_path: Path) -> None:
    path, source, _target = files(tmp_path, "query_id,query_name\na,Kavir\n")

    with pytest.raises(CommandError, match="--out is the file that is read"):
        query(path, source, source)
    assert source.read_text() == "query_id,query_name\na,Kavir\n"


@pytest.mark.parametrize(
    ("mapping", "said"), [("no json", "this is no JSON: "), ("[1]", "this is no JSON object")]
)
def test_a_mapping_that_is_none_is_refused(tmp_path: Path, mapping: str, said: str) -> None:
    source = files(tmp_path, "query_id,query_name\na,Kavir\n")
    (tmp_path / "mapping.json").write_text(mapping)
    with pytest.raises(CommandError, match=f"mapping.json, line 1: {said}"):
        query(*source, "--format", "generic", "--mapping", str(tmp_path / "mapping.json"))


def test_pairs_are_scored_and_hits_marked(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(
        "query_name,target_name\nVladimir Putin,Владимир Путин\nSiemens AG,Siemens Aktiengesellschaft\n"
        "Acme Plant 103,Acme Plant 163\n习近朋,习近平\n"
    )
    said = io.StringIO()
    call_command(
        "screen", "compare", "--in", str(tmp_path / "in.csv"), "--out", str(tmp_path / "o.csv"), stdout=said
    )
    with (tmp_path / "o.csv").open(newline="") as handle:
        assert [row["hit"] for row in csv.DictReader(handle)] == ["1", "1", "0", "0"]
    assert json.loads(said.getvalue())["count"] == 4
