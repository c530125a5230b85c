"""The file of a due instant: whoever has it recomputes it, with the platform or without."""

from __future__ import annotations

import ast
import contextlib
import json
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command

from config.embedded.folder import ROOT
from deadlines.calculus import CalendarChange, CalendarData, Extension, Rule, Stop, derive
from deadlines.derivations import NotADerivation, canonical, commitment, differences, digest, read, write
from proofs import deadlines as proof
from tests.examples import examples

START = datetime(2026, 11, 20, 17, 30, tzinfo=UTC)
GERMAN = CalendarData(
    "DE",
    "1",
    holidays=frozenset({date(2026, 12, 25)}),
    names={date(2026, 12, 25): "Erster Weihnachtstag – für alle"},
)


def made() -> bytes:
    """Return a file with everything in it: ten working days from after the cut-off, stopped and extended."""
    derived = derive(
        START,
        Rule(10, "working_days", "cut_off", cut_off="18:00", cap=30),
        GERMAN,
        "Europe/Berlin",
        [Stop(START + timedelta(days=4), START + timedelta(days=6), "missing_document")],
        [Extension(10, "France (trade)", "The site is surveyed", START + timedelta(days=5))],
        CalendarChange("0", "A decider", "A day of mourning was declared", START + timedelta(days=7)),
    )
    committed = {
        "event": "c0ffee00-0000-4000-8000-000000000001",
        "sha256": commitment(derived.inputs, GERMAN, derived.due_at),
    }
    return write(derived, GERMAN, subject="consultation.window", committed_by=committed)


def alone(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the verifier where nothing of this project can be imported."""
    command = [sys.executable, "-I", str(proof.VERIFIER), *arguments]
    return subprocess.run(command, text=True, capture_output=True, check=False, cwd="/")


def test_a_file_says_in_steps_what_led_to_the_instant_and_holds():
    raw = made()
    content = read(raw)
    assert differences(raw) == []
    steps = "\n".join(content["steps"])
    for told in (
        "place of version 0",
        "after 18:00",
        "extended by 10 working days",
        "may come to 30",
        "clock stood",
    ):
        assert told in steps
    assert content["calendar"]["holidays"] == [
        {"date": "2026-12-25", "name": "Erster Weihnachtstag – für alle"}
    ]
    last = datetime.fromisoformat(content["due_at"]).astimezone(ZoneInfo("Europe/Berlin"))
    assert last == datetime(2026, 12, 25, tzinfo=last.tzinfo)  # 20 of them after Monday 23rd, two days lost


def test_both_verifiers_say_ok_and_name_what_the_ledger_committed_to(tmp_path: Path):
    path = tmp_path / "due.json"
    path.write_bytes(made())
    out = StringIO()
    call_command("deadline", "verify", str(path), stdout=out)
    assert "ok, due at 2026-12-24T23:00:00+00:00" in out.getvalue()
    assert "c0ffee00" in out.getvalue()
    done = alone(str(path))
    assert (done.returncode, done.stdout) == (0, f"{path}: ok\n")


def test_each_changed_bit_is_found(tmp_path: Path):
    raw = made()
    step = max(1, len(raw) * 8 // examples(600))
    paths = []
    for bit in range(0, len(raw) * 8, step):
        changed = bytearray(raw)
        changed[bit // 8] ^= 1 << bit % 8
        with contextlib.suppress(NotADerivation):
            assert differences(bytes(changed)), f"bit {bit}"
        if len(paths) < 40 and bit % 7 == 0:
            paths.append(tmp_path / f"{bit}.json")
            paths[-1].write_bytes(changed)
    done = alone(*map(str, paths))
    assert done.returncode in (1, 2)
    assert len(done.stdout.splitlines()) == len(paths) > 10
    assert ": ok" not in done.stdout


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"due_at": "2026-12-23T23:00:00+00:00"}, "recomputed it is 2026-12-24T23:00:00+00:00"),
        ({"steps": ["Because."]}, "Step 1 says 'Because.'"),
        ({"steps": []}, "It has 0 steps"),
    ],
)
def test_a_file_made_anew_with_another_result_differs_by_name(change, told):
    content = {**read(made()), **change}
    del content["sha256"]
    [found] = differences(canonical({**content, "sha256": digest(content)}))
    assert told in found


def test_a_file_made_anew_with_other_inputs_is_not_what_the_ledger_committed_to(tmp_path: Path):
    content = read(made())
    del content["sha256"]
    content["inputs"]["stops"] = []
    again = derive(
        START,
        Rule(**content["inputs"]["rule"]),
        GERMAN,
        "Europe/Berlin",
        [],
        [Extension(10, "France (trade)", "The site is surveyed", START + timedelta(days=5))],
        CalendarChange("0", "A decider", "A day of mourning was declared", START + timedelta(days=7)),
    )
    content |= {"due_at": again.due_at.isoformat(), "steps": list(again.steps)}
    raw = canonical({**content, "sha256": digest(content)})
    assert differences(raw) == ["It is not what the ledger's event committed to."]
    path = tmp_path / "due.json"
    path.write_bytes(raw)
    assert "not what the ledger's event committed to" in alone(str(path)).stdout


RUBBISH = [
    b"",
    b"\xff\xfe",
    b"[]",
    b"{}",
    b"null",
    b"[" * 50_000,
    b'{"format":"entente-deadline/1"}',
    b'{"format":"entente-deadline/1","steps":"\\ud800","sha256":1}',
    b"x" * 1_000_001,
]


@pytest.mark.parametrize("raw", RUBBISH, ids=range(len(RUBBISH)))
def test_rubbish_is_called_unreadable(raw: bytes, tmp_path: Path):
    path = tmp_path / "due.json"
    path.write_bytes(raw)
    with pytest.raises(NotADerivation):
        differences(raw)
    with pytest.raises(CommandError) as refused:
        call_command("deadline", "verify", str(path), stderr=StringIO())
    assert refused.value.returncode == 2
    assert alone(str(path)).returncode == 2


@pytest.mark.parametrize(
    ("where", "value"),
    [
        ("zone", "Europe"), ("zone", "Nowhere/Place"), ("zone", 3), ("start", "yesterday"), ("start", "2026-11-20"),
        ("rule", {}), ("rule", {"amount": "10", "unit": "hours"}), ("stops", [{}]), ("stops", 3),
        ("calendar", "FR"),
        ("extensions", [{"amount": 40, "requester": "A", "reason": "B", "at": "2026-11-20T00:00:00+00:00"}]),
    ],
)  # fmt: skip
def test_inputs_that_cannot_be_counted_with_are_called_unreadable(where, value, tmp_path: Path):
    content = read(made())
    content["inputs"][where] = value
    with pytest.raises(NotADerivation):
        differences(canonical(content))


def test_the_command_says_where_a_file_differs(tmp_path: Path):
    path = tmp_path / "due.json"
    path.write_bytes(made().replace(b"missing_document", b"missing_dokument"))
    told = StringIO()
    with pytest.raises(CommandError) as refused:
        call_command("deadline", "verify", str(path), stderr=told)
    assert refused.value.returncode == 1
    assert "DIFFERS" in told.getvalue()
    assert "SHA-256 does not fit" in told.getvalue()


# The stand-alone verifier --------------------------------------------------------------------------------


def test_the_verifier_is_short_and_stands_alone():
    text = proof.VERIFIER.read_text()
    assert len(text.splitlines()) <= 200
    names = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(text))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert names <= sys.stdlib_module_names
    assert proof.VERIFIER.is_relative_to(ROOT / "docs")


def test_500_made_up_deadlines_come_out_the_same_by_the_verifier():
    assert proof.compare(500, seed=7) == (500, [])


def test_the_made_up_deadlines_hold_everything_that_can_be_counted():
    made_up = [derived for derived, _days in proof.cases(500, seed=7)]
    rules = [derived.inputs["rule"] for derived in made_up]
    for field, few in (("unit", 5), ("start", 4), ("two_working_days", 3), ("rollover", 2)):
        assert len({rule[field] for rule in rules}) == few, field
    assert {derived.inputs["zone"] for derived in made_up} == set(proof.ZONES)
    for part in ("stops", "extensions"):
        assert sum(bool(derived.inputs[part]) for derived in made_up) > 50, part
    moved = sum("the period ends with" in " ".join(derived.steps) for derived in made_up)
    jumped = sum(
        derived.due_at.astimezone(zone).utcoffset()
        != datetime.fromisoformat(derived.inputs["start"]).astimezone(zone).utcoffset()
        for derived in made_up
        for zone in [ZoneInfo(derived.inputs["zone"])]
    )
    assert moved > 20
    assert jumped > 50


@pytest.mark.parametrize("part", ["stops", "extensions", "holidays", "rollover", "start", "zone"])
def test_a_calculus_that_forgot_something_would_be_found_out(part: str, monkeypatch: pytest.MonkeyPatch):
    def forgetful(derived, days):
        inputs = json.loads(json.dumps(derived.inputs))
        if part in ("stops", "extensions"):
            inputs[part] = []
        elif part == "rollover":
            inputs["rule"]["rollover"] = False
        elif part == "start":
            inputs["rule"]["start"] = "immediate"
        elif part == "zone":
            inputs["zone"] = "UTC"
        content = proof.derivations.days_of(days)
        return {"inputs": inputs, "calendar": {**content, **({"holidays": []} if part == "holidays" else {})}}

    made_up = list(proof.cases(300, seed=7))
    told = proof.verified([forgetful(*case) for case in made_up])
    wrong = sum(d.due_at.isoformat() != answer for (d, _days), answer in zip(made_up, told, strict=True))
    assert wrong > 10
