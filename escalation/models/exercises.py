"""Exercises that were planned, what they showed, and what is to be done about it."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from core import clock
from core.models import Identified
from members.models import User


class ExerciseQuerySet(models.QuerySet["Exercise"]):
    def visible_to(self, user: User) -> Self:
        """Every exercise, for officers in office: all members learn from it."""
        return self if user.serves else self.none()


class Exercise(Identified):
    """A drill on a fork of what is agreed. `plan` is what `escalation.exercises.plans` writes and reads.

    While it runs, `lease_until` says until when its runner is believed alive, `progress` how far it is.
    """

    class Status(models.TextChoices):
        PLANNED = "planned", _("Planned")
        RUNNING = "running", _("Running")
        RAN = "ran", _("Ran, to be evaluated")
        EVALUATED = "evaluated", _("Evaluated")
        CLOSED = "closed", _("Closed")

    title = models.CharField(max_length=120)
    number = models.PositiveIntegerField()
    plan = models.JSONField()
    status = FSMField(max_length=10, choices=Status.choices, default=Status.PLANNED, protected=True)
    planned_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    planned_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    progress = models.JSONField(default=dict)  # {"hour", "until", "filed"}
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
                condition=Q(status__in=["planned", "running"], scorecard__isnull=True, ran_at__isnull=True)
                | Q(status__in=["ran", "evaluated", "closed"], scorecard__isnull=False, ran_at__isnull=False),
            ),
            models.CheckConstraint(
                name="exercise_evaluated_iff_signed",
                condition=Q(status__in=["planned", "running", "ran"], evaluated_by__isnull=True, findings="")
                | (Q(status__in=["evaluated", "closed"], evaluated_by__isnull=False) & ~Q(findings="")),
            ),
            models.CheckConstraint(
                name="exercise_closed_iff_dated",
                condition=Q(status="closed", closed_at__isnull=False)
                | (~Q(status="closed") & Q(closed_at__isnull=True)),
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

    @transition(field=status, source=Status.RUNNING, target=Status.RAN)
    def end(self) -> None:
        self.ran_at, self.lease_until = clock.now(), None

    @transition(field=status, source=Status.RAN, target=Status.EVALUATED)
    def evaluate(self, by: User, findings: str) -> None:
        self.evaluated_by, self.evaluated_at, self.findings = by, clock.now(), findings

    @transition(field=status, source=Status.EVALUATED, target=Status.CLOSED)
    def close(self) -> None:
        self.closed_at = clock.now()


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
