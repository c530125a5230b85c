"""The uses of authorisations that exporters declare, each with what was found on it."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from alliance.models import Instrument
from core import clock
from core.models import Identified
from exemptions.models.registrations import Registration
from members.models import User


class UseQuerySet(models.QuerySet["Use"]):
    def visible_to(self, user: User) -> Self:
        """The exporter's own; all of their member's for officers, and of the others what was recorded."""
        if user.serves:
            own = Q(registration__organisation__jurisdiction=user.jurisdiction_code)
            return self.filter(own | Q(status=Use.Status.RECORDED))
        return self.filter(registration__organisation__in=user.organisation_ids)


class Use(Identified):
    """One export that an exporter declares under an authorisation: kept whatever the answer, so nothing is lost.

    `findings` is what the rules said; `for_officers` what only officers read (lists, denials). `amount` is what it
    takes of the cap it is held against, in that cap's unit; it counts while the use is recorded.
    """

    class Status(models.TextChoices):
        RECORDED = "recorded", _("Recorded")
        REFUSED = "refused", _("Refused")
        IN_REVIEW = "in_review", _("An officer looks at it")

    reference = models.CharField(max_length=20, unique=True)  # UD-7K3M-9QX2
    registration = models.ForeignKey(Registration, on_delete=models.PROTECT, related_name="uses")
    instrument = models.ForeignKey(
        Instrument, on_delete=models.PROTECT, related_name="uses"
    )  # it was judged by
    answers: Any = models.JSONField()  # as `exemptions.bench.Asked` reads them
    destination = models.CharField(max_length=2)
    value = models.DecimalField(max_digits=18, decimal_places=2)
    currency = models.CharField(max_length=3)
    amount = models.DecimalField(max_digits=18, decimal_places=3, null=True, blank=True)
    findings: Any = models.JSONField()
    for_officers: Any = models.JSONField()
    facts: Any = models.JSONField()
    lists: Any = models.JSONField()  # versions the parties were screened against
    rules = ArrayField(models.CharField(max_length=60))  # that refused it or sent it to an officer
    status = FSMField(max_length=10, choices=Status.choices, default=Status.IN_REVIEW, protected=True)
    declared_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    declared_at = models.DateTimeField()
    judged_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    judged_at = models.DateTimeField(null=True, blank=True)  # by an officer
    judged_because = models.CharField(max_length=1000, blank=True)

    objects: ClassVar[models.Manager[Use]] = UseQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-declared_at", "-pk"]
        indexes = [models.Index(fields=["registration", "status"], name="use_of_registration")]
        constraints = [
            models.CheckConstraint(
                name="use_amount_positive", condition=Q(amount__isnull=True) | Q(amount__gt=0)
            ),
            models.CheckConstraint(
                name="use_judged_iff_said",
                condition=Q(judged_by__isnull=True, judged_at__isnull=True, judged_because="")
                | (
                    Q(judged_by__isnull=False, judged_at__isnull=False, status__in=["recorded", "refused"])
                    & ~Q(judged_because="")
                    & ~Q(judged_by=F("declared_by"))
                ),
            ),
            models.CheckConstraint(
                name="use_not_recorded_against_a_rule",
                condition=~Q(status="recorded") | Q(rules__len=0) | Q(judged_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @transition(field=status, source=Status.IN_REVIEW, target=Status.RECORDED)
    def record(self) -> None: ...

    @transition(field=status, source=Status.IN_REVIEW, target=Status.REFUSED)
    def refuse(self) -> None: ...

    def judge(self, by: User, because: str) -> None:
        """Note which officer judged it and why, before it is recorded or refused."""
        self.judged_by, self.judged_at, self.judged_because = by, clock.now(), because
