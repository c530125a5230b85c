"""Comparing two names without a list. Pure."""

from __future__ import annotations

from screening.engine import align
from screening.engine.search import may_be_cut
from screening.engine.words import LONGEST, Word, characters, is_han, readings, take_apart


def compare(asked: str, listed: str) -> align.Alignment:
    """Return the best alignment of any reading of one name with any reading of the other.

    ValueError for a name of more than 300 characters.
    """
    if len(asked) > LONGEST or len(listed) > LONGEST:
        raise ValueError(f"A name has at most {LONGEST} characters.")
    best = align.Alignment(0.0, ())
    for one in readings(asked):
        for other in readings(listed):
            found = _lay_out(one, other, may_be_cut(asked))
            if found.score > best.score or not best.pairs:
                best = found
    return best


def _lay_out(one: str, other: str, cut: bool) -> align.Alignment:
    both = is_han(one) and is_han(other)
    split = characters if both else take_apart
    left: tuple[Word, ...] = split(one)
    right: tuple[Word, ...] = split(other)
    if not left or not right:
        return align.Alignment(0.0, ())
    return align.score(left, right, align.links(left, right, cut=cut), cut=cut)
