"""What a word sounds and looks like: keys under which its misspellings meet. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

#: Spellings of one sound in romanised Russian, Arabic, Persian and the languages of the lists: the longer first.
_FOLDS = (
    ("tsch", "c"), ("shch", "s"), ("sch", "s"), ("tch", "c"), ("kh", "h"), ("gh", "g"), ("sh", "s"), ("zh", "z"),
    ("ch", "c"), ("ts", "c"), ("tz", "c"), ("cz", "c"), ("ph", "f"), ("th", "t"), ("dh", "d"), ("ck", "k"),
    ("dj", "j"), ("cs", "x"), ("ks", "x"), ("q", "k"), ("w", "v"), ("y", "i"), ("j", "i"), ("ou", "u"),
    ("oo", "u"), ("ee", "i"), ("ie", "i"), ("ei", "i"), ("ey", "i"), ("iy", "i"),
)  # fmt: skip
_FOLD = re.compile("|".join(old for old, _new in _FOLDS))
_FOLDED = dict(_FOLDS)
_TWICE = re.compile(r"(.)\1+")
_VOWELS = str.maketrans("", "", "aeiou")
#: Coarser classes for the skeleton, so that one key serves many spellings: sibilants, gutturals, labials.
_COARSE = str.maketrans({"z": "s", "c": "k", "x": "ks", "h": None, "q": "k"})
_SHAPES = str.maketrans("0158i|", "olsbll")


@lru_cache(maxsize=100_000)
def fold(word: str) -> str:
    """Return a word in one spelling of its sounds: kh is h, ph is f, doubled letters are one."""
    return _TWICE.sub(r"\1", _FOLD.sub(lambda found: _FOLDED[found[0]], word))


@lru_cache(maxsize=100_000)
def skeleton(word: str) -> str:
    """Return the consonants of a word in coarse classes; Arabic and Persian are written without most vowels."""
    bare = _TWICE.sub(r"\1", fold(word).translate(_VOWELS).translate(_COARSE))
    return bare or "@" + word[:1]


def shape(word: str) -> str:
    """Return a word as a scanner may misread it: rn is m, 1 and i are l, 0 is o."""
    return word.translate(_SHAPES).replace("rn", "m").replace("vv", "w").replace("cl", "d")


@lru_cache(maxsize=200_000)
def bare(word: str) -> str:
    """Return a word without the vowels between its first and its last letter."""
    return word[:1] + word[1:-1].translate(_VOWELS) + word[-1:] if len(word) > 1 else word


def vowelless(word: str) -> bool:
    """Return whether a word is written without vowels between its first and its last letter."""
    return len(word) > 1 and bare(word) == word


def left_out(short: str, word: str) -> bool:
    """Return whether one word is another without its vowels, but perhaps for the first and the last letter."""
    if len(short) >= len(word) or short[:1] != word[:1] or not vowelless(short):
        return False
    bones = bare(word)
    return short == bones or (short == bones[:-1] and word[-1] in "aeiou")


def keys(word: str) -> set[str]:
    """Return the keys under which a word and its likely misspellings meet.

    The consonant skeleton whole and with any one consonant left out, so that any two skeletons one edit or one
    swap apart share a key (symmetric deletion); the letters of a short word with one left out, for its vowels
    count; the shape.
    """
    bones = skeleton(word)
    found = {bones}
    if len(bones) > 3 or (len(bones) == 3 and len(word) > 5):
        found.update(bones[:at] + bones[at + 1 :] for at in range(min(len(bones), 10)))
    if len(word) <= 5:
        found.add("~" + word)
        if len(word) > 2:
            found.update("~" + word[:at] + word[at + 1 :] for at in range(len(word)))
    seen = shape(word)
    if seen != word or "l" in word or "m" in word:
        found.add("#" + seen)
    return found
