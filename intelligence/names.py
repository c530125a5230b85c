"""Brings names of parties and control codes to the form in which the alliance recognises them again."""

import re
import unicodedata
from collections.abc import Iterable

from anyascii import anyascii

from alliance.selectors import heading

LEGAL_FORMS = frozenset(
    word
    for line in (
        "ab ag aps as asa bhd bv co company corp corporation doo eood fze fzco gmbh inc incorporated jsc kg",
        "kft kk limited llc llp lp ltd ltda mbh nv ojsc ooo oy oyj pao plc pjsc pt pte pty sa sae sal sarl",
        "sas sdn se sl snc spa spj spzoo srl sro ug zao zoo",
    )
    for word in line.split()
)


def normalise(name: str) -> str:
    """Return NFKC, Latin letters only, lower case, words only, without the legal forms at the end.

    Two spellings that come to the same are taken for the same party of one country; who is who beyond that
    is the business of screening. Never empty for a name with a visible character.
    """
    name = unicodedata.normalize("NFKC", name)
    latin = anyascii(name).casefold()
    latin = re.sub(r"(?<=\b\w)\.(?=\w\b)", "", latin)  # s.a. -> sa, g.m.b.h. -> gmbh
    words = re.findall(r"[a-z0-9]+", latin)
    while len(words) > 1 and words[-1] in LEGAL_FORMS:
        words.pop()
    return " ".join(words) or " ".join(name.casefold().split())


def headings(codes: Iterable[str]) -> list[str]:
    """Return the headings of control codes, sorted, each once; a code without one stays, in capitals."""
    return sorted({heading(code) or code.strip().upper()[:20] for code in codes if code.strip()})
