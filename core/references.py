"""References people read aloud: random, so that none tells how many there are."""

import random
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford base32: no I, L, O, U


_dice: ContextVar[random.Random | None] = ContextVar("dice", default=None)


@contextmanager
def drawn_with(dice: random.Random) -> Iterator[None]:
    """Draw the references of what is done inside with these dice: those of a sandbox are always the same."""
    token = _dice.set(dice)
    try:
        yield
    finally:
        _dice.reset(token)


def new_reference(prefix: str) -> str:
    """Return e.g. `EN-7K3M-9QX2` (40 random bits)."""
    choice = (_dice.get() or secrets.SystemRandom()).choice
    body = "".join(choice(ALPHABET) for _ in range(8))
    return f"{prefix}-{body[:4]}-{body[4:]}"


def normalise_reference(text: str) -> str:
    """Undo what a person does to a reference when typing it (case, spaces, O for 0, I or L for 1)."""
    prefix, _, body = text.strip().upper().replace(" ", "").partition("-")
    return f"{prefix}-{body.translate(str.maketrans('OIL', '011'))}"
