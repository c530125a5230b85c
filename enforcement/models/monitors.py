"""The one-time link by which a third-party monitor, who has no account, confirms a delivery."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core import clock
from core.models import Identified
from enforcement.models.shipments import Shipment
from members.models import User

HASHED = r"^[0-9a-f]{64}$"


class MonitorLinkQuerySet(models.QuerySet["MonitorLink"]):
    def visible_to(self, user: User) -> Self:
        """Those of the shipments the person may see."""
        return self.filter(shipment__in=Shipment.objects.visible_to(user))  # type: ignore[attr-defined]

    def open(self) -> Self:
        """Those neither used nor revoked; past its date one opens nothing, but still stands for its shipment."""
        return self.filter(used_at__isnull=True, revoked_at__isnull=True)


class MonitorLink(Identified):
    """A link mailed to a monitor who was named for a shipment: it opens one page, once, until an instant.

    Of its token only the SHA-256 is kept. The token is made when the letter is sent and is nowhere else.
    """

    class State(models.TextChoices):
        """How it stands now; read, never kept."""

        QUEUED = "queued", _("Letter is on its way out")
        SENT = "sent", _("Sent")
        USED = "used", _("Delivery confirmed")
        REVOKED = "revoked", _("Revoked")
        EXPIRED = "expired", _("Past its date, unused")

    shipment = models.ForeignKey(Shipment, on_delete=models.PROTECT, related_name="monitor_links")
    person = models.CharField(max_length=200)
    organisation = models.CharField(max_length=300)
    email = models.EmailField(max_length=200)
    by_holder = models.BooleanField()  # otherwise for the member that issued the licence
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    token_sha256 = models.CharField(max_length=64, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[MonitorLink]] = MonitorLinkQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["shipment"],
                condition=Q(used_at__isnull=True, revoked_at__isnull=True),
                name="monitor_link_open_once",
            ),
            models.UniqueConstraint(
                fields=["token_sha256"], condition=~Q(token_sha256=""), name="monitor_token_once"
            ),
            models.CheckConstraint(
                name="monitor_token_iff_sent",
                condition=Q(token_sha256="", sent_at__isnull=True)
                | Q(token_sha256__regex=HASHED, sent_at__isnull=False),
            ),
            models.CheckConstraint(
                name="monitor_link_ends_once",
                condition=Q(used_at__isnull=True) | Q(revoked_at__isnull=True, sent_at__isnull=False),
            ),
            models.CheckConstraint(
                name="monitor_link_used_in_time",
                condition=Q(used_at__isnull=True) | Q(used_at__lt=models.F("expires_at")),
            ),
            models.CheckConstraint(
                name="monitor_named", condition=~Q(person="") & ~Q(organisation="") & ~Q(email="")
            ),
        ]

    def __str__(self) -> str:
        """Say which, never who: the ledger keeps this."""
        return f"Link {self.uid}"

    @property
    def case_id(self) -> int:
        """Key of the case whose row is its lock."""
        return self.shipment.case_id

    @property
    def state(self) -> MonitorLink.State:
        """How it stands at this instant."""
        if self.used_at is not None:
            return self.State.USED
        if self.revoked_at is not None:
            return self.State.REVOKED
        if self.expires_at <= clock.now():
            return self.State.EXPIRED
        return self.State.SENT if self.sent_at else self.State.QUEUED

    @property
    def is_open(self) -> bool:
        """Whether it may still be used, once its letter has gone out."""
        return self.state in (self.State.QUEUED, self.State.SENT)
