"""The words the matcher knows: legal forms, titles, particles, translated organisation words, spellings of given
names, and how common a word is. Text files beside this module, each with its source in its head."""

from __future__ import annotations

import math
import re
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from anyascii import anyascii
from rapidfuzz.distance import OSA

from screening.engine.sounds import bare, fold, left_out, shape, skeleton, vowelless

HERE = Path(__file__).parent
SHORTEST_REPAIR, SHORTEST_BARE = 8, 4  # letters of an organisation word that is recognised misspelt, or bare
SHORTEST_STEM = 5  # letters: shorter stems are the beginning of surnames
BARE_REPAIRED = 4  # consonants of a word without vowels that is still one word: GRN is many
NOT_A_STEM = re.compile(r"(?:ov|ova|ev|eva|yev|yeva|enko|yan|ian|dze|shvili|uk|chuk)$")  # surnames


def plain(text: str) -> str:
    """Return a text in lower-case ASCII as the lexicon is written."""
    return re.sub(r"[^a-z0-9]+", " ", re.sub(r"(?<=\w)['`.](?=\w)", "", anyascii(text).casefold())).strip()


def _lines(name: str) -> list[str]:
    text = (HERE / name).read_text()
    return [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]


class Phrases(NamedTuple):
    """Phrases by their first word, the longest first: (words, what they stand for, kind)."""

    by_first: dict[str, list[tuple[tuple[str, ...], tuple[str, ...], str]]]

    def at(self, words: list[str], place: int) -> tuple[int, tuple[str, ...], str] | None:
        """Return (words taken, what they stand for, kind) of the longest phrase at a place."""
        for phrase, stands_for, kind in self.by_first.get(words[place], ()):
            if tuple(words[place : place + len(phrase)]) == phrase:
                return len(phrase), stands_for, kind
        return None


@cache
def glossary() -> tuple[dict[str, str], dict[str, str], frozenset[str]]:
    """Return (canonical word by form, canonical word by stem, canonical words)."""
    forms: dict[str, str] = {}
    stems: dict[str, str] = {}
    for line in _lines("glossary.txt"):
        canonical, others = (part.strip() for part in line.split("=", 1))
        forms[canonical] = canonical
        for form in filter(None, map(str.strip, others.split(","))):
            if " " in form:
                continue
            if form.endswith("*"):
                if len(form) <= SHORTEST_STEM:
                    raise ValueError(f"glossary.txt: the stem {form} is too short")
                stems.setdefault(form[:-1], canonical)
            else:
                forms.setdefault(form, canonical)
    return forms, stems, frozenset(forms.values())


@cache
def organisation_word(word: str) -> str | None:
    """Return the canonical form of an organisation word, whatever language it is romanised from; None if none."""
    forms, stems, _canonical = glossary()
    if word in forms:
        return forms[word]
    if len(word) >= SHORTEST_STEM:
        for size in range(len(word), SHORTEST_STEM - 1, -1):
            if word[:size] in stems and not NOT_A_STEM.search(word[size:]):
                return stems[word[:size]]
    return None


@cache
def _spellings_of_organisation_words() -> dict[str, tuple[str, ...]]:
    forms, stems, _canonical = glossary()
    found: dict[str, list[str]] = {}
    for form, canonical in (*forms.items(), *stems.items()):
        found.setdefault(canonical, []).append(form)
    return {canonical: tuple(each) for canonical, each in found.items()}


@cache
def begins(canonical: str) -> frozenset[str]:
    """Return the first letters of an organisation word in all languages it is known in: M. Bank is Melli Bank."""
    return frozenset(form[0] for form in _spellings_of_organisation_words().get(canonical, ()))


@cache
def bare_spellings(canonical: str) -> frozenset[str]:
    """Return an organisation word in all languages it is known in, without its vowels: TRD and TRDE are Trade."""
    forms = [bare(form) for form in _spellings_of_organisation_words().get(canonical, ()) if len(form) > 3]
    return frozenset(forms) | {form[:-1] for form in forms if form[-1] in "aeiou"}


def begun(beginning: str, canonical: str) -> bool:
    """Return whether a word that was cut off may be an organisation word: COMME is Commercial, which is trading."""
    forms = _spellings_of_organisation_words().get(canonical, ())
    return any(form.startswith(beginning) for form in forms)


@cache
def phrases() -> Phrases:
    """Return what is recognised over several words: legal forms written out, translations, abbreviations."""
    found: dict[tuple[str, ...], tuple[tuple[str, ...], str]] = {}
    for line in _lines("gleif_forms.txt"):
        found[tuple(line.split())] = ((), "legal")
    for line in _lines("glossary.txt"):
        canonical, others = (part.strip() for part in line.split("=", 1))
        for form in map(str.strip, others.split(",")):
            if " " in form:
                found[tuple(form.replace("*", "").split())] = ((canonical,), "word")
    for line in _lines("phrases.txt"):
        short, full = (part.strip() for part in line.split("=", 1))
        found[tuple(short.split())] = (tuple(full.split()), "abbreviation")
    by_first: dict[str, list[tuple[tuple[str, ...], tuple[str, ...], str]]] = {}
    for phrase, (stands_for, kind) in sorted(found.items(), key=lambda item: -len(item[0])):
        by_first.setdefault(phrase[0], []).append((phrase, stands_for, kind))
    return Phrases(by_first)


@cache
def _repairable() -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    """Return organisation words by each way of leaving a letter out, and by skeleton."""
    forms, _stems, _canonical = glossary()
    common = set(_named("repaired").split())
    known = common | {word for word in forms if len(word) >= SHORTEST_REPAIR}
    bones = common | {word for word in forms if len(word) >= SHORTEST_BARE}
    by_letters: dict[str, set[str]] = {}
    by_bones: dict[str, set[str]] = {}
    for word in known:
        for key in _leaving_one_out(word):
            by_letters.setdefault(key, set()).add(word)
    for word in bones:
        by_bones.setdefault(skeleton(word), set()).add(word)
    return by_letters, by_bones


def _leaving_one_out(word: str) -> set[str]:
    return {word} | {word[:at] + word[at + 1 :] for at in range(len(word))}


@lru_cache(maxsize=100_000)
def repair(word: str) -> str:
    """Return the legal or organisation word that a word is a misspelling of, or the word itself.

    One letter wrong, missing, too many or swapped, or all vowels left out: only in long words and the commonest
    short ones, because a name is nobody's misspelling.
    """
    if len(word) < 3 or organisation_word(word) or word in legal_forms() or _counts()[0].get(word):
        return word
    by_letters, by_bones = _repairable()
    if vowelless(word):
        found = by_bones.get(skeleton(word), set())
        if len(word) < BARE_REPAIRED:
            found = found & set(_named("repaired").split())
        spelled = [known for known in found if left_out(word, known)]
        return min(spelled, key=lambda known: (len(known), known)) if spelled else word
    if len(word) < 4:
        return word
    near = {known for key in _leaving_one_out(word) for known in by_letters.get(key, ())}
    close = [
        known
        for known in near
        if OSA.distance(word, known, score_cutoff=1) <= 1 or shape(word) == shape(known)
    ]
    if not close and len(word) > 4:
        close = [known for known in near if fold(word) == fold(known)]
    return min(close) if close else word


@cache
def legal_forms() -> frozenset[str]:
    return frozenset(word for line in _lines("legal_forms.txt") for word in plain(line).split())


@cache
def _named(key: str) -> str:
    return next(line.split(" ", 1)[1] for line in _lines("words.txt") if line.startswith(f"{key} "))


@cache
def titles() -> frozenset[str]:
    return frozenset(_named("title").split())


@cache
def small_words() -> frozenset[str]:
    return frozenset(_named("small").split())


@cache
def form_words() -> frozenset[str]:
    """Return the words that legal forms are written out of."""
    return frozenset(_named("form").split())


@cache
def forms_written_out() -> dict[tuple[str, ...], str]:
    """Return the legal forms of several words by these words in alphabetical order."""
    return {tuple(sorted(line.split())): line for line in reversed(_lines("gleif_forms.txt"))}


@cache
def number_words() -> dict[str, str]:
    return dict(pair.split("=") for pair in _named("number").split())


@cache
def tails() -> list[list[str]]:
    """Return what introduces the name of somebody an organisation is named after."""
    return [phrase.split() for phrase in _named("named").split("|")]


@cache
def spellings() -> dict[str, frozenset[int]]:
    """Return the persons' names a word may be a spelling of, as line numbers of names.txt."""
    found: dict[str, set[int]] = {}
    for number, line in enumerate(_lines("names.txt")):
        for word in line.split():
            found.setdefault(word, set()).add(number)
    return {word: frozenset(numbers) for word, numbers in found.items()}


@cache
def spelling_groups() -> list[list[str]]:
    return [line.split() for line in _lines("names.txt")]


@cache
def tail_words() -> frozenset[str]:
    return frozenset(phrase[0] for phrase in tails())


RARE = 8  # a word in fewer names than this of the counted ones is as rare as can be


@cache
def _counts() -> tuple[dict[str, int], int]:
    lines = _lines("frequencies.txt")
    total = int(lines[0].split()[1])
    counts = {}
    for line in lines[1:]:
        count, words = line.split(" ", 1)
        counts.update(dict.fromkeys(words.split(), int(count)))
    together = [sum(counts.get(word, 0) for word in group) for group in spelling_groups()]
    for word, groups in spellings().items():  # all spellings of one name are as common as the name
        counts[word] = max(together[group] for group in groups)
    return counts, total


@cache
def rarity(word: str) -> float:
    """Return how much a word tells, 0 to 1: the inverse document frequency over the names of published lists.

    ln(names / names with the word) / ln(names / RARE), after Spärck Jones, J. Documentation 28(1), 1972. The
    same for every list, so that a score does not change when a list does.
    """
    counts, total = _counts()
    return min(1.0, math.log(total / max(counts.get(word, RARE), RARE)) / math.log(total / RARE))
