"""From answers to figures: recall, false alarms, F1; each for both halves, since one half was tuned on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from bench.screening.cases import NEAR_MISS, PERSONS, PERSONS_BORN, RENAMED, Case, Pair, Twins
from bench.screening.parties import Answer

NEGATIVE = (NEAR_MISS, PERSONS, PERSONS_BORN)
STEPS = [step / 100 for step in range(30, 101)]


@dataclass
class Share:
    """How many of how many; in both halves together, in the tuning half and in the validation half."""

    yes: list[int] = field(default_factory=lambda: [0, 0])
    of: list[int] = field(default_factory=lambda: [0, 0])

    def count(self, yes: bool, validation: bool) -> None:
        self.yes[validation] += yes
        self.of[validation] += 1

    @property
    def n(self) -> int:
        return sum(self.of)

    @property
    def value(self) -> float:
        return sum(self.yes) / max(self.n, 1)

    def half(self, validation: bool) -> float:
        return self.yes[validation] / max(self.of[validation], 1)

    def document(self) -> dict[str, float]:
        return {
            "value": round(self.value, 4),
            "n": self.n,
            "tuning": round(self.half(False), 4),
            "tuning_n": self.of[False],
            "validation": round(self.half(True), 4),
            "validation_n": self.of[True],
        }


@dataclass
class Confusion:
    """Counts for F1, of the tuning half and of the validation half."""

    found: list[int] = field(default_factory=lambda: [0, 0])
    alarms: list[int] = field(default_factory=lambda: [0, 0])
    missed: list[int] = field(default_factory=lambda: [0, 0])

    def count(self, *, same: bool, hit: bool, validation: bool) -> None:
        self.found[validation] += same and hit
        self.alarms[validation] += hit and not same
        self.missed[validation] += same and not hit

    def f1(self, halves: Sequence[bool] = (False, True)) -> float:
        found, alarms, missed = (
            sum(counts[half] for half in halves) for counts in (self.found, self.alarms, self.missed)
        )
        return 2 * found / max(2 * found + alarms + missed, 1)

    def document(self, n: int) -> dict[str, float]:
        found, alarms, missed = sum(self.found), sum(self.alarms), sum(self.missed)
        return {
            "value": round(self.f1(), 4),
            "n": n,
            "tuning": round(self.f1([False]), 4),
            "validation": round(self.f1([True]), 4),
            "precision": round(found / max(found + alarms, 1), 4),
            "recall": round(found / max(found + missed, 1), 4),
        }


class Graded:
    """The answers of one engine to all cases, judged at a threshold."""

    def __init__(self, cases: Sequence[Case], answers: Sequence[Answer], twins: Twins) -> None:
        self.cases, self.answers, self.twins = cases, answers, twins

    def right(self, case: Case, answer: Answer, threshold: float) -> bool:
        """Return whether a positive is found, or a negative raises an alarm.

        Found: the first answer is the target or its twin, and a hit. For a renamed party the target must be among
        the hits: its entry in the list the question was taken from bears the very name and comes first.
        """
        hits = [entry for entry, score in answer if score >= threshold]
        if case.figure in NEGATIVE or not hits:
            return bool(hits)
        if case.figure == RENAMED:
            return case.target in hits
        return self.twins.equal(hits[0], case.target)

    def shares(self, threshold: float, key: Callable[[Case], str | None]) -> dict[str, Share]:
        """Return how often the cases of each key are right (negatives: raise an alarm)."""
        shares: dict[str, Share] = {}
        for case, answer in zip(self.cases, self.answers, strict=True):
            if (name := key(case)) is not None:
                shares.setdefault(name, Share()).count(self.right(case, answer, threshold), case.validation)
        return shares

    def among_hits(self, threshold: float) -> dict[str, dict[str, float]]:
        """Return how often the target itself is a hit, at whatever rank, by figure."""
        shares: dict[str, Share] = {}
        for case, answer in zip(self.cases, self.answers, strict=True):
            if case.target:
                hit = any(entry == case.target and score >= threshold for entry, score in answer)
                shares.setdefault(case.figure, Share()).count(hit, case.validation)
        return {name: share.document() for name, share in shares.items()}

    def confusion(self, threshold: float, only_tuning: bool = False) -> Confusion:
        """Count names only: a question with more facts would favour engines that take none."""
        counts = Confusion()
        for case, answer in zip(self.cases, self.answers, strict=True):
            if case.figure in (RENAMED, PERSONS_BORN) or (only_tuning and case.validation):
                continue
            same = case.figure not in NEGATIVE
            counts.count(same=same, hit=self.right(case, answer, threshold), validation=case.validation)
        return counts

    def best_threshold(self) -> float:
        """Return the threshold with the best F1 on the tuning half, from 0.30 to 1.00."""
        return max(STEPS, key=lambda step: self.confusion(step, only_tuning=True).f1([False]))


def grade_pairs(pairs: Iterable[Pair], scores: Iterable[float], threshold: float) -> Confusion:
    counts = Confusion()
    for pair, score in zip(pairs, scores, strict=True):
        counts.count(same=pair.same, hit=score >= threshold, validation=pair.validation)
    return counts
