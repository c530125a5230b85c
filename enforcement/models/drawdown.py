"""What customs draw of licences: reserved, confirmed when goods have left, given back where they did not."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from core import audience, clock
from core.audience import Audience
from core.models import Identified
from enforcement.models.shipments import Shipment
from licensing.models import Licence, LicenceLine
from members.models import Jurisdiction, Role, User


class ReservationQuerySet(models.QuerySet["Reservation"]):
    def visible_to(self, user: User) -> Self:
        """Those of the licences the person may see, and for customs whatever their own member has taken."""
        seen = Q(licence__in=Licence.objects.visible_to(user))  # type: ignore[attr-defined]
        if user.is_officer and Role.CUSTOMS_OFFICER in user.roles and user.has_second_factor:
            seen |= Q(jurisdiction=user.jurisdiction_code)
        return self.filter(seen)

    def standing_as(self, states: Iterable[str]) -> Self:
        """Those that stand in one of some states at this instant: past its time one has lapsed (`state`)."""
        asked, now = set(states), clock.now()
        reserved, expired = Reservation.Status.RESERVED, Reservation.Status.EXPIRED
        found = Q(status__in=asked - {str(reserved)})
        if reserved in asked:
            found |= Q(status=reserved, expires_at__gt=now)
        if expired in asked:
            found |= Q(status=reserved, expires_at__lte=now)
        return self.filter(found)


class Reservation(Identified):
    """A quantity of one line of a licence that a customs office has taken for one declaration.

    Its case is the lock of it. The quantity is in the line's unit. While it is reserved and not past `expires_at`
    it holds the quantity; from its confirmation on its lines say what is drawn. One that names a shipment draws of
    what that shipment takes of the licence already, and takes nothing besides.
    """

    class Status(models.TextChoices):
        RESERVED = "reserved", _("Reserved")
        CONFIRMED = "confirmed", _("Drawn")
        RELEASED = "released", _("Given back")
        EXPIRED = "expired", _("Lapsed")
        CANCELLED = "cancelled", _("Cancelled")

    LIVE = (Status.RESERVED, Status.CONFIRMED)

    licence = models.ForeignKey(Licence, on_delete=models.PROTECT, related_name="reservations")
    licence_line = models.ForeignKey(LicenceLine, on_delete=models.PROTECT, related_name="reservations")
    shipment = models.ForeignKey(
        Shipment, null=True, blank=True, on_delete=models.PROTECT, related_name="reservations"
    )
    jurisdiction = models.ForeignKey(Jurisdiction, on_delete=models.PROTECT, related_name="+")
    office = models.CharField(max_length=10)  # of customs, such as DE004851
    declaration = models.CharField(max_length=35)  # MRN, or the office's own number of the declaration
    quantity = models.DecimalField(max_digits=18, decimal_places=3)
    status = FSMField(max_length=10, choices=Status.choices, default=Status.RESERVED, protected=True)
    reserved_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reserved_at = models.DateTimeField()
    expires_at = models.DateTimeField()  # the first instant at which it binds nothing
    ended_at = models.DateTimeField(null=True, blank=True)  # confirmed, given back or lapsed
    ended_because = models.CharField(max_length=500, blank=True)

    objects: ClassVar[models.Manager[Reservation]] = ReservationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-reserved_at", "-pk"]
        indexes = [
            models.Index(fields=["licence", "status"], name="reservation_of_licence"),
            models.Index(fields=["jurisdiction", "-reserved_at"], name="reservation_of_member"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["office", "declaration", "licence_line"],
                condition=Q(status__in=["reserved", "confirmed"]),
                name="reservation_once_per_declaration",
            ),
            models.CheckConstraint(name="reservation_positive", condition=Q(quantity__gt=0)),
            models.CheckConstraint(
                name="reservation_named",
                condition=Q(office__regex=r"^[A-Z]{2}[A-Z0-9]{3,8}$") & ~Q(declaration=""),
            ),
            models.CheckConstraint(
                name="reservation_expires_later", condition=Q(expires_at__gt=F("reserved_at"))
            ),
            models.CheckConstraint(
                name="reservation_ended_iff_dated",
                condition=Q(status="reserved", ended_at__isnull=True)
                | (~Q(status="reserved") & Q(ended_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="reservation_given_back_iff_said",
                condition=(Q(status__in=["released", "cancelled"]) & ~Q(ended_because=""))
                | (~Q(status__in=["released", "cancelled"]) & Q(ended_because="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.office} {self.declaration}"

    @property
    def case_id(self) -> int:
        """Key of the case whose row is its lock."""
        return self.licence.case_id

    @property
    def audience(self) -> Audience:
        """Whoever reads its case, the holder, and the members in which the licence holds or that have taken it."""
        members = {self.licence.issued_by_id, self.jurisdiction_id, *self.licence.territory}
        return self.licence.case.holder_audience | map(audience.jurisdiction, sorted(members))

    @property
    def state(self) -> str:
        """How it stands at this instant: past its time it has lapsed, whether or not a tick has come."""
        if self.status == self.Status.RESERVED and self.expires_at <= clock.now():
            return str(self.Status.EXPIRED)
        return str(self.status)

    @property
    def drawn(self) -> Decimal:
        """What its lines come to; reads them."""
        return sum((line.quantity for line in self.lines.all()), Decimal(0))

    @transition(field=status, source=[Status.RESERVED, Status.EXPIRED], target=Status.CONFIRMED)
    def confirm(self) -> None:
        self.ended_at = clock.now()

    @transition(field=status, source=Status.RESERVED, target=Status.RELEASED)
    def release(self, because: str) -> None:
        self.ended_at, self.ended_because = clock.now(), because

    @transition(field=status, source=Status.RESERVED, target=Status.EXPIRED)
    def lapse(self) -> None:
        self.ended_at = self.expires_at

    @transition(field=status, source=Status.CONFIRMED, target=Status.CANCELLED)
    def cancel(self, because: str) -> None:
        self.ended_at, self.ended_because = clock.now(), because


class DrawdownLine(models.Model):
    """A line of the drawdown ledger: never changed, set right by further lines. Their sum is what is drawn.

    The kinds are those of UK customs' usage lines: original, late, adjusted, contra.
    """

    class Kind(models.TextChoices):
        ORIGINAL = "original", _("Drawn")
        LATE = "late", _("Drawn late: the reservation had lapsed")
        ADJUSTED = "adjusted", _("Set right")
        CONTRA = "contra", _("Cancelled")

    reservation = models.ForeignKey(Reservation, on_delete=models.PROTECT, related_name="lines")
    kind = models.CharField(max_length=10, choices=Kind)
    quantity = models.DecimalField(max_digits=18, decimal_places=3)  # what it adds; below zero gives back
    reason = models.CharField(max_length=500, blank=True)
    written_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()

    class Meta:
        ordering = ["reservation", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["reservation"],
                condition=Q(kind__in=["original", "late"]),
                name="drawdown_begins_once",
            ),
            models.UniqueConstraint(
                fields=["reservation"], condition=Q(kind="contra"), name="drawdown_cancelled_once"
            ),
            models.CheckConstraint(
                name="drawdown_signed",
                condition=Q(kind__in=["original", "late"], quantity__gt=0)
                | Q(kind="contra", quantity__lt=0)
                | (Q(kind="adjusted") & ~Q(quantity=0)),
            ),
            models.CheckConstraint(
                name="drawdown_says_why",
                condition=Q(kind__in=["original", "late"]) | ~Q(reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reservation}: {self.kind}"
