"""Listed parties and questions as every engine of the bench takes them: standard library only.

A peer may live in a virtual environment of its own, where nothing of the platform is installed.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple


class Party(NamedTuple):
    """One entry of a list. `kind` company | person | vessel | aircraft; `born` years or ISO dates."""

    entry_id: str
    kind: str
    name: str
    aliases: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    born: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[tuple[str, str], ...]:
        """Return (name, primary | alias | weak) of every name."""
        return (
            (self.name, "primary"),
            *((name, "alias") for name in self.aliases),
            *((name, "weak") for name in self.weak),
        )

    @property
    def list_key(self) -> str:
        """Return what stands before the colon of an id of list_open: ofac, eu, un, csl, dod1260h."""
        return self.entry_id.partition(":")[0]

    def line(self) -> str:
        """Return one line of the list_open format."""
        return json.dumps(
            {
                "id": self.entry_id,
                "type": self.kind,
                "name": self.name,
                "aliases": self.aliases,
                "weak": self.weak,
                "countries": self.countries,
                "dobs": self.born,
                "ids": self.identifiers,
            },
            ensure_ascii=False,
        )


class Question(NamedTuple):
    """What an engine is asked.

    `kind`, `born` and `identifiers` are facts, empty where only the name is asked. `schema` is the kind of the
    party for a peer that cannot be asked without one; an engine that can must not look at it.
    """

    name: str
    schema: str = ""
    kind: str = ""
    born: str = ""
    identifiers: tuple[str, ...] = ()


Answer = list[tuple[str, float]]  # (entry id, score), best first, each entry once


def read(path: Path) -> Iterator[Party]:
    """Yield the parties of a file in the list_open format, gzipped or not."""
    opened: Any = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as handle:
        for line in handle:
            if line.strip():
                row = json.loads(line)
                yield Party(
                    row["id"],
                    row["type"],
                    row["name"],
                    tuple(row["aliases"]),
                    tuple(row["weak"]),
                    tuple(row["countries"]),
                    tuple(row["dobs"]),
                    tuple(row["ids"]),
                )


def write(path: Path, parties: Iterable[Party]) -> int:
    """Write parties in the list_open format; return the number of their names."""
    names = 0
    with path.open("w", encoding="utf-8") as handle:
        for party in parties:
            names += len(party.names)
            handle.write(party.line() + "\n")
    return names


def fold(name: str) -> str:
    """Return letters and digits only, in lower case: names with the same fold are the same spelling."""
    return "".join(character for character in name.casefold() if character.isalnum())
