"""Load published lists and tell which are in force."""

import csv
import gzip
import json
import time
from argparse import ArgumentParser, ArgumentTypeError
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import QuerySet

from core import clock
from core.errors import EntenteError
from screening.lists import fetching, store
from screening.lists.formats import FORMATS
from screening.lists.loading import load, load_ofac
from screening.lists.rows import content
from screening.models import Snapshot, SourceList
from screening.selectors import list_states


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


def _hours(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 87_600:
        raise ArgumentTypeError("hours, at least one")
    return int(text)


def _hours_or_none(text: str) -> int | None:
    return None if text == "none" else _hours(text)


def _limit(source: SourceList) -> str:
    return "of any age" if source.max_age_hours is None else f"at most {source.max_age_hours} hours old"


def _at(moment: datetime | None, absent: str = "never") -> str:
    return moment.strftime("%Y-%m-%d %H:%M UTC") if moment else absent


class Command(BaseCommand):
    help = "Screening lists: load, fetch, set, status, diff, recall."

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
        fetch = acts.add_parser("fetch", help="get lists from their publishers, and load what changed")
        fetch.add_argument("lists", nargs="*", metavar="LIST", help="default: every list with an address")
        change = acts.add_parser("set", help="where a list is fetched from, how often, how old it may be")
        change.add_argument("list", metavar="LIST")
        change.add_argument("--format", default="", choices=["", *sorted(FORMATS)])
        change.add_argument("--title", default="")
        change.add_argument("--publisher", default="")
        change.add_argument("--mapping", type=Path, help="JSON that says what the columns are")
        change.add_argument("--url", action="append", help="of each file, in the order of the format")
        change.add_argument("--by-hand", action="store_true", help="fetch it no more")
        change.add_argument("--every", type=_hours, metavar="HOURS", help="between two fetches")
        change.add_argument(
            "--max-age", type=_hours_or_none, default=0, metavar="HOURS|none", help="past it, no fast lane"
        )
        acts.add_parser("status", help="which versions are in force, and how old they are")
        diff = acts.add_parser("diff", help="what a version added, changed and removed")
        diff.add_argument("list", metavar="LIST")
        diff.add_argument(
            "--from", dest="before", default="", metavar="VERSION", help="default: the one before"
        )
        diff.add_argument(
            "--to", dest="after", default="", metavar="VERSION", help="default: the one in force"
        )
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

    def _fetch(self, options: dict[str, Any]) -> None:
        keys = options["lists"] or fetching.fetched_lists()
        if not keys:
            self.stdout.write("No list has an address: name a list, or say one with lists set.")
        failed = []
        for key in keys:
            found = fetching.fetch(key=key)
            if found.failure or found.snapshot is None:
                failed.append(key)
                self.stdout.write(f"{key}: {found.failure}")
            elif found.new:
                snapshot = found.snapshot
                self.stdout.write(
                    f"{snapshot}: {snapshot.entries_count} entries, {snapshot.added_count} added, "
                    f"{snapshot.changed_count} changed, {snapshot.removed_count} removed."
                )
            else:
                self.stdout.write(f"{found.snapshot} is still what is published.")
        if failed:
            raise CommandError(f"Not fetched: {', '.join(failed)}. The versions before stay in force.")

    def _set(self, options: dict[str, Any]) -> None:
        source = fetching.set_up(
            key=options["list"],
            format=options["format"],
            title=options["title"][:200],
            publisher=options["publisher"][:200],
            mapping=_mapping(options["mapping"]),
            urls=[] if options["by_hand"] else options["url"],
            every_hours=options["every"],
            max_age_hours=options["max_age"] or None,
            ageless=options["max_age"] is None,
        )
        every = f"every {source.every_hours} hours" if source.urls else "by hand"
        self.stdout.write(f"{source.key}: loaded {every}, may be {_limit(source)}.")
        for url in source.urls:
            self.stdout.write(f"  {url}")

    def _status(self, options: dict[str, Any]) -> None:
        states = list_states(clock.now())
        if not states:
            self.stdout.write("No list is loaded.")
        for state in states:
            source, snapshot = state.source, state.snapshot
            if snapshot is None or state.age is None:
                self.stdout.write(f"{source.key:20} was never loaded.")
            else:
                self.stdout.write(
                    f"{source.key:20} {snapshot.version:20} {snapshot.entries_count:>8} entries "
                    f"{snapshot.names_count:>8} names, {state.age.total_seconds() / 3600:.1f} hours old, "
                    f"may be {_limit(source)}{': TOO OLD, the fast lanes are closed' if state.stale else ''}"
                )
            if source.urls:
                self.stdout.write(
                    f"  checked {_at(source.checked_at)}, next check {_at(source.next_check, 'now')}"
                )
            if source.failed_at:
                self.stdout.write(f"  fails since {_at(source.failed_at)}: {source.failure}")

    def _diff(self, options: dict[str, Any]) -> None:
        versions = Snapshot.objects.filter(source_list__key=options["list"]).order_by("pk")
        after = self._version(versions, options["after"]) if options["after"] else versions.last()
        if after is None:
            raise CommandError(f"No version of {options['list']} is loaded.")
        before = (
            self._version(versions, options["before"])
            if options["before"]
            else versions.filter(pk__lt=after.pk).last()
        )
        found = store.difference(before, after)
        self.stdout.write(
            f"{after} since {before.version if before else 'nothing'}: {len(found.added)} added, "
            f"{len(found.changed)} changed, {len(found.removed)} removed."
        )
        for sign, numbers, where in (
            ("+", found.added, after),
            ("~", found.changed, after),
            ("-", found.removed, before),
        ):
            entries = store.entries_of(where).filter(entry_id__in=numbers) if where and numbers else ()
            for entry in entries:
                self.stdout.write(f"{sign} {entry.entry_id} {entry.name}")

    def _version(self, versions: QuerySet[Snapshot], version: str) -> Snapshot:
        found = versions.filter(version=version).last()
        if found is None:
            there = ", ".join(versions.values_list("version", flat=True)) or "none"
            raise CommandError(f"There is no version {version}; there are: {there}.")
        return found

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
