"""Decisions: proposed by one person, countersigned by another."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from core import clock
from core.models import Identified
from licensing.models.applications import Revision
from licensing.models.cases import Case
from members.models import User


class DecisionQuerySet(models.QuerySet["Decision"]):
    def visible_to(self, user: User) -> Self:
        """Decisions of cases the officer may read; the exporter reads what the case's event says."""
        if not user.is_officer:
            return self.none()
        return self.filter(case__in=Case.objects.visible_to(user))  # type: ignore[attr-defined]


class Decision(Identified):
    """The answer of the lead jurisdiction on one revision of a case."""

    class Kind(models.TextChoices):
        GRANT = "grant", _("Grant")
        GRANT_IN_PART = "grant_in_part", _("Grant in part")
        REFUSE = "refuse", _("Refuse")
        NO_LICENCE_REQUIRED = "no_licence_required", _("No licence required")
        RETURN = "return", _("Return without action")

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("Waiting for countersignature")
        COUNTERSIGNED = "countersigned", _("Taken")
        SENT_BACK = "sent_back", _("Sent back by the countersigner")
        LAPSED = "lapsed", _("Overtaken by a change of the case")

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="decisions")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=Kind)
    status = FSMField(max_length=15, choices=Status.choices, default=Status.PROPOSED, protected=True)
    criteria = models.JSONField(default=list)  # codes of the criteria it rests on; at least one
    reasons = models.TextField(max_length=10000)  # internal
    reasons_for_exporter = models.TextField(max_length=10000, blank=True)
    ground_code = models.CharField(max_length=40, blank=True)  # of a refusal
    items = models.JSONField(default=list)  # [{line, quantity}] granted
    conditions = models.JSONField(default=list)  # as merged, plus the decider's own
    valid_from = models.DateField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True)
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    countersigned_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    countersigned_at = models.DateTimeField(null=True, blank=True)
    takes_effect_at = models.DateTimeField(null=True, blank=True)  # null: when countersigned
    remark = models.TextField(max_length=4000, blank=True)  # why it was sent back

    objects: ClassVar[models.Manager[Decision]] = DecisionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-proposed_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["case"], name="decision_one_pending", condition=Q(status="proposed")
            ),
            models.UniqueConstraint(
                fields=["case"], name="decision_one_taken", condition=Q(status="countersigned")
            ),
            models.CheckConstraint(
                name="decision_taken_by_two",
                condition=Q(status="countersigned", countersigned_by__isnull=False)
                | (~Q(status="countersigned") & Q(countersigned_by__isnull=True)),
            ),
            models.CheckConstraint(
                name="decision_takes_effect_once_taken",
                condition=Q(takes_effect_at__isnull=True)
                | Q(status="countersigned", takes_effect_at__gt=F("countersigned_at")),
            ),
            models.CheckConstraint(
                name="decision_four_eyes",
                condition=Q(countersigned_by__isnull=True) | ~Q(countersigned_by=F("proposed_by")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.case.reference}"

    @transition(field=status, source=Status.PROPOSED, target=Status.COUNTERSIGNED)
    def take(self) -> None:
        self.countersigned_at = clock.now()

    @transition(field=status, source=Status.PROPOSED, target=Status.SENT_BACK)
    def send_back(self) -> None: ...

    @transition(field=status, source=Status.PROPOSED, target=Status.LAPSED)
    def lapse(self) -> None: ...
