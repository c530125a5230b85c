"""Checks a charter in a file for holes: no server, no database."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from alliance import charter_check, charter_text, charters
from core.errors import Invalid


class Command(BaseCommand):
    help = "Check a charter (YAML or JSON) for holes. Needs no server and no database."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        check = acts.add_parser(
            "check", help="show what was proved, or the path that breaks it (exit code 1; 2: unreadable)"
        )
        check.add_argument("files", type=Path, nargs="+", metavar="FILE")

    def handle(self, *args: Any, files: list[Path], **options: Any) -> None:
        worst = max(self._check(path) for path in files)
        if worst:
            raise CommandError("Not every charter is sound.", returncode=worst)

    def _check(self, path: Path) -> int:
        try:
            payload = charter_text.read(path.read_bytes().decode())
            charter = charters.parse(payload)
        except (OSError, UnicodeDecodeError) as error:
            self.stderr.write(f"{path}: cannot be read. {error}")
            return 2
        except Invalid as error:
            lines = [f"  {place}: {' '.join(texts)}" for place, texts in error.fields.items()]
            self.stderr.write("\n".join([f"{path}: is no charter.", *lines]))
            return 2
        report = charter_check.check(charter)
        title = f"{path}: {charter.title} ({charter.key} {charter.version})"
        if report.sound:
            self.stdout.write(f"{title}: sound. {report.states} states explored.")
            self.stdout.write("\n".join(f"  proved: {line}" for line in report.proofs))
            return 0
        self.stderr.write(f"{title}: REFUSED. {report.states} states explored.")
        for hole in report.holes:
            self.stderr.write(f"  {hole.path}: {hole.sentence}")
            self.stderr.write(
                "\n".join(f"    {number}. {step}" for number, step in enumerate(hole.trace, start=1))
            )
        return 1
