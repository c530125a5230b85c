"""Provisional grants: what the clock granted under a charter because nobody answered, and what became of it."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from core import clock
from core.models import Identified
from licensing.models.cases import Case
from licensing.models.licences import Licence
from members.models import User


class ProvisionalGrantQuerySet(models.QuerySet["ProvisionalGrant"]):
    def visible_to(self, user: User) -> Self:
        """Those of the cases the person may see: the exporter's own, or those an officer works with."""
        return self.filter(case__in=Case.objects.visible_to(user))  # type: ignore[attr-defined]


class ProvisionalGrant(Identified):
    """A share of each line, granted by the clock under a charter; at most one for a case, ever.

    No person decided it. Two persons of two members confirm it by an ordinary decision, or it is repealed.
    """

    class Status(models.TextChoices):
        STANDING = "standing", _("Waits for confirmation")
        CONFIRMED = "confirmed", _("Confirmed")
        REPEALED = "repealed", _("Repealed")

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="provisional")
    licence = models.OneToOneField(Licence, on_delete=models.PROTECT, related_name="grant")
    charter_key = models.CharField(max_length=40)
    charter_version = models.CharField(max_length=20)
    tier = models.PositiveIntegerField()  # whose silence it rests on
    share = models.PositiveSmallIntegerField()  # percent of each line, by the charter
    allowance = models.PositiveSmallIntegerField(  # percent of that share, by the provider's record
        default=100, db_default=100
    )
    lines = models.JSONField()  # [{line, quantity}] granted provisionally
    status = FSMField(max_length=15, choices=Status.choices, default=Status.STANDING, protected=True)
    granted_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(  # null: the clock, or a system of the exporter's
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField(max_length=2000, blank=True)  # why it was repealed

    objects: ClassVar[models.Manager[ProvisionalGrant]] = (  # type: ignore[assignment]
        ProvisionalGrantQuerySet.as_manager()
    )

    class Meta:
        ordering = ["-granted_at"]
        constraints = [
            models.CheckConstraint(
                name="provisional_share_is_capped",
                condition=Q(share__gte=1, share__lte=50),  # alliance.provisional.LARGEST_SHARE
            ),
            models.CheckConstraint(
                name="provisional_allowance_is_a_share", condition=Q(allowance__gte=1, allowance__lte=100)
            ),
            models.CheckConstraint(
                name="provisional_ended_once",
                condition=Q(status="standing", ended_at__isnull=True)
                | (~Q(status="standing") & Q(ended_at__gte=F("granted_at"))),
            ),
            models.CheckConstraint(
                name="provisional_repealed_with_reason", condition=~Q(status="repealed", reason="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.licence.number}: {self.get_status_display()}"

    @property
    def is_standing(self) -> bool:
        return bool(self.status == self.Status.STANDING)

    @transition(field=status, source=Status.STANDING, target=Status.CONFIRMED)
    def confirm(self) -> None:
        self.ended_at = clock.now()

    @transition(field=status, source=Status.STANDING, target=Status.REPEALED)
    def repeal(self) -> None: ...
