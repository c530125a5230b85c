"""What two officers granted under a template: for a declared crisis, or for one exporter."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from alliance.models import Declaration, Instrument
from core import clock
from exemptions.models.bounds import Bounded
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

    def standing_as(self, states: Iterable[str]) -> Self:
        """Those in some states as they are now: one in force is over with its last day or its crisis."""
        now = clock.now()
        over = Q(valid_until__lte=now) | (
            Q(declaration__isnull=False)
            & (~Q(declaration__status=Declaration.Status.IN_FORCE) | Q(declaration__sunset_at__lte=now))
        )
        wanted, found = set(states), Q(pk__in=[])
        for state in wanted - {Authorisation.Status.GRANTED}:
            found |= Q(status=state)
        if Authorisation.Status.GRANTED in wanted:
            found |= Q(status=Authorisation.Status.GRANTED) & ~over
        if Authorisation.Status.EXPIRED in wanted:
            found |= Q(status=Authorisation.Status.GRANTED) & over
        return self.filter(found)


class Authorisation(Bounded):
    """A template activated within bounds: items, destinations, recipients, a cap, days, and reports.

    Of a crisis template it is bound to a declaration and ends with it; of any other, to its holder.
    """

    class Status(models.TextChoices):
        DRAFTED = "drafted", _("Waits for the second key")
        GRANTED = "granted", _("In force")
        EXPIRED = "expired", _("Expired")
        REVOKED = "revoked", _("Revoked")

    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="authorisations")
    declaration = models.ForeignKey(
        Declaration, null=True, blank=True, on_delete=models.PROTECT, related_name="authorisations"
    )
    holder = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="authorisations"
    )
    recipients = ArrayField(models.CharField(max_length=200))  # names of end-users
    status = FSMField(max_length=10, choices=Status.choices, default=Status.DRAFTED, protected=True)

    objects: ClassVar[models.Manager[Authorisation]] = AuthorisationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta(Bounded.Meta):
        constraints = [
            *Bounded.Meta.constraints,
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
        ]

    @transition(field=status, source=Status.DRAFTED, target=Status.GRANTED)
    def grant(self, by: User, valid_from: datetime, valid_until: datetime) -> None:
        self._turn_second_key(by, valid_from, valid_until)

    @transition(field=status, source=Status.GRANTED, target=Status.EXPIRED)
    def expire(self, at: datetime) -> None:
        self.ended_at = at

    @transition(field=status, source=[Status.DRAFTED, Status.GRANTED], target=Status.REVOKED)
    def revoke(self, because: str) -> None:
        self.ended_at, self.ended_because = clock.now(), because
