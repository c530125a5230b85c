"""What a grant within bounds and reports on it are made of: of a measure waived, or of a template activated."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Self, TypeVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from alliance.measures import Scope
from core import clock
from core.models import Identified
from members.models import User


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


class Bounded(Identified):
    """Drafted by one person and granted by another, for a scope, up to a cap, from the first to the last day."""

    class Cap(models.TextChoices):
        VALUE = "value", _("Value")
        QUANTITY = "quantity", _("Quantity")

    reference = models.CharField(max_length=20, unique=True)  # WV-7K3M-9QX2, AU-7K3M-9QX2
    control_codes = ArrayField(models.CharField(max_length=20))  # beginnings
    destinations = ArrayField(models.CharField(max_length=2))
    cap_of = models.CharField(max_length=10, choices=Cap)
    cap = models.DecimalField(max_digits=18, decimal_places=3)  # of all uses together
    unit = models.CharField(max_length=3)  # of quantity, or currency
    first_day = models.DateField()  # UTC
    last_day = models.DateField()
    report_every_days = models.PositiveSmallIntegerField()
    reasons = models.TextField(max_length=4000)
    drafted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    granted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    granted_at = models.DateTimeField(null=True, blank=True)
    valid_from = models.DateTimeField(null=True, blank=True)
    valid_until = models.DateTimeField(null=True, blank=True)  # as derived
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_because = models.CharField(max_length=1000, blank=True)

    class Meta:
        abstract = True
        ordering = ["-drafted_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="%(class)s_ends_after_it_begins", condition=Q(last_day__gte=F("first_day"))
            ),
            models.CheckConstraint(
                name="%(class)s_two_keys",
                condition=Q(granted_by__isnull=True) | ~Q(granted_by=F("drafted_by")),
            ),
            models.CheckConstraint(
                name="%(class)s_ended_iff_dated",
                condition=(Q(status="revoked", ended_at__isnull=False) & ~Q(ended_because=""))
                | Q(status="expired", ended_at__isnull=False)
                | (~Q(status__in=["revoked", "expired"]) & Q(ended_at__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def scope(self) -> Scope:
        return Scope(tuple(self.control_codes), tuple(self.destinations))

    def _turn_second_key(self, by: User, valid_from: datetime, valid_until: datetime) -> None:
        self.granted_by, self.granted_at = by, clock.now()
        self.valid_from, self.valid_until = valid_from, valid_until


Row = TypeVar("Row", bound="Report")


class ReportQuerySet(models.QuerySet[Row]):
    def missed(self) -> Self:
        return self.filter(due_at__lte=clock.now(), filed_at__isnull=True)


class Report(Identified):
    """What is owed by a date, and once it is filed what was found."""

    number = models.PositiveSmallIntegerField()
    due_at = models.DateTimeField()  # as derived
    filed_at = models.DateTimeField(null=True, blank=True)
    filed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    found = models.TextField(max_length=4000, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)  # of what was filed; also in the ledger

    class Meta:
        abstract = True

    @property
    def late(self) -> bool:
        return (self.filed_at or clock.now()) >= self.due_at
