"""Load published lists and tell which are in force."""

import csv
import gzip
import json
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core import clock
from core.errors import EntenteError
from screening.lists.formats import FORMATS
from screening.lists.loading import load, load_ofac
from screening.lists.rows import content
from screening.models import Snapshot


def _mapping(path: Path | None) -> dict[str, Any] | None:
    if path is None:
        return None
    try:
        found = json.loads(content(path))
    except ValueError as error:
        raise CommandError(f"{path.name} is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise CommandError(f"{path.name} is not a JSON object.")
    return found


class Command(BaseCommand):
    help = "Screening lists: load, status, recall."

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        load = acts.add_parser("load", help="load a list in its official format")
        load.add_argument("format", choices=sorted(FORMATS))
        load.add_argument("files", nargs="*", type=Path, metavar="FILE", help="in the order of the format")
        for name in ("sdn", "alt", "add"):
            load.add_argument(f"--{name}", type=Path, help="ofac: the file by its name")
        load.add_argument("--list", default="", help="default: the list of the format")
        load.add_argument("--mapping", type=Path, help="JSON that says what the columns are")
        load.add_argument(
            "--version",
            "--list-version",
            dest="list_version",
            default="",
            help="default: as the files say, else the name of the first",
        )
        load.add_argument("--accept-orphans", action="store_true", help="files of different dates")
        load.add_argument("--accept-shrink", action="store_true", help="the list did lose many entries")
        acts.add_parser("status", help="which versions are in force, and how old they are")
        recall = acts.add_parser("recall", help="how many labelled aliases are found")
        recall.add_argument("--pairs", type=Path, required=True)
        recall.add_argument(
            "--list", type=Path, help="list_open.jsonl.gz: evaluate on it, without these aliases"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['act']}")(options)
        except EntenteError as error:
            raise CommandError(error.detail) from None

    def _load(self, options: dict[str, Any]) -> None:
        began = time.perf_counter()
        accepted = {name: options[name] for name in ("accept_orphans", "accept_shrink")}
        if options["sdn"]:
            if options["format"] != "ofac" or options["files"]:
                raise CommandError("--sdn, --alt and --add name the files of the format ofac.")
            files = {name: options[name] for name in ("sdn", "alt", "add")}
            loaded = load_ofac(**files, version=options["list_version"], **accepted)
        else:
            loaded = load(
                format=options["format"],
                files=options["files"],
                list_key=options["list"],
                mapping=_mapping(options["mapping"]),
                version=options["list_version"],
                **accepted,
            )
        snapshot = loaded.snapshot
        if not loaded.new:
            self.stdout.write(f"{snapshot} is in force already: the files are the same.")
        else:
            self.stdout.write(
                f"{snapshot}: {snapshot.entries_count} entries, {snapshot.names_count} names, in force after "
                f"{time.perf_counter() - began:.1f} s."
            )
        for label, lost in (("alias", loaded.orphaned_aliases), ("address", loaded.orphaned_addresses)):
            if lost:
                of = f" of {loaded.aliases:,}" if label == "alias" else ""
                self.stdout.write(f"{len(lost)} orphaned {label} rows{of} (they name no entry):")
                for row in lost[:60]:
                    self.stdout.write(f"  {row}")

    def _status(self, options: dict[str, Any]) -> None:
        found = Snapshot.objects.filter(in_force_until__isnull=True).select_related("source_list")
        if not found:
            self.stdout.write("No list is loaded.")
        for snapshot in found:
            age = clock.now() - snapshot.loaded_at
            self.stdout.write(
                f"{snapshot.source_list.key:20} {snapshot.version:20} {snapshot.entries_count:>8} entries "
                f"{snapshot.names_count:>8} names, loaded {age.total_seconds() / 3600:.1f} hours ago"
            )

    def _recall(self, options: dict[str, Any]) -> None:
        from screening.evaluation import evaluate

        with options["pairs"].open(newline="") as handle:
            pairs = list(csv.DictReader(handle))
        listed = None
        if options["list"]:
            with gzip.open(options["list"], "rt") as handle:
                listed = [json.loads(line) for line in handle]
        for line in evaluate(pairs, listed):
            self.stdout.write(line)
