"""Loads reference data: every bundle file of a folder, and the working-day calendars of the members in it."""

from io import StringIO
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from alliance import services
from alliance.models import Bundle

SHIPPED = Path(__file__).resolve().parents[2] / "bundles"


class Command(BaseCommand):
    help = "Load the bundles (*.json) of a folder and the members' calendars; what is loaded stays as it is."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "folder", nargs="?", type=Path, default=SHIPPED, help="default: the bundles shipped"
        )

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        if not folder.is_dir():
            raise CommandError(f"{folder} is not a folder.")
        results = services.load_folder(folder=folder)
        if not results:
            raise CommandError(f"{folder} holds no bundles (*.json).")
        for result in results:
            if result.bundle is not None:
                state = "loaded" if result.new else "unchanged"
                if int(options["verbosity"]) > 0:
                    entries = len(result.bundle.payload["entries"])
                    self.stdout.write(f"{state:9} {result.bundle} ({entries} entries)")
        for result in results:
            if result.bundle is not None and result.bundle.kind == Bundle.Kind.JURISDICTIONS:
                calendars = sorted({entry["calendar"] for entry in result.bundle.payload["entries"]})
                call_command("load_calendars", *calendars, verbosity=0, stdout=StringIO())
        if failed := [result for result in results if result.error]:
            lines = []
            for result in failed:
                assert result.error is not None
                paths = [
                    f"{path}: {message}"
                    for path, messages in result.error.fields.items()
                    for message in messages
                ]
                lines.append(f"{result.path}: " + ("; ".join(paths) or result.error.detail))
            raise CommandError("\n".join(lines))
