"""One engine over all cases: an index for each scope, then the questions, the pairs and the clock."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.screening import parties as lists
from bench.screening.cases import EVERYTHING, SPEED, SYNTHETIC, Case, Pair, Twins, in_scope
from bench.screening.grade import Graded, grade_pairs
from bench.screening.parties import Answer, Party, Question
from bench.screening.peers import Peer
from bench.screening.process import Process
from bench.screening.report import OURS
from config.embedded.report import percentile
from screening.engine.align import THRESHOLD

TIMED, WARM_UP = 1000, 50


@dataclass(frozen=True)
class Material:
    """What every engine gets: the same parties, questions and pairs."""

    parties: Sequence[Party]
    cases: Sequence[Case]
    pairs: Sequence[Pair]
    every_case: Sequence[Case]  # also those a sample leaves out: their akas are held out all the same

    def timed(self) -> list[Question]:
        """Return the names whose search is timed: a fixed draw from all names that are asked."""
        names = sorted({case.question for case in self.every_case if not case.question.born})
        names = [question._replace(identifiers=()) for question in names]
        return random.Random(11).sample(names, min(TIMED + WARM_UP, len(names)))


def measure(peer: Peer, python: str, material: Material) -> dict[str, Any]:
    """Return every figure of one engine as a document."""
    answers: dict[int, Answer] = {}
    builds: dict[str, dict[str, float]] = {}
    scopes = sorted({case.scope for case in material.cases} | {SPEED, EVERYTHING})
    with tempfile.TemporaryDirectory() as place, Process(peer, python) as process:
        scores = process.compare([(pair.one, pair.other, pair.kind) for pair in material.pairs])
        for number, scope in enumerate(scopes):
            file, folder = Path(place, f"{number}.jsonl"), Path(place, str(number))
            names = lists.write(file, in_scope(material.parties, scope, material.every_case))
            folder.mkdir()
            built, loaded = process.build(file, folder)
            builds[scope] = {"names": names, "build_s": round(built, 2), "load_s": round(loaded, 3)}
            own = [(place, case) for place, case in enumerate(material.cases) if case.scope == scope]
            if scope == SPEED:
                latency = _latency(process, material.timed())
            told, _ = process.ask([case.question for _, case in own])
            answers.update(zip((place for place, _ in own), told, strict=True))
            if scope == EVERYTHING:
                memory = process.megabytes()
    graded = Graded(
        material.cases, [answers[place] for place in range(len(material.cases))], Twins(material.parties)
    )
    recommended = THRESHOLD if peer.name == OURS else peer.threshold
    threshold = graded.best_threshold() if recommended is None else recommended
    return {
        "threshold": threshold,
        "threshold_from": "best F1 on the tuning half" if recommended is None else "its makers",
        **_figures(graded, threshold),
        "pairs_f1": grade_pairs(material.pairs, scores, threshold).document(len(material.pairs))
        if material.pairs
        else None,
        "latency_ms": {**latency, "names": builds[SPEED]["names"]},
        "memory_mb": memory and {kind: round(value, 1) for kind, value in memory.items()},
        "indexes": builds,
    }


def _figures(graded: Graded, threshold: float) -> dict[str, Any]:
    figures = graded.shares(threshold, lambda case: case.figure)
    classes = graded.shares(threshold, lambda case: f"{case.figure}: {case.variation or 'all'}")
    strict = Graded(graded.cases, graded.answers, Twins(()))
    return {
        "figures": {name: share.document() for name, share in figures.items()},
        "figures_without_twins": {
            name: share.document() for name, share in strict.shares(threshold, lambda c: c.figure).items()
        },
        "figures_among_hits": graded.among_hits(threshold),
        "classes": {name: share.document() for name, share in sorted(classes.items())},
        "weakest_synthetic_class": _weakest(graded, threshold),
        "f1": graded.confusion(threshold).document(len(graded.cases)),
    }


def _weakest(graded: Graded, threshold: float) -> dict[str, Any]:
    shares = graded.shares(threshold, lambda case: case.variation if case.figure == SYNTHETIC else None)
    name = min(shares, key=lambda each: shares[each].value)
    return {"class": name, **shares[name].document()}


def _latency(process: Process, questions: Sequence[Question]) -> dict[str, float]:
    """Ask one after the other; return milliseconds. The first questions warm up and do not count."""
    _, seconds = process.ask(questions)
    return percentiles(seconds[min(WARM_UP, len(seconds) // 2) :])


def percentiles(seconds: Sequence[float]) -> dict[str, float]:
    told = {f"p{share}": round(percentile(seconds, share) * 1000, 3) for share in (50, 95, 99)}
    return {**told, "max": round(max(seconds) * 1000, 3), "n": len(seconds)}
