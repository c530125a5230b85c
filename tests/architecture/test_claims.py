"""The table of promises names tests and pages that exist."""

import ast
import re

from django.urls import resolve

from tests.architecture import source

CLAIMS = source.ROOT / "docs" / "claims.md"
ROWS = [
    line.split(" | ") for line in CLAIMS.read_text(encoding="utf-8").splitlines() if line.startswith("| ")
][2:]


def test_every_promise_is_shown_by_a_test() -> None:
    assert len(ROWS) > 30
    assert [row[0] for row in ROWS if "`tests/" not in row[2]] == []


def test_every_test_that_is_named_exists() -> None:
    missing = []
    for path, name in re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", CLAIMS.read_text(encoding="utf-8")):
        file = source.ROOT / path
        found = (
            {node.name for node in ast.walk(source.tree(file)) if isinstance(node, ast.FunctionDef)}
            if file.exists()
            else set()
        )
        if name not in found:
            missing.append(f"{path}::{name}")
    assert missing == []


def test_every_page_and_command_that_is_named_exists() -> None:
    text = CLAIMS.read_text(encoding="utf-8")
    for address in re.findall(r"`(/[\w/-]+)`", text):
        resolve(address)
    for verb, name in re.findall(r"`\./entente (prove|bench) ([\w]+)`", text):
        folder = source.ROOT / {"prove": "proofs", "bench": "bench"}[verb]
        assert (folder / f"{name}.py").exists() or (folder / name).is_dir(), name
