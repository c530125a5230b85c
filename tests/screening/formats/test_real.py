"""The published lists beside the clone, counted."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from core.errors import Invalid
from screening.lists.rows import Parsed
from tests.screening.formats.fixtures import by_number, parsed
from tests.shared_data import shared


def counted(found: Parsed) -> dict[str, int]:
    fields = ("aliases", "weak", "countries", "identifiers", "born", "addresses")
    return {"rows": len(found.rows)} | {
        field: sum(len(getattr(row, field)) for row in found.rows) for field in fields
    }


def test_ofac_of_one_date() -> None:
    folder = shared("lists/ofac")
    found = parsed("ofac", *(folder / f"{name}_2021-07-07.csv" for name in ("sdn", "alt", "add")))
    assert counted(found) == {
        "rows": 8976,
        "aliases": 11910,
        "weak": 2414,
        "countries": 8813,
        "identifiers": 3808,
        "born": 5293,
        "addresses": 9585,
    }
    assert found.orphaned_aliases == []
    assert found.orphaned_addresses == []


def test_ofac_beside_its_main_list() -> None:
    folder = shared("lists/ofac")
    found = parsed("ofac-cons", *(folder / f"cons_{name}.csv" for name in ("prim", "alt", "add")))
    assert counted(found) == {
        "rows": 442,
        "aliases": 1073,
        "weak": 65,
        "countries": 408,
        "identifiers": 666,
        "born": 74,
        "addresses": 518,
    }
    assert found.rows[0].name == "HANIYA, Ismail Abdul Salah"
    assert found.rows[0].born == ["1962"]


def test_the_un_list() -> None:
    found = parsed("un", *shared("lists/un").glob("*.xml"))
    assert counted(found) == {
        "rows": 1003,
        "aliases": 2590,
        "weak": 628,
        "countries": 1045,
        "identifiers": 461,
        "born": 955,
        "addresses": 740,
    }
    assert Counter(row.kind for row in found.rows) == {"person": 730, "company": 273}
    assert found.published == "2026-02-27"
    rows = by_number(found.rows)
    assert rows["CDi.001"].name == "ERIC BADEGE"
    assert rows["CDi.001"].born == ["1971"]


def test_the_subset_of_the_screening_list_is_refused_as_it_lies_there_and_read_when_mended(
    tmp_path: Path,
) -> None:
    """Its header stands there twice and its last line is cut."""
    real = shared("lists/us_csl") / "csl_subset_2023-11-30.csv"
    with pytest.raises(Invalid, match="line 2: unknown type type"):
        parsed("us-csl", real)
    with real.open(newline="") as stream:
        records = list(csv.reader(stream))
    mended = tmp_path / "csl.csv"
    with mended.open("w", newline="") as out:
        csv.writer(out).writerows([records[0], *records[2:-1]])
    found = parsed("us-csl", mended)
    assert counted(found) == {
        "rows": 4219,
        "aliases": 6132,
        "weak": 0,
        "countries": 3626,
        "identifiers": 1858,
        "born": 1255,
        "addresses": 6105,
    }
    assert sum("; " in row.part for row in found.rows) == 7
    with mended.open("a", newline="") as out:
        csv.writer(out).writerow(records[-1])
    with pytest.raises(Invalid, match="8 fields where there should be 29"):
        parsed("us-csl", mended)


def test_the_merged_open_list() -> None:
    found = parsed("list-open", shared("lists/list_open.jsonl.gz"))
    assert counted(found) == {
        "rows": 26871,
        "aliases": 36493,
        "weak": 4371,
        "countries": 20357,
        "identifiers": 17362,
        "born": 12388,
        "addresses": 0,
    }
    kinds = {"company": 12773, "person": 12163, "vessel": 1559, "aircraft": 376}
    assert Counter(row.kind for row in found.rows) == kinds
