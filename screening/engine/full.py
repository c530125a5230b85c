"""A short name of a person beside the full one that the same entry bears. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from screening.engine import align
from screening.engine.index import NAME_KINDS, Segment
from screening.engine.similar import alike
from screening.engine.words import Word

TELLING = 0.30  # weight of a word that tells two persons apart
SAME_WORD = 0.85
MOST_FULL = 8  # full names of one entry that are laid out


def in_full(
    segment: Segment, entry: int, value: float, reading: int, asked: tuple[Word, ...], cut: bool
) -> tuple[float, int]:
    """Return (score, reading) to go by for a person whose matched name is short and whose full name is listed too.

    Nikolay Tokarev is an alias of Nikolay Petrovich Tokarev. Who asks for Nikolay Sadeghi Tokarev says a word that
    the alias lacks, and the full name has another one in its place: the full name is what counts. Where the full
    name has that word, or the name asked for says no more than the alias, the alias counts as ever.
    """
    listed = segment.words_of(reading)
    if len(_telling(asked)) <= len(_telling(listed)) or segment.entry(entry)[3] != "person":
        return value, reading
    best: tuple[float, int] | None = None
    full = 0
    for other in segment.readings_of(entry):
        if other == reading or NAME_KINDS[segment.name_kind[segment.reading_name[other]]] == "weak":
            continue
        words = segment.words_of(other)
        if not _fuller(words, listed):
            continue
        found = align.score(asked, words, align.links(asked, words, cut=cut), cut=cut, explain=False).score
        best = max(best or (found, other), (found, other))
        full += 1
        if full == MOST_FULL:
            break
    return min(best, (value, reading)) if best else (value, reading)


def _telling(words: Sequence[Word]) -> list[Word]:
    return [word for word in words if word.kind in ("word", "organisation") and word.weight >= TELLING]


def _fuller(words: Sequence[Word], short: Sequence[Word]) -> bool:
    """Return whether a name has every telling word of a short one, and more."""
    many, few = _telling(words), _telling(short)
    return len(many) > len(few) and all(
        any(alike(word.text, other.text)[0] >= SAME_WORD for other in many) for word in few
    )
