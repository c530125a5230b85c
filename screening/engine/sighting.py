"""Where the words of a name asked for stand in listed names, before any is laid out. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from screening.engine import align
from screening.engine.acronyms import initials, is_acronym
from screening.engine.index import Array, Near, Segment, bones_hash, key_hash
from screening.engine.joined import SHORTEST_JOINED, adjacent, sound_key
from screening.engine.similar import alike, promise, spellings_of
from screening.engine.sounds import keys, vowelless
from screening.engine.words import INITIAL, Word

KEPT = 20_000  # words whose neighbours are remembered
FEW = 8  # words that are compared one by one rather than weeded first
JOINED_AMONG = 12  # words at the beginning of a name that are also read as one with the next
NEEDED = 0.55  # share of the weight of a name that any hit matches (see _essential)


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


def sightings(segment: Segment, asked: tuple[Word, ...]) -> Iterator[_Sighting]:
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
    yield from _abbreviated(segment, asked)


def _abbreviated(segment: Segment, asked: tuple[Word, ...]) -> Iterator[_Sighting]:
    """Yield where a word asked for is the acronym of a listed name, and where a listed word is that of this one."""
    for word in asked:
        if is_acronym(word) and len(full := spelled_out(segment, word)):
            value = np.full(len(full), word.weight, dtype=np.float32)
            runs = [full[k : k + 1] for k in range(len(full))]
            yield from _sighting(True, word.weight, runs, value, segment.reading_weight[full])
    letters, places = initials(asked)
    if letters and len(numbers := segment.find("keys", [key_hash("=" + letters)])):
        weight = sum(asked[place].weight for place in {place for run in places for place in run})
        listed = segment.word_weight[numbers]
        runs = [segment.posting(number) for number in numbers.tolist()]
        yield from _sighting(True, weight, runs, np.minimum(listed, weight), listed)


def spelled_out(segment: Segment, word: Word) -> Array:
    """Return the readings whose first letters a word is."""
    return np.unique(segment.find("acronyms", [key_hash(word.text)]))


def lightly(segment: Segment, asked: tuple[Word, ...]) -> tuple[Word, ...]:
    """Let the last word of a name that may be cut off weigh little where no listed word is like its beginning."""
    last = asked[-1]
    if last.kind != "word" or len(asked) == 1 or len(_near(segment, last).words):
        return asked
    if len(segment.find("joins", [sound_key(last.text)])):
        return asked
    return (*asked[:-1], last._replace(weight=min(last.weight, INITIAL)))
