"""The engine of the platform, asked as the platform asks it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from bench.screening.parties import Answer, Party, Question, read
from screening.engine.compare import compare
from screening.engine.index import Index, Listed, build, change
from screening.engine.search import search
from screening.engine.words import LONGEST


def listed(parties: Iterable[Party], version: str = "1") -> Iterator[Listed]:
    for party in parties:
        yield Listed(
            party.list_key,
            version,
            party.entry_id,
            party.kind,
            party.name,
            party.names,
            party.countries,
            party.identifiers,
            party.born,
        )


class Engine:
    index: Index

    def build(self, parties: Path, folder: Path) -> None:
        build(folder, listed(read(parties)))

    def load(self, folder: Path) -> None:
        self.index = Index(folder)

    def ask(self, question: Question) -> Answer:
        found = search(
            self.index,
            question.name,
            kind=question.kind or None,
            born=question.born or None,
            identifiers=question.identifiers,
        )
        return [(each.entry_id, each.score) for each in found]

    def compare(self, one: str, other: str, kind: str) -> float:
        """Names that are too long to be screened are cut."""
        return compare(one[:LONGEST], other[:LONGEST]).score

    def change(self, before: Path, after: Path, parties: list[Party], everything: Path) -> bool:
        """Replace the parties by what is given; return whether the index was built anew."""
        return change(
            before,
            after,
            added=listed(parties, "2"),
            removed=[(party.list_key, party.entry_id) for party in parties],
            everything=lambda: listed(read(everything), "2"),
        )

    def close(self) -> None:
        """Nothing is held but the mapped files."""
