"""How much of what should be found is found, and how often a name alarms without reason, on labelled pairs."""

from __future__ import annotations

import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from screening.engine.index import Index, Listed, build
from screening.engine.words import LONGEST
from screening.indexes import index_in_force
from screening.matching import screen

Pair = dict[str, str]


def evaluate(pairs: Iterable[Pair], listed: list[dict[str, Any]] | None = None) -> Iterator[str]:
    """Yield lines on recall, false alarms and milliseconds, each with the number of names behind it.

    With `listed` (entities of list_open) an index is built without the aliases that are asked for; without
    it the lists in force are asked, which hold those aliases. Only names go in, as an officer would type them:
    no kind, no number.
    """
    pairs = list(pairs)
    aliases = [p for p in pairs if p["source"].startswith("ofac-alias") and p["label"] == "match"]
    clean = [p for p in pairs if p["target_name"] == "*" and p["label"] != "match"]
    if listed is None:
        yield from _measure("aliases left in the list", index_in_force(), aliases, clean)
        return
    with tempfile.TemporaryDirectory() as folder:
        held_out = {(p["target_id"], p["query_name"]) for p in aliases}
        build(Path(folder), _without(listed, held_out))
        yield from _measure("aliases held out of the list", Index(Path(folder)), aliases, clean)


def _without(listed: list[dict[str, Any]], held_out: set[tuple[str, str]]) -> Iterator[Listed]:
    for entity in listed:
        names = [(entity["name"], "primary")]
        names += [(name, "alias") for name in entity["aliases"] if (entity["id"], name) not in held_out]
        names += [(name, "weak") for name in entity["weak"] if (entity["id"], name) not in held_out]
        yield Listed(
            "list-open",
            "1",
            entity["id"],
            entity["type"],
            entity["name"],
            tuple(names),
            tuple(entity["countries"]),
            (),
        )


def _measure(label: str, index: Index, aliases: list[Pair], clean: list[Pair]) -> Iterator[str]:
    seconds: list[float] = []

    def ask(pair: Pair) -> list[str]:
        began = time.perf_counter()
        found = screen(pair["query_name"][:LONGEST], index=index)
        seconds.append(time.perf_counter() - began)
        return [match.entry_id for match in found]

    yield f"{label}: {index.names:,} names"
    if aliases:
        found = sum(bool({p["target_id"], p["target_id"].rpartition(":")[2]} & {*ask(p)}) for p in aliases)
        yield f"recall on official aliases: {_share(found, len(aliases))}"
    alarms: dict[str, list[bool]] = defaultdict(list)
    for pair in clean:
        alarms[pair["variation_class"] or pair["source"]].append(bool(ask(pair)))
    if clean:
        yield f"false alarms on names that match nothing: {_share(sum(map(sum, alarms.values())), len(clean))}"
        yield from (f"  {group}: {_share(sum(found), len(found))}" for group, found in sorted(alarms.items()))
    if seconds:
        yield f"a name takes {_percentile(seconds, 50)} (p50), {_percentile(seconds, 95)} (p95)"


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({part / whole:.3f})"


def _percentile(seconds: list[float], percent: int) -> str:
    return f"{sorted(seconds)[min(len(seconds) - 1, len(seconds) * percent // 100)] * 1000:.1f} ms"
