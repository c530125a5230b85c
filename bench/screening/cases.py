"""The labelled pairs as questions with right answers, by the figure that each counts for."""

from __future__ import annotations

import csv
import hashlib
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from bench.screening.parties import Party, Question, fold

CROSSLIST = "other list's spelling"
UN = "un_sc, treated spellings"
ALIASES = "held-out official akas"
SYNTHETIC = "synthetic variants"
RENAMED = "renamed, with identifiers"
NEAR_MISS = "near-miss names"
PERSONS = "persons, name only"
PERSONS_BORN = "persons, with date of birth"
PAIRS = "pairs"

EVERYTHING, HELD_OUT = "everything", "ofac, akas held out"
SPEED = "ofac"  # the index that latency is measured on: about 36,000 names


class Case(NamedTuple):
    """One question on one index. `target` is empty where nothing may be a hit."""

    figure: str
    variation: str
    scope: str
    question: Question
    target: str
    validation: bool


class Pair(NamedTuple):
    """Two names that are, or are not, the same party."""

    one: str
    other: str
    kind: str
    same: bool
    validation: bool


def in_validation(key: str) -> bool:
    """Return the half a row belongs to: all rows of one target fall into the same."""
    return int(hashlib.md5(key.encode()).hexdigest(), 16) % 2 == 1


def read_cases(path: Path) -> tuple[list[Case], list[Pair]]:
    cases: list[Case] = []
    pairs: list[Pair] = []
    with path.open(newline="", encoding="utf-8") as handle:
        for row in csv.DictReader(handle):
            cases += _cases(row)
            if row["target_name"] != "*" and not row["target_id"] and not row["source"].startswith("yente"):
                half = in_validation(row["target_name"])
                same = row["label"] == "match"
                pairs.append(Pair(row["query_name"], row["target_name"], row["query_type"], same, half))
    return cases, pairs


def _cases(row: dict[str, str]) -> Iterator[Case]:
    source, variation, kind = row["source"], row["variation_class"], row["query_type"]
    name_only = Question(row["query_name"], schema=kind)
    if row["target_name"] == "*":
        half = in_validation(row["query_name"])
        if source.startswith("SYNTHETIC"):
            yield Case(NEAR_MISS, variation, EVERYTHING, name_only, "", half)
            return
        variation = source.partition("(")[0].removeprefix("yente:")
        yield Case(PERSONS, variation, EVERYTHING, name_only, "", half)
        if row["query_dob"]:
            known = name_only._replace(kind="person", born=row["query_dob"])
            yield Case(PERSONS_BORN, variation, EVERYTHING, known, "", half)
        return
    target = row["target_id"]
    if not target:
        return
    half = in_validation(target)
    own_list = target.partition(":")[0]
    if variation == "identifier_only":
        known = name_only._replace(identifiers=tuple(row["query_ids"].split(";")))
        yield Case(RENAMED, variation, EVERYTHING, known, target, half)
    elif source.startswith("crosslist-identifier"):
        yield Case(CROSSLIST, f"{source.partition(':')[2]} {variation}", own_list, name_only, target, half)
    elif source.startswith("yente:un_sc"):
        yield Case(UN, variation, own_list, name_only, target, half)
    elif source == "ofac-alias":
        yield Case(ALIASES, variation, HELD_OUT, name_only, target, half)
    elif source.startswith("SYNTHETIC"):
        yield Case(SYNTHETIC, variation, EVERYTHING, name_only, target, half)


def sampled(cases: Sequence[Case], size: int | None) -> list[Case]:
    """Return at most `size` cases of each figure and variation, the same ones every time."""
    if size is None:
        return list(cases)
    by_class: dict[tuple[str, str], list[Case]] = defaultdict(list)
    for case in cases:
        by_class[case.figure, case.variation].append(case)
    dice = random.Random(11)
    return [
        case for some in by_class.values() for case in (dice.sample(some, size) if len(some) > size else some)
    ]


def in_scope(parties: Iterable[Party], scope: str, cases: Iterable[Case]) -> Iterator[Party]:
    """Yield what an index holds: everything, one source list, or OFAC without the akas that are asked for."""
    if scope == EVERYTHING:
        yield from parties
        return
    held: dict[str, set[str]] = defaultdict(set)
    if scope == HELD_OUT:
        for case in cases:
            if case.scope == HELD_OUT:
                held[case.target].add(fold(case.question.name))
    own_list = SPEED if scope == HELD_OUT else scope
    for party in parties:
        if party.list_key != own_list:
            continue
        if out := held.get(party.entry_id):
            party = party._replace(
                aliases=tuple(name for name in party.aliases if fold(name) not in out),
                weak=tuple(name for name in party.weak if fold(name) not in out),
            )
        yield party


class Twins:
    """Entries that no name can tell apart: of the same kind, with a strong name spelt the same.

    The same party stands in several lists under different ids, and namesakes stand in one list. Where such an
    entry is on top instead of the target, a person who reads the name sees the right one: it counts as right.
    """

    def __init__(self, parties: Iterable[Party]) -> None:
        self._names = {
            party.entry_id: {(party.kind, fold(name)) for name in (party.name, *party.aliases)}
            for party in parties
        }

    def equal(self, one: str, other: str) -> bool:
        if one == other:
            return True
        return bool(self._names.get(one, set()) & self._names.get(other, set()))
