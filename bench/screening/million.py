"""The same questions on very many names: latency, memory of two processes, load, build and a change."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.screening.cases import Twins
from bench.screening.generate import generate, misspelt
from bench.screening.measure import WARM_UP, Material, percentiles
from bench.screening.parties import Party, Question, write
from bench.screening.peers import Peer
from bench.screening.process import Process, weigh
from bench.screening.report import OURS, RIVAL

MADE, TAKEN, CHANGED = 500, 500, 1000
TOO_LARGE = RIVAL
WHY_NOT = (
    "logic-v2 is not measured on generated names: its candidates come from Elasticsearch, and what imitates that "
    "in memory here would be measured instead"
)


def made(material: Material, names: int) -> list[Party]:
    return list(generate(material.parties, names))


def measure(peer: Peer, python: str, parties: Sequence[Party], material: Material) -> dict[str, Any]:
    """Return the figures of one engine on the generated parties as a document.

    `found`: the share of the misspelt names whose party, or one of the same spelling, is the first answer.
    """
    asked = misspelt(parties, MADE)
    taken = material.timed()[:TAKEN]
    questions = [question for question, _ in asked] + taken
    random.Random(5).shuffle(questions)
    with tempfile.TemporaryDirectory() as place:
        file, folder = Path(place, "made.jsonl"), Path(place, "index")
        names = write(file, parties)
        folder.mkdir()
        with Process(peer, python) as process:
            built, loaded = process.build(file, folder)
            process.ask(questions[:WARM_UP])
            answers, seconds = process.ask(questions)
            memory = process.megabytes()
            by_question = dict(zip(questions, answers, strict=True))
        twins = Twins(parties)
        right = [
            any(twins.equal(entry, target) for entry, _ in by_question[question][:1])
            for question, target in asked
        ]
        document: dict[str, Any] = {
            "names": names,
            "parties": len(parties),
            "latency_ms": percentiles(seconds),
            "found": {"value": sum(right) / len(right), "n": len(right)},
            "memory_mb": memory and {kind: round(value, 1) for kind, value in memory.items()},
            "build_s": round(built, 2),
            "load_s": round(loaded, 3),
            "two_processes_pss_mb": None,
            "change_s": None,
        }
        if peer.name == OURS:
            document["two_processes_pss_mb"] = _two_processes(peer, python, folder, questions[:500])
            document["load_s"], document["change_s"] = _load_and_change(peer, python, Path(place), parties)
        return document


def _two_processes(peer: Peer, python: str, folder: Path, questions: Sequence[Question]) -> float | None:
    """Return MB of two processes that share the index, when both have answered."""
    with Process(peer, python) as one, Process(peer, python) as other:
        for process in (one, other):
            process.order("load", folder=str(folder))
            process.ask(questions)
        told = weigh([one.pid, other.pid])
    return round(told["pss"], 1) if told else None


def _load_and_change(
    peer: Peer, python: str, place: Path, parties: Sequence[Party]
) -> tuple[float, float | None]:
    """Return the seconds in which a new process opens the index, and those of a change of 1,000 entries."""
    with Process(peer, python) as process:
        loaded = process.order("load", folder=str(place / "index"))["seconds"]
    dice = random.Random(6)
    touched = dice.sample(parties, min(CHANGED, len(parties) // 10))
    added = place / "changed.jsonl"
    write(added, (party._replace(name=f"{party.name} {party.name.split()[0]}") for party in touched))
    with Process(peer, python) as process:
        told = process.order(
            "change",
            before=str(place / "index"),
            after=str(place / "after"),
            added=str(added),
            everything=str(place / "made.jsonl"),
        )
    return round(loaded, 3), None if told["anew"] else round(told["seconds"], 3)
