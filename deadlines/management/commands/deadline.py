"""Recompute the due instant in a file that was downloaded from a case's clock: no server, no database."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from deadlines.derivations import NotADerivation, differences, read


class Command(BaseCommand):
    help = "Recompute a due instant from the file that explains it. Needs no server and no database."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        verify = acts.add_parser(
            "verify", help="say ok, or where the file differs (exit code 1; 2: unreadable)"
        )
        verify.add_argument("files", type=Path, nargs="+", metavar="FILE")

    def handle(self, *args: Any, files: list[Path], **options: Any) -> None:
        worst = 0
        for path in files:
            try:
                raw = path.read_bytes()
                found = differences(raw)
            except (OSError, NotADerivation) as error:
                self.stderr.write(f"{path}: cannot be read. {error}")
                worst = 2
                continue
            if found:
                self.stderr.write("\n".join([f"{path}: DIFFERS", *(f"  {line}" for line in found)]))
                worst = max(worst, 1)
                continue
            content = read(raw)
            self.stdout.write(f"{path}: ok, due at {content['due_at']}")
            if event := content["committed_by"].get("event"):
                self.stdout.write(
                    f"  committed by event {event} with SHA-256 {content['committed_by']['sha256']}"
                )
        if worst:
            raise CommandError("Not every file holds.", returncode=worst)
