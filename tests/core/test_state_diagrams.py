"""The drawn state machines are those of the code."""

from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Model
from django_fsm import GET_STATE, RETURN_VALUE

from core.management.commands import state_diagrams
from tests.architecture.test_habits import fsm_fields


def test_the_page_is_what_the_code_says():
    call_command("state_diagrams", "--check")


def test_every_state_machine_is_drawn():
    drawn = [
        line.removeprefix("## ") for line in state_diagrams.page().splitlines() if line.startswith("## ")
    ]
    assert sorted(name.partition(".")[2] for name in drawn) == sorted(name for name, _field in fsm_fields())


def test_a_page_that_differs_or_is_missing_is_refused_and_then_written(settings, tmp_path, monkeypatch):
    settings.BASE_DIR = tmp_path
    monkeypatch.setattr(state_diagrams, "page", lambda: "stateDiagram-v2\n")
    (tmp_path / "docs").mkdir()
    with pytest.raises(CommandError, match="state_diagrams"):
        call_command("state_diagrams", "--check")
    call_command("state_diagrams")
    call_command("state_diagrams", "--check")
    (tmp_path / "docs" / "states.md").write_text("else")
    with pytest.raises(CommandError):
        call_command("state_diagrams", "--check")


def field_with(*transitions: tuple[object, object, str]) -> SimpleNamespace:
    """Return what the drawing needs to know of a state field with states a, b and c."""
    return SimpleNamespace(
        name="status",
        flatchoices=[("a", "First: of all"), ("b", "Second"), ("c", "Third")],
        get_default=lambda: "a",
        get_all_transitions=lambda model: [
            SimpleNamespace(source=source, target=target, name=name) for source, target, name in transitions
        ],
    )


@pytest.mark.parametrize(
    ("transition", "arrows"),
    [
        (("a", "b", "move_on"), ["a --> b: move on", "b --> [*]", "c --> [*]"]),
        (("*", "c", "close"), ["a --> c: close", "b --> c: close", "c --> c: close"]),
        (("+", "c", "close"), ["a --> c: close", "b --> c: close", "c --> [*]"]),
        (("a", None, "touch"), ["a --> a: touch", "b --> [*]", "c --> [*]"]),
        (
            ("a", RETURN_VALUE("b", "c"), "judge"),
            ["a --> b: judge", "a --> c: judge", "b --> [*]", "c --> [*]"],
        ),
        (
            ("a", GET_STATE(lambda self: "b", states=["b"]), "judge"),
            ["a --> b: judge", "b --> [*]", "c --> [*]"],
        ),
    ],
)
def test_each_kind_of_transition_is_drawn(transition, arrows):
    class Thing:
        """A thing that
        changes.

        More about it.
        """

        _meta = SimpleNamespace(label="app.Thing")

    model: type[Model] = Thing  # type: ignore[assignment]
    drawn = state_diagrams.section(model, field_with(transition))
    lines = [line.strip() for line in drawn.splitlines() if "-->" in line]
    assert lines == ["[*] --> a", *arrows]
    assert "a: First, of all" in drawn
    assert drawn.startswith("## app.Thing.status\n\nA thing that")
