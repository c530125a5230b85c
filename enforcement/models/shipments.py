"""Shipments under licences, their lines, and who carries and receives them."""

from __future__ import annotations

from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from core import audience, clock
from core.audience import Audience
from core.models import Identified
from intelligence.models import SharedParty
from licensing.models import Licence, LicenceLine
from members.models import Jurisdiction, User


class ShipmentQuerySet(models.QuerySet["Shipment"]):
    def visible_to(self, user: User) -> Self:
        """Those of the licences the person may see: of the holder, of cases seen, of customs' territory."""
        return self.filter(licence__in=Licence.objects.visible_to(user))  # type: ignore[attr-defined]

    def departed(self) -> Self:
        """Those that have left, wherever they are now."""
        return self.filter(status__in=Shipment.LEFT)

    def counted(self) -> Self:
        """Those that take of what is licensed: neither cancelled nor stopped before they left."""
        return self.exclude(status__in=Shipment.GIVEN_BACK)


class Shipment(Identified):
    """Goods that leave, or have left, under a licence, as its holder declared them.

    Its case is the lock of it. What it takes of the licence it gives back only where it never left.
    """

    class Status(models.TextChoices):
        DECLARED = "declared", _("Declared")
        IN_TRANSIT = "in_transit", _("In transit")
        DELIVERED = "delivered", _("Delivered")
        CANCELLED = "cancelled", _("Cancelled")
        STOPPED = "stopped", _("Stopped")

    class Expected(models.TextChoices):
        """Why its delivery has to be verified; empty where it need not be."""

        WAIVER = "waiver", _("It leaves under a waiver of a crisis measure.")
        HUMANITARIAN = "humanitarian", _("It leaves on a humanitarian ground.")
        PROVISIONAL = "provisional", _("It leaves under a provisional licence.")

    LEFT = (Status.IN_TRANSIT, Status.DELIVERED)
    GIVEN_BACK = (Status.CANCELLED, Status.STOPPED)

    reference = models.CharField(max_length=20, unique=True)  # SH-7K3M-9QX2
    licence = models.ForeignKey(Licence, on_delete=models.PROTECT, related_name="shipments")
    leaves_from = models.ForeignKey(Jurisdiction, on_delete=models.PROTECT, related_name="+")
    via = ArrayField(models.CharField(max_length=2), default=list)  # ISO alpha-2, in order
    destination = models.CharField(max_length=2)
    planned_departure = models.DateField()
    planned_arrival = models.DateField()
    own_reference = models.CharField(max_length=60, blank=True)  # the holder's, or of the bill of lading
    containers = ArrayField(  # ISO 6346
        models.CharField(max_length=11),
        default=list,
        db_default=models.Value([], ArrayField(models.CharField())),
    )
    verification = models.CharField(max_length=12, choices=Expected, blank=True)
    status = FSMField(max_length=10, choices=Status.choices, default=Status.DECLARED, protected=True)
    declared_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    declared_at = models.DateTimeField()
    departed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    departed_at = models.DateTimeField(null=True, blank=True)
    verify_by = models.DateTimeField(null=True, blank=True)  # as derived, once it has left
    delivered_at = models.DateTimeField(null=True, blank=True)  # as the holder says
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_because = models.CharField(max_length=500, blank=True)

    objects: ClassVar[models.Manager[Shipment]] = ShipmentQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-declared_at", "-pk"]
        indexes = [
            models.Index(fields=["licence", "status"], name="shipment_of_licence"),
            models.Index(fields=["declared_at"], name="shipment_by_declaration"),
        ]
        constraints = [
            models.CheckConstraint(
                name="shipment_arrives_after_it_leaves",
                condition=Q(planned_arrival__gte=F("planned_departure")),
            ),
            models.CheckConstraint(
                name="shipment_left_iff_dated",
                condition=Q(
                    status__in=["declared", "cancelled", "stopped"],
                    departed_at__isnull=True,
                    departed_by__isnull=True,
                )
                | Q(
                    status__in=["in_transit", "delivered"],
                    departed_at__isnull=False,
                    departed_by__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="shipment_delivered_iff_dated",
                condition=Q(status="delivered", delivered_at__isnull=False)
                | (~Q(status="delivered") & Q(delivered_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="shipment_ended_iff_said",
                condition=(
                    Q(status__in=["cancelled", "stopped"], ended_at__isnull=False) & ~Q(ended_because="")
                )
                | (~Q(status__in=["cancelled", "stopped"]) & Q(ended_at__isnull=True, ended_because="")),
            ),
            models.CheckConstraint(
                name="shipment_verified_by_a_date",
                condition=Q(verification="", verify_by__isnull=True)
                | (~Q(verification="") & Q(departed_at__isnull=True, verify_by__isnull=True))
                | (~Q(verification="") & Q(departed_at__isnull=False, verify_by__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def case_id(self) -> int:
        """Key of the case whose row is its lock."""
        return self.licence.case_id

    @property
    def route(self) -> list[str]:
        """The countries it touches, in order."""
        return [self.leaves_from_id, *self.via, self.destination]

    @property
    def audience(self) -> Audience:
        """Whoever reads its case, the holder, and the members on its route where the licence holds."""
        members = {self.licence.issued_by_id, self.leaves_from_id, *self.licence.territory}
        return self.licence.case.holder_audience | map(audience.jurisdiction, sorted(members))

    @transition(field=status, source=Status.DECLARED, target=Status.IN_TRANSIT)
    def depart(self, by: User) -> None:
        self.departed_by, self.departed_at = by, clock.now()

    @transition(field=status, source=Status.IN_TRANSIT, target=Status.DELIVERED)
    def deliver(self) -> None: ...

    @transition(field=status, source=Status.DECLARED, target=Status.CANCELLED)
    def cancel(self, because: str) -> None:
        self.ended_at, self.ended_because = clock.now(), because

    @transition(field=status, source=Status.DECLARED, target=Status.STOPPED)
    def stop(self, because: str) -> None:
        self.ended_at, self.ended_because = clock.now(), because


class ShipmentLine(models.Model):
    """How much of a line of the licence a shipment holds, in the line's unit."""

    shipment = models.ForeignKey(Shipment, on_delete=models.PROTECT, related_name="lines")
    licence_line = models.ForeignKey(LicenceLine, on_delete=models.PROTECT, related_name="shipped")
    quantity = models.DecimalField(max_digits=18, decimal_places=3)

    class Meta:
        ordering = ["shipment", "licence_line__line"]
        constraints = [
            models.UniqueConstraint(fields=["shipment", "licence_line"], name="shipment_line_once"),
            models.CheckConstraint(name="shipment_line_positive", condition=Q(quantity__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.shipment.reference}: {self.licence_line}"


class ShipmentParty(models.Model):
    """Who carries or receives a shipment, screened like the parties of its case."""

    class Role(models.TextChoices):
        CARRIER = "carrier", _("Carrier")
        VESSEL = "vessel", _("Vessel")
        CONSIGNEE = "consignee", _("Consignee")

    shipment = models.ForeignKey(Shipment, on_delete=models.PROTECT, related_name="parties")
    shared_party = models.ForeignKey(SharedParty, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=10, choices=Role)
    kind = models.CharField(max_length=10)  # company | vessel, as screening tells them apart
    name = models.CharField(max_length=300)
    country = models.CharField(max_length=2)
    identifiers = models.JSONField(default=list)  # [{scheme, value}]
    aliases: ClassVar[list[str]] = []  # a declaration names none
    address: ClassVar[str] = ""

    class Meta:
        ordering = ["shipment", "pk"]
        constraints = [models.UniqueConstraint(fields=["shipment", "role"], name="shipment_party_once")]

    def __str__(self) -> str:
        return self.name
