"""Events of the ledger as lines a person can read. A door may give its own sentences for event types."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from pages import clocks
from pages.sentences import SENTENCES

LONGEST = 300
SHORT = 40  # parts of a list longer than this are an explanation, shown where it belongs
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_sentences: dict[str, str | Promise] = dict(SENTENCES)


@dataclass(frozen=True)
class Happening:
    """One line of a timeline. `by_itself`: the clock or a process acted, nobody did."""

    title: str
    at: datetime
    actor: str
    by_itself: bool
    subject: str
    facts: list[tuple[str, str]]


def name(sentences: Mapping[str, str | Promise]) -> None:
    """Give event types the sentence that pages show, such as {"window.lapsed": _("The window lapsed")}."""
    _sentences.update(sentences)


def title(type_: str) -> str:
    """Return the sentence of an event type; "case.put_on_hold" without one is "Case put on hold"."""
    if type_ in _sentences:
        return str(_sentences[type_])
    return type_.replace(".", " ").replace("_", " ").capitalize()


def _told(value: Any) -> str:
    """Return a plain value in words, "" for what is for machines."""
    match value:
        case bool():
            return _("yes") if value else _("no")
        case int():
            return str(value)
        case str() if INSTANT.fullmatch(value):
            return str(clocks.instant(datetime.fromisoformat(value)))
        case str():
            return value.replace("_", " ")[:LONGEST]
        case list() if all(isinstance(part, str | int) and len(str(part)) < SHORT for part in value):
            return ", ".join(_told(part) for part in value)
        case _:
            return ""


def _facts(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the plain facts; keys, hashes and nested ones are for machines."""
    return [
        (key.replace("_", " ").capitalize(), text)
        for key, value in facts.items()
        if not key.endswith(("_id", "_ref", "sha256", "_hash", "uid")) and (text := _told(value))
    ]


def tell(events: Iterable[Any]) -> list[Happening]:
    """Return ledger events as lines, in the order given."""
    return [
        Happening(
            title=title(event.type),
            at=event.at,
            actor=event.actor_label,
            by_itself=event.actor_kind in ("clock", "process"),
            subject=event.subject_label,
            facts=_facts(event.facts),
        )
        for event in events
    ]
