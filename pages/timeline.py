"""Events of the ledger as lines a person can read. A door may give its own sentences for event types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

LONGEST = 200
_sentences: dict[str, str | Promise] = {}


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


def _facts(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the plain facts; keys, hashes and nested ones are for machines."""
    shown = []
    for key, value in facts.items():
        if isinstance(value, bool):
            text = _("yes") if value else _("no")
        elif isinstance(value, list) and all(isinstance(part, str | int) for part in value):
            text = ", ".join(str(part) for part in value)
        elif isinstance(value, str | int):
            text = str(value)
        else:
            continue
        if text and not key.endswith(("_id", "_ref", "sha256", "_hash", "uid")):
            shown.append((key.replace("_", " ").capitalize(), text[:LONGEST]))
    return shown


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
