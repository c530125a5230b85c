"""Names in one form: what is compared when two names are compared. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

from anyascii import anyascii

LONGEST = 300

#: Legal forms left out of a second form of a company's name. Source: GLEIF ELF abbreviations, the commonest.
LEGAL_FORMS = frozenset({
    "ag", "ab", "as", "asa", "aps", "bhd", "bv", "co", "company", "corp", "corporation", "doo", "dmcc",
    "est", "fze", "fzc", "fzco", "gmbh", "group", "holding", "inc", "incorporated", "jsc", "kg", "kft",
    "lda", "limitada", "limited", "llc", "llp", "lp", "ltd", "ltda", "mbh", "nv", "ojsc", "ooo", "oao",
    "oy", "pao", "pjsc", "plc", "pt", "pte", "pty", "pvt", "sa", "sal", "sarl", "sas", "sdn", "sl",
    "spa", "spol", "sro", "srl", "ug", "zao", "zoo",
})  # fmt: skip
TITLES = frozenset({
    "mr", "mrs", "ms", "dr", "eng", "prof", "haji", "hajj", "sheikh", "shaykh", "mullah", "maulavi",
    "general", "gen", "col", "colonel",
})  # fmt: skip


#: The same written out; longer ones first, since the short are part of them.
WRITTEN_OUT = re.compile(
    r"\b(?:(?:public |open |closed |private )?joint stock company|(?:public |private )?limited liability company"
    r"|free zone establishment|free zone company)\b"
)
SHORTEST_CORE = 4  # letters: what is left of a name without legal forms is compared from here on


class Form(NamedTuple):
    """A name as it is compared. `way`: sorted (every word, in alphabetical order), core (sorted, without legal
    forms and titles) or written (the core in its own order, so that joined and split words are the same)."""

    text: str
    way: str


def tokens(name: str) -> list[str]:
    """Return the words of a name in plain lower-case ASCII letters and digits, in their order.

    NFKC, then transliteration, so that scripts, widths and accents do not matter; zero-width and control
    characters go; an apostrophe or a point inside a word joins its parts (O'Neil, S.A.).
    """
    text = unicodedata.normalize("NFKC", name)
    text = "".join(
        c for c in text if unicodedata.category(c) not in ("Cf", "Cc", "Cs", "Co", "Cn") or c.isspace()
    )
    text = anyascii(text).casefold()
    text = re.sub(r"(?<=\w)['`.](?=\w)", "", text)
    return re.findall(r"[a-z0-9]+", text)


def core(name: str) -> list[str]:
    """Return the words of a name, in their order, without legal forms and titles."""
    plain = WRITTEN_OUT.sub(" ", " ".join(tokens(name)))
    return [word for word in plain.split() if word not in LEGAL_FORMS and word not in TITLES]


def forms(name: str) -> list[Form]:
    """Return the forms of a name that are compared, each text once; none where no letter or digit is left."""
    words, bare = tokens(name), core(name)
    if not words:
        return []
    found = [Form("".join(sorted(words)), "sorted")]
    if sum(map(len, bare)) >= SHORTEST_CORE:
        found += [Form("".join(sorted(bare)), "core"), Form("".join(bare), "written")]
    unique: dict[str, Form] = {}
    for form in found:
        unique.setdefault(form.text, form)
    return list(unique.values())


def numbers(name: str) -> list[str]:
    """Return the words of a name that are numbers, sorted: plant 103 is not plant 163."""
    return sorted(word for word in tokens(name) if word.isdigit())


def identifier(number: str) -> str:
    """Return a passport, tax, registration or IMO number without prefix, spaces and punctuation."""
    plain = re.sub(r"[^A-Z0-9]", "", unicodedata.normalize("NFKC", number).upper())
    return plain.removeprefix("IMO") if re.fullmatch(r"IMO\d{7}", plain) else plain
