"""Draw every state machine of the platform from the code, so that the drawing cannot be wrong."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db.models import Model
from django.utils import translation
from django_fsm import FSMFieldMixin, State

HEAD = """# States

Drawn from the code by `./entente state_diagrams`; do not edit. An arrow is a transition of the model; who may take
it and what else happens is the service's business. A double circle marks a state that nothing leaves.
"""


class Command(BaseCommand):
    help = "Write docs/states.md, or with --check say whether it is what the code says."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing; fail if it differs")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        target = Path(settings.BASE_DIR, "docs", "states.md")
        with translation.override(None):
            text = page()
        if not check:
            target.write_text(text, encoding="utf-8")
            self.stdout.write(f"{target.name}: {text.count('stateDiagram')} state machines.")
        elif not target.exists() or target.read_text(encoding="utf-8") != text:
            raise CommandError("docs/states.md is not what the code says: run ./entente state_diagrams.")


def page() -> str:
    """Return the whole page: a section for each state field of our own apps, floor by floor."""
    sections = [
        section(model, field)
        for config in apps.get_app_configs()
        if Path(config.path).parent == Path(settings.BASE_DIR)
        for model in config.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, FSMFieldMixin)
    ]
    return "\n".join([HEAD, *sections])


def section(model: type[Model], field: Any) -> str:
    """Return heading, purpose and diagram of one state field."""
    # A second colon in a line would end a Mermaid label.
    labels = {str(value): str(label).replace(":", ",") for value, label in field.flatchoices}
    arrows = sorted(set(_arrows(model, field, list(labels))), key=lambda arrow: _rank(arrow, list(labels)))
    left = {source for source, _target, _name in arrows}
    lines = [f"    {value}: {label}" for value, label in labels.items()]
    lines += [f"    [*] --> {field.get_default()}"]
    lines += [f"    {source} --> {target}: {name.replace('_', ' ')}" for source, target, name in arrows]
    lines += [f"    {value} --> [*]" for value in labels if value not in left]
    doc = (model.__doc__ or "").strip().partition("\n\n")[0].replace("\n    ", " ")
    return "\n".join(
        [
            f"## {model._meta.label}.{field.name}",
            "",
            doc,
            "",
            "```mermaid",
            "stateDiagram-v2",
            *lines,
            "```",
            "",
        ]
    )


def _arrows(model: type[Model], field: Any, values: list[str]) -> Iterator[tuple[str, str, str]]:
    for transition in field.get_all_transitions(model):
        sources = values if transition.source in ("*", "+") else [str(transition.source)]
        target = transition.target
        if isinstance(target, State):
            targets = [str(value) for value in target.allowed_states]
        else:
            targets = [] if target is None else [str(target)]
        for source in sources:
            for to in targets or [source]:
                if not (transition.source == "+" and source == to):
                    yield source, to, transition.name


def _rank(arrow: tuple[str, str, str], values: list[str]) -> tuple[int, int, str]:
    source, target, name = arrow
    return values.index(source), values.index(target), name
