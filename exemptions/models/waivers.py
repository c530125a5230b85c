"""Waivers of crisis measures, each with its safeguards, and the reports they are held by."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from alliance.models import Declaration
from core import clock
from exemptions.models.bounds import Bounded, Report, ReportQuerySet
from members.models import Organisation, User


class WaiverQuerySet(models.QuerySet["Waiver"]):
    def visible_to(self, user: User) -> Self:
        """The holder's own once granted; every waiver for officers in office: each member's customs meet it."""
        if user.serves:
            return self
        return self.filter(holder__in=user.organisation_ids, granted_at__isnull=False)

    def missing_a_report(self) -> Self:
        """Those of which a report that is due by now has not been filed."""
        return self.filter(Exists(WaiverReport.objects.filter(waiver=OuterRef("pk")).missed()))

    def in_force(self) -> Self:
        """Those that lift something now, whether or not the clock has come to what was due of them. What their
        precondition says is asked by whoever reads them (`exemptions.selectors.covering`)."""
        now = clock.now()
        return self.filter(status=Waiver.Status.GRANTED, valid_from__lte=now, valid_until__gt=now).exclude(
            Exists(WaiverReport.objects.filter(waiver=OuterRef("pk")).missed())
        )


class Waiver(Bounded):
    """Lifts measures of one crisis for one exporter's trade, as long as its safeguards hold.

    The safeguards are fields that cannot be empty: scope, cap, validity, reporting dates, and the duty to watch the
    end-use; a precondition may be added. `suspended_because` outlives the last day: licences issued under a waiver
    that was broken do not hold again by its running out.
    """

    class Status(models.TextChoices):
        DRAFTED = "drafted", _("Waits for the second key")
        GRANTED = "granted", _("In force")
        SUSPENDED = "suspended", _("Suspended")
        EXPIRED = "expired", _("Expired")
        REVOKED = "revoked", _("Revoked")

    declaration = models.ForeignKey(Declaration, on_delete=models.PROTECT, related_name="waivers")
    measures = ArrayField(models.CharField(max_length=40))  # keys of the measures it lifts
    holder = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="waivers")
    monitoring = models.TextField(max_length=2000)  # what the holder has to watch at the end-user
    precondition = models.TextField(max_length=2000, blank=True)  # over alliance.live_facts
    asked_cap = models.DecimalField(
        max_digits=18, decimal_places=3, null=True, blank=True
    )  # null: as the cap is
    share = models.PositiveSmallIntegerField(default=100, db_default=100)  # percent; exemptions.allowances
    status = FSMField(max_length=10, choices=Status.choices, default=Status.DRAFTED, protected=True)
    suspended_at = models.DateTimeField(null=True, blank=True)
    suspended_because = models.CharField(max_length=1000, blank=True)

    objects: ClassVar[models.Manager[Waiver]] = WaiverQuerySet.as_manager()  # type: ignore[assignment]

    class Meta(Bounded.Meta):
        indexes = [models.Index(fields=["holder", "status"], name="waiver_of_holder")]
        constraints = [
            *Bounded.Meta.constraints,
            models.CheckConstraint(
                name="waiver_has_safeguards",
                condition=Q(
                    measures__len__gte=1,
                    control_codes__len__gte=1,
                    destinations__len__gte=1,
                    cap__gt=0,
                    report_every_days__gte=1,
                    report_every_days__lte=90,
                )
                & ~Q(unit="")
                & ~Q(monitoring="")
                & ~Q(reasons=""),
            ),
            models.CheckConstraint(
                name="waiver_cap_within_allowance",
                condition=Q(asked_cap__isnull=True, share=100)
                | Q(
                    asked_cap__isnull=False,
                    share__gte=25,
                    share__lte=100,
                    cap__lte=F("asked_cap") * F("share") / 100,
                ),
            ),
            models.CheckConstraint(
                name="waiver_granted_iff_dated",
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
                    status__in=["granted", "suspended", "expired", "revoked"],
                ),
            ),
            models.CheckConstraint(
                name="waiver_suspended_iff_dated",
                condition=(Q(suspended_at__isnull=True, suspended_because="") & ~Q(status="suspended"))
                | (Q(suspended_at__isnull=False) & ~Q(suspended_because="") & ~Q(status="granted")),
            ),
        ]

    @property
    def broken(self) -> bool:
        """Whether it was suspended and not restored, or revoked: nothing leaves under it."""
        return bool(self.suspended_because) or (
            self.status == self.Status.REVOKED and self.granted_at is not None
        )

    @transition(field=status, source=Status.DRAFTED, target=Status.GRANTED)
    def grant(self, by: User, valid_from: datetime, valid_until: datetime) -> None:
        self._turn_second_key(by, valid_from, valid_until)

    @transition(field=status, source=Status.GRANTED, target=Status.SUSPENDED)
    def suspend(self, at: datetime, because: str) -> None:
        self.suspended_at, self.suspended_because = at, because

    @transition(field=status, source=Status.SUSPENDED, target=Status.GRANTED)
    def restore(self) -> None:
        self.suspended_at, self.suspended_because = None, ""

    @transition(field=status, source=Status.EXPIRED, target=Status.EXPIRED)
    def clear(self) -> None:
        """What was broken when it ran out has been made good."""
        self.suspended_at, self.suspended_because = None, ""

    @transition(field=status, source=[Status.GRANTED, Status.SUSPENDED], target=Status.EXPIRED)
    def expire(self, at: datetime) -> None:
        self.ended_at = at

    @transition(
        field=status,
        source=[Status.DRAFTED, Status.GRANTED, Status.SUSPENDED],
        target=Status.REVOKED,
    )
    def revoke(self, because: str) -> None:
        self.ended_at, self.ended_because = clock.now(), because


class WaiverReport(Report):
    """What the holder reports at one of the dates: how much of the cap was used, and what the watch found."""

    waiver = models.ForeignKey(Waiver, on_delete=models.PROTECT, related_name="reports")
    used = models.DecimalField(max_digits=18, decimal_places=3, null=True, blank=True)  # since the first day
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    remark = models.CharField(max_length=1000, blank=True)

    objects: ClassVar[models.Manager[WaiverReport]] = ReportQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["waiver", "number"]
        constraints = [
            models.UniqueConstraint(fields=["waiver", "number"], name="waiver_report_once"),
            models.CheckConstraint(
                name="waiver_report_filed_iff_said",
                condition=Q(filed_at__isnull=True, filed_by__isnull=True, used__isnull=True, found="")
                | (Q(filed_at__isnull=False, filed_by__isnull=False, used__gte=0) & ~Q(found="")),
            ),
            models.CheckConstraint(
                name="waiver_report_reviewed_once_filed",
                condition=Q(reviewed_at__isnull=True, reviewed_by__isnull=True)
                | Q(reviewed_at__isnull=False, reviewed_by__isnull=False, filed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.waiver.reference}, {self.number}"


class ExpectedDelivery(models.Model):
    """A delivery of a provider's that has to be verified by an instant: written by the floor that knows shipments.

    Whether it is overdue is read from the instant, never stored.
    """

    holder = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    source_ref = models.CharField(max_length=60, unique=True)  # of the shipment, by value
    label = models.CharField(max_length=20)  # its reference, for people
    due_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)  # by a confirmation that was not rejected

    class Meta:
        ordering = ["due_at", "pk"]
        indexes = [
            models.Index(fields=["holder", "due_at"], name="delivery_expected_of"),
        ]

    def __str__(self) -> str:
        return self.label
