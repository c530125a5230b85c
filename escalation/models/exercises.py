"""Exercises that were planned, what they showed, and what is to be done about it."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from core import clock
from core.models import Identified
from members.models import Authority, User


class ExerciseQuerySet(models.QuerySet["Exercise"]):
    def visible_to(self, user: User) -> Self:
        """Every exercise, for officers in office: all members learn from it."""
        return self if user.serves else self.none()


class Exercise(Identified):
    """An exercise: a full drill or a functional one on a fork of what is agreed, or a table-top. `plan` is what
    `escalation.exercises.plans` writes and reads.

    While it runs, `lease_until` says until when its runner is believed alive, `progress` how far it is. While it
    waits for people, `halted` says for what: `{"situation": n}` of a table-top; the hour at which the clock stands
    and the open questions of a functional one.
    """

    class Kind(models.TextChoices):
        FULL = "full", _("Full drill")
        FUNCTIONAL = "functional", _("Functional exercise")
        TABLE_TOP = "table_top", _("Table-top exercise")

    class Status(models.TextChoices):
        PLANNED = "planned", _("Planned")
        RUNNING = "running", _("Running")
        WAITING = "waiting", _("Waits for answers")
        RAN = "ran", _("Ran, to be evaluated")
        EVALUATED = "evaluated", _("Evaluated")
        CLOSED = "closed", _("Closed")

    title = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.FULL, db_default="full")
    number = models.PositiveIntegerField()
    plan = models.JSONField()
    status = FSMField(max_length=10, choices=Status.choices, default=Status.PLANNED, protected=True)
    planned_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    planned_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    progress = models.JSONField(default=dict)  # {"hour", "until", "filed"}
    halted = models.JSONField(null=True, blank=True)
    failure = models.TextField(blank=True)  # why the last start came to nothing
    ran_at = models.DateTimeField(null=True, blank=True)
    scorecard = models.JSONField(null=True, blank=True)
    findings = models.TextField(max_length=10_000, blank=True)  # of the hot wash
    evaluated_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    evaluated_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[Exercise]] = ExerciseQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-planned_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["status"], name="exercise_one_running", condition=Q(status="running")
            ),
            models.CheckConstraint(
                name="exercise_scored_once_it_ran",
                condition=Q(
                    status__in=["planned", "running", "waiting"], scorecard__isnull=True, ran_at__isnull=True
                )
                | Q(status__in=["ran", "evaluated", "closed"], scorecard__isnull=False, ran_at__isnull=False),
            ),
            models.CheckConstraint(
                name="exercise_evaluated_iff_signed",
                condition=Q(
                    status__in=["planned", "running", "waiting", "ran"],
                    evaluated_by__isnull=True,
                    findings="",
                )
                | (Q(status__in=["evaluated", "closed"], evaluated_by__isnull=False) & ~Q(findings="")),
            ),
            models.CheckConstraint(
                name="exercise_closed_iff_dated",
                condition=Q(status="closed", closed_at__isnull=False)
                | (~Q(status="closed") & Q(closed_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="exercise_waits_for_something",
                condition=~Q(status="waiting")
                | Q(kind__in=["functional", "table_top"], halted__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @transition(field=status, source=Status.PLANNED, target=Status.RUNNING)
    def start(self) -> None:
        self.started_at, self.failure = clock.now(), ""

    @transition(field=status, source=Status.RUNNING, target=Status.PLANNED)
    def give_up(self, why: str) -> None:
        self.failure, self.lease_until, self.progress = why, None, {}

    @transition(field=status, source=[Status.PLANNED, Status.WAITING], target=Status.WAITING)
    def put(self, situation: int) -> None:
        self.started_at, self.halted = self.started_at or clock.now(), {"situation": situation}

    @transition(field=status, source=Status.RUNNING, target=Status.WAITING)
    def halt(self, hour: int, questions: list[dict[str, Any]]) -> None:
        self.halted, self.lease_until = {"hour": hour, "questions": questions}, None

    @transition(field=status, source=Status.RUNNING, target=Status.WAITING)
    def fall_back(self, why: str) -> None:
        self.failure, self.lease_until, self.progress = why, None, {}

    @transition(field=status, source=Status.WAITING, target=Status.RUNNING)
    def go_on(self) -> None:
        self.failure, self.progress = "", {}

    @transition(field=status, source=[Status.RUNNING, Status.WAITING], target=Status.RAN)
    def end(self) -> None:
        self.ran_at, self.lease_until, self.halted = clock.now(), None, None

    @transition(field=status, source=Status.RAN, target=Status.EVALUATED)
    def evaluate(self, by: User, findings: str) -> None:
        self.evaluated_by, self.evaluated_at, self.findings = by, clock.now(), findings

    @transition(field=status, source=Status.EVALUATED, target=Status.CLOSED)
    def close(self) -> None:
        self.closed_at = clock.now()


class Answer(models.Model):
    """What an authority said in an exercise, where people answer: to a situation of a table-top, or to a question
    of a functional one. Kept as it was given."""

    class Kind(models.TextChoices):
        NO_OBJECTION = "no_objection", _("No objection")
        OBJECT = "object", _("Object")
        ABSTAIN = "abstain", _("Abstain")
        OTHER = "other", _("Something else")

    exercise = models.ForeignKey(Exercise, on_delete=models.PROTECT, related_name="answers")
    question = models.CharField(max_length=40)  # `T01` of a table-top; else as `exercises.questions` names it
    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="+")
    hour = models.DecimalField(max_digits=5, decimal_places=1)  # of the exercise, at which it counts
    kind = models.CharField(max_length=15, choices=Kind)
    reason_code = models.CharField(max_length=40, blank=True)
    legal_basis = models.CharField(max_length=200, blank=True)
    summary = models.TextField(max_length=4000, blank=True)
    given_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField()

    class Meta:
        ordering = ["question", "hour", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["exercise", "question", "authority"], name="answer_once_by_authority"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.question}: {self.authority}"

    @property
    def is_complete(self) -> bool:
        """Whether it names its grounds: what is said, the rule, and of an objection its reason."""
        grounds = bool(self.legal_basis) and len(self.summary) >= 20
        return grounds and (self.kind != self.Kind.OBJECT or bool(self.reason_code))


class Improvement(Identified):
    """Something to do because of an exercise: who does it, until which day, and what came of it."""

    class Status(models.TextChoices):
        OPEN = "open", _("To do")
        DONE = "done", _("Done")
        REJECTED = "rejected", _("Rejected")

    exercise = models.ForeignKey(Exercise, on_delete=models.PROTECT, related_name="improvements")
    text = models.CharField(max_length=500)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    entered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    due_at = models.DateTimeField()
    status = FSMField(max_length=10, choices=Status.choices, default=Status.OPEN, protected=True)
    outcome = models.CharField(max_length=1000, blank=True)  # what was done, or why not
    settled_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["due_at", "pk"]
        constraints = [
            models.CheckConstraint(
                name="improvement_settled_with_reason",
                condition=Q(status="open", settled_by__isnull=True, outcome="")
                | (Q(status__in=["done", "rejected"], settled_by__isnull=False) & ~Q(outcome="")),
            ),
            models.CheckConstraint(
                name="improvement_rejected_by_another",
                condition=~Q(status="rejected") | ~Q(settled_by=F("owner")),
            ),
        ]

    def __str__(self) -> str:
        return self.text[:80]

    @property
    def is_overdue(self) -> bool:
        return self.status == self.Status.OPEN and self.due_at <= clock.now()

    @transition(field=status, source=Status.OPEN, target=Status.DONE)
    def do(self, by: User, outcome: str) -> None:
        self.settled_by, self.settled_at, self.outcome = by, clock.now(), outcome

    @transition(field=status, source=Status.OPEN, target=Status.REJECTED)
    def reject(self, by: User, outcome: str) -> None:
        self.settled_by, self.settled_at, self.outcome = by, clock.now(), outcome
