"""A name taken apart into words that can be compared, in whatever script and form it comes. Pure."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from anyascii import anyascii

from screening.engine import lexicon

LONGEST = 300  # letters of a name that is asked about
MOST_WORDS = 40
MOST_READINGS = 6

#: Weights of words that are no part of what a party is called. A proposal, in the order of what they tell.
LEGAL, TITLE, SMALL, INITIAL, TAIL = 0.05, 0.03, 0.08, 0.20, 0.15
COMPANY = 0.15  # "company" is nearly a legal form
NUMBER_WORD = 0.40
FORM_WORD = 0.40  # a word of a legal form without its others: Joint Plant
FORMING = frozenset(("joint", "stock", "liability"))  # one of them has to stand in a legal form written out
#: Forms of state bodies in Russian and kindred law, in any language: federal state unitary enterprise (FGUP, FSUE),
#: state budgetary institution (GBU). Source: all-Russian classifier of legal forms (OK 028-2012), 65 and 75.
OF_STATE = frozenset(("federal", "state", "unitary", "budgetary", "autonomous", "treasury"))
STATE_BODY = frozenset(("enterprise", "institutiongov", "institute"))
OF_INSTITUTE = frozenset(("budgetary", "autonomous", "treasury"))  # one of them makes an institute a form
GLUED = frozenset(("jointstock", "stockcompany", "limitedliability", "liabilitycompany"))
SYLLABLE = 0.50  # one of a few hundred: what a Chinese character or a Hangul block reads as


class Word(NamedTuple):
    """A word of a name.

    text: canonical, lower-case ASCII; shown: as it stood in the name; kind: word, organisation, number, legal,
    title, small or initial; weight: how much it tells, 0 to 1.
    """

    text: str
    shown: str
    kind: str
    weight: float


#: Letters of other scripts that look like Latin ones. Source: Unicode confusables (UTS 39), the part for Latin.
LOOKALIKES = str.maketrans(
    "АВЕЅІЈКМНОРСТУХЗаеорсухіјѕһԁԛԝьΑΒΕΖΗΙΚΜΝΟΡΤΥΧαοινυρ",
    "ABESIJKMHOPCTYX3aeopcyxijshdqwbABEZHIKMNOPTYXaoivup",
)
HIDDEN = {"Cf", "Cc", "Cs", "Co", "Cn"}
ALSO = re.compile(
    r"\s*(?:[;|]|\s/\s|\b(?:a\.?\s?k\.?\s?a\.?|f\.?\s?k\.?\s?a\.?|also known as|formerly known as|formerly|"
    r"known as|doing business as|d\.?\s?b\.?\s?a\.?|alias)(?![\w.]))\s*[:,]?\s*",
    re.IGNORECASE,
)
BRACKET = re.compile(r"[(\[（【]([^()\[\]（）【】]{2,200})[)\]）】]")
_HOLDS_MORE = re.compile(r"[(\[（【;|/]|[akfd]\.? ?[bk]\.? ?a|known|formerly|business|alias", re.IGNORECASE)
GLUED_FORM = re.compile(r"(?<=[a-zß-ÿ])(AG|GmbH|LLC|Ltd|Inc|SA|SE|NV|BV|Corp|PLC|Plc|LLP)$")
LEET = str.maketrans("01589", "olsbg")


def _script(char: str) -> str:
    return unicodedata.name(char, "?").split()[0]


_HAN = re.compile("[\u3400-\u9fff\uac00-\ud7a3\u3040-\u30ff]")


#: Arabic script as it is romanised in lists: alif, waw and ya are vowels inside a word.
_ARABIC = str.maketrans({
    "ا": "a", "أ": "a", "إ": "i", "آ": "a", "ى": "a", "ع": "a", "ة": "a", "و": "u", "ؤ": "u", "ي": "i", "ی": "i",
    "ئ": "i", "ء": None, "پ": "p", "گ": "g", "چ": "ch", "ژ": "zh", "ک": "k", "ث": "th", "غ": "gh",
})  # fmt: skip
_ARABIC_WORD = re.compile(r"[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff]+")
_HARAKAT = re.compile(r"[\u064b-\u065f\u0670\u0640]")


def _romanise_arabic(found: re.Match[str]) -> str:
    word = _HARAKAT.sub("", found[0])
    if word in ("الله", "اللّه"):
        return "allah"
    article = "al " if word.startswith("ال") and len(word) > 4 else ""
    rest = word[2:] if article else word
    first = {"و": "w", "ي": "y", "ی": "y"}.get(rest[:1])
    if first and len(rest) > 1:
        return article + first + anyascii(rest[1:].translate(_ARABIC))
    return article + anyascii(rest.translate(_ARABIC))


def _unmask(word: str) -> str:
    """Write letters that only look Latin as Latin, in a word that mixes scripts."""
    if word.isascii():
        return word
    scripts = {_script(c) for c in word if c.isalpha()}
    return word.translate(LOOKALIKES) if "LATIN" in scripts and len(scripts) > 1 else word


def clean(name: str) -> str:
    """Return a name without what cannot be seen: NFKC, no control, format or unassigned characters."""
    text = unicodedata.normalize("NFKC", name)
    if text.isascii() and text.isprintable():
        return text
    return "".join(c for c in text if c.isspace() or unicodedata.category(c) not in HIDDEN)


def readings(name: str) -> list[str]:
    """Return the names that one text holds: itself, and what stands in brackets or after "a.k.a."."""
    text = clean(name).strip()
    if not _HOLDS_MORE.search(text):
        return [text]
    parts = [part for part in ALSO.split(text) if len(part) > 2 and any(map(str.isalnum, part))] or [text]
    found = []
    for part in parts:
        without = " ".join(BRACKET.sub(" ", part).split())
        inside = BRACKET.findall(part)
        if inside and len(without) > 2:
            found += [without, *(each for each in inside if len(each.split()) > 1), part]
        else:
            found.append(part)
    if len(parts) > 1:
        found.append(text)
    return list(dict.fromkeys(found))[:MOST_READINGS]


_BETWEEN = re.compile(r"[\s\-–—‐‑‒―_/,;:+•·*\"“”«»„‘()\[\]{}<>|\\!?#@~^=]+")
_POINTS = re.compile(r"(?<=\w)['’`´.](?=\w)")
_RUNS = re.compile(r"[a-z0-9]+")


class _Piece(NamedTuple):
    """A run of letters and digits: in plain ASCII with misspelt common words repaired; whether it is one syllable
    of Chinese or Korean."""

    plain: str
    shown: str
    syllable: bool


def _pieces(text: str) -> list[_Piece]:
    found: list[_Piece] = []
    for chunk in _BETWEEN.split(text.replace("&", " and ")):
        if chunk:
            found += _piece(chunk)
    return found


@lru_cache(maxsize=50_000)
def _piece(chunk: str) -> tuple[_Piece, ...]:
    shown, han = chunk, False
    if not chunk.isascii():
        shown = _unmask(chunk)
        han = is_han(shown)
        if han:  # one word for each syllable
            shown = _HAN.sub(r" \g<0> ", shown)
        shown = anyascii(_ARABIC_WORD.sub(_romanise_arabic, shown))
    romanised = _POINTS.sub("", GLUED_FORM.sub(r" \1", shown)).casefold()
    words = _RUNS.findall(romanised)
    return tuple(
        _Piece(lexicon.repair(_letters_for_digits(word)), chunk if len(words) == 1 else word, han)
        for word in words
    )


def _letters_for_digits(word: str) -> str:
    """Write digits that stand for letters as letters (Sech1n), where most of the word is letters."""
    if word.isalpha():
        return word
    digits = sum(c.isdigit() for c in word)
    if digits == len(word) or digits * 3 > len(word) + 1:
        return word
    if not re.search(r"[01589]", word) or re.fullmatch(r"[a-z]{1,4}\d+|\d+[a-z]{1,3}", word):
        return word
    return word.translate(LEET)


def _kind(word: str, lower: bool) -> str:
    if word.isdigit():
        return "number"
    if len(word) == 1 and not (lower and word in lexicon.small_words()):
        return "initial"
    if word in lexicon.legal_forms():
        return "legal"
    if word in lexicon.small_words():
        return "small"
    return "title" if word in lexicon.titles() else "word"


def weigh(text: str, kind: str) -> float:
    """Return how much a word tells, by its kind and how common it is."""
    if kind == "legal":
        return LEGAL
    if kind == "title":
        return TITLE
    if kind == "small":
        return SMALL
    if kind == "initial":
        return INITIAL
    if kind == "number":
        return 0.6 if len(text) < 3 else 0.9
    return COMPANY if text == "company" else max(lexicon.rarity(text), 0.12)


def _written_out(words: list[str], place: int) -> int:
    """Return how many words from a place on are a legal form written out with a word left out or turned around.

    Joint company, open stock company, company liability limited: two of the words that such forms are made of stand
    beside each other. One alone (Joint Plant) is a word like others.
    """
    parts = lexicon.form_words()
    end = place
    while end < len(words) and words[end] in parts:
        end += 1
        if words[end - 1] == "company" and end - 1 > place:
            break
    run = words[place:end]
    if run[:1] == ["company"] and run.count("company") > 1:
        return 0
    return len(run) if len(run) > 1 and not (FORMING | GLUED).isdisjoint(run) else 0


def _named_after(words: list[str], place: int) -> int:
    for phrase in lexicon.tails():
        if words[place : place + len(phrase)] == phrase:
            return len(phrase)
    return 0


ABDUL = re.compile(r"^(abd(?:ul|el|al|ol|ur|ar|us|as|oul|un|an)?)(?=[^aeiou])(?!lah$|lla)([a-z]{4,})$")


@lru_cache(maxsize=100_000)
def _read(piece: _Piece) -> tuple[Word, ...]:
    """Return the word or words that a piece reads as."""
    word, shown, syllable = piece
    if syllable:
        return (Word(word, shown, "word", min(weigh(word, "word"), SYLLABLE)),)
    kind = _kind(word, shown.islower())
    if kind != "word":
        return (Word(word, shown, kind, weigh(word, kind)),)
    if word in FORMING:
        return (Word(word, shown, "word", FORM_WORD),)
    number = lexicon.number_words().get(word)
    if number:
        return (Word(number, shown, "word", NUMBER_WORD),)
    organisation = lexicon.organisation_word(word)
    if organisation:
        return (Word(organisation, shown, "organisation", weigh(organisation, "word")),)
    parted = ABDUL.match(word)
    if parted:
        return (
            Word("abdul", shown, "small", SMALL),
            Word(parted[2], shown, "word", weigh(parted[2], "word")),
        )
    return (Word(word, shown, "word", weigh(word, "word")),)


def _state_bodies(words: list[Word]) -> list[Word]:
    """Return the words with each form of a state body as one legal form."""
    found: list[Word] = []
    for word in words:
        found.append(word)
        if word.text not in STATE_BODY:
            continue
        start = len(found) - 1
        if start > 1 and found[start - 1].text == "research" and found[start - 2].text in OF_INSTITUTE:
            start -= 1  # budgetary scientific institution
        while start and found[start - 1].text in OF_STATE:
            start -= 1
        run = found[start:]
        form = word.text != "institute" or not OF_INSTITUTE.isdisjoint([each.text for each in run])
        if form and len(run) > 1 and len(words) > len(run):
            shown = " ".join(dict.fromkeys(each.shown for each in run))
            found[start:] = [Word("=" + " ".join(each.text for each in run), shown, "legal", LEGAL)]
    return found


@lru_cache(maxsize=50_000)
def take_apart(text: str) -> tuple[Word, ...]:
    """Return the words of one reading of a name, in their order; at most 40.

    Scripts, widths, accents and case go; letters that only look Latin are read as Latin in a word that mixes
    scripts; points inside abbreviations go (S.A.); legal forms are recognised in one or several words; organisation
    words take one form, whatever language they are romanised from; abbreviations of such words are written out.
    """
    pieces = _pieces(text)[:MOST_WORDS]
    plain = [piece.plain for piece in pieces]
    words: list[Word] = []
    phrases, tails, forming = lexicon.phrases(), lexicon.tail_words(), lexicon.form_words()
    place, after = 0, 1.0
    while place < len(plain):
        first = plain[place]
        if place and first in tails and (skipped := _named_after(plain, place)):
            after, place = TAIL, place + skipped
            continue
        found = phrases.at(plain, place) if first in phrases.by_first else None
        if found:
            taken, stands_for, kind = found
            shown = " ".join(piece.shown for piece in pieces[place : place + taken])
            if kind == "legal":
                words.append(Word("=" + " ".join(plain[place : place + taken]), shown, "legal", LEGAL))
            else:
                words += [
                    Word(word, shown, "organisation", weigh(word, "word") * after) for word in stands_for
                ]
            place += taken
            continue
        if first in forming and (taken := _written_out(plain, place)):
            shown = " ".join(piece.shown for piece in pieces[place : place + taken])
            run = plain[place : place + taken]
            form = lexicon.forms_written_out().get(tuple(sorted(run)), " ".join(run))
            words.append(Word("=" + form, shown, "legal", LEGAL))
            place += taken
            continue
        read = _read(pieces[place])
        words += read if after == 1.0 else [word._replace(weight=word.weight * after) for word in read]
        place += 1
    words = _state_bodies(words)
    once = [
        w for at, w in enumerate(words) if not at or w.kind != "organisation" or w.text != words[at - 1].text
    ]
    return tuple(once[:MOST_WORDS])


_HAN_OR_NOT = re.compile(
    "[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]|[^\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]+"
)


def spelt(name: str) -> tuple[tuple[str, str], ...]:
    """Return (how it reads in Latin letters, how it is written) of each word of a name, in their order.

    A word of Chinese or Korean is one syllable. Arabic and Hebrew do not write short vowels: they are not read.
    """
    found = []
    for chunk in _BETWEEN.split(clean(name)):
        for part in _HAN_OR_NOT.findall(chunk) if is_han(chunk) else [chunk]:
            latin = anyascii(_ARABIC_WORD.sub(_romanise_arabic, _unmask(part)))
            read = " ".join(_RUNS.findall(_POINTS.sub("", latin).casefold()))
            if read:
                found.append((read, part))
    return tuple(found)


def is_latin(name: str) -> bool:
    """Return whether every letter of a name is a Latin one."""
    return name.isascii() or all(_script(c) == "LATIN" for c in name if c.isalpha())


def is_han(name: str) -> bool:
    """Return whether a name is written in Chinese characters, Hangul or kana."""
    return not name.isascii() and _HAN.search(name) is not None


def characters(name: str) -> tuple[Word, ...]:
    """Return the characters of a name in such a script, the family name first: between two, each character counts.

    A family name set apart at the end by a blank (광수 김) is put first.
    """
    parts = ["".join(_HAN.findall(part)) for part in clean(name).split()]
    parts = [part for part in parts if part]
    if len(parts) > 1 and len(parts[-1]) == 1 and len(parts[0]) > 1:
        parts = [parts[-1], *parts[:-1]]
    return tuple(Word(c, c, "word", SYLLABLE) for c in "".join(parts))[:MOST_WORDS]


def identifier(number: str) -> str:
    """Return a passport, tax, registration or IMO number without prefix, spaces and punctuation."""
    plain = re.sub(r"[^A-Z0-9]", "", unicodedata.normalize("NFKC", number).upper())
    return plain.removeprefix("IMO") if re.fullmatch(r"IMO\d{7}", plain) else plain
