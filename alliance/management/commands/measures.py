"""Checks a set of measures in a file: no server, no database."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from alliance import charter_text, measures, preconditions
from core.errors import Invalid


class Command(BaseCommand):
    help = (
        "Check measures for a crisis (YAML or JSON): objective, legal basis, sunset and a way out of each. Whether "
        "charters, scenario and members are known is checked when they are kept. Needs no server and no database."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        check = acts.add_parser(
            "check", help="show what they say, or what is wrong with its place (exit code 2)"
        )
        check.add_argument("files", type=Path, nargs="+", metavar="FILE")

    def handle(self, *args: Any, files: list[Path], **options: Any) -> None:
        if False in [self._check(path) for path in files]:
            raise CommandError("Not every set passes the check.", returncode=2)

    def _check(self, path: Path) -> bool:
        try:
            found = measures.parse(charter_text.read(path.read_bytes().decode()))
            preconditions.check_expressions(found)
        except (OSError, UnicodeDecodeError) as error:
            self.stderr.write(f"{path}: cannot be read. {error}")
            return False
        except Invalid as error:
            lines = [f"  {place}: {' '.join(texts)}" for place, texts in error.fields.items()]
            self.stderr.write("\n".join([f"{path}: does not pass.", *lines]))
            return False
        self.stdout.write(f"{path}: {found.title} ({found.key} {found.version}) passes.")
        for measure in found.measures:
            lifted = [
                step.key for step in found.exit if any(measure.key in lift.measures for lift in step.lifts)
            ]
            self.stdout.write(f"  {measure.key}: {measure.effect}, lifted by {', '.join(lifted)}")
        return True
