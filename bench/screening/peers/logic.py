"""nomenklatura's logic-v2 over candidates as yente takes them; runs in an environment of its own.

yente keeps its index in Elasticsearch. Its candidate query is imitated here in memory: the same four ways from a
word of the question to a listed party (the same word, a word within the edits its length allows, a known name or
kind of organisation behind the word, the whole name without its spaces), the same weights, the best way of each
word counted once, rarity as BM25 counts it for fields without norms, the facts asked (dates shortened to month
and year, identifiers), only kinds of party that can match. The 50 best go to the scorer, as with the defaults.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from heapq import nlargest
from itertools import combinations
from pathlib import Path
from typing import Any

from followthemoney import EntityProxy, model
from followthemoney.names import entity_names
from nomenklatura.matching import LogicV2
from nomenklatura.matching.logic_v2.names.analysis import entity_names as asked_names
from nomenklatura.matching.types import ScoringConfig
from rigour.names import Symbol

from bench.screening.parties import Answer, Party, Question, read

CANDIDATES, TOP = 50, 10
SCHEMATA = {"person": "Person", "company": "Company", "vessel": "Vessel", "aircraft": "Airplane"}
NEAR, KNOWN, JOINED = 6.0, 0.9, 1.0
FACTS = {"date": 1.0, "identifier": 8.0}


def _entity(number: str, schema: str, names: Iterable[str], **facts: Iterable[str]) -> EntityProxy:
    entity = model.make_entity(schema)
    entity.id = number
    for name in names:
        entity.add("name", name, quiet=True)
    for prop, values in facts.items():
        for value in values:
            entity.add(prop, value, quiet=True)
    return entity


def _facts(schema: str, born: Iterable[str], numbers: Iterable[str]) -> dict[str, Iterable[str]]:
    """Return the properties of a schema for what the lists tell without saying what kind of number it is."""
    number = "imoNumber" if schema == "Vessel" else "registrationNumber"
    return {"birthDate": born, number: numbers} if schema == "Person" else {number: numbers}


def _listed(party: Party) -> EntityProxy:
    schema = SCHEMATA[party.kind]
    facts = _facts(schema, party.born, party.identifiers)
    entity = _entity(
        party.entry_id, schema, [party.name], alias=party.aliases, country=party.countries, **facts
    )
    for weak in party.weak:
        entity.add("weakAlias", weak, quiet=True)
    return entity


def _near(word: str) -> set[str]:
    """Return what is left of a word with up to as many letters left out as it may differ by."""
    edits = 0 if len(word) <= 2 else 1 if len(word) <= 5 else 2
    return {
        "".join(letter for place, letter in enumerate(word) if place not in out)
        for count in range(edits + 1)
        for out in combinations(range(len(word)), count)
    }


def _known(symbols: Iterable[Symbol]) -> Iterator[str]:
    for symbol in symbols:
        if symbol.category != Symbol.Category.INITIAL:
            yield f"{symbol.category.value}:{symbol.id}"


def _weak(entity: EntityProxy) -> Iterator[str]:
    if "weakAlias" in entity.schema.properties:
        for name in entity.get("weakAlias"):
            yield name.casefold()


def _dates(dates: Iterable[str]) -> set[str]:
    return {date[:length] for date in dates for length in (4, 7, 10) if len(date) >= length}


class Engine:
    def __init__(self) -> None:
        self.config = ScoringConfig.defaults()
        self.asked = 0

    def build(self, parties: Path, folder: Path) -> None:
        self.entities = [_listed(party) for party in read(parties)]
        postings: dict[tuple[str, str], set[int]] = defaultdict(set)
        near: dict[str, list[str]] = defaultdict(list)
        for number, entity in enumerate(self.entities):
            for name in entity_names(entity, infer_initials=False):
                words = [part.comparable for part in name.parts]
                for word in words:
                    postings["word", word].add(number)
                postings["joined", "".join(words)].add(number)
                for known in _known(name.symbols):
                    postings["known", known].add(number)
            for weak in _weak(entity):
                postings["word", weak].add(number)
            for kind, values in (("date", _dates(entity.get("birthDate", quiet=True))), *_numbers(entity)):
                for value in values:
                    postings[kind, value].add(number)
        for kind, word in postings:
            if kind == "word":
                for variant in _near(word):
                    near[variant].append(word)
        self.postings, self.near = dict(postings), dict(near)

    def load(self, folder: Path) -> None:
        """Everything is in memory since `build`."""

    def ask(self, question: Question) -> Answer:
        schema = SCHEMATA.get(question.schema, "LegalEntity")
        facts = _facts(schema, [question.born] if question.born else [], question.identifiers)
        entity = self._query(schema, question.name, facts)
        scored = [
            (listed.id, LogicV2.compare(query=entity, result=listed, config=self.config).score)
            for listed in self._candidates(entity)
        ]
        return sorted(((entry, score) for entry, score in scored if entry), key=lambda one: -one[1])[:TOP]

    def compare(self, one: str, other: str, kind: str) -> float:
        schema = SCHEMATA.get(kind, "LegalEntity")
        asked, listed = self._query(schema, one, {}), self._query(schema, other, {})
        return float(LogicV2.compare(query=asked, result=listed, config=self.config).score)

    def close(self) -> None:
        """Nothing but memory is held."""

    def _query(self, schema: str, name: str, facts: dict[str, Iterable[str]]) -> EntityProxy:
        self.asked += 1  # what is known of an entity is kept by its id
        return _entity(f"asked-{self.asked}", schema, [name], **facts)

    def _rarity(self, key: tuple[str, str]) -> float:
        held = len(self.postings[key])
        return math.log(1 + (len(self.entities) - held + 0.5) / (held + 0.5))

    def _candidates(self, asked: EntityProxy) -> list[EntityProxy]:
        total: dict[int, float] = defaultdict(float)
        words: dict[str, set[Symbol]] = {}
        joined: set[str] = set()
        for name in asked_names(asked, is_query=True):
            for part in name.parts:
                words.setdefault(part.comparable, set())
            for span in name.spans:
                for part in span.parts:
                    words[part.comparable].add(span.symbol)
            joined.add("".join(part.comparable for part in name.parts))
        for word, symbols in words.items():
            for number, score in self._ways(word, symbols).items():
                total[number] += score
        for number in {n for name in joined for n in self.postings.get(("joined", name), ())}:
            total[number] += JOINED
        self._add_facts(total, asked)
        fitting = {schema.name for schema in asked.schema.matchable_schemata}
        able = ((score, -n) for n, score in total.items() if self.entities[n].schema.name in fitting)
        return [self.entities[-n] for _, n in nlargest(CANDIDATES, able)]

    def _ways(self, word: str, symbols: set[Symbol]) -> dict[int, float]:
        """Return, for each party a word leads to, the weight of the best way."""
        best: dict[int, float] = {}
        variants = _near(word)
        if len(variants) > 1:
            for like in {like for variant in variants for like in self.near.get(variant, ())}:
                best.update(dict.fromkeys(self.postings["word", like], NEAR))
        exact: list[tuple[tuple[str, str], float]] = [(("word", word), 1.0)]
        for key, boost in exact + [(("known", known), KNOWN) for known in _known(symbols)]:
            if found := self.postings.get(key):
                score = self._rarity(key) * boost
                for number in found:
                    if best.get(number, 0.0) < score:
                        best[number] = score
        return best

    def _add_facts(self, total: dict[int, float], asked: EntityProxy) -> None:
        for kind, values in (("date", asked.get("birthDate", quiet=True)), *_numbers(asked)):
            for value in values:
                if found := self.postings.get((kind, value)):
                    score = self._rarity((kind, value)) * FACTS[kind]
                    for number in found:
                        total[number] += score


def _numbers(entity: EntityProxy) -> list[tuple[str, Any]]:
    return [("identifier", entity.get(name, quiet=True)) for name in ("registrationNumber", "imoNumber")]
