"""Finding the listed parties a name or number may be. Pure, in-process."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from rapidfuzz import fuzz

from screening.engine import align
from screening.engine.acronyms import is_acronym
from screening.engine.align import THRESHOLD, Aligned
from screening.engine.facts import Facts, weigh_facts
from screening.engine.full import in_full
from screening.engine.index import (
    CHARACTERS,
    NAME_KINDS,
    ROMANISED,
    Array,
    Index,
    Segment,
    key_hash,
)
from screening.engine.sighting import lightly, sightings, spelled_out
from screening.engine.words import (
    LONGEST,
    Word,
    characters,
    identifier,
    is_han,
    readings,
    take_apart,
)

LAID_OUT, LAID_OUT_LEAST = 40, 12  # names laid out word by word, shared among the readings of one name
CLOSE = 0.35  # names that promise this much less than the best are not laid out
PROMISING = 0.45  # names that promise less than this are not laid out
ROUGHLY = 0.6  # of what is left over may still prove to be a counterpart
SHORTEST_NUMBER = 5
BORNE_BY_MANY = 3  # syllables of a name that thousands share
CUT_AT = 15  # letters from which a name may have been cut off by the field it was written in


def may_be_cut(name: str) -> bool:
    """Return whether a name may have been cut off by the field it was written in."""
    return len(name) >= CUT_AT and name[-1].isalnum()


class Found(NamedTuple):
    """A listed party that a name or number may be."""

    list_key: str
    version: str
    entry_id: str
    entry_kind: str
    entry_name: str
    matched_name: str
    name_kind: str
    countries: tuple[str, ...]
    born: tuple[str, ...]
    score: float
    alignment: tuple[Aligned, ...]

    @property
    def hit(self) -> bool:
        return self.score >= THRESHOLD


class _Scratch(threading.local):
    """Arrays as long as there are readings, one set for each thread, clean between queries."""

    def __init__(self) -> None:
        self.size = -1

    def of(self, size: int) -> _Scratch:
        if size > self.size:
            self.size = size
            self.slot = np.zeros(size, dtype=np.int16)
            self.seen = np.zeros(size, dtype=bool)
            self.good = np.zeros(size, dtype=np.float32)
            self.listed = np.zeros(size, dtype=np.float32)
            self.asked = np.zeros(size, dtype=np.float32)
        return self


_scratch = _Scratch()


def _candidates(segment: Segment, asked: tuple[Word, ...], way: int, most: int = LAID_OUT) -> list[int]:
    """Return the readings most worth laying out, best first, at most `most`."""
    sums = _scratch.of(len(segment.reading_name))
    touched: list[Array] = []
    for sighting in sorted(sightings(segment, asked), key=lambda each: not each.essential):
        places, source = sighting.readings, sighting.source
        if not sighting.essential:
            known = sums.seen[places]
            places, source = places[known], source[known]
        sums.slot[places] = source  # the most alike stands last and wins
        best = sums.slot[places] == source
        places, source = places[best], source[best]
        fresh = places[~sums.seen[places]]
        sums.seen[fresh] = True
        touched.append(fresh)
        sums.good[places] += sighting.value[source]
        sums.listed[places] += sighting.listed[source]
        sums.asked[places] += sighting.asked
    if not touched:
        return []
    every = np.concatenate(touched)
    good, listed, mine = sums.good[every], sums.listed[every], sums.asked[every]
    sums.seen[every] = False
    sums.good[every] = sums.listed[every] = sums.asked[every] = 0.0
    rough = _rough(good, mine, listed, sum(w.weight for w in asked), segment.reading_weight[every])
    ways = segment.reading_way[every]
    fits = ways == CHARACTERS if way == CHARACTERS else ways == 0 if way == ROMANISED else ways != CHARACTERS
    rough = np.where(fits, rough, -1.0)
    count = min(most, len(every))
    top = np.argpartition(-rough, count - 1)[:count] if count else np.zeros(0, dtype=np.int64)
    top = top[np.argsort(-rough[top], kind="stable")]
    if len(top):
        top = top[rough[top] > max(PROMISING, float(rough[top[0]]) - CLOSE)]
    found: list[int] = every[top].tolist()
    return found


def _rough(good: Array, mine: Array, listed: Array, asked_in_all: float, listed_in_all: Array) -> Array:
    """Return about the scores that readings will have, from what of them was seen."""
    left, right = np.maximum(asked_in_all - mine, 0.0), np.maximum(listed_in_all - listed, 0.0)
    plenty = np.clip((good - align.SPARSE) / (align.PLENTY - align.SPARSE), 0.0, 1.0)
    rate = align.EXTRA_MOST + (align.EXTRA_LEAST - align.EXTRA_MOST) * plenty
    against = ROUGHLY * align.CONTRADICTED * np.minimum(left, right) + rate * np.abs(left - right)
    found: Array = good / (np.minimum(mine, listed) + against + 1e-6)
    return found


def search(
    index: Index,
    name: str,
    *,
    kind: str | None = None,
    country: str | None = None,
    born: str | None = None,
    identifiers: Iterable[str] = (),
    top: int = 10,
    least: float = 0.0,
) -> list[Found]:
    """Return the listed parties a name or number may be, best first, each once, at most `top`.

    `kind` company | person | vessel | aircraft, `country` ISO 3166 alpha-2 or a name, `born` a year or date: what
    the asker knows; a fact that contradicts the entry lowers the score, one that is not known changes nothing.
    `least`: leave out lower scores. ValueError for a name of more than 300 characters.
    """
    if len(name) > LONGEST:
        raise ValueError(f"A name has at most {LONGEST} characters.")
    facts = Facts(kind, country, born, is_han(name) and len(characters(name)) <= BORNE_BY_MANY)
    best: dict[tuple[int, int], tuple[float, int, tuple[Word, ...], bool]] = {}
    ways = _ways(name)
    most = max(LAID_OUT_LEAST, LAID_OUT // max(len(ways), 1))
    for asked, way in ways:
        cut = may_be_cut(name)
        known: dict[tuple[int, int], tuple[float, str]] = {}
        for number, segment in enumerate(index.segments):
            whole = {n for word in asked if is_acronym(word) for n in spelled_out(segment, word).tolist()}
            for reading in _candidates(segment, lightly(segment, asked) if cut else asked, way, most):
                place = int(segment.reading_name[reading])
                entry = int(segment.name_entry[place])
                if not segment.live(entry):
                    continue
                listed: Sequence[Word] = segment.words_of(reading)
                if reading in whole:  # its first letters are those of the words as they are written
                    listed = _shown(segment, reading, segment.name(place))
                    possible = align.links(asked, listed, cut=cut)
                else:
                    possible = align.links(asked, listed, cut=cut, known=known)
                value = align.score(asked, listed, possible, cut=cut, explain=False).score
                if NAME_KINDS[segment.name_kind[place]] == "weak":
                    value *= align.WEAK
                key = (number, entry)
                if key not in best or value > best[key][0]:
                    best[key] = (value, reading, asked, cut)
    rows: list[Found] = []
    for (number, entry), (value, reading, asked, cut) in sorted(best.items(), key=lambda item: -item[1][0])[
        : top * 3
    ]:
        if value >= THRESHOLD:
            value, reading = in_full(index.segments[number], entry, value, reading, asked, cut)
        found = _found(index.segments[number], entry, value, reading, asked, cut, facts)
        if found.score >= least:
            rows.append(found)
    rows += _numbered(index, identifiers)
    if index.versions:
        rows = [each._replace(version=index.versions.get(each.list_key, each.version)) for each in rows]
    unique: dict[tuple[str, str], Found] = {}
    for found in sorted(rows, key=lambda each: _rank(name, each)):
        unique.setdefault((found.list_key, found.entry_id), found)
    return list(unique.values())[:top]


def _rank(name: str, found: Found) -> tuple[float, float, int, str, str]:
    """Best first; of scores that are the same to the hundredth, the name written most like the one asked for."""
    written = fuzz.ratio(name.casefold(), found.matched_name.casefold())
    weak = NAME_KINDS.index(found.name_kind)
    return (-round(found.score, 2), -written, weak, found.list_key, found.entry_id)


def _ways(name: str) -> list[tuple[tuple[Word, ...], int]]:
    ways: list[tuple[tuple[Word, ...], int]] = []
    seen = set()
    for reading in readings(name):
        words = take_apart(reading)
        if not words or words in seen:
            continue
        seen.add(words)
        han = is_han(reading)
        ways.append((words, ROMANISED if han else 0))
        if han:
            ways.append((characters(reading), CHARACTERS))
    return ways


def _found(
    segment: Segment, entry: int, value: float, reading: int, asked: tuple[Word, ...], cut: bool, facts: Facts
) -> Found:
    place = int(segment.reading_name[reading])
    name = segment.name(place)
    list_key, version, entry_id, kind, primary, countries, born = segment.entry(entry)
    listed = _shown(segment, reading, name)
    pairs = align.score(asked, listed, align.links(asked, listed, cut=cut), cut=cut).pairs
    score, more = weigh_facts(value, facts, kind, countries, born, _form(asked, listed, pairs))
    return Found(
        list_key, version, entry_id, kind, primary, name, NAME_KINDS[int(segment.name_kind[place])],
        tuple(countries), tuple(born), round(score, 3), (*pairs, *more),
    )  # fmt: skip


def _form(asked: Sequence[Word], listed: Sequence[Word], pairs: Sequence[Aligned]) -> str:
    """Return the legal form, or the word company, in the name asked for; "" where the listed name has one too."""
    if any(word.kind == "legal" or word.text == "company" for word in listed):
        return ""
    cut = {pair.asked for pair in pairs if pair.rule == "cut"}
    forms = (word.shown for word in asked if word.kind == "legal" or word.text == "company")
    return next((form for form in forms if form not in cut), "")


def _shown(segment: Segment, reading: int, name: str) -> Sequence[Word]:
    """Return the words of a reading as they stood in the name."""
    plain = [w.text for w in segment.words_of(reading)]
    for each in readings(name):
        for words in (take_apart(each), characters(each)):
            if [w.text for w in words] == plain:
                return words
    return segment.words_of(reading)


def _numbered(index: Index, identifiers: Iterable[str]) -> list[Found]:
    found = []
    for number in identifiers:
        plain = identifier(number)
        if len(plain) < SHORTEST_NUMBER:
            continue
        for segment in index.segments:
            for entry in sorted(set(segment.find("numbers", [key_hash(plain)]).tolist())):
                if segment.live(entry):
                    list_key, version, entry_id, kind, primary, countries, born = segment.entry(entry)
                    why = (Aligned(number, plain, 1.0, "identifier", 1.0),)
                    found.append(
                        Found(
                            list_key,
                            version,
                            entry_id,
                            kind,
                            primary,
                            primary,
                            "primary",
                            tuple(countries),
                            tuple(born),
                            1.0,
                            why,
                        )
                    )
    return found
