"""The small fictional lists, one in each format, and who reads them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from screening.lists.formats import FORMATS
from screening.lists.rows import Parsed, Row

FOLDER = Path(__file__).resolve().parents[3] / "screening" / "fixtures" / "formats"
DEMO = FOLDER.parent / "demo"
FILES: dict[str, tuple[Path, ...]] = {
    "ofac": (DEMO / "sdn.csv", DEMO / "alt.csv", DEMO / "add.csv"),
    "ofac-cons": (DEMO / "sdn.csv", DEMO / "alt.csv", DEMO / "add.csv"),
    "ofac-advanced": (FOLDER / "sdn_advanced.xml",),
    "us-csl": (FOLDER / "us_csl.csv",),
    "un": (FOLDER / "un.xml",),
    "eu-fsf": (FOLDER / "eu_fsf.xml",),
    "uk": (FOLDER / "uk.csv",),
    "opensanctions": (FOLDER / "targets.simple.csv",),
    "ftm": (FOLDER / "entities.ftm.json",),
    "generic": (FOLDER / "own.csv",),
    "list-open": (FOLDER / "list_open.jsonl",),
}


def own_mapping() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / "own.json").read_text())
    return found


def parsed(key: str, *files: Path) -> Parsed:
    return FORMATS[key].parse(files or FILES[key], own_mapping() if key == "generic" else None)


def by_number(rows: Sequence[Row]) -> dict[str, Row]:
    return {row.entry_id: row for row in rows}


def altered(key: str, folder: Path, old: str, new: str) -> Path:
    """Write the fictional file of a format with a change; the test is wrong where there is nothing to change."""
    text = FILES[key][0].read_text()
    assert old in text
    found = folder / FILES[key][0].name
    found.write_text(text.replace(old, new))
    return found
