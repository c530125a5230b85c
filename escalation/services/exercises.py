"""Planning exercises, letting them run elsewhere, and doing something about what they showed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core import clock
from core.actors import CLOCK, PROCESS, Actor
from core.audience import ALLIANCE, Audience
from core.errors import Conflict, Invalid
from core.models import ref, ref_id
from core.policies import require
from deadlines import services as deadlines
from deadlines.calculus import Rule
from deadlines.models import DueInstant
from deadlines.registry import aggregate_lock
from escalation.exercises import plans
from escalation.models import Exercise, Improvement
from escalation.policies import exercises as policies
from ledger import services as ledger
from members.models import User

OVERDUE = "exercise.improvement"
LEASE = timedelta(seconds=60)  # a runner that says nothing for so long is believed dead
LONGEST_FAILURE = 2000


@aggregate_lock("exercise")
def lock_exercises(pks: Sequence[int], *, skip_locked: bool) -> set[int]:
    """Lock exercises; see `deadlines.registry.AggregateLock`."""
    rows = Exercise.objects.select_for_update(skip_locked=skip_locked).filter(pk__in=pks).order_by("pk")
    return set(rows.values_list("pk", flat=True))


def locked(pk: int) -> Exercise:
    return Exercise.objects.select_for_update().get(pk=pk)


def record(type: str, actor: Actor, exercise: Exercise, **facts: Any) -> None:
    """Write down what happened to an exercise: for all members, who learn from it."""
    ledger.record(
        type,
        actor=actor,
        subject=exercise,
        aggregate=ref(exercise),
        aggregate_label=exercise.title[:40],
        audience=Audience.of(ALLIANCE),
        facts={"exercise": str(exercise.uid), "title": exercise.title, **facts},
    )


@transaction.atomic
def plan(
    *,
    actor: User,
    title: str,
    members: int,
    kind: str = Exercise.Kind.FULL,
    number: int = 0,
    cases: int = 0,
    injects: Sequence[str] = (),
    by_hand: Sequence[str] = (),
    until: int | None = None,
    situations: Sequence[str] = (),
) -> Exercise:
    """Plan an exercise; Invalid, naming the field and the mend, for a plan that is none.

    A functional one names the members whose people answer (`by_hand`) and the hour at which its clock first waits
    for them (`until`); of a table-top only the `situations` count, of the others `number`, `cases` and `injects`.
    """
    require(policies.can_plan, actor)
    if not 3 <= len(title.strip()) <= 120:
        raise Invalid.field("title", _("Name it in 3 to 120 characters."))
    if kind not in Exercise.Kind:
        raise Invalid.field("kind", _("One of: %(kinds)s.") % {"kinds": ", ".join(Exercise.Kind.values)})
    who = plans.members(members)
    begins = clock.now().replace(minute=0, second=0, microsecond=0)
    if kind == Exercise.Kind.TABLE_TOP:
        number, cases = 0, 0
        made = plans.Plan(number=0, members=who, cases=0, begins=begins, table=plans.situations(situations))
    else:
        if not 0 <= number <= 2_000_000_000:
            raise Invalid.field("number", _("Give a number from 0 to 2,000,000,000."))
        made = plans.Plan(
            number=number,
            members=who,
            cases=plans.checked_cases(cases),
            injects=plans.injects(injects, who),
            begins=begins,
        )
        if kind == Exercise.Kind.FUNCTIONAL:
            made = _functional(made, by_hand, until)
    exercise = Exercise.objects.create(
        title=title.strip(),
        kind=kind,
        number=number,
        plan=made.written(),
        planned_by=actor,
        planned_at=clock.now(),
    )
    record("exercise.planned", actor, exercise, kind=kind, number=number, cases=cases, members=list(who))
    return exercise


def _functional(made: plans.Plan, by_hand: Sequence[str], until: int | None) -> plans.Plan:
    hands = plans.by_hand(by_hand, made.members)
    if not hands:
        raise Invalid.field("by_hand", _("Name the members whose people answer, as DE, FR."))
    if until is None:
        raise Invalid.field("until", _("Say at which hour the clock first waits for answers."))
    return replace(made, by_hand=hands, until=plans.checked_until(until))


@transaction.atomic
def start(*, actor: User, exercise: Exercise) -> Exercise:
    """Start a planned exercise: a worker takes it within seconds, or a table-top puts its first situation.

    Conflict while another runs.
    """
    exercise = locked(exercise.pk)
    require(policies.can_start, actor, exercise)
    if exercise.kind == Exercise.Kind.TABLE_TOP:
        exercise.put(1)
        exercise.save(update_fields=["status", "started_at", "halted"])
        record("exercise.started", actor, exercise)
        wait(exercise)
        return exercise
    exercise.start()
    run(exercise, ["started_at", "failure"])
    record("exercise.started", actor, exercise)
    return exercise


def run(exercise: Exercise, fields: Sequence[str]) -> None:
    """Save an exercise that is to run; Conflict while another does."""
    try:
        with transaction.atomic():
            exercise.save(update_fields=["status", *fields])
    except IntegrityError as error:
        raise Conflict(_("Another exercise runs; start this one when it is over.")) from error


def wait(exercise: Exercise) -> None:
    """Let those whom an exercise waits for know."""
    record("exercise.waits", PROCESS, exercise, halted=plain(exercise.halted))


def plain(halted: dict[str, Any] | None) -> dict[str, int]:
    """Return what an exercise waits for, in figures."""
    found = halted or {}
    figures = {name: int(found[name]) for name in ("situation", "hour") if name in found}
    return figures | ({"questions": len(found["questions"])} if "questions" in found else {})


@transaction.atomic
def take_waiting() -> Exercise | None:
    """Take the exercise that runs and has no living runner; None where there is none."""
    found = (
        Exercise.objects.select_for_update(skip_locked=True)
        .filter(status=Exercise.Status.RUNNING)
        .exclude(lease_until__gt=clock.now())
        .first()
    )
    if found is not None:
        found.lease_until = clock.now() + LEASE
        found.save(update_fields=["lease_until"])
    return found


@transaction.atomic
def note_progress(*, exercise_id: int, progress: dict[str, Any]) -> None:
    """Say how far a running exercise is: its runner lives."""
    exercise = locked(exercise_id)
    if exercise.status == Exercise.Status.RUNNING:
        exercise.progress, exercise.lease_until = progress, clock.now() + LEASE
        exercise.save(update_fields=["progress", "lease_until"])


@transaction.atomic
def keep_scorecard(*, exercise_id: int, scorecard: dict[str, Any]) -> None:
    """Keep what an exercise showed; once. A functional one whose time is not over waits for answers."""
    exercise = locked(exercise_id)
    if exercise.status != Exercise.Status.RUNNING:
        return
    if exercise.kind == Exercise.Kind.FUNCTIONAL and goes_on(scorecard, exercise.plan["cases"]):
        exercise.halt(scorecard["until"], scorecard["questions"])
        exercise.save(update_fields=["status", "halted", "lease_until"])
        wait(exercise)
        return
    end(exercise, scorecard, PROCESS)


def goes_on(scorecard: dict[str, Any], cases: int) -> bool:
    """Whether something is left to live through: hours, and cases that are open or have still to come."""
    totals = scorecard["cases"]
    return bool(scorecard["until"] < plans.LENGTH and (totals["open"] > 0 or totals["filed"] < cases))


def end(exercise: Exercise, scorecard: dict[str, Any], actor: Actor) -> None:
    """Keep the scorecard of an exercise that is over."""
    exercise.scorecard = scorecard
    exercise.end()
    exercise.save(update_fields=["status", "ran_at", "lease_until", "scorecard", "halted"])
    record("exercise.ran", actor, exercise, paths=scorecard["paths"])


@transaction.atomic
def give_up(*, exercise_id: int, why: str) -> None:
    """Note that a start came to nothing; the exercise can be started again, or go on from where it waited."""
    exercise = locked(exercise_id)
    if exercise.status != Exercise.Status.RUNNING:
        return
    if exercise.halted is None:
        exercise.give_up(why[:LONGEST_FAILURE])
    else:
        exercise.fall_back(why[:LONGEST_FAILURE])
    exercise.save(update_fields=["status", "failure", "lease_until", "progress"])
    record("exercise.failed", PROCESS, exercise, why=why[:500])


@transaction.atomic
def evaluate(*, actor: User, exercise: Exercise, findings: str) -> Exercise:
    """Write down what the hot wash found."""
    exercise = locked(exercise.pk)
    require(policies.can_evaluate, actor, exercise)
    if not 20 <= len(findings.strip()) <= 10_000:
        raise Invalid.field("findings", _("Say in 20 to 10,000 characters what was found."))
    exercise.evaluate(actor, findings.strip())
    exercise.save(update_fields=["status", "findings", "evaluated_by", "evaluated_at"])
    record("exercise.evaluated", actor, exercise)
    return exercise


@transaction.atomic
def improve(*, actor: User, exercise: Exercise, text: str, owner: User, due_at: datetime) -> Improvement:
    """Enter something to do, with an owner and a due instant at which it is told to be overdue."""
    exercise = locked(exercise.pk)
    require(policies.can_improve, actor, exercise)
    if not 10 <= len(text.strip()) <= 500:
        raise Invalid.field("text", _("Say in 10 to 500 characters what is to be done."))
    if not owner.is_active or owner.authority is None:
        raise Invalid.field("owner", _("Choose an officer in office."))
    now = clock.now()
    if not now < due_at <= now + timedelta(days=731):
        raise Invalid.field("due_at", _("Choose a day from today on, within two years."))
    made = Improvement.objects.create(
        exercise=exercise, text=text.strip(), owner=owner, entered_by=actor, entered_at=now, due_at=due_at
    )
    home = owner.authority.jurisdiction
    deadlines.set_due(
        kind=OVERDUE,
        aggregate=ref(exercise),
        subject=ref(made),
        start=now,
        rule=Rule(amount=ceil((due_at - now).total_seconds()), unit="seconds"),
        calendar=home.calendar,
        zone=home.timezone,
        owner=owner.name,
    )
    record("exercise.improvement_entered", actor, exercise, text=made.text, due_at=due_at.isoformat())
    return made


@transaction.atomic
def do(*, actor: User, improvement: Improvement, outcome: str) -> Improvement:
    """Say what was done."""
    return _settle(actor, improvement, outcome, done=True)


@transaction.atomic
def reject(*, actor: User, improvement: Improvement, outcome: str) -> Improvement:
    """Say why something is not done."""
    return _settle(actor, improvement, outcome, done=False)


def _settle(actor: User, improvement: Improvement, outcome: str, *, done: bool) -> Improvement:
    exercise = locked(improvement.exercise_id)
    found = Improvement.objects.select_for_update().get(pk=improvement.pk)
    require(policies.can_do if done else policies.can_reject, actor, found)
    if not 10 <= len(outcome.strip()) <= 1000:
        raise Invalid.field("outcome", _("Say in 10 to 1,000 characters what was done, or why not."))
    if done:
        found.do(actor, outcome.strip())
    else:
        found.reject(actor, outcome.strip())
    found.save(update_fields=["status", "outcome", "settled_by", "settled_at"])
    deadlines.cancel(kind=OVERDUE, subject=ref(found))
    type = "exercise.improvement_done" if done else "exercise.improvement_rejected"
    record(type, actor, exercise, text=found.text, outcome=found.outcome)
    return found


def improvement_overdue(due: DueInstant) -> None:
    """The day has come and nobody has said that it is done."""
    found = Improvement.objects.select_related("exercise").get(pk=ref_id(due.subject, "improvement"))
    if found.status == Improvement.Status.OPEN:
        record(
            "exercise.improvement_overdue",
            CLOCK,
            found.exercise,
            text=found.text,
            improvement=str(found.uid),
            due_at=due.due_at.isoformat(),
        )


@transaction.atomic
def close(*, actor: User, exercise: Exercise) -> Exercise:
    """Close an exercise: everything that was to do is done or rejected."""
    exercise = locked(exercise.pk)
    require(policies.can_close, actor, exercise)
    exercise.close()
    exercise.save(update_fields=["status", "closed_at"])
    record("exercise.closed", actor, exercise)
    return exercise
