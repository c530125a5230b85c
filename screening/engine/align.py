"""Two names laid side by side, word by word: the alignment is the score and its explanation. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from screening.engine import lexicon
from screening.engine.acronyms import TELLING, initials, is_acronym, own, stands_for
from screening.engine.similar import VOWELS, alike
from screening.engine.words import SYLLABLE, Word

THRESHOLD = 0.75  # a score from here on is a hit; one threshold for every kind of party and list

#: What the score is made of; docs/screening.md says why.
CONTRADICTED = 1.8  # weight of words that stand against each other
FUZZ = 1.35  # how much a word that is not quite the same counts against the match
SPARSE, PLENTY = (
    0.9,
    2.2,
)  # evidence (weight of the words matched) with which extra words count fully, or least
EXTRA_MOST, EXTRA_LEAST, EXTRA_ASKED = 0.85, 0.25, 0.50
LITTLE = (
    0.70  # evidence of one common word at most: nobody is called that alone, so a word more is another name
)
SISTER = 1.25  # an organisation whose name has one word more than the listed one is another: a sister
ALONE, COMPANY, FUZZ_ALONE = (
    1.0,
    2.2,
    1.8,
)  # with no more evidence than one word, that word has to be nearly the same
FUZZ_SYLLABLE = 2.4  # a syllable of Chinese or Korean says little, so it has to be nearly the same
WRONG_NUMBER = 0.60
SWAPPED = 0.70
INITIAL_ALIKE = 0.85
CUT_ALIKE = 0.95
CUT_OFF = 0.35  # of the rate, for what follows where a name was cut off
SHORT_BONES = 3  # consonants that many words leave: known beside an organisation word alone (TRD and Trade)
JOINED, JOINED_ALIKE = 0.97, 0.85
ACRONYM, ACRONYM_SHORT = 0.90, 0.84  # an acronym alone is a hit, one of four letters is not quite
WEAK = 0.95  # what is left of a score where the publisher calls the alias weak


class Aligned(NamedTuple):
    """A word or words of the name asked for beside their counterpart; an empty side has none."""

    asked: str
    listed: str
    similarity: float
    rule: str
    weight: float


class Alignment(NamedTuple):
    score: float
    pairs: tuple[Aligned, ...]


#: (asked places, listed places, similarity, rule)
Link = tuple[tuple[int, ...], tuple[int, ...], float, str]


def links(
    asked: Sequence[Word],
    listed: Sequence[Word],
    *,
    cut: bool = False,
    known: dict[tuple[int, int], tuple[float, str]] | None = None,
) -> list[Link]:
    """Return every way a word, or two adjacent words joined, may stand for a word of the other name.

    `cut`: the name asked for may have been cut off by the field it was written in: its last word may be the
    beginning of the word in the same place. `known`: what pair() said before, by place and identity, where many
    names that share their words are laid beside one.
    """
    known = {} if known is None else known
    if _characters(asked) and _characters(listed):
        same = zip(asked, listed, strict=False)
        return [((i,), (i,), 1.0, "same") for i, (one, other) in enumerate(same) if one.text == other.text]
    found: list[Link] = []
    for i, one in enumerate(asked):
        for j, other in enumerate(listed):
            key = (i, id(other))
            if key not in known:
                known[key] = pair(one, other)
            similarity, rule = known[key]
            if similarity:
                found.append(((i,), (j,), similarity, rule))
    place = len(asked) - 1
    if cut and place < len(listed):
        one, other = asked[place], listed[place]
        if one.text != other.text and other.kind not in ("number", "legal") and _begun(one.text, other):
            found = [link for link in found if link[:2] != ((place,), (place,))]
            found.append(((place,), (place,), CUT_ALIKE, "cut"))
    return found + joins(asked, listed) + _with_article(asked, listed) + _acronyms(asked, listed)


def _acronyms(asked: Sequence[Word], listed: Sequence[Word]) -> list[Link]:
    """Return where a word of one name is the acronym of adjacent words of the other."""
    found: list[Link] = []
    for words, others, turned in ((asked, listed, False), (listed, asked, True)):
        short = [(i, word) for i, word in enumerate(words) if is_acronym(word)]
        full = initials(others) if short else None
        if not full or not full.letters:
            continue
        for i, word in short:
            places = stands_for(word, others, full)
            if places:
                value = ACRONYM if len(word.text) >= TELLING else ACRONYM_SHORT
                found.append((places, (i,), value, "acronym") if turned else ((i,), places, value, "acronym"))
    return found


def _with_article(asked: Sequence[Word], listed: Sequence[Word]) -> list[Link]:
    """Return where an initial stands for a family name with its article: A. for Al-Husayn."""
    articles = [
        (j, word.text[0])
        for j, word in enumerate(listed[:-1])
        if word.text in ARTICLES and word.kind == "small" and listed[j + 1].kind == "word"
    ]
    return [
        ((i,), (j, j + 1), INITIAL_ALIKE, "initial")
        for i, word in enumerate(asked)
        if word.kind == "initial"
        for j, letter in articles
        if letter == word.text
    ]


def _begun(beginning: str, word: Word) -> bool:
    """Return whether what was cut off is the beginning of a word, or of an organisation word in any language."""
    if word.text.startswith(beginning):
        return True
    return word.kind == "organisation" and lexicon.begun(beginning, word.text)


def _characters(words: Sequence[Word]) -> bool:
    """Return whether a name is read as characters, whose order counts."""
    return all(len(word.text) == 1 and not word.text.isascii() for word in words)


def pair(one: Word, other: Word) -> tuple[float, str]:
    """Return (similarity, rule) of two words of names."""
    if one.text == other.text:
        if one.kind == "organisation" and one.shown.casefold() != other.shown.casefold():
            return 1.0, "translated"
        return 1.0, "same"
    if "initial" in (one.kind, other.kind):
        short, full = (one, other) if one.kind == "initial" else (other, one)
        fits = full.kind in ("word", "organisation") and full.text[0] == short.text
        if full.kind == "organisation":
            fits = fits or short.text in lexicon.begins(full.text)
        return (INITIAL_ALIKE, "initial") if fits else (0.0, "")
    kinds = {one.kind, other.kind}
    if kinds == {"legal"} or ("legal" in kinds and "company" in (one.text, other.text)):
        return 0.9, "legal_form"
    if "legal" in kinds or "number" in kinds:
        if "number" in kinds and len(kinds) > 1:
            return alike(one.text, other.text)
        if "legal" in kinds and len(kinds) > 1 and "number" not in kinds:
            similarity, rule = alike(one.text.lstrip("="), other.text.lstrip("="))
            return (similarity, rule) if similarity > 0.7 else (0.0, "")
        return 0.0, ""
    if kinds == {"word", "organisation"}:
        bones, full = (one, other) if one.kind == "word" else (other, one)
        if len(bones.text) == SHORT_BONES and bones.text in lexicon.bare_spellings(full.text):
            return VOWELS, "vowels"
    return alike(one.text, other.text)


def joins(asked: Sequence[Word], listed: Sequence[Word]) -> list[Link]:
    """Return where two or three adjacent words of one name are written as one in the other."""
    found: list[Link] = []
    for words, others, turned in ((asked, listed, False), (listed, asked, True)):
        whole = [(j, w.text) for j, w in enumerate(others) if w.kind == "word" and len(w.text) > 4]
        if not whole:
            continue
        longest = max(len(text) for _j, text in whole) + 2
        texts = ["" if w.kind in ("legal", "number", "title") else w.text for w in words]
        for start in range(len(texts) - 1):
            joined, end = texts[start], start + 1
            while joined and end < min(start + 3, len(texts)) and texts[end] and len(joined) < longest:
                joined, end = joined + texts[end], end + 1
                if not 4 < len(joined) <= longest:
                    continue
                for j, text in whole:
                    if joined[0] != text[0] or abs(len(text) - len(joined)) > 2:
                        continue
                    similarity, rule = alike(joined, text)
                    if turned and rule not in ("same", "sounds"):
                        continue  # what the index finds of words written apart on the list
                    if (similarity >= 0.9 and rule != "vowels") or (
                        similarity >= JOINED_ALIKE and len(joined) > 7
                    ):
                        here, there = tuple(range(start, end)), (j,)
                        value = JOINED * similarity
                        found.append(
                            (there, here, value, "joined") if turned else (here, there, value, "joined")
                        )
    return found


def score(
    asked: Sequence[Word],
    listed: Sequence[Word],
    possible: Sequence[Link],
    *,
    cut: bool = False,
    explain: bool = True,
) -> Alignment:
    """Choose counterparts one to one, the weightiest first, and score what is left over.

    `cut`: the name asked for may have been cut off at its end. The score is
    sum(weight x (1 - fuzz x (1 - similarity))) / (sum(weight) + CONTRADICTED x contradicted + rate x extra):
    contradicted is the weight that is unmatched on both sides, extra what is unmatched on one side only; rate and
    fuzz fall with the evidence matched. Without `explain` the pairs are left out.
    """
    ranked = []
    for link in possible:
        i, j, similarity, _rule = link
        if len(i) == len(j) == 1:
            weight = min(asked[i[0]].weight, listed[j[0]].weight)
        else:
            weight = min(sum(asked[k].weight for k in i), sum(listed[k].weight for k in j))
        order = -abs(i[0] / len(asked) - j[0] / len(listed)) * 0.001
        ranked.append((similarity * weight + order + (0.002 if similarity == 1.0 else 0), weight, link))
    ranked.sort(key=lambda row: (-row[0], row[2][0], row[2][1]))
    used_i: set[int] = set()
    used_j: set[int] = set()
    chosen: list[tuple[Link, float]] = []
    matched = evidence = 0.0
    for _value, weight, link in ranked:
        i, j, similarity, _rule = link
        if not used_i.isdisjoint(i) or not used_j.isdisjoint(j):
            continue
        used_i.update(i)
        used_j.update(j)
        matched += weight
        evidence += weight * similarity
        chosen.append((link, weight))
    if not matched:
        return Alignment(0.0, ())
    said = {asked[k].text for k in used_i if asked[k].kind == "word"} | own(
        tuple(asked)
    )  # twice says nothing more
    lost_asked = [word for k, word in enumerate(asked) if k not in used_i and word.text not in said]
    if lost_asked:
        lost_asked = [word for word in lost_asked if word.text not in own(tuple(asked))]
    lost_listed = [word for k, word in enumerate(listed) if k not in used_j]
    u, v = sum(w.weight for w in lost_asked), sum(w.weight for w in lost_listed)
    plenty = min(1.0, max(0.0, (evidence - SPARSE) / (PLENTY - SPARSE)))
    rate = EXTRA_MOST + (EXTRA_LEAST - EXTRA_MOST) * plenty
    if cut and v > u and used_j == set(range(len(asked))) == used_i:
        rate *= CUT_OFF
    if u > v:
        organisation = any(w.kind in ("legal", "organisation") for w in (*asked, *listed))
        rate = max(rate, SISTER if organisation else EXTRA_ASKED)
    if evidence < LITTLE:
        rate = max(rate, SISTER)
    alone = min(1.0, max(0.0, (evidence - ALONE) / (COMPANY - ALONE)))
    fuzz = FUZZ_ALONE + (FUZZ - FUZZ_ALONE) * alone
    if all(w.kind == "word" and w.weight <= SYLLABLE for w in asked):  # a Chinese or Korean name
        rate, fuzz = max(rate, SISTER), max(fuzz, FUZZ_SYLLABLE)
    good = sum(weight * max(0.0, 1.0 - fuzz * (1.0 - link[2])) for link, weight in chosen)
    value = good / (matched + CONTRADICTED * min(u, v) + rate * abs(u - v))
    if _numbers_differ(asked, listed):
        value *= WRONG_NUMBER
    if _son_and_father_swapped(asked, listed):
        value *= SWAPPED
    value = round(min(value, 1.0), 4)
    return Alignment(value, _told(asked, listed, chosen, lost_asked, lost_listed) if explain else ())


ARTICLES = frozenset(
    ("al", "el", "ul", "as", "ash", "ar", "az", "de", "la", "le", "del", "van", "von", "bin")
)
SON_OF = frozenset(("bin", "ibn", "ben", "bint"))


def _son_and_father_swapped(asked: Sequence[Word], listed: Sequence[Word]) -> bool:
    """Return whether one name has A son of B where the other has B son of A."""

    def pairs(words: Sequence[Word]) -> set[tuple[str, str]]:
        return {
            (words[k - 1].text, words[k + 1].text)
            for k in range(1, len(words) - 1)
            if words[k].text in SON_OF and words[k].kind == "small"
        }

    ours = pairs(asked)
    return bool(ours) and any((b, a) in ours and a != b for a, b in pairs(listed))


def _told(
    asked: Sequence[Word],
    listed: Sequence[Word],
    chosen: list[tuple[Link, float]],
    lost_asked: list[Word],
    lost_listed: list[Word],
) -> tuple[Aligned, ...]:
    def shown(words: Sequence[Word], places: tuple[int, ...]) -> str:
        return " ".join(dict.fromkeys(words[k].shown for k in places))

    told: dict[tuple[str, str, float, str], float] = {}  # NPO is two words that show as one
    for (i, j, similarity, rule), weight in sorted(chosen, key=lambda row: row[0][0]):
        row = (shown(asked, i), shown(listed, j), round(similarity, 3), rule)
        told[row] = told.get(row, 0.0) + weight
    return (
        *(Aligned(*row, round(weight, 3)) for row, weight in told.items()),
        *(Aligned(w.shown, "", 0.0, "missing_in_list", round(w.weight, 3)) for w in lost_asked),
        *(Aligned("", w.shown, 0.0, "missing_in_application", round(w.weight, 3)) for w in lost_listed),
    )


def _numbers_differ(asked: Sequence[Word], listed: Sequence[Word]) -> bool:
    ours = {w.text.lstrip("0") for w in asked if w.kind == "number"}
    theirs = {w.text.lstrip("0") for w in listed if w.kind == "number"}
    return bool(ours and theirs and ours.isdisjoint(theirs))
