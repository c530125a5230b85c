"""How much of what should be found is found, on labelled pairs."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from screening.index import Index, Listed, build
from screening.matching import index_in_force, screen
from screening.normal import LONGEST


def evaluate(pairs: Iterable[dict[str, str]], listed: list[dict[str, Any]] | None = None) -> Iterator[str]:
    """Yield lines on recall and false alarms.

    With `listed` (entities of list_open) an index is built without the aliases that are asked for; without
    it the lists in force are asked, which hold those aliases.
    """
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


def _measure(
    label: str, index: Index, aliases: list[dict[str, str]], clean: list[dict[str, str]]
) -> Iterator[str]:
    def finds(pair: dict[str, str]) -> bool:
        wanted = pair["target_id"].rpartition(":")[2]
        found = screen(pair["query_name"][:LONGEST], index=index)
        return any(match.entry_id in (pair["target_id"], wanted) for match in found)

    yield f"{label}: {index.folder.name}"
    if aliases:
        found = sum(map(finds, aliases))
        yield f"recall on official aliases: {found} of {len(aliases)} ({found / len(aliases):.3f})"
    if clean:
        alarms = sum(bool(screen(pair["query_name"][:LONGEST], index=index)) for pair in clean)
        yield f"false alarms on names that match nothing: {alarms} of {len(clean)} ({alarms / len(clean):.3f})"
