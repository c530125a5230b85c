"""Who is registered for which authorisation, what they report on it, and whom an authority has barred."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from alliance.models import Instrument
from core.models import Identified
from correspondence.models import Document
from exemptions.models.authorisations import Authorisation
from exemptions.models.bounds import Report, ReportQuerySet
from members.models import Organisation, User


class RegistrationQuerySet(models.QuerySet["Registration"]):
    def visible_to(self, user: User) -> Self:
        """The person's own organisations'; every one for officers in office: any customs may meet its goods."""
        return self if user.serves else self.filter(organisation__in=user.organisation_ids)

    def missing_a_report(self) -> Self:
        """Those of which a report that is due by now has not been filed."""
        return self.filter(Exists(RegistrationReport.objects.filter(registration=OuterRef("pk")).missed()))


class Registration(Identified):
    """An exporter's registration for one authorisation, with what it undertook; used from `usable_from` on.

    Of a template, `authorisation` is what was granted under it. Whether it is barred is not here (`Bar`).
    """

    class Status(models.TextChoices):
        REGISTERED = "registered", _("Registered")
        IN_NOTICE = "in_notice", _("Notice period runs")
        ACTIVE = "active", _("Active")
        SUSPENDED = "suspended", _("Suspended")
        ENDED = "ended", _("Ended")

    reference = models.CharField(max_length=20, unique=True)  # RG-7K3M-9QX2
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="registrations")
    instrument = models.ForeignKey(Instrument, on_delete=models.PROTECT, related_name="registrations")
    key = models.CharField(max_length=60)  # of the instrument, in whatever version
    authorisation = models.ForeignKey(
        Authorisation, null=True, blank=True, on_delete=models.PROTECT, related_name="registrations"
    )
    undertakings = ArrayField(models.CharField(max_length=60))
    programme = models.TextField(
        max_length=4000, blank=True
    )  # how the compliance programme works, where asked
    document = models.ForeignKey(Document, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    status = FSMField(max_length=10, choices=Status.choices, default=Status.REGISTERED, protected=True)
    registered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    registered_at = models.DateTimeField()
    usable_from = models.DateTimeField()  # as derived
    valid_until = models.DateTimeField()  # as derived
    suspended_at = models.DateTimeField(null=True, blank=True)
    suspended_because = models.CharField(max_length=1000, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_because = models.CharField(max_length=1000, blank=True)

    objects: ClassVar[models.Manager[Registration]] = RegistrationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-registered_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "key", "authorisation"],
                condition=~Q(status="ended"),
                nulls_distinct=False,
                name="registration_once_at_a_time",
            ),
            models.CheckConstraint(name="registration_undertaken", condition=Q(undertakings__len__gte=1)),
            models.CheckConstraint(
                name="registration_usable_before_it_ends", condition=Q(valid_until__gt=F("usable_from"))
            ),
            models.CheckConstraint(
                name="registration_suspended_iff_dated",
                condition=(Q(suspended_at__isnull=True, suspended_because="") & ~Q(status="suspended"))
                | (Q(status="suspended", suspended_at__isnull=False) & ~Q(suspended_because="")),
            ),
            models.CheckConstraint(
                name="registration_ended_iff_dated",
                condition=Q(status="ended", ended_at__isnull=False)
                | (~Q(status="ended") & Q(ended_at__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @transition(field=status, source=Status.REGISTERED, target=Status.IN_NOTICE)
    def start_notice(self) -> None: ...

    @transition(field=status, source=[Status.REGISTERED, Status.IN_NOTICE], target=Status.ACTIVE)
    def activate(self) -> None: ...

    @transition(field=status, source=[Status.IN_NOTICE, Status.ACTIVE], target=Status.SUSPENDED)
    def suspend(self, at: datetime, because: str) -> None:
        self.suspended_at, self.suspended_because = at, because

    @transition(field=status, source=Status.SUSPENDED, target=Status.ACTIVE)
    def restore(self) -> None:
        self.suspended_at, self.suspended_because = None, ""

    @transition(
        field=status,
        source=[Status.REGISTERED, Status.IN_NOTICE, Status.ACTIVE, Status.SUSPENDED],
        target=Status.ENDED,
    )
    def end(self, at: datetime, because: str) -> None:
        self.ended_at, self.ended_because = at, because
        self.suspended_at, self.suspended_because = None, ""


class RegistrationReport(Report):
    """What an exporter reports on the use of an authorisation at one of the dates; nothing used is reported too."""

    registration = models.ForeignKey(Registration, on_delete=models.PROTECT, related_name="reports")
    exports = models.PositiveIntegerField(null=True, blank=True)  # that left, as the exporter says
    recorded = models.PositiveIntegerField(null=True, blank=True)  # uses on record in the period

    objects: ClassVar[models.Manager[RegistrationReport]] = ReportQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["registration", "number"]
        constraints = [
            models.UniqueConstraint(fields=["registration", "number"], name="registration_report_once"),
            models.CheckConstraint(
                name="registration_report_filed_iff_said",
                condition=Q(filed_at__isnull=True, filed_by__isnull=True, exports__isnull=True, found="")
                | (Q(filed_at__isnull=False, filed_by__isnull=False, exports__isnull=False) & ~Q(found="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.registration.reference}, {self.number}"


class BarQuerySet(models.QuerySet["Bar"]):
    def visible_to(self, user: User) -> Self:
        """For officers in office of every member that was told, and for the exporter who is barred."""
        if user.serves:
            return self.filter(Q(told=True) | Q(organisation__jurisdiction=user.jurisdiction_code))
        return self.filter(organisation__in=user.organisation_ids)

    def standing(self) -> Self:
        return self.filter(lifted_at__isnull=True)


class Bar(Identified):
    """An authority bars an exporter from authorisations (Regulation (EU) 2021/821, Article 12(7)).

    The other members are told, unless the authority says why the matter has no bearing on them.
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="bars")
    keys = ArrayField(models.CharField(max_length=60))  # of instruments; empty: of all
    reason = models.TextField(max_length=2000)
    told = models.BooleanField()  # whether the other members are
    why_untold = models.CharField(max_length=1000, blank=True)
    barred_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    barred_at = models.DateTimeField()
    lifted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_because = models.CharField(max_length=1000, blank=True)

    objects: ClassVar[models.Manager[Bar]] = BarQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-barred_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="bar_told_or_says_why_not", condition=Q(told=True) | (Q(told=False) & ~Q(why_untold=""))
            ),
            models.CheckConstraint(name="bar_has_a_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="bar_lifted_by_another",
                condition=Q(lifted_by__isnull=True, lifted_at__isnull=True, lifted_because="")
                | (Q(lifted_at__isnull=False) & ~Q(lifted_because="") & ~Q(lifted_by=F("barred_by"))),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation}: {', '.join(self.keys) or '*'}"

    def bears_on(self, key: str) -> bool:
        return not self.keys or key in self.keys
