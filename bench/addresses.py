"""Addresses of OFAC's list written as others write them, and with another house number.

The peer in the same run is rapidfuzz's token_sort_ratio over the same addresses, at 85 and with no other rule.
"""

from __future__ import annotations

import argparse
import csv
import random
import re
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

from rapidfuzz import fuzz

from config.embedded.folder import ROOT
from config.embedded.progress import step
from config.embedded.report import Figure, percentile, publish
from screening.engine.addresses import Addresses, Lived, build

LIST = ROOT.parent / "shared" / "data" / "lists" / "ofac" / "add_2025-12-24.csv"
SEED, ASKED = 5, 1500
PEER = 85  # of 100
SHORT = {
    " Street": " Str.",
    " Avenue": " Ave",
    " Road": " Rd",
    "Building": "Bldg",
    "Floor": "Fl.",
    "Prospekt": "pr-kt",
}
PARTS = re.compile(r"floor|suite|room|unit|office|flat|box|apt|level", re.I)
ROOM = re.compile(r",?\s*(office|of\.|suite|room|floor|flat|unit|pom\.?|kom\.?|apt\.?)\s*[\w\-/]+", re.I)
ONE_NUMBER = re.compile(r"(?<![\w])\d{1,4}(?![\w])")


def run(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="./entente bench addresses", description=__doc__)
    parser.add_argument("--list", type=Path, default=LIST, help="OFAC's ADD.CSV (default: %(default)s)")
    options = parser.parse_args(arguments)
    rows = _read(options.list)
    dice = random.Random(SEED)
    with tempfile.TemporaryDirectory() as name, step("build the index"):
        began = time.perf_counter()
        homes: dict[str, list[str]] = defaultdict(list)
        for entry, parts in rows:
            homes[entry].append(", ".join(parts))
        build(Path(name), [Lived("ofac", "", key, "", key, tuple(texts)) for key, texts in homes.items()])
        built = time.perf_counter() - began
        index = Addresses(Path(name))
    numbered = [row for row in rows if ONE_NUMBER.search(row[1][0]) and len(row[1]) > 1]
    chosen = dice.sample(numbered, min(ASKED, len(numbered)))
    figures, seconds = [], []
    for how, written in WAYS.items():
        ours = theirs = 0
        for entry, parts in chosen:
            text = written(parts, dice)
            began = time.perf_counter()
            found = index.search(text)
            seconds.append(time.perf_counter() - began)
            ours += any(one.entry_id == entry for one in found)
            theirs += fuzz.token_sort_ratio(text, ", ".join(parts)) >= PEER
        figures += [
            Figure(f"found: {how}", ours / len(chosen), ""),
            Figure(f"found: {how}, rapidfuzz", theirs / len(chosen), ""),
        ]
    alone = [row for row in numbered if _has_one_number(row[1][0])]
    asked = ours = theirs = 0
    for entry, parts in dice.sample(alone, min(ASKED, len(alone))):
        other = ONE_NUMBER.sub(lambda old: str(int(old[0]) + dice.choice((1, 2, 10, 31))), parts[0])
        text = ", ".join([other, *parts[1:]])
        if text in homes[entry]:
            continue
        asked += 1
        ours += any(one.entry_id == entry and one.address == ", ".join(parts) for one in index.search(text))
        theirs += fuzz.token_sort_ratio(text, ", ".join(parts)) >= PEER
    figures += [
        Figure("false alarms: another house number", ours / asked, "", 0.03),
        Figure("false alarms: another house number, rapidfuzz", theirs / asked, ""),
        Figure("addresses", len(index.texts), ""),
        Figure("built in", built, "s"),
        Figure("a search, p50", percentile(seconds, 50) * 1000, "ms"),
        Figure("a search, p99", percentile(seconds, 99) * 1000, "ms"),
    ]
    return publish("addresses", figures, facts={"asked": len(chosen), "other_number": asked, "seed": SEED})


def _read(path: Path) -> list[tuple[str, list[str]]]:
    with path.open(encoding="utf-8", errors="replace", newline="") as handle:
        rows = [row for row in csv.reader(handle) if len(row) > 4]
    told = [(row[0], [part.strip() for part in row[2:5] if part.strip() not in ("-0-", "")]) for row in rows]
    return [(entry, parts) for entry, parts in told if len(parts) > 1 and len(", ".join(parts)) > 20]


def _has_one_number(street: str) -> bool:
    """Whether a line holds one number alone and no word for a part of a house: then it is that of the house."""
    return (
        len(re.findall(r"\d+", street)) == 1 and bool(ONE_NUMBER.search(street)) and not PARTS.search(street)
    )


def _shortened(parts: list[str], dice: random.Random) -> str:
    text = ", ".join(parts)
    for long, short in SHORT.items():
        text = text.replace(long, short)
    return text


def _mistyped(parts: list[str], dice: random.Random) -> str:
    words = ", ".join(parts).split(" ")
    long = [place for place, word in enumerate(words) if len(word) > 5 and word.isalpha()]
    if long:
        place = dice.choice(long)
        letter = dice.randrange(1, len(words[place]) - 1)
        words[place] = words[place][:letter] + words[place][letter + 1 :]
    return " ".join(words)


WAYS: dict[str, Callable[[list[str], random.Random], str]] = {
    "in another order": lambda parts, dice: ", ".join(reversed(parts)),
    "shortened": _shortened,
    "a letter missing": _mistyped,
    "without its postcode": lambda parts, dice: re.sub(r"\b\d{5,6}\b", "", ", ".join(parts)),
    "without floor and room": lambda parts, dice: ", ".join([ROOM.sub("", parts[0]), *parts[1:]]),
}
