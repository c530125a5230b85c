"""Play the main job against the running demo system over HTTP."""

import json
import random
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.walkthrough import Tour, play
from config.walkthrough_aid import AidTour

TOURS: dict[str, type[Tour]] = {"main": Tour, "humanitarian": AidTour}


class Command(BaseCommand):
    help = "Play the main job, or the humanitarian lane, over HTTP, each act read from the API."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", nargs="?", choices=TOURS, default="main", help="what is played")
        parser.add_argument(
            "--url", help="address of the system (default: the one running on the data folder)"
        )
        parser.add_argument("--seed", type=int, help="varies parties, goods and who is silent")
        parser.add_argument("--clients", type=Path, help="demo-clients.json of the system")

    def handle(self, *args: Any, **options: Any) -> None:
        folder = Path(settings.DATA_DIR)
        url = options["url"] or _running(folder)
        clients = options["clients"] or folder / "demo-clients.json"
        seed = options["seed"] if options["seed"] is not None else random.randrange(10_000)  # noqa: S311
        self.stdout.write(f"Walkthrough of {url}, seed {seed}")
        self.stdout.flush()
        sys.exit(play(TOURS[options["what"]], url, clients, seed))


def _running(folder: Path) -> str:
    """Return the address that `./entente up` left in the data folder."""
    place = folder / "run" / "address.json"
    if not place.exists():
        raise CommandError("Nothing runs on this data folder: start ./entente up first, or name --url.")
    return str(json.loads(place.read_text())["url"])
