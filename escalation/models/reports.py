"""Situation reports: what the alliance is told of a declaration at set hours, kept as it was told."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q

from alliance.models import Declaration
from core.models import Identified
from members.models import User

#: A report made later than this after its instant says that it is late.
PUNCTUAL = timedelta(minutes=1)


class SituationReportQuerySet(models.QuerySet["SituationReport"]):
    def visible_to(self, user: User) -> Self:
        """Every report, for officers in office of every member, whether or not it has adopted the measures."""
        return self if user.serves else self.none()


class SituationReport(Identified):
    """The report of one declaration for one period, written once; the database refuses changes.

    It covers what happened from `starts_at` up to, and not including, `ends_at`, which is the instant at which it
    was due. `final`: the last one, made when the declaration has ended. `sha256` is that of the canonical JSON of
    `content` (`escalation.reporting`).
    """

    reference = models.CharField(max_length=20, unique=True)  # SR-7K3M-9QX2
    declaration = models.ForeignKey(Declaration, on_delete=models.PROTECT, related_name="reports")
    number = models.PositiveIntegerField()  # from 1, of the declaration
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    made_at = models.DateTimeField()
    final = models.BooleanField(default=False)
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)

    objects: ClassVar[models.Manager[SituationReport]] = SituationReportQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-ends_at", "-pk"]
        indexes = [models.Index(fields=["-ends_at", "-id"], name="report_newest_first")]
        constraints = [
            models.UniqueConstraint(fields=["declaration", "number"], name="report_numbered_once"),
            models.UniqueConstraint(
                fields=["declaration", "ends_at"], name="report_once_per_instant", condition=Q(final=False)
            ),
            models.UniqueConstraint(
                fields=["declaration"], name="report_one_closes", condition=Q(final=True)
            ),
            models.CheckConstraint(
                name="report_covers_some_time",
                condition=Q(ends_at__gt=F("starts_at")) | Q(final=True, ends_at=F("starts_at")),
            ),
            models.CheckConstraint(name="report_made_when_over", condition=Q(made_at__gte=F("ends_at"))),
            models.CheckConstraint(name="report_hashed", condition=Q(sha256__regex=r"^[0-9a-f]{64}$")),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def late(self) -> timedelta | None:
        """How long after its instant it was made, where that is more than a minute."""
        after = self.made_at - self.ends_at
        return after if after > PUNCTUAL else None
