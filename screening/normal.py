"""Names in one form: what is compared when two names are compared. Pure."""

from __future__ import annotations

import re
import unicodedata

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


def forms(name: str) -> list[str]:
    """Return the forms of a name that are compared: its words sorted and joined, all of them, and without
    legal forms and titles where that leaves something to compare."""
    words = tokens(name)
    if not words:
        return []
    full = "".join(sorted(words))
    bare = [word for word in words if word not in LEGAL_FORMS and word not in TITLES]
    core = "".join(sorted(bare))
    return [full, core] if len(core) >= 4 and core != full else [full]


def identifier(number: str) -> str:
    """Return a passport, tax, registration or IMO number without prefix, spaces and punctuation."""
    plain = re.sub(r"[^A-Z0-9]", "", unicodedata.normalize("NFKC", number).upper())
    return plain.removeprefix("IMO") if re.fullmatch(r"IMO\d{7}", plain) else plain
