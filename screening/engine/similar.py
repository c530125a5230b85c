"""How alike two words are, and by which rule. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import OSA
from rapidfuzz.process import cdist

from screening.engine import lexicon
from screening.engine.sounds import fold, left_out, shape, skeleton, vowelless

LEAST = 0.60  # less alike than this is not alike

SAME, VARIANT, SOUNDS, SHAPE, VOWELS = 1.0, 0.93, 0.95, 0.94, 0.93

PATRONYMIC = re.compile(r"(?:ovich|evich|ovna|evna|ichna|ovych|yevych|ivna|yivna)$")  # son or daughter of


@lru_cache(maxsize=500_000)
def alike(one: str, other: str) -> tuple[float, str]:
    """Return (similarity, rule) of two words, canonical as Word.text; (0, "") where they are not alike.

    Rules: same, variant (spellings of one given name), sounds (one spelling of the sounds), shape (letters a
    scanner confuses), vowels (the same consonants, where the one asked for is written without vowels, or the
    listed one and it has four consonants or more), spelling (letters changed: a vowel costs half a consonant).
    """
    if one == other:
        return SAME, "same"
    if one.isdigit() or other.isdigit() or one[:1] == "=" or other[:1] == "=":
        return (
            (SHAPE, "shape")
            if shape(one) == shape(other) and not (one.isdigit() and other.isdigit())
            else (0.0, "")
        )
    groups = lexicon.spellings()
    if not groups.get(one, frozenset()).isdisjoint(groups.get(other, ())):
        return VARIANT, "variant"
    longest, shortest = max(len(one), len(other)), min(len(one), len(other))
    folded = fold(one), fold(other)
    if folded[0] == folded[1]:
        return (SOUNDS if longest > 3 else 0.85), "sounds"
    if longest > 2 and shape(one) == shape(other):
        return SHAPE, "shape"
    if (
        PATRONYMIC.search(one)
        and PATRONYMIC.search(other)
        and one[-1] != other[-1]
        and "a" in (one[-1], other[-1])
    ):
        return 0.0, ""
    if left_out(one, other) or (len(other) > 3 and left_out(other, one)):
        return (VOWELS if shortest > 2 else 0.88), "vowels"
    bones = skeleton(one), skeleton(other)
    if bones[0] == bones[1] and folded[0][0] == folded[1][0]:
        size = len(bones[0])
        if (vowelless(one) and size > 2) or (vowelless(other) and size > 3):
            return VOWELS - 0.02, "vowels"
    return _edited(one, other, folded, bones, longest, shortest)


def promise(word: str, others: list[str], sounds: list[str]) -> NDArray[np.bool_]:
    """Return which words may be spelt or sound like one, in one pass over all: none that is alike is left out."""
    letters = cdist([word], others, scorer=OSA.distance, score_cutoff=3, dtype=np.uint8)[0]
    heard = cdist([fold(word)], sounds, scorer=OSA.distance, score_cutoff=3, dtype=np.uint8)[0]
    sizes = np.maximum(np.fromiter(map(len, others), dtype=np.int16), len(word))
    most = np.where(sizes <= 5, 1, np.where(sizes <= 8, 2, 3))
    near: NDArray[np.bool_] = (letters <= most) | (heard <= most - 1) | (heard == 0)
    return near


def spellings_of(word: str) -> set[str]:
    """Return the other spellings of a given name."""
    groups = lexicon.spellings().get(word, frozenset())
    return {other for group in groups for other in lexicon.spelling_groups()[group]} - {word}


def _edited(
    one: str, other: str, folded: tuple[str, str], bones: tuple[str, str], longest: int, shortest: int
) -> tuple[float, str]:
    most = 1 if longest <= 5 else 2 if longest <= 8 else 3
    whole = OSA.distance(one, other, score_cutoff=most + 1)
    sound = OSA.distance(*folded, score_cutoff=most + 1)
    letters = min(whole, sound + 0.25)
    hard = OSA.distance(*bones, score_cutoff=most + 1)
    soft = max(letters - hard, 0.0)
    if letters > most or shortest < 2 or longest > 1.8 * shortest:
        return 0.0, ""
    vowel = 0.6 if longest > 5 else 0.85
    cost = min(letters, hard + vowel * soft)
    first = 0.25 if folded[0][:1] != folded[1][:1] and bones[0][:1] != bones[1][:1] else 0.0
    size = min(longest, max(map(len, folded)) + 1)
    similarity = 1.0 - (cost + first) / max(size, 4) * 1.05
    return (round(similarity, 3), "spelling") if similarity >= LEAST else (0.0, "")
