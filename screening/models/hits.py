"""What resembles a listed party, with what officers made of it."""

from __future__ import annotations

from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from core import clock
from core.audience import PUBLIC
from core.models import Identified
from intelligence.models import SharedParty
from members.models import User
from screening.models.lists import Snapshot


class HitQuerySet(models.QuerySet["Hit"]):
    def visible_to(self, user: User) -> Self:
        """Hits of cases the officer's jurisdiction has a part in; an exporter never learns what matched."""
        if not user.is_officer:
            return self.none()
        return self.filter(audience__overlap=sorted(user.audience.keys - {PUBLIC}))


class Hit(Identified):
    """A party of a case that resembles a list entry; cleared only by two officers of the lead."""

    class Status(models.TextChoices):
        OPEN = "open", _("To be judged")
        PROPOSED_CLEAR = "proposed_clear", _("Clearance waits for a second officer")
        CLEARED = "cleared", _("Cleared: not the listed party")
        CONFIRMED = "confirmed", _("Confirmed: the listed party")

    case_ref = models.CharField(max_length=60)
    subject_ref = models.CharField(max_length=60)  # the party of the revision that raised it first
    lead = models.CharField(max_length=2)  # jurisdiction whose officers judge it
    audience = ArrayField(models.CharField(max_length=100))
    shared_party = models.ForeignKey(SharedParty, on_delete=models.PROTECT, related_name="hits")
    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="hits")
    list_key = models.CharField(max_length=40)
    entry_id = models.CharField(max_length=100)
    entry_name = models.CharField(max_length=400)
    queried_name = models.CharField(max_length=300)
    matched_name = models.CharField(max_length=400)
    rule = models.CharField(max_length=20)
    score = models.DecimalField(max_digits=4, decimal_places=3)
    strong = models.BooleanField()
    explanation = models.JSONField()
    raised_at = models.DateTimeField()
    status = FSMField(max_length=15, choices=Status.choices, default=Status.OPEN, protected=True)
    reason = models.TextField(blank=True)
    proposed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    resolved_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    resolved_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[Hit]] = HitQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-score", "pk"]
        indexes = [
            models.Index(fields=["case_ref"], name="hit_by_case"),
            GinIndex(fields=["audience"], name="hit_by_audience"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["case_ref", "shared_party", "list_key", "entry_id", "rule", "score"],
                name="hit_once_per_case_pair_and_closeness",
            ),
            models.CheckConstraint(
                name="hit_four_eyes",
                condition=~Q(status="cleared")
                | (
                    Q(proposed_by__isnull=False, resolved_by__isnull=False) & ~Q(proposed_by=F("resolved_by"))
                ),
            ),
            models.CheckConstraint(
                name="hit_resolved_iff_dated",
                condition=Q(status__in=["cleared", "confirmed"], resolved_at__isnull=False)
                | (Q(status__in=["open", "proposed_clear"]) & Q(resolved_at__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.queried_name} ~ {self.matched_name}"

    @transition(field=status, source=Status.OPEN, target=Status.PROPOSED_CLEAR)
    def propose_clear(self) -> None: ...

    @transition(field=status, source=Status.PROPOSED_CLEAR, target=Status.CLEARED)
    def clear(self) -> None:
        self.resolved_at = clock.now()

    @transition(field=status, source=Status.PROPOSED_CLEAR, target=Status.OPEN)
    def reject_clear(self) -> None: ...

    @transition(field=status, source=[Status.OPEN, Status.PROPOSED_CLEAR], target=Status.CONFIRMED)
    def confirm(self) -> None:
        self.resolved_at = clock.now()
