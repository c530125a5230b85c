"""rapidfuzz token_sort_ratio against every name, as scripts do it.

The words of the listed names are sorted once, when the index is built: the score is the same, and it is faster.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from rapidfuzz import fuzz, process, utils

from bench.screening.parties import Answer, Question, read
from bench.screening.peers.worker import TOP


def _sorted(name: str) -> str:
    return " ".join(sorted(utils.default_process(name).split()))


class Engine:
    def build(self, parties: Path, folder: Path) -> None:
        self.names: list[str] = []
        self.entries: list[str] = []
        for party in read(parties):
            for name, _ in party.names:
                self.names.append(_sorted(name))
                self.entries.append(party.entry_id)

    def load(self, folder: Path) -> None:
        """Everything is in memory since `build`."""

    def ask(self, question: Question) -> Answer:
        scores = process.cdist([_sorted(question.name)], self.names, scorer=fuzz.ratio)[0]
        nearest = min(len(scores), 30 * TOP)
        order = np.argpartition(-scores, nearest - 1)[:nearest]
        found: dict[str, float] = {}
        for place in order[np.argsort(-scores[order], kind="stable")]:
            found.setdefault(self.entries[place], float(scores[place]) / 100)
            if len(found) == TOP:
                break
        return list(found.items())

    def compare(self, one: str, other: str, kind: str) -> float:
        return float(fuzz.ratio(_sorted(one), _sorted(other))) / 100

    def close(self) -> None:
        """Nothing but memory is held."""
