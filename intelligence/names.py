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


CATCH_ALL = (
    "CATCH-ALL"  # of what is on no list and was refused for its use: Reg (EU) 2021/821 Articles 4 and 5
)
_MUNITIONS = re.compile(r"ML\s*(\d{1,2})(?!\d)")


def normal_code(code: str) -> str:
    """Return a control code in the form in which denials are compared; "" for an empty one.

    The heading of a list of dual-use items (3A001 of 3a001.b.2), the category of a munitions list (ML22 of ML22.a),
    CATCH-ALL however it is written, any other code in capitals without spaces.
    """
    plain = "".join(code.upper().split())
    if not plain:
        return ""
    if plain.replace("-", "").replace("_", "") == "CATCHALL":
        return CATCH_ALL
    munitions = _MUNITIONS.match(plain)
    return heading(plain) or (f"ML{int(munitions[1])}" if munitions else plain[:20])


def headings(codes: Iterable[str]) -> list[str]:
    """Return control codes in the form in which denials are compared, sorted, each once."""
    return sorted({normal for code in codes if (normal := normal_code(code))})
