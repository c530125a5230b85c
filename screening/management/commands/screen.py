"""Screen names from a file against a list in a file: no server, no database."""

import csv
import json
import resource
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError

from core.errors import EntenteError
from screening.engine.align import THRESHOLD
from screening.engine.compare import compare
from screening.engine.index import Index, build
from screening.engine.search import search
from screening.engine.words import LONGEST
from screening.lists.formats import FORMATS
from screening.lists.rows import as_listed, named

KINDS = {"person", "company", "vessel", "aircraft"}
QUERY = ("query_id", "rank", "entry_id", "matched_name", "score", "hit")
PAIR = ("query_name", "target_name", "score", "hit")


class Command(BaseCommand):
    help = "Screen names from a file: query a list, or compare pairs. Needs no server and no database."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        query = acts.add_parser("query", help="search a list for each name")
        query.add_argument("--list", type=Path, nargs="+", required=True, metavar="PATH")
        query.add_argument("--format", default="list-open", choices=sorted(FORMATS))
        query.add_argument("--mapping", type=Path, help="JSON that says what the columns are")
        query.add_argument("--threshold", type=float, default=0.0, help="leave out lower scores")
        query.add_argument("--top", type=int, default=10, help="results for each name")
        pairs = acts.add_parser("compare", help="score pairs of names")
        for each in (query, pairs):
            each.add_argument("--in", dest="source", type=Path, required=True, metavar="CSV")
            each.add_argument("--out", dest="target", type=Path, required=True, metavar="CSV")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['act']}")(options)
        except EntenteError as error:
            raise CommandError(error.detail) from None
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from None

    def _query(self, options: dict[str, Any]) -> None:
        if not 0 <= options["threshold"] <= 1 or options["top"] < 1:
            raise CommandError("--threshold is from 0 to 1, --top at least 1.")
        mapping = json.loads(options["mapping"].read_text()) if options["mapping"] else None
        chosen = FORMATS[options["format"]]
        rows = self._rows(options["source"], ("query_id", "query_name"))
        parsed = chosen.parse(options["list"], mapping)
        seconds: list[float] = []
        refused = 0
        with tempfile.TemporaryDirectory() as folder:
            began = time.perf_counter()
            build(Path(folder), (as_listed(chosen.list_key, "file", row, named(row)) for row in parsed.rows))
            index = Index(Path(folder))
            built = time.perf_counter() - began
            with options["target"].open("w", newline="") as handle:
                out = csv.writer(handle)
                out.writerow(QUERY)
                for row in rows:
                    if len(row["query_name"]) > LONGEST:
                        refused += 1
                        self.stderr.write(
                            f"{row['query_id']}: refused, a name has at most {LONGEST} characters."
                        )
                        continue
                    began = time.perf_counter()
                    found = search(
                        index,
                        row["query_name"],
                        kind=row.get("query_type") if row.get("query_type") in KINDS else None,
                        country=row.get("query_country") or None,
                        born=row.get("query_dob") or None,
                        identifiers=_numbers(row.get("query_ids") or ""),
                        top=options["top"],
                        least=options["threshold"],
                    )
                    seconds.append(time.perf_counter() - began)
                    for rank, each in enumerate(found, start=1):
                        name, score = each.matched_name, f"{each.score:.3f}"
                        out.writerow([row["query_id"], rank, each.entry_id, name, score, int(each.hit)])
        self._tell(seconds, refused=refused, index_build_seconds=round(built, 2), names=index.names)

    def _compare(self, options: dict[str, Any]) -> None:
        rows = self._rows(options["source"], ("query_name", "target_name"))
        seconds: list[float] = []
        refused = 0
        with options["target"].open("w", newline="") as handle:
            out = csv.writer(handle)
            out.writerow(PAIR)
            for row in rows:
                one, other = row["query_name"], row["target_name"]
                if max(len(one), len(other)) > LONGEST:
                    refused += 1
                    self.stderr.write(f"{one[:40]}…: refused, a name has at most {LONGEST} characters.")
                    continue
                began = time.perf_counter()
                score = round(compare(one, other).score, 3)
                seconds.append(time.perf_counter() - began)
                out.writerow([one, other, f"{score:.3f}", int(score >= THRESHOLD)])
        self._tell(seconds, refused=refused)

    def _rows(self, path: Path, needed: tuple[str, ...]) -> list[dict[str, str]]:
        with path.open(newline="", encoding="utf-8-sig") as handle:
            return list(self._read(path, handle, needed))

    def _read(self, path: Path, handle: TextIO, needed: tuple[str, ...]) -> Iterator[dict[str, str]]:
        try:
            reader = csv.DictReader(handle)
            missing = [name for name in needed if name not in (reader.fieldnames or ())]
            if missing:
                raise CommandError(f"{path.name} has no column {', '.join(missing)}.")
            for row in reader:
                yield {key: value or "" for key, value in row.items() if isinstance(key, str)}
        except (csv.Error, UnicodeDecodeError) as error:
            raise CommandError(f"{path.name} is no CSV file in UTF-8: {error}") from None

    def _tell(self, seconds: list[float], **more: Any) -> None:
        ordered = sorted(seconds) or [0.0]
        shares = {
            f"p{share}": round(ordered[min(len(ordered) - 1, len(ordered) * share // 100)] * 1000, 3)
            for share in (50, 95, 99)
        }
        resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        told = {"count": len(seconds), **shares, "resident_mb": round(resident, 1), "threshold": THRESHOLD}
        self.stdout.write(json.dumps(told | more))


def _numbers(text: str) -> list[str]:
    return [number for number in text.replace("|", ";").replace(",", ";").split(";") if number.strip()]
