"""Pre-shipment checks: nothing departs that one bears on until it is passed."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from core import clock
from core.models import Identified
from enforcement.models.shipments import Shipment
from licensing.models import Licence
from members.models import Jurisdiction, Organisation, Role, User


class CheckQuerySet(models.QuerySet["PreShipmentCheck"]):
    def visible_to(self, user: User) -> Self:
        """Those of the officer's own member, every one for auditors; exporters read only what holds them up."""
        if not user.serves:
            return self.none()
        if Role.AUDITOR in user.roles:
            return self
        return self.filter(member=user.jurisdiction_code)

    def bearing_on(self, shipment: Shipment) -> Self:
        """Those that mean a shipment: its licence, its provider, or its destination, asked for by its issuer."""
        licence = shipment.licence
        return self.filter(
            Q(licence=licence) | Q(provider=licence.holder_id) | Q(destination=shipment.destination),
            member=licence.issued_by_id,
        )


class PreShipmentCheck(Identified):
    """Somebody looks before goods leave: asked for of one licence, one provider or one destination.

    The results are those of end-use checks (US BIS, 15 CFR 744.15: favourable, unfavourable, unable to verify) with
    `limited` for one that was favourable as far as it could see.
    """

    class Status(models.TextChoices):
        ASKED = "asked", _("Waits for an inspector")
        PERFORMED = "performed", _("Performed")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    class Result(models.TextChoices):
        FAVOURABLE = "favourable", _("Favourable")
        LIMITED = "limited", _("Favourable as far as could be seen")
        UNFAVOURABLE = "unfavourable", _("Unfavourable")
        UNABLE = "unable", _("Could not be performed")

    PASSED = (Result.FAVOURABLE, Result.LIMITED)

    reference = models.CharField(max_length=20, unique=True)  # PC-7K3M-9QX2
    member = models.ForeignKey(
        Jurisdiction, on_delete=models.PROTECT, related_name="+"
    )  # whose licences it means
    licence = models.ForeignKey(
        Licence, null=True, blank=True, on_delete=models.PROTECT, related_name="checks"
    )
    provider = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="checks"
    )
    destination = models.CharField(max_length=2, blank=True)
    reason = models.CharField(max_length=1000)
    status = FSMField(max_length=10, choices=Status.choices, default=Status.ASKED, protected=True)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    result = models.CharField(max_length=12, choices=Result, blank=True)
    found = models.TextField(max_length=4000, blank=True)
    ended_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[PreShipmentCheck]] = CheckQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-asked_at", "-pk"]
        indexes = [models.Index(fields=["member", "status"], name="check_of_member")]
        constraints = [
            models.CheckConstraint(
                name="check_of_one_thing",
                condition=Q(licence__isnull=False, provider__isnull=True, destination="")
                | Q(licence__isnull=True, provider__isnull=False, destination="")
                | (Q(licence__isnull=True, provider__isnull=True) & ~Q(destination="")),
            ),
            models.CheckConstraint(
                name="check_result_iff_performed",
                condition=Q(status="asked", result="", ended_by__isnull=True, ended_at__isnull=True)
                | (
                    Q(status="performed", ended_by__isnull=False, ended_at__isnull=False)
                    & ~Q(result="")
                    & ~Q(found="")
                )
                | (
                    Q(status="withdrawn", result="", ended_by__isnull=False, ended_at__isnull=False)
                    & ~Q(found="")
                ),
            ),
            models.CheckConstraint(
                name="check_two_people", condition=~Q(status="performed", ended_by=models.F("asked_by"))
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def blocks(self) -> bool:
        """Whether it holds up what it bears on, unless a later one of the same thing was passed."""
        return self.status == self.Status.ASKED or (
            self.status == self.Status.PERFORMED and self.result not in self.PASSED
        )

    @property
    def target(self) -> tuple[int | None, int | None, str]:
        """What it is of, to be compared with others."""
        return (self.licence_id, self.provider_id, self.destination)

    @transition(field=status, source=Status.ASKED, target=Status.PERFORMED)
    def perform(self, by: User, result: str, found: str) -> None:
        self.ended_by, self.ended_at, self.result, self.found = by, clock.now(), result, found

    @transition(field=status, source=Status.ASKED, target=Status.WITHDRAWN)
    def withdraw(self, by: User, reason: str) -> None:
        self.ended_by, self.ended_at, self.found = by, clock.now(), reason
