"""What the precondition of a waiver says now: measured by a floor above, which knows cases and licences."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from django.utils.translation import gettext as _

from alliance import cel
from alliance.measures import Precondition
from alliance.models import Declaration
from alliance.preconditions import KIND, Finding, judge
from core.errors import Invalid
from exemptions.models import Waiver

Measure = Callable[[Declaration, Iterable[str]], Mapping[str, object]]
_measures: list[Measure] = []


def measured_by(measure: Measure) -> Measure:
    """Register what tells live facts, once, when the floor above is loaded."""
    _measures[:] = [measure]
    return measure


def check_expression(expression: str, field: str) -> None:
    """Raise Invalid at a field unless an expression, where there is one, can be judged and reads a live fact."""
    if not expression:
        return
    try:
        cel.check_all([(expression, KIND)])
    except cel.CelError as error:
        raise Invalid.field(field, error.detail) from error
    if not cel.names_read(expression):
        raise Invalid.field(field, _("Has to read a live fact: this one never changes."))


def finding(waiver: Waiver) -> Finding | None:
    """Judge the precondition of a waiver on the facts of this moment; None where it has none."""
    if not waiver.precondition:
        return None
    own = Precondition("waiver", waiver.precondition, waiver.precondition)
    return judge(own, _measures[0](waiver.declaration, cel.names_read(waiver.precondition)))


def red(waiver: Waiver) -> str:
    """Return why the precondition of a waiver is red, with the figures it read; empty where it is green or none."""
    found = finding(waiver)
    if found is None or found.green:
        return ""
    read = ", ".join(f"{name} = {value}" for name, value in found.read.items())
    return f"{waiver.precondition}: {found.reason or read}"
