"""An acronym beside the name it is made of: POGC and Pars Oil and Gas Company. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from anyascii import anyascii

from screening.engine import lexicon
from screening.engine.words import Word

OWN = 3  # letters of an acronym that stands in one name with what it is made of
SHORTEST, LONGEST = 4, 8  # letters; of three, half of all names have one in common with another
TELLING = 5  # letters from which an acronym alone is a hit: one of four is borne by several listed parties

SPELLED = frozenset(("word", "organisation", "initial"))
ORGANISATION = frozenset(("organisation", "legal"))


class Initials(NamedTuple):
    """The first letters of a name, and the places of the words that each stands for."""

    letters: str
    places: tuple[tuple[int, ...], ...]


NONE = Initials("", ())


def initials(words: Sequence[Word]) -> Initials:
    """Return what a name is abbreviated to: the first letters of its words as they are written.

    Particles, titles, numbers and legal forms give no letter. Only an organisation has an acronym: without an
    organisation word or a legal form there is none, nor where fewer than four letters remain.
    """
    if len(words) < SHORTEST - 1 or ORGANISATION.isdisjoint([word.kind for word in words]):
        return NONE
    found = _letters(words)
    return found if len(found.letters) >= SHORTEST else NONE


def _letters(words: Sequence[Word]) -> Initials:
    letters = ""
    places: list[tuple[int, ...]] = []
    for shown, run in groupby(enumerate(words), key=lambda each: each[1].shown):
        here = tuple(place for place, word in run if word.kind in SPELLED)
        if not here:
            continue
        for part in shown.split():
            if (
                part.casefold() not in lexicon.small_words()
                and (letter := anyascii(part)[:1].casefold()).isalpha()
            ):
                letters += letter
                places.append(here)
    return Initials(letters, tuple(places))


@lru_cache(maxsize=10_000)
def own(words: tuple[Word, ...]) -> frozenset[str]:
    """Return the words of a name that abbreviate others of it, like TCP in Tula Cartridge Plant TCP."""
    short = [word.text for word in words if word.kind == "word" and OWN <= len(word.text) <= LONGEST]
    letters = _letters(words)[0] if short else ""
    return frozenset(text for text in short if text in letters)


def is_acronym(word: Word) -> bool:
    """Return whether a word may be an acronym."""
    return word.kind == "word" and SHORTEST <= len(word.text) <= LONGEST and word.text.isalpha()


def stands_for(word: Word, words: Sequence[Word], name: Initials) -> tuple[int, ...]:
    """Return the places of the adjacent words that an acronym is made of, and of the particles among them.

    words: those of the name. None where the acronym is made of other words.
    """
    at = name.letters.find(word.text)
    if at < 0:
        return ()
    places = {place for run in name.places[at : at + len(word.text)] for place in run}
    first = 0 if at == 0 else min(places)  # The Army of ...
    return tuple(
        place
        for place in range(first, max(places) + 1)
        if place in places or words[place].kind in ("small", "title")
    )
