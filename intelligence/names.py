"""Brings the name of a party to the form in which the alliance recognises it again."""

import re
import unicodedata

from anyascii import anyascii

LEGAL_FORMS = frozenset(
    [
        "ab",
        "ag",
        "aps",
        "as",
        "asa",
        "bhd",
        "bv",
        "co",
        "company",
        "corp",
        "corporation",
        "doo",
        "eood",
        "fze",
        "fzco",
        "gmbh",
        "inc",
        "incorporated",
        "jsc",
        "kg",
        "kft",
        "kk",
        "limited",
        "llc",
        "llp",
        "lp",
        "ltd",
        "ltda",
        "mbh",
        "nv",
        "ojsc",
        "ooo",
        "oy",
        "oyj",
        "pao",
        "plc",
        "pjsc",
        "pt",
        "pte",
        "pty",
        "sa",
        "sae",
        "sal",
        "sarl",
        "sas",
        "sdn",
        "se",
        "sl",
        "snc",
        "spa",
        "spj",
        "spzoo",
        "srl",
        "sro",
        "ug",
        "zao",
        "zoo",
    ]
)


def normalise(name: str) -> str:
    """Return NFKC, Latin letters only, lower case, words only, without the legal forms at the end.

    Two spellings that come to the same are taken for the same party of one country; who is who beyond that
    is the business of screening. Never empty for a name with a visible character.
    """
    latin = anyascii(unicodedata.normalize("NFKC", name)).casefold()
    latin = re.sub(r"(?<=\b\w)\.(?=\w\b)", "", latin)  # s.a. -> sa, g.m.b.h. -> gmbh
    words = re.findall(r"[a-z0-9]+", latin)
    while len(words) > 1 and words[-1] in LEGAL_FORMS:
        words.pop()
    return " ".join(words) or " ".join(name.casefold().split())
