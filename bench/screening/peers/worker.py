"""Runs one engine in a process of its own: a JSON line in, a JSON line out. Standard library only."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any, Protocol

from bench.screening.parties import Answer, Question, read

TOP = 10


class Engine(Protocol):
    def build(self, parties: Path, folder: Path) -> None:
        """Index the parties of a file; `folder` is empty and for this index alone."""

    def load(self, folder: Path) -> None:
        """Open what `build` left in the folder; nothing to do for an engine that keeps its index in memory."""

    def ask(self, question: Question) -> Answer: ...

    def compare(self, one: str, other: str, kind: str) -> float:
        """Return how alike two names are, from 0 to 1."""

    def close(self) -> None: ...


class Worker:
    def __init__(self, engine: Any) -> None:
        self.engine = engine

    def build(self, *, parties: str, folder: str) -> dict[str, Any]:
        began = time.perf_counter()
        self.engine.build(Path(parties), Path(folder))
        return {"seconds": time.perf_counter() - began}

    def load(self, *, folder: str) -> dict[str, Any]:
        began = time.perf_counter()
        self.engine.load(Path(folder))
        return {"seconds": time.perf_counter() - began}

    def ask(self, *, questions: list[list[Any]]) -> dict[str, Any]:
        answers: list[Answer] = []
        seconds: list[float] = []
        for name, schema, kind, born, identifiers in questions:
            question = Question(name, schema, kind, born, tuple(identifiers))
            began = time.perf_counter()
            answer = self.engine.ask(question)
            seconds.append(time.perf_counter() - began)
            answers.append(answer)
        return {"answers": answers, "seconds": seconds}

    def compare(self, *, pairs: list[tuple[str, str, str]]) -> dict[str, Any]:
        return {"scores": [self.engine.compare(*pair) for pair in pairs]}

    def change(self, *, before: str, after: str, added: str, everything: str) -> dict[str, Any]:
        """Replace as many entries as the file holds; only an engine that can has `change`."""
        parties = list(read(Path(added)))
        began = time.perf_counter()
        anew = self.engine.change(Path(before), Path(after), parties, Path(everything))
        return {"seconds": time.perf_counter() - began, "anew": anew}


def main(module: str) -> None:
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints must not stand between the replies
    worker = Worker(importlib.import_module(module).Engine())
    with contextlib.closing(worker.engine):
        for line in sys.stdin:
            order = json.loads(line)
            result = getattr(worker, order.pop("act"))(**order)
            replies.write(json.dumps(result) + "\n")
            replies.flush()


if __name__ == "__main__":
    main(sys.argv[1])
