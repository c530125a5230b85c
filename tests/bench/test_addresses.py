"""The bench of addresses measures what it says, on a list of a few."""

import csv
import json
from pathlib import Path

import pytest

from bench import addresses


def test_it_measures_another_writing_and_another_number(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "add.csv"
    names = ["Yakimanka", "Ordynka", "Khoddami", "Afshar", "Presnenskaya", "Mulyavina", "Lindley", "Castelli"]
    with path.open("w", newline="") as handle:
        csv.writer(handle).writerows(
            [number, 1, f"{number + 10} {name} Street", f"Town of {name} 1190{number:02}", "Russia", "-0- "]
            for number, name in enumerate(names)
        )
    assert addresses.run(["--list", str(path)]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["asked"] == told["other_number"] == len(names)
    assert told["figures"]["found: in another order"] == 1
    assert told["figures"]["false alarms: another house number"] == 0
    assert told["figures"]["false alarms: another house number, rapidfuzz"] > 0
