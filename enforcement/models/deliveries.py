"""What the holder or a monitor says of a delivery, who signed for it, and what an officer makes of it."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from core import clock
from core.models import Identified
from enforcement.models.monitors import MonitorLink
from enforcement.models.shipments import Shipment, ShipmentLine
from members.models import User


class VerificationQuerySet(models.QuerySet["DeliveryVerification"]):
    def visible_to(self, user: User) -> Self:
        """Those of the shipments the person may see."""
        return self.filter(shipment__in=Shipment.objects.visible_to(user))  # type: ignore[attr-defined]

    def standing(self) -> Self:
        """Those that count: accepted, or waiting for an officer."""
        return self.exclude(status=DeliveryVerification.Status.REJECTED)


class DeliveryVerification(Identified):
    """One confirmation of a delivery; a rejected one is kept, and another may follow it.

    It is the holder's, or that of a third-party monitor who came by a link; the two may stand beside each other.
    `signed_by` is of the holder's; the third party is nobody of the holder's and can be asked. What a monitor says
    is the third party's alone: nobody of the holder's signs it.
    """

    class Status(models.TextChoices):
        CONFIRMED = "confirmed", _("Waits for an officer")
        ACCEPTED = "accepted", _("Verified")
        REJECTED = "rejected", _("Not accepted")

    shipment = models.ForeignKey(Shipment, on_delete=models.PROTECT, related_name="verifications")
    number = models.PositiveSmallIntegerField()
    delivered_at = models.DateTimeField()
    place = models.CharField(max_length=300)
    signed_by = models.CharField(max_length=200, blank=True)  # empty: a monitor's
    third_party = models.CharField(max_length=300, blank=True)  # its organisation
    third_person = models.CharField(max_length=200, blank=True)
    third_contact = models.CharField(max_length=200, blank=True)
    explanation = models.TextField(
        max_length=2000, blank=True
    )  # of less than was shipped; of a monitor any remarks
    sha256 = models.CharField(
        max_length=64
    )  # of what was said, its documents' hashes included; also in the ledger
    status = FSMField(max_length=10, choices=Status.choices, default=Status.CONFIRMED, protected=True)
    confirmed_by = models.ForeignKey(  # null: a monitor
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    monitor = models.OneToOneField(
        MonitorLink, null=True, blank=True, on_delete=models.PROTECT, related_name="report"
    )
    confirmed_at = models.DateTimeField()
    judged_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    judged_at = models.DateTimeField(null=True, blank=True)
    remark = models.CharField(max_length=1000, blank=True)

    objects: ClassVar[models.Manager[DeliveryVerification]] = VerificationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["shipment", "number"]
        indexes = [
            models.Index(fields=["confirmed_at"], name="delivery_waits", condition=Q(status="confirmed"))
        ]
        constraints = [
            models.UniqueConstraint(fields=["shipment", "number"], name="delivery_numbered"),
            models.UniqueConstraint(
                fields=["shipment"],
                condition=Q(status__in=["confirmed", "accepted"], monitor__isnull=True),
                name="delivery_confirmed_once",
            ),
            models.UniqueConstraint(
                fields=["shipment"],
                condition=Q(status__in=["confirmed", "accepted"], monitor__isnull=False),
                name="delivery_monitored_once",
            ),
            models.CheckConstraint(
                name="delivery_signed", condition=~Q(place="") & Q(sha256__regex=r"^[0-9a-f]{64}$")
            ),
            models.CheckConstraint(
                name="delivery_said_by_one",
                condition=(Q(confirmed_by__isnull=False, monitor__isnull=True) & ~Q(signed_by=""))
                | (Q(confirmed_by__isnull=True, monitor__isnull=False, signed_by="") & ~Q(third_party="")),
            ),
            models.CheckConstraint(
                name="delivery_third_party_whole",
                condition=Q(third_party="", third_person="", third_contact="")
                | (~Q(third_party="") & ~Q(third_person="") & ~Q(third_contact="")),
            ),
            models.CheckConstraint(
                name="delivery_judged_by_another",
                condition=Q(status="confirmed", judged_by__isnull=True, judged_at__isnull=True)
                | (
                    Q(status__in=["accepted", "rejected"], judged_by__isnull=False, judged_at__isnull=False)
                    & ~Q(judged_by=models.F("confirmed_by"))
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.shipment.reference}, {self.number}"

    @property
    def late(self) -> bool:
        """Whether it came after the date by which the delivery had to be verified."""
        return self.shipment.verify_by is not None and self.confirmed_at >= self.shipment.verify_by

    @property
    def short(self) -> bool:
        """Whether less was delivered of some line than was shipped."""
        return any(one.quantity < one.shipment_line.quantity for one in self.lines.all())

    @transition(field=status, source=Status.CONFIRMED, target=Status.ACCEPTED)
    def accept(self, by: User, remark: str) -> None:
        self.judged_by, self.judged_at, self.remark = by, clock.now(), remark

    @transition(field=status, source=Status.CONFIRMED, target=Status.REJECTED)
    def reject(self, by: User, remark: str) -> None:
        self.judged_by, self.judged_at, self.remark = by, clock.now(), remark


class DeliveredLine(models.Model):
    """How much of a line of the shipment was received, in the line's unit."""

    verification = models.ForeignKey(DeliveryVerification, on_delete=models.PROTECT, related_name="lines")
    shipment_line = models.ForeignKey(ShipmentLine, on_delete=models.PROTECT, related_name="delivered")
    quantity = models.DecimalField(max_digits=18, decimal_places=3)

    class Meta:
        ordering = ["verification", "shipment_line"]
        constraints = [
            models.UniqueConstraint(fields=["verification", "shipment_line"], name="delivered_line_once"),
            models.CheckConstraint(name="delivered_line_not_negative", condition=Q(quantity__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.verification}: {self.quantity}"
