"""Who is on duty when, and which member is away."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core import clock
from core.models import Identified
from members.models.people import Authority, Jurisdiction, User


class ShiftQuerySet(models.QuerySet["Shift"]):
    def running(self, at: datetime | None = None) -> Self:
        """Those that run at an instant, by default now."""
        at = at or clock.now()
        return self.filter(starts_at__lte=at, ends_at__gt=at)

    def visible_to(self, user: User) -> Self:
        """Those of the authorities whose rota the officer reads."""
        if not user.serves:
            return self.none()
        return self.filter(user.within("authority__"))


class Shift(Identified):
    """Hours in which an officer answers for an authority; entered in its zone, kept as instants.

    In the humanitarian lane the first adjudicator answers, and the backup where the first does not.
    """

    class Post(models.TextChoices):
        AUTHORITY = "", _("The authority")
        FIRST = "first", _("Humanitarian lane, first adjudicator")
        BACKUP = "backup", _("Humanitarian lane, backup")

    authority = models.ForeignKey(Authority, on_delete=models.CASCADE, related_name="shifts")
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="shifts")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    post = models.CharField(max_length=10, choices=Post, default=Post.AUTHORITY, db_default="", blank=True)

    objects: ClassVar[ShiftQuerySet] = ShiftQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["starts_at", "pk"]
        indexes = [models.Index(fields=["authority", "ends_at"], name="shift_by_authority")]
        constraints = [
            models.CheckConstraint(name="shift_ends_later", condition=Q(ends_at__gt=F("starts_at"))),
            models.UniqueConstraint(fields=["authority", "person", "starts_at"], name="shift_once"),
            models.CheckConstraint(name="shift_post_known", condition=Q(post__in=["", "first", "backup"])),
        ]

    def __str__(self) -> str:
        """Name the authority, never the person: the ledger keeps this for good."""
        return f"Shift at {self.authority}"


class AbsenceQuerySet(models.QuerySet["Absence"]):
    def running(self) -> Self:
        """Those that nobody and no date has ended."""
        return self.filter(ended_at__isnull=True)

    def visible_to(self, user: object) -> Self:
        """Everyone may know that a member is offline; the reason is for its officers and the crisis unit."""
        return self


class Absence(Identified):
    """A member is offline: its substitutes answer at once, and its windows run and lapse as ever.

    It ends by hand or at `until`, at the latest.
    """

    jurisdiction = models.ForeignKey(Jurisdiction, on_delete=models.PROTECT, related_name="absences")
    reason = models.CharField(max_length=300)
    declared_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    declared_at = models.DateTimeField(default=clock.now)
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[AbsenceQuerySet] = AbsenceQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-declared_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["jurisdiction"], name="absence_one_running", condition=Q(ended_at__isnull=True)
            ),
            models.CheckConstraint(name="absence_until_later", condition=Q(until__gt=F("declared_at"))),
            models.CheckConstraint(name="absence_reasoned", condition=~Q(reason="")),
            models.CheckConstraint(
                name="absence_ends_within",
                condition=Q(ended_at__isnull=True)
                | Q(ended_at__gte=F("declared_at"), ended_at__lte=F("until")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.jurisdiction_id} offline"
