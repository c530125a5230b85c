"""Letters that floors above write: to people without an account, about things this floor does not know."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.models import ref_id


@dataclass(frozen=True)
class Letter:
    """What an e-mail says; `path` is that of the page it leads to."""

    subject: str
    text: str
    path: str


Writer = Callable[[int], Letter | None]
_writers: dict[str, Writer] = {}


def writes(model_name: str) -> Callable[[Writer], Writer]:
    """Let a function write the letters about rows of a model, by their key, in the transaction that sends each.

    It returns None where what the letter was about is over. A link that opens something is made there and then, so
    that it is never stored: a letter that is tried again carries another.
    """

    def register(writer: Writer) -> Writer:
        _writers[model_name] = writer
        return writer

    return register


def write(about: str) -> Letter | None:
    """Return the letter about a `ref`; LookupError where nobody writes it."""
    kind = about.partition(":")[0]
    return _writers[kind](ref_id(about, kind))
