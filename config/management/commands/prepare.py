"""Bring a database and the static files to the present version, telling each step."""

import hashlib
import io
import json
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandParser

from alliance.management.commands.load_bundles import SHIPPED
from config.embedded.progress import step

FICTIONAL = Path(settings.BASE_DIR, "screening", "fixtures", "demo")


class Command(BaseCommand):
    help = "Migrate, load the reference bundles, collect static files and, if asked, load the demo alliance."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--demo", action="store_true", help="load the demo alliance")

    def handle(self, *args: Any, demo: bool, **options: Any) -> None:
        known = get_commands()
        with step("migrate the database"):
            call_command("migrate", verbosity=0, interactive=False)
        if "load_bundles" in known:
            with step("load the reference bundles"):
                call_command("load_bundles", verbosity=0, stdout=io.StringIO())
        if demo and "load_demo" in known:
            with step("load the demo alliance"):
                call_command("load_demo", verbosity=0, stdout=io.StringIO())
                call_command("load_bundles", str(SHIPPED / "demo"), verbosity=0, stdout=io.StringIO())
                _load_fictional_list()
            _note_people()
        collect_static()


def _load_fictional_list() -> None:
    """Load the small list of invented parties, unless a list was loaded already."""
    from screening.models import Snapshot

    if not Snapshot.objects.exists():
        files = {name: str(FICTIONAL / f"{name}.csv") for name in ("sdn", "alt", "add")}
        arguments = [word for name, path in files.items() for word in (f"--{name}", path)]
        call_command("lists", "load", "ofac", *arguments, "--list-version", "fictional", stdout=io.StringIO())


def _note_people() -> None:
    """Leave the table of demo people where the supervisor finds it."""
    if find_spec("members.demo") is None:
        return
    people = [dict(person) for person in import_module("members.demo").people()]
    target = Path(settings.DATA_DIR, "run", "people.json")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(people, ensure_ascii=False, default=str))


def collect_static() -> None:
    """Collect the static files if any of them changed since the last time."""
    digest = hashlib.sha256(django.__version__.encode())
    for finder in get_finders():
        for path, storage in finder.list(["CVS", ".*", "*~"]):
            stat = Path(storage.path(path)).stat()
            digest.update(f"{path} {stat.st_size} {stat.st_mtime_ns}\n".encode())
    stamp = Path(settings.STATIC_ROOT, ".collected")
    if stamp.exists() and stamp.read_text() == digest.hexdigest():
        return
    with step("collect the static files"):
        call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(digest.hexdigest())
