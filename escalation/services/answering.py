"""People answering in exercises: to the situations of a table-top, to the questions of a functional one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core import clock
from core.errors import Conflict, Invalid
from core.policies import require
from escalation.exercises import plans, table
from escalation.models import Answer, Exercise
from escalation.policies import exercises as policies
from escalation.services import exercises
from licensing.services import positions
from members.models import User


@transaction.atomic
def answer(
    *,
    actor: User,
    exercise: Exercise,
    question: str,
    hour: Decimal,
    kind: str,
    reason_code: str = "",
    legal_basis: str = "",
    summary: str = "",
) -> Answer:
    """Say what one's authority does, and at which hour of the exercise; once for each question.

    What is said to a question of a functional exercise has to be whole, as a position has: it is taken when the
    exercise goes on. To a situation of a table-top it may lack its grounds: that shows in the scorecard. Invalid,
    naming the field, otherwise; Conflict when the authority has answered.
    """
    exercise = exercises.locked(exercise.pk)
    require(policies.can_answer, actor, exercise, question)
    assert actor.authority is not None  # the policy refuses who has none
    said = {"reason_code": reason_code, "legal_basis": legal_basis.strip(), "summary": summary.strip()}
    errors = mistakes(exercise, kind, said) | _untimely(exercise, question, hour)
    if errors:
        raise Invalid(_("The answer is not complete."), fields=errors)
    try:
        with transaction.atomic():
            made = Answer.objects.create(
                exercise=exercise,
                question=question,
                authority=actor.authority,
                hour=hour,
                kind=kind,
                given_by=actor,
                given_at=clock.now(),
                **said,
            )
    except IntegrityError as error:
        raise Conflict(_("Your authority has answered this already.")) from error
    exercises.record(
        "exercise.answered",
        actor,
        exercise,
        question=question,
        authority=str(actor.authority),
        hour=str(hour),
    )
    return made


def mistakes(exercise: Exercise, kind: str, said: dict[str, str]) -> dict[str, list[str]]:
    """Return what keeps an answer from being one, by field."""
    offered = kinds(exercise)
    if kind not in offered:
        return {"kind": [_("One of: %(kinds)s.") % {"kinds": ", ".join(offered)}]}
    if exercise.kind == Exercise.Kind.FUNCTIONAL:
        return positions.mistakes(kind, said["reason_code"], said["legal_basis"], said["summary"], [])
    errors: dict[str, list[str]] = {}
    if said["reason_code"] and said["reason_code"] not in positions.OBJECTION_REASONS:
        errors["reason_code"] = [_("One of: %(codes)s.") % {"codes": ", ".join(positions.OBJECTION_REASONS)}]
    if not 10 <= len(said["summary"]) <= 4000:
        errors["summary"] = [_("Say in 10 to 4,000 characters what you would do.")]
    if len(said["legal_basis"]) > 200:
        errors["legal_basis"] = [_("Write at most %(most)s characters.") % {"most": 200}]
    return errors


def kinds(exercise: Exercise) -> list[str]:
    """Return what may be answered: to real questions of a fork only what a position can be."""
    functional = exercise.kind == Exercise.Kind.FUNCTIONAL
    return [kind.value for kind in Answer.Kind if not (functional and kind == Answer.Kind.OTHER)]


def _untimely(exercise: Exercise, question: str, hour: Decimal) -> dict[str, list[str]]:
    first = earliest(exercise, question)
    if first <= hour <= plans.LENGTH:
        return {}
    return {
        "hour": [
            _("An hour of the exercise from %(first)s to %(last)s.") % {"first": first, "last": plans.LENGTH}
        ]
    }


def earliest(exercise: Exercise, question: str) -> int:
    """Return the first hour at which a question can be answered."""
    halted = exercise.halted or {}
    if exercise.kind == Exercise.Kind.FUNCTIONAL:
        return int(halted["hour"])
    return next(one.start for one in plans.read(exercise.plan).table if one.question == question)


@transaction.atomic
def close_situation(*, actor: User, exercise: Exercise, number: int) -> Exercise:
    """Close the situation that a table-top waits for, and put the next; after the last the exercise has run.

    Conflict when another is open.
    """
    exercise = exercises.locked(exercise.pk)
    require(policies.can_record, actor, exercise)
    plan = plans.read(exercise.plan)
    if exercise.kind != Exercise.Kind.TABLE_TOP or (exercise.halted or {}).get("situation") != number:
        raise Conflict(_("This situation is closed, or not open yet."))
    question = plan.table[number - 1].question
    exercises.record("exercise.situation_closed", actor, exercise, question=question)
    if number < len(plan.table):
        exercise.put(number + 1)
        exercise.save(update_fields=["status", "halted"])
        exercises.wait(exercise)
    else:
        exercises.end(exercise, table.count(plan, _said(exercise)), actor)
    return exercise


def _said(exercise: Exercise) -> list[table.Said]:
    rows = exercise.answers.select_related("authority")
    return [
        table.Said(row.question, row.authority.jurisdiction_id, float(row.hour), row.is_complete)
        for row in rows
    ]


@transaction.atomic
def go_on(*, actor: User, exercise: Exercise, hour: int) -> Exercise:
    """Let a functional exercise go on, with what was answered, until its clock stands at an hour.

    It is lived through again from its beginning, which leads to the same state in which people answered.
    """
    exercise = exercises.locked(exercise.pk)
    require(policies.can_record, actor, exercise)
    if exercise.kind != Exercise.Kind.FUNCTIONAL:
        raise Conflict(_("Only the clock of a functional exercise is moved."))
    stands = int((exercise.halted or {})["hour"])
    if not stands < hour <= plans.LENGTH:
        raise Invalid.field(
            "hour",
            _("Choose an hour after %(stands)s, up to %(last)s.") % {"stands": stands, "last": plans.LENGTH},
        )
    exercise.plan = {**exercise.plan, "until": hour, "told": [_told(row) for row in exercise.answers.all()]}
    exercise.go_on()
    exercises.run(exercise, ["plan", "failure", "progress"])
    exercises.record("exercise.went_on", actor, exercise, hour=hour)
    return exercise


def _told(row: Answer) -> dict[str, Any]:
    """Return an answer as `plans.Told` has it."""
    return {
        "question": row.question,
        "hour": float(row.hour),
        "kind": row.kind,
        "reason_code": row.reason_code,
        "legal_basis": row.legal_basis,
        "summary": row.summary,
    }
