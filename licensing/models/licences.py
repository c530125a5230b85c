"""Licences and their lines."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from core import clock
from core.models import Identified
from licensing.models.cases import Case
from licensing.models.decisions import Decision
from members.models import Jurisdiction, Mandated, Organisation, Role, User


def _is_provisional(licence: models.Model) -> bool:
    return isinstance(licence, Licence) and licence.provisional


class LicenceQuerySet(models.QuerySet["Licence"]):
    def visible_to(self, user: User) -> Self:
        """The holder's, those of visible cases, and for customs those valid on their territory; for an agent those
        under a mandate in force that lets it read or use them."""
        if not user.is_officer:
            return self.read_as_exporter(user)
        seen = Q(case__in=Case.objects.visible_to(user))  # type: ignore[attr-defined]
        if Role.CUSTOMS_OFFICER in user.roles and user.has_second_factor:
            seen |= Q(territory__contains=[user.jurisdiction_code])
        return self.filter(seen)

    def read_as_exporter(self, user: User) -> Self:
        """Those of the person's organisations, and those under a mandate they hold."""
        mine = Q(holder__in=user.organisation_ids)
        if read := user.mandated(Mandated.LICENCES, Mandated.SHIPMENTS):
            mine |= Q(case__application__mandate__in=read)
        return self.filter(mine)


class Licence(Identified):
    """An individual export licence. What gates ask is `effective_status`, read, never propagated."""

    class Status(models.TextChoices):
        ISSUED = "issued", _("Valid")
        SUSPENDED = "suspended", _("Suspended")
        REVOKED = "revoked", _("Revoked")
        EXPIRED = "expired", _("Expired")
        EXHAUSTED = "exhausted", _("Exhausted")
        SURRENDERED = "surrendered", _("Surrendered")
        REPLACED = "replaced", _("Replaced")

    number = models.CharField(max_length=20, unique=True)  # EL-7K3M-9QX2
    case = models.ForeignKey(
        Case, on_delete=models.PROTECT, related_name="licences", related_query_name="licence"
    )
    decision = models.OneToOneField(  # null: granted by the clock, and not confirmed by anybody yet
        Decision, null=True, blank=True, on_delete=models.PROTECT, related_name="licence"
    )
    holder = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="licences")
    issued_by = models.ForeignKey(Jurisdiction, on_delete=models.PROTECT, related_name="licences_issued")
    status = FSMField(max_length=12, choices=Status.choices, default=Status.ISSUED, protected=True)
    status_reason = models.CharField(max_length=500, blank=True)
    parties = models.JSONField()  # [{role, name, country}]
    destinations = models.JSONField()  # ISO alpha-2
    territory = models.JSONField()  # members that have consented: in those alone it is valid
    edition = models.PositiveSmallIntegerField(
        default=1, db_default=1
    )  # one more with each change of what it says
    edition_at = models.DateTimeField(null=True, blank=True)  # null: the first
    conditions = models.JSONField(default=list)
    national_reference = models.CharField(max_length=60, blank=True)
    issued_at = models.DateTimeField()
    takes_effect_at = models.DateTimeField(null=True, blank=True)  # null: when issued; of its decision
    valid_from = models.DateField()
    valid_until = models.DateField()  # last day, in the issuer's zone
    renewable = models.BooleanField(
        default=True, db_default=True
    )  # not one that was issued on an emergency request, nor a provisional one
    confirm_by = models.DateTimeField(
        null=True, blank=True
    )  # of a provisional one: the first instant too late
    confirmed_at = models.DateTimeField(null=True, blank=True)
    replaced_by = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaces"
    )

    objects: ClassVar[models.Manager[Licence]] = LicenceQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-issued_at"]
        indexes = [
            models.Index(  # those that can still be used: few among all that ever were
                fields=["case"], name="licence_live", condition=Q(status__in=["issued", "suspended"])
            )
        ]
        constraints = [
            models.CheckConstraint(
                name="licence_valid_some_time", condition=Q(valid_until__gte=F("valid_from"))
            ),
            models.CheckConstraint(
                name="licence_takes_effect_later",
                condition=Q(takes_effect_at__isnull=True) | Q(takes_effect_at__gt=F("issued_at")),
            ),
            # licensing.services.emergencies.LONGEST_VALIDITY
            models.CheckConstraint(
                name="licence_of_emergency_is_short",
                condition=Q(renewable=True) | Q(valid_until__lte=F("valid_from") + timedelta(days=90)),
            ),
            models.UniqueConstraint(
                fields=["case"], name="licence_one_decided", condition=Q(decision__isnull=False)
            ),
            models.CheckConstraint(
                name="licence_decided_unless_provisional",
                condition=Q(decision__isnull=True, confirm_by__isnull=False, confirmed_at__isnull=True)
                | (Q(decision__isnull=False) & (Q(confirm_by__isnull=True) | Q(confirmed_at__isnull=False))),
            ),
            models.CheckConstraint(  # alliance.provisional.LONGEST_CONFIRMATION; days end with their last hour
                name="licence_provisional_is_short",
                condition=Q(confirm_by__isnull=True)
                | Q(
                    confirm_by__gt=F("issued_at"),
                    confirm_by__lte=F("issued_at") + timedelta(days=15, hours=1),
                ),
            ),
            models.CheckConstraint(
                name="licence_confirmed_in_time",
                condition=Q(confirmed_at__isnull=True)
                | Q(confirm_by__isnull=False, confirmed_at__lt=F("confirm_by")),
            ),
            models.CheckConstraint(
                name="licence_replaced_by_another",
                condition=Q(status="replaced", replaced_by__isnull=False)
                | (~Q(status="replaced") & Q(replaced_by__isnull=True)),
            ),
            models.CheckConstraint(
                name="licence_provisional_not_renewed",
                condition=Q(decision__isnull=False)
                | Q(renewable=False, valid_until__lte=F("valid_from") + timedelta(days=15)),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def effective_status(self, on: date, *, measure: bool = False, at: datetime | None = None) -> str:
        """The status on a calendar day of the issuer; `not_yet_valid` before the first day.

        `at`: an instant of that day, where it is asked for one: before it takes effect a licence is not yet valid.
        `measure`: whether a measure of a crisis suspends it then. Gates ask `licensing.selectors.standings`, which
        knows. A provisional licence that nobody has confirmed is revoked from its instant on, whether or not a tick
        has come to it.
        """
        if self.unconfirmed(on, at or clock.now()):
            return str(self.Status.REVOKED)
        if self.status in (self.Status.ISSUED, self.Status.SUSPENDED) and on > self.valid_until:
            return self.Status.EXPIRED
        if self.status == self.Status.ISSUED and measure:
            return str(self.Status.SUSPENDED)
        if self.status == self.Status.ISSUED and (on < self.valid_from or self.waits(at)):
            return "not_yet_valid"
        return str(self.status)

    @property
    def provisional(self) -> bool:
        """Whether it was granted by the clock and nobody has confirmed it."""
        return self.confirm_by is not None and self.confirmed_at is None

    def unconfirmed(self, on: date, at: datetime) -> bool:
        """Whether the time to confirm a provisional licence is over."""
        if self.confirm_by is None or self.confirmed_at is not None:
            return False
        return at >= self.confirm_by or on > self.valid_until

    def waits(self, at: datetime | None) -> bool:
        """Whether an instant lies before the one at which the licence takes effect."""
        return at is not None and self.takes_effect_at is not None and at < self.takes_effect_at

    @transition(field=status, source=Status.ISSUED, target=Status.SUSPENDED)
    def suspend(self) -> None: ...

    @transition(field=status, source=Status.SUSPENDED, target=Status.ISSUED)
    def reinstate(self) -> None: ...

    @transition(field=status, source=[Status.ISSUED, Status.SUSPENDED], target=Status.REVOKED)
    def revoke(self) -> None: ...

    @transition(
        field=status,
        source=[Status.ISSUED, Status.SUSPENDED, Status.EXHAUSTED],
        target=Status.REVOKED,
        conditions=[_is_provisional],
    )
    def repeal(self) -> None: ...

    @transition(field=status, source=[Status.ISSUED, Status.EXHAUSTED], target=Status.ISSUED)
    def confirm(self) -> None:
        """What was exhausted can be used again: more is granted now."""
        self.confirmed_at = clock.now()

    @transition(field=status, source=[Status.ISSUED, Status.SUSPENDED], target=Status.EXPIRED)
    def expire(self) -> None: ...

    @transition(field=status, source=Status.ISSUED, target=Status.EXHAUSTED)
    def exhaust(self) -> None: ...

    @transition(field=status, source=Status.EXHAUSTED, target=Status.ISSUED)
    def refill(self) -> None:
        """Customs have given back of what was drawn: something is left again."""

    @transition(field=status, source=Status.ISSUED, target=Status.SURRENDERED)
    def surrender(self) -> None:
        """Not while it is suspended: what is reserved would be let go by it, and could not be revoked any more."""

    @transition(field=status, source=Status.ISSUED, target=Status.REPLACED)
    def replace(self, by: Licence) -> None:
        """Another covers from this instant on what is left."""
        self.replaced_by = by


class LicenceLine(models.Model):
    """What may be exported under the licence, and up to how much."""

    licence = models.ForeignKey(Licence, on_delete=models.CASCADE, related_name="lines")
    line = models.PositiveIntegerField()
    control_code = models.CharField(max_length=20)
    hs_code = models.CharField(max_length=10)
    description = models.CharField(max_length=500)
    quantity = models.DecimalField(max_digits=18, decimal_places=3)
    unit = models.CharField(max_length=3)
    value = models.DecimalField(max_digits=18, decimal_places=2)
    currency = models.CharField(max_length=3)

    class Meta:
        ordering = ["licence", "line"]
        constraints = [
            models.UniqueConstraint(fields=["licence", "line"], name="licence_line_once"),
            models.CheckConstraint(name="licence_line_quantity_positive", condition=Q(quantity__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.line}. {self.description}"
