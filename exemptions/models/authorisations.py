"""What two officers granted under a template: for a declared crisis, or for one exporter."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from alliance.measures import Scope
from alliance.models import Declaration, Instrument
from core import clock
from core.models import Identified
from members.models import Organisation, User


class AuthorisationQuerySet(models.QuerySet["Authorisation"]):
    def visible_to(self, user: User) -> Self:
        """All for officers in office; for exporters what was granted to them, or for a crisis to anyone."""
        if user.serves:
            return self
        mine = Q(holder__in=user.organisation_ids) | Q(declaration__isnull=False)
        return self.filter(mine, granted_at__isnull=False) if user.organisation_ids else self.none()

    def standing(self) -> Self:
        """Those that hold now, whether or not the clock has come to their end: with the crisis, if for one."""
        now = clock.now()
        in_force = Q(declaration__isnull=True) | Q(
            declaration__status=Declaration.Status.IN_FORCE, declaration__sunset_at__gt=now
        )
        return self.filter(
            in_force, status=Authorisation.Status.GRANTED, valid_from__lte=now, valid_until__gt=now
        )


class Authorisation(Identified):
    """A template activated within bounds: items, destinations, recipients, a cap, days, and reports.

    Of a crisis template it is bound to a declaration and ends with it; of any other, to its holder.
    """

    class Status(models.TextChoices):
        DRAFTED = "drafted", _("Waits for the second key")
        GRANTED = "granted", _("In force")
        EXPIRED = "expired", _("Expired")
        REVOKED = "revoked", _("Revoked")

    class Cap(models.TextChoices):
        VALUE = "value", _("Value")
        QUANTITY = "quantity", _("Quantity")

    reference = models.CharField(max_length=20, unique=True)  # AU-7K3M-9QX2
    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="authorisations")
    declaration = models.ForeignKey(
        Declaration, null=True, blank=True, on_delete=models.PROTECT, related_name="authorisations"
    )
    holder = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="authorisations"
    )
    control_codes = ArrayField(models.CharField(max_length=20))  # beginnings
    destinations = ArrayField(models.CharField(max_length=2))
    recipients = ArrayField(models.CharField(max_length=200))  # names of end-users
    cap_of = models.CharField(max_length=10, choices=Cap)
    cap = models.DecimalField(max_digits=18, decimal_places=3)  # of all uses together
    unit = models.CharField(max_length=3)  # of quantity, or currency
    first_day = models.DateField()  # UTC
    last_day = models.DateField()
    report_every_days = models.PositiveSmallIntegerField()
    reasons = models.TextField(max_length=4000)
    status = FSMField(max_length=10, choices=Status.choices, default=Status.DRAFTED, protected=True)
    drafted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    granted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    granted_at = models.DateTimeField(null=True, blank=True)
    valid_from = models.DateTimeField(null=True, blank=True)
    valid_until = models.DateTimeField(null=True, blank=True)  # as derived
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_because = models.CharField(max_length=1000, blank=True)

    objects: ClassVar[models.Manager[Authorisation]] = AuthorisationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-drafted_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="authorisation_has_safeguards",
                condition=Q(
                    control_codes__len__gte=1,
                    destinations__len__gte=1,
                    recipients__len__gte=1,
                    cap__gt=0,
                    report_every_days__gte=1,
                    report_every_days__lte=366,
                )
                & ~Q(unit="")
                & ~Q(reasons=""),
            ),
            models.CheckConstraint(
                name="authorisation_of_crisis_or_holder",
                condition=Q(declaration__isnull=True, holder__isnull=False)
                | Q(declaration__isnull=False, holder__isnull=True),
            ),
            models.CheckConstraint(
                name="authorisation_ends_after_it_begins", condition=Q(last_day__gte=F("first_day"))
            ),
            models.CheckConstraint(
                name="authorisation_two_keys",
                condition=Q(granted_by__isnull=True) | ~Q(granted_by=F("drafted_by")),
            ),
            models.CheckConstraint(
                name="authorisation_granted_iff_dated",
                condition=Q(
                    granted_by__isnull=True,
                    granted_at__isnull=True,
                    valid_until__isnull=True,
                    status__in=["drafted", "revoked"],
                )
                | Q(
                    granted_by__isnull=False,
                    granted_at__isnull=False,
                    valid_from__isnull=False,
                    valid_until__isnull=False,
                    status__in=["granted", "expired", "revoked"],
                ),
            ),
            models.CheckConstraint(
                name="authorisation_ended_iff_dated",
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

    @transition(field=status, source=Status.DRAFTED, target=Status.GRANTED)
    def grant(self, by: User, valid_from: datetime, valid_until: datetime) -> None:
        self.granted_by, self.granted_at = by, clock.now()
        self.valid_from, self.valid_until = valid_from, valid_until

    @transition(field=status, source=Status.GRANTED, target=Status.EXPIRED)
    def expire(self, at: datetime) -> None:
        self.ended_at = at

    @transition(field=status, source=[Status.DRAFTED, Status.GRANTED], target=Status.REVOKED)
    def revoke(self, because: str) -> None:
        self.ended_at, self.ended_because = clock.now(), because
