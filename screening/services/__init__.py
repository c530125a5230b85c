"""Hits raised and judged, and the pairs that officers cleared for new cases."""

from screening.services.asking import MOST_MATCHES, Answered, Asked, ask
from screening.services.hits import (
    BULK,
    clear,
    clear_many,
    confirm_clear,
    confirm_many,
    confirm_match,
    mark_unsure,
    raise_hits,
    reject_clear,
    widen_hits,
)
from screening.services.pairs import REMEMBER_MOST, REMEMBER_USUAL, Side, end_pair, reopen, resting_on

__all__ = [
    "BULK",
    "MOST_MATCHES",
    "REMEMBER_MOST",
    "REMEMBER_USUAL",
    "Answered",
    "Asked",
    "Side",
    "ask",
    "clear",
    "clear_many",
    "confirm_clear",
    "confirm_many",
    "confirm_match",
    "end_pair",
    "mark_unsure",
    "raise_hits",
    "reject_clear",
    "reopen",
    "resting_on",
    "widen_hits",
]
