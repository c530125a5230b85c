"""Calendars in versions, and one table of due instants with what they were derived from."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from deadlines.calculus import CalendarData


class CalendarVersion(models.Model):
    """Weekend and holidays of a jurisdiction as known from a date on; a later version moves nothing past."""

    key = models.CharField(max_length=20)
    version = models.CharField(max_length=20)
    effective_from = models.DateField()
    weekend = models.JSONField(default=list)  # weekdays, Monday is 0
    holidays = models.JSONField(default=list)  # [{date, name}]
    source = models.CharField(max_length=200)
    as_of = models.DateField()

    class Meta:
        ordering = ["key", "effective_from"]
        constraints = [models.UniqueConstraint(fields=["key", "version"], name="calendar_version_once")]

    def __str__(self) -> str:
        return f"{self.key} {self.version}"

    @property
    def data(self) -> CalendarData:
        names = {date.fromisoformat(item["date"]): item["name"] for item in self.holidays}
        return CalendarData(self.key, self.version, frozenset(self.weekend), frozenset(names), names)


class DueInstant(models.Model):
    """Something that happens by itself at an instant, unless it is cancelled before.

    `aggregate` names whose lock is taken, `subject` what falls due: plain values, so that timers sit low.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        DONE = "done", _("Applied")
        CANCELLED = "cancelled", _("Cancelled")
        PARKED = "parked", _("Failed and set aside")

    #: Nothing has come of it yet; one of a kind and subject at a time.
    STANDING: ClassVar[tuple[str, ...]] = (State.OPEN, State.PARKED)

    kind = models.CharField(max_length=60)
    aggregate = models.CharField(max_length=100)
    subject = models.CharField(max_length=120)
    due_at = models.DateTimeField()
    start_at = models.DateTimeField()
    inputs = models.JSONField()  # of deadlines.calculus.Derivation
    explanation = models.JSONField()  # its steps
    owner_label = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    lapsed_at = models.DateTimeField(null=True, blank=True)  # the due instant, not the tick
    applied_at = models.DateTimeField(null=True, blank=True)
    parked_error = models.TextField(blank=True)

    class Meta:
        ordering = ["due_at", "pk"]
        indexes = [
            models.Index(fields=["due_at", "id"], name="due_open", condition=Q(state="open")),
            models.Index(fields=["aggregate"], name="due_by_aggregate"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "kind"], name="due_one_standing", condition=Q(state__in=["open", "parked"])
            ),
            models.CheckConstraint(
                name="due_done_iff_lapsed",
                condition=Q(state="done", lapsed_at__isnull=False)
                | (~Q(state="done") & Q(lapsed_at__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.subject}"
