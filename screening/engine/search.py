"""Finding the listed parties a name or number may be. Pure, in-process."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from rapidfuzz import fuzz

from screening.engine import align
from screening.engine.align import THRESHOLD, Aligned
from screening.engine.facts import Facts, weigh_facts
from screening.engine.full import in_full
from screening.engine.index import (
    CHARACTERS,
    NAME_KINDS,
    ROMANISED,
    Array,
    Index,
    Near,
    Segment,
    bones_hash,
    key_hash,
)
from screening.engine.joined import SHORTEST_JOINED, adjacent, sound_key
from screening.engine.similar import alike, promise, spellings_of
from screening.engine.sounds import keys, vowelless
from screening.engine.words import (
    INITIAL,
    LONGEST,
    Word,
    characters,
    identifier,
    is_han,
    readings,
    take_apart,
)

KEPT = 20_000  # words whose neighbours are remembered
FEW = 8  # words that are compared one by one rather than weeded first
LAID_OUT, LAID_OUT_LEAST = 40, 12  # names laid out word by word, shared among the readings of one name
JOINED_AMONG = 12  # words at the beginning of a name that are also read as one with the next
CLOSE = 0.35  # names that promise this much less than the best are not laid out
PROMISING = 0.45  # names that promise less than this are not laid out
ROUGHLY = 0.6  # of what is left over may still prove to be a counterpart
NEEDED = 0.55  # share of the weight of a name that any hit matches (see _essential)
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


def _near(segment: Segment, word: Word) -> Near:
    """Return the words of a segment that a word may stand for."""
    known = segment.near
    key = (word.text, word.kind)
    if key in known:
        return known[key]
    exact = word.kind in ("number", "legal")
    wanted = {"=" + word.text} if exact else keys(word.text) | {"=" + word.text}
    numbers = np.unique(segment.find("keys", [key_hash(text) for text in wanted]))
    if len(numbers) > FEW:
        found = numbers.tolist()
        hopeful = promise(word.text, [segment.words[n] for n in found], [segment.sounds[n] for n in found])
        bones = segment.word_bones[numbers] == bones_hash(word.text)
        numbers = numbers[hopeful | (bones if vowelless(word.text) else bones & segment.word_bare[numbers])]
    others = [] if exact else spellings_of(word.text)
    if others:
        numbers = np.union1d(numbers, segment.find("keys", [key_hash("=" + other) for other in others]))
    found = numbers.tolist()
    spellings = [segment.words[number] for number in found]
    rows = [
        (similarity, number)
        for number, text in zip(found, spellings, strict=True)
        if (similarity := alike(word.text, text)[0])
    ]
    rows.sort()
    near = Near(
        np.array([n for _s, n in rows], dtype=np.int64), np.array([s for s, _n in rows], dtype=np.float32)
    )
    if len(known) >= KEPT:
        known.clear()
    known[key] = near
    return near


def _essential(weights: Sequence[float]) -> set[int]:
    """Return the places of which every hit matches at least one.

    What is left over of the name asked for counts half at least (EXTRA_ASKED), so that a score of 0.75 needs 60 %
    of its weight matched: the lightest words that together weigh less cannot make a hit. 55 % leaves room for
    particles and titles, which are not counted here.
    """
    order = sorted(range(len(weights)), key=lambda place: weights[place])
    spare = NEEDED * sum(weights)
    essential = set()
    for place in order:
        spare -= weights[place]
        if spare < 0:
            essential.add(place)
    return essential


class _Sighting(NamedTuple):
    """Where a word asked for stands in listed names: the readings, and for each the number of the like word.

    value: what each like word adds to the score; listed: what it weighs; asked: what the word asked for weighs.
    """

    essential: bool
    asked: float
    readings: Array
    source: Array
    value: Array
    listed: Array


def _sighting(
    essential: bool, asked: float, runs: list[Array], value: Array, listed: Array
) -> Iterator[_Sighting]:
    if runs:
        source = np.repeat(np.arange(len(runs), dtype=np.int16), [len(run) for run in runs])
        yield _Sighting(essential, asked, np.concatenate(runs), source, value, listed)


def _sightings(segment: Segment, asked: tuple[Word, ...]) -> Iterator[_Sighting]:
    weights = [0.0 if w.kind in ("title", "small", "legal") else w.weight for w in asked]
    if not any(weights):
        weights = [w.weight for w in asked]
    essential = _essential(weights)
    for place, word in enumerate(asked):
        if not weights[place] or word.kind == "initial":
            continue
        near = _near(segment, word)
        listed = segment.word_weight[near.words]
        value = np.minimum(listed, word.weight) * (1.0 - align.FUZZ * (1.0 - near.similarity))
        runs = [segment.posting(number) for number in near.words.tolist()]
        yield from _sighting(place in essential, word.weight, runs, value, listed)
        if len(word.text) >= SHORTEST_JOINED and word.kind == "word":
            apart = np.unique(segment.find("joins", [sound_key(word.text)]))
            one = np.array([word.weight * align.JOINED], dtype=np.float32)
            yield from _sighting(place in essential, word.weight, [apart] if len(apart) else [], one, one)
    for run in adjacent(asked[:JOINED_AMONG]):
        whole = Word("".join(run), "", "word", 1.0)
        near = _near(segment, whole)
        close = near.similarity >= align.JOINED_ALIKE
        listed = segment.word_weight[near.words[close]]
        runs = [segment.posting(number) for number in near.words[close].tolist()]
        weight = sum(word.weight for word in asked if word.text in run)
        yield from _sighting(True, weight, runs, np.minimum(listed, weight) * near.similarity[close], listed)


def _lightly(segment: Segment, asked: tuple[Word, ...]) -> tuple[Word, ...]:
    """Let the last word of a name that may be cut off weigh little where no listed word is like its beginning."""
    last = asked[-1]
    if last.kind != "word" or len(asked) == 1 or len(_near(segment, last).words):
        return asked
    if len(segment.find("joins", [sound_key(last.text)])):
        return asked
    return (*asked[:-1], last._replace(weight=min(last.weight, INITIAL)))


def _candidates(segment: Segment, asked: tuple[Word, ...], way: int, most: int = LAID_OUT) -> list[int]:
    """Return the readings most worth laying out, best first, at most `most`."""
    sums = _scratch.of(len(segment.reading_name))
    touched: list[Array] = []
    for sighting in sorted(_sightings(segment, asked), key=lambda each: not each.essential):
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
            for reading in _candidates(segment, _lightly(segment, asked) if cut else asked, way, most):
                place = int(segment.reading_name[reading])
                entry = int(segment.name_entry[place])
                if not segment.live(entry):
                    continue
                listed = segment.words_of(reading)
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
