"""Adjacent words that may be written as one, and the key under which they meet the one word. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from screening.engine.sounds import fold
from screening.engine.words import Word

JOINABLE = frozenset(("word", "small", "initial", "organisation"))
SHORTEST_JOINED = 5  # letters
BASE, MASK = 0x9E3779B97F4A7C15, (1 << 64) - 1

Array = NDArray[Any]


def adjacent(words: Sequence[Word]) -> list[tuple[str, ...]]:
    """Return the runs of two and three adjacent words that may be written as one."""
    plain = [w.text if w.kind in JOINABLE else "" for w in words]
    found = []
    for at in range(len(plain) - 1):
        run: tuple[str, ...] = (plain[at],)
        for text in plain[at + 1 : at + 3]:
            if not run[-1] or not text:
                break
            run = (*run, text)
            if sum(map(len, run)) >= SHORTEST_JOINED:
                found.append(run)
    return found


def sound_key(word: str) -> int:
    """Return 64 bits of how a word sounds: a polynomial over its letters, so that the key of words written as one
    follows from the keys of each."""
    return _polynomial(fold(word))


def _polynomial(letters: str) -> int:
    key = 0
    for letter in letters:
        key = (key * BASE + ord(letter)) & MASK
    return key


class _Sounds:
    """What is needed of each word to join it to others: as many rows as there are words."""

    def __init__(self, words: Sequence[tuple[str, str]]) -> None:
        sounds = [fold(text) for text, _kind in words]
        self.joinable = np.array([kind in JOINABLE for _text, kind in words], bool)
        self.letters = np.array([len(text) for text, _kind in words], np.int32)
        self.key = np.array([_polynomial(sound) for sound in sounds], np.uint64)
        self.key_but_first = np.array([_polynomial(sound[1:]) for sound in sounds], np.uint64)
        powers = np.ones(max(map(len, sounds), default=0) + 1, np.uint64)
        for size in range(1, len(powers)):
            powers[size] = int(powers[size - 1]) * BASE & MASK
        sizes = np.array([len(sound) for sound in sounds], np.int32)
        self.shift, self.shift_but_first = powers[sizes], powers[sizes - 1]
        self.single = sizes == 1
        self.first = np.array([ord(sound[0]) for sound in sounds], np.int32)
        self.last = np.array([ord(sound[-1]) for sound in sounds], np.int32)

    def append(self, key: Array, last: Array, words: Array) -> tuple[Array, Array]:
        """Return keys and last letters of what has these, with a word after it; of two same letters that meet one
        stays, as in fold."""
        meet = last == self.first[words]
        shift = np.where(meet, self.shift_but_first[words], self.shift[words])
        longer = key * shift + np.where(meet, self.key_but_first[words], self.key[words])
        return longer, np.where(meet & self.single[words], last, self.last[words])


def joined_keys(words: Sequence[tuple[str, str]], run: Array, reading: Array) -> tuple[Array, Array]:
    """Return keys of what `adjacent` finds in many names, and the reading of each.

    `words`: (text, kind) by number; `run`: the words of all readings, one after the other, by number; `reading`:
    the reading each of them stands in, -1 for readings whose words are never joined.
    """
    if len(run) < 2:
        return np.zeros(0, np.uint64), np.zeros(0, np.int32)
    sounds = _Sounds(words)
    fits = sounds.joinable[run] & (reading >= 0)
    two = np.flatnonzero(fits[:-1] & fits[1:] & (reading[:-1] == reading[1:]))
    key, last = sounds.append(sounds.key[run[two]], sounds.last[run[two]], run[two + 1])
    letters = sounds.letters[run[two]] + sounds.letters[run[two + 1]]
    more = np.flatnonzero(np.isin(two + 1, two, assume_unique=True))
    three = two[more]
    longer, _last = sounds.append(key[more], last[more], run[three + 2])
    enough = letters >= SHORTEST_JOINED
    enough_of_three = letters[more] + sounds.letters[run[three + 2]] >= SHORTEST_JOINED
    return (
        np.concatenate([key[enough], longer[enough_of_three]]),
        np.concatenate([reading[two[enough]], reading[three[enough_of_three]]]).astype(np.int32),
    )
