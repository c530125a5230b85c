"""The proof against hostile names asks what it says, and names what is too slow."""

from pathlib import Path

import pytest

from proofs import hostile
from proofs._hostile_names import KINDS, Material
from proofs._hostile_names import hostile as names
from screening.engine.words import LONGEST

OF = Material(["Kavir Mavad Pishrafteh", "Zarechnaya Optika"], ["kavir", "mavad", "optika", "al"])


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The arguments of a short run over generated names."""
    monkeypatch.setattr(hostile, "NAMES", 300)
    return ["--list", str(Path("/nonexistent")), "--count", str(len(KINDS))]


def test_every_kind_is_asked_about_as_long_as_may_be_asked() -> None:
    asked = list(names(OF, 4 * len(KINDS), seed=2))
    assert len({kind for kind, _name in asked}) == len(KINDS)
    assert max(len(name) for _kind, name in asked) == LONGEST
    assert asked == list(names(OF, 4 * len(KINDS), seed=2)) != list(names(OF, 4 * len(KINDS), seed=3))


def test_names_that_are_answered_in_time_are_proved(
    few: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(hostile, "MOST", 60_000.0)
    assert hostile.run(few) == 0
    told = capsys.readouterr()
    assert "Proved." in told.out
    assert "FICTIONAL, GENERATED" in told.err


def test_what_is_too_slow_is_named(
    few: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(hostile, "MOST", -1.0)
    assert hostile.run(few) == 1
    told = capsys.readouterr().out
    assert f"NOT PROVED: {len(KINDS)} of {len(KINDS)} names" in told
    assert "near copy: '" in told


def test_a_longer_name_that_is_not_refused_fails(
    few: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(hostile, "MOST", 60_000.0)
    monkeypatch.setattr("screening.matching.screen", lambda name, **_how: [])
    assert hostile.run(few) == 1
    assert "was not refused" in capsys.readouterr().out
