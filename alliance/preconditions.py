"""Preconditions of relaxing: checked when a set is written, judged on live facts when a step is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from alliance import cel
from alliance.live_facts import BY_NAME
from alliance.measures import MeasureSet, Precondition, Step
from core.errors import Invalid

KIND = "precondition"


@dataclass(frozen=True)
class Finding:
    """What a precondition said: green only where it was true. `read`: the facts it reads, None where not known."""

    precondition: Precondition
    green: bool
    reason: str  # why it is red, where its expression gave no answer
    read: Mapping[str, object]


def check_expressions(found: MeasureSet, path: str = "") -> None:
    """Raise Invalid, with the path of the expression at fault, unless every precondition of a set can be judged.

    Names against `alliance.live_facts`, length, depth and time as for criteria (`alliance.cel`); one that reads no
    live fact is no precondition.
    """
    under = f"{path}." if path else ""
    places = [
        (f"{under}exit.{number}.preconditions.{index}.expression", one.expression)
        for number, step in enumerate(found.exit)
        for index, one in enumerate(step.preconditions)
    ]
    try:
        cel.check_all([(expression, KIND) for _place, expression in places])
    except cel.CelError as error:
        if not error.fields:
            raise
        index = int(next(iter(error.fields)).partition(".")[0])
        raise Invalid.field(places[index][0], error.detail) from error
    for place, expression in places:
        if not cel.names_read(expression):
            raise Invalid.field(place, _("Has to read a live fact: this one never changes."))


def facts_of(steps: Iterable[Step]) -> set[str]:
    """Return the names of the facts that the preconditions of some steps read."""
    return {
        name
        for step in steps
        for one in step.preconditions
        for name in cel.names_read(one.expression)
        if name in BY_NAME
    }


def judge(precondition: Precondition, facts: Mapping[str, object]) -> Finding:
    """Judge one precondition; one that gives no answer, or reads what is not known, is red and says why."""
    try:
        names = cel.names_read(precondition.expression)
    except cel.CelError as error:
        return Finding(precondition, False, error.detail, {})
    read = {name: facts.get(name) for name in names}
    for name in names:
        if name not in facts:
            known = BY_NAME.get(name)
            return Finding(
                precondition,
                False,
                f"{name}: {known.unknown if known else _('There is no such fact.')}",
                read,
            )
    try:
        answer = cel.evaluate(precondition.expression, facts, KIND)
    except cel.CelError as error:
        return Finding(precondition, False, error.detail, read)
    return Finding(precondition, answer is True, "", read)
