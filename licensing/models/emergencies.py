"""Requests to handle a case as an emergency, and what became of them on the day."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from core import clock
from core.models import Identified
from licensing.models.cases import Case
from members.models import Role, User


class EmergencyRequestQuerySet(models.QuerySet["EmergencyRequest"]):
    def visible_to(self, user: User) -> Self:
        """Those of cases the person may see; seats of the crisis unit also learn which triage is overdue."""
        seen = Q(case__in=Case.objects.visible_to(user))  # type: ignore[attr-defined]
        if user.serves and Role.CRISIS_SEAT in user.roles:
            seen |= Q(overdue_at__isnull=False)
        return self.filter(seen)


class EmergencyRequest(Identified):
    """What an exporter asks for when filing: that the case is handled at once. Triaged the same working day.

    Source: 61 FR 12814 (15 CFR 748.4(h)). `earlier` counts the exporter's requests in the 365 days before.
    """

    class Status(models.TextChoices):
        REQUESTED = "requested", _("Waiting for triage")
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")
        OVERTAKEN = "overtaken", _("Case closed before triage")

    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="emergency")
    reason = models.TextField(max_length=2000)
    without_it = models.TextField(max_length=2000)
    needed_by = models.DateField()
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    earlier = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField()  # as derived; the derivation is the due instant's
    overdue_at = models.DateTimeField(null=True, blank=True)  # the due instant, if nobody had triaged it then
    status = FSMField(max_length=10, choices=Status.choices, default=Status.REQUESTED, protected=True)
    triaged_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    triaged_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(max_length=2000, blank=True)  # what the exporter reads

    objects: ClassVar[models.Manager[EmergencyRequest]] = EmergencyRequestQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["due_at", "pk"]
        indexes = [
            models.Index(fields=["due_at"], name="emergency_waiting", condition=Q(status="requested")),
        ]
        constraints = [
            models.CheckConstraint(
                name="emergency_triaged_by_a_person_with_reason",
                condition=(
                    Q(
                        status__in=["accepted", "declined"],
                        triaged_at__isnull=False,
                        triaged_by__isnull=False,
                    )
                    & ~Q(answer="")
                )
                | Q(
                    status__in=["requested", "overtaken"],
                    triaged_at__isnull=True,
                    triaged_by__isnull=True,
                    answer="",
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"Emergency request on {self.case.reference}"

    @property
    def is_waiting(self) -> bool:
        return bool(self.status == self.Status.REQUESTED)

    @transition(field=status, source=Status.REQUESTED, target=Status.ACCEPTED)
    def accept(self, by: User, answer: str) -> None:
        self.triaged_by, self.triaged_at, self.answer = by, clock.now(), answer

    @transition(field=status, source=Status.REQUESTED, target=Status.DECLINED)
    def decline(self, by: User, answer: str) -> None:
        self.triaged_by, self.triaged_at, self.answer = by, clock.now(), answer

    @transition(field=status, source=Status.REQUESTED, target=Status.OVERTAKEN)
    def overtake(self) -> None: ...
