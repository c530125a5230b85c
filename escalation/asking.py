"""What an exercise asks of people, what they said, and what of it a reader may see, on page and API alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _

from core.policies import Verdict
from escalation.exercises import plans
from escalation.models import Answer, Exercise
from escalation.policies import exercises as policies
from members.models import User


@dataclass(frozen=True)
class Asked:
    """A situation or a question: what it is about, when it has to be answered, and what was said.

    `about`: of a question of a functional exercise who is asked about which trade, as its fork told it.
    """

    question: str
    text: str
    start: float  # hours of the exercise
    end: float
    open: bool
    number: int = 0  # of a situation
    about: Mapping[str, Any] = field(default_factory=dict)
    answers: tuple[Answer, ...] = ()  # those the reader may see
    by: tuple[str, ...] = ()  # who has answered
    may_answer: Verdict | None = None

    @property
    def title(self) -> str:
        if self.number:
            return _("Situation %(number)s") % {"number": self.number}
        return _("%(member)s (%(ministry)s): %(title)s") % {
            "member": self.about["member"],
            "ministry": self.about["ministry"],
            "title": self.about["title"],
        }


def table_of(user: User, found: Exercise) -> list[Asked]:
    """Return the situations of a table-top that were put: what others said shows once each is closed."""
    if found.kind != Exercise.Kind.TABLE_TOP:
        return []
    present = (found.halted or {}).get("situation") if found.status == Exercise.Status.WAITING else None
    closed = found.scorecard is not None
    said = _said(found)
    return [
        replace(
            _situation(one, open=one.number == present),
            answers=tuple(
                row
                for row in said.get(one.question, ())
                if one.number != present or row.authority_id == user.authority_id
            ),
            by=tuple(str(row.authority) for row in said.get(one.question, ())),
            may_answer=policies.can_answer(user, found, one.question) if one.number == present else None,
        )
        for one in plans.read(found.plan).table
        if closed or (present is not None and one.number <= present)
    ]


def questions_of(user: User, found: Exercise) -> list[Asked]:
    """Return the questions that a functional exercise waits for, one's own first."""
    if found.kind != Exercise.Kind.FUNCTIONAL or found.status != Exercise.Status.WAITING:
        return []
    said = _said(found)
    own = [
        replace(
            one,
            answers=tuple(said.get(one.question, ())),
            by=tuple(str(row.authority) for row in said.get(one.question, ())),
            may_answer=policies.can_answer(user, found, one.question),
        )
        for one in _questions(found)
    ]
    return sorted(own, key=lambda one: (not one.may_answer, one.end, one.question))


def asked_of(found: Exercise, question: str) -> Asked | None:
    """Return what an answer is given to; None where the exercise does not wait for it."""
    if found.status != Exercise.Status.WAITING:
        return None
    if found.kind == Exercise.Kind.FUNCTIONAL:
        return next((one for one in _questions(found) if one.question == question), None)
    table = plans.read(found.plan).table
    return next((_situation(one, open=True) for one in table if one.question == question), None)


def _said(found: Exercise) -> dict[str, list[Answer]]:
    said: dict[str, list[Answer]] = {}
    for row in found.answers.select_related("authority__jurisdiction", "given_by"):
        said.setdefault(row.question, []).append(row)
    return said


def _situation(one: plans.Situation, *, open: bool) -> Asked:
    return Asked(one.question, one.text, one.start, one.end, open, one.number)


def _questions(found: Exercise) -> list[Asked]:
    return [
        Asked(one["question"], one["purpose"], one["opened"], one["due"], open=True, about=one)
        for one in (found.halted or {}).get("questions", ())
    ]
