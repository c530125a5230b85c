"""Screen names from a file against a list in a file: no server, no database."""

import csv
import json
import resource
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from core.errors import EntenteError
from screening.engine.align import THRESHOLD
from screening.engine.compare import compare
from screening.engine.index import Index, build
from screening.engine.search import search
from screening.lists.formats import FORMATS
from screening.lists.rows import as_listed, broken, decoded, named
from screening.questions import Question, questions

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
        chosen = FORMATS[options["format"]]
        asked = self._asked(options, ("query_id", "query_name"), ("query_name",))
        parsed = chosen.parse(options["list"], _mapping(options["mapping"]))
        seconds: list[float] = []
        with tempfile.TemporaryDirectory() as folder:
            began = time.perf_counter()
            build(Path(folder), (as_listed(chosen.list_key, "file", row, named(row)) for row in parsed.rows))
            index = Index(Path(folder))
            built = time.perf_counter() - began
            with options["target"].open("w", newline="", encoding="utf-8") as handle:
                out = csv.writer(handle)
                out.writerow(QUERY)
                for row in self._accepted(asked):
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
        self._tell(asked, seconds, index_build_seconds=round(built, 2), names=index.names)

    def _compare(self, options: dict[str, Any]) -> None:
        asked = self._asked(options, PAIR[:2], PAIR[:2])
        seconds: list[float] = []
        with options["target"].open("w", newline="", encoding="utf-8") as handle:
            out = csv.writer(handle)
            out.writerow(PAIR)
            for row in self._accepted(asked):
                began = time.perf_counter()
                score = round(compare(row["query_name"], row["target_name"]).score, 3)
                seconds.append(time.perf_counter() - began)
                hit = int(score >= THRESHOLD)
                out.writerow([row["query_name"], row["target_name"], f"{score:.3f}", hit])
        self._tell(asked, seconds)

    def _asked(self, options: dict[str, Any], needed: Sequence[str], names: Sequence[str]) -> list[Question]:
        """Return the rows of the file, which is read to its end before anything is written."""
        source, target = options["source"], options["target"]
        if target.exists() and target.samefile(source):
            raise CommandError("--out is the file that is read: name another.")
        asked = list(questions(source, needed, names))
        self._doubt(asked)
        return asked

    def _doubt(self, asked: list[Question]) -> None:
        """Say what was taken otherwise than it may have been meant."""
        lines: dict[str, int] = {}
        for line, values, refused in asked:
            if refused:
                continue
            kind, number = values.get("query_type"), values.get("query_id")
            if kind and kind not in KINDS:
                told = f"{kind!r} is none of {', '.join(sorted(KINDS))} and is not considered"
                self.stderr.write(f"line {line}: query_type {told}.")
            if number is not None and lines.setdefault(number, line) != line:
                self.stderr.write(f"line {line}: query_id {number!r} stands in line {lines[number]} too.")

    def _accepted(self, asked: list[Question]) -> Iterator[dict[str, str]]:
        for line, values, refused in asked:
            if refused:
                self.stderr.write(f"line {line}: refused, {refused}.")
            else:
                yield values

    def _tell(self, asked: list[Question], seconds: list[float], **more: Any) -> None:
        ordered = sorted(seconds) or [0.0]
        shares = {
            f"p{share}": round(ordered[min(len(ordered) - 1, len(ordered) * share // 100)] * 1000, 3)
            for share in (50, 95, 99)
        }
        resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        told = {"count": len(seconds), "refused": len(asked) - len(seconds), **shares}
        more |= {"resident_mb": round(resident, 1), "threshold": THRESHOLD}
        self.stdout.write(json.dumps(told | more))


def _mapping(path: Path | None) -> Any:
    """Return what says which column is what; Invalid where it is no JSON."""
    if path is None:
        return None
    try:
        found = json.loads(decoded(path))
    except json.JSONDecodeError as error:
        raise broken(path, error.lineno, f"this is no JSON: {error.msg}") from None
    if not isinstance(found, dict):
        raise broken(path, 1, "this is no JSON object")
    return found


def _numbers(text: str) -> list[str]:
    return [number for number in text.replace("|", ";").replace(",", ";").split(";") if number.strip()]
