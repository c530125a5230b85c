"""Webhook endpoints of partners' systems: how far each has been told, its keys, what it could not be told."""

from __future__ import annotations

from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from core.models import Identified
from ledger.models import Event
from members.models import ApiClient, User

#: Signature schemes of Standard Webhooks 1.0, the one to prefer between governments first.
SCHEMES = [
    ("v1a", _("Ed25519: we sign, you hold a public key")),
    ("v1", _("HMAC-SHA256: both hold a secret")),
]


class WebhookEndpointQuerySet(models.QuerySet["WebhookEndpoint"]):
    def visible_to(self, user: User) -> Self:
        """Those of the clients a person sees; through a client, that client's own alone."""
        clients = ApiClient.objects.visible_to(user)
        if user.via is not None:
            clients = clients.filter(pk=user.via.pk)
        return self.filter(client__in=clients)


class WebhookEndpoint(Identified):
    """An address of a partner's system that is told what its client may read, in the order of the feed."""

    class Status(models.TextChoices):
        ACTIVE = "active", _("Active")
        PAUSED = "paused", _("Paused")
        DISABLED = "disabled", _("Disabled")

    client = models.ForeignKey(ApiClient, on_delete=models.CASCADE, related_name="webhooks")
    url = models.CharField(max_length=500)
    description = models.CharField(max_length=100, blank=True)
    types = ArrayField(models.CharField(max_length=60), default=list)  # of events; empty: all
    status = FSMField(max_length=10, choices=Status.choices, default=Status.ACTIVE, protected=True)
    status_reason = models.CharField(max_length=300, blank=True)  # why it was disabled
    position = models.BigIntegerField()  # in the feed: what stands up to here was sent or given up
    failures = models.PositiveSmallIntegerField(default=0)  # in a row, of the event that is next
    pace = models.PositiveSmallIntegerField(default=1)  # events in a round: grows while all goes well
    next_attempt_at = models.DateTimeField()
    lease = models.UUIDField(null=True, blank=True)  # of the worker that is sending
    leased_until = models.DateTimeField(null=True, blank=True)
    registered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    registered_at = models.DateTimeField()

    objects: ClassVar[models.Manager[WebhookEndpoint]] = WebhookEndpointQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["registered_at", "pk"]
        indexes = [
            models.Index(fields=["next_attempt_at"], name="webhook_due", condition=Q(status="active")),
        ]
        constraints = [
            models.CheckConstraint(
                name="webhook_reason_iff_disabled",
                condition=Q(status="disabled") & ~Q(status_reason="")
                | Q(status__in=["active", "paused"], status_reason=""),
            ),
            models.CheckConstraint(
                name="webhook_lease_ends",
                condition=Q(lease__isnull=True, leased_until__isnull=True)
                | Q(lease__isnull=False, leased_until__isnull=False),
            ),
            models.CheckConstraint(name="webhook_position_shape", condition=Q(position__gte=-1, pace__gte=1)),
            models.CheckConstraint(name="webhook_over_http", condition=Q(url__regex=r"^https?://")),
        ]

    def __str__(self) -> str:
        """Name the client, never the address: it may carry a secret, and the ledger keeps this."""
        return f"Webhook of {self.client.name}"

    @transition(field=status, source=Status.ACTIVE, target=Status.PAUSED)
    def pause(self) -> None:
        pass

    @transition(field=status, source=[Status.PAUSED, Status.DISABLED], target=Status.ACTIVE)
    def resume(self) -> None:
        self.status_reason = ""
        self.failures, self.pace = 0, 1

    @transition(field=status, source=Status.ACTIVE, target=Status.DISABLED)
    def disable(self, reason: str) -> None:
        self.status_reason = reason


class WebhookKey(models.Model):
    """A key that signs what an endpoint is told, encrypted at rest; a former one signs along until it retires."""

    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="keys")
    scheme = models.CharField(max_length=3, choices=SCHEMES)
    sealed = models.TextField()
    public = models.CharField(max_length=60, blank=True)  # whpk_..., of Ed25519
    made_at = models.DateTimeField()
    retires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint"], name="webhook_one_key_in_use", condition=Q(retires_at__isnull=True)
            ),
            models.CheckConstraint(
                name="webhook_key_public_iff_asymmetric",
                condition=Q(scheme="v1", public="") | Q(scheme="v1a", public__startswith="whpk_"),
            ),
            models.CheckConstraint(
                name="webhook_key_retires_later",
                condition=Q(retires_at__isnull=True) | Q(retires_at__gt=F("made_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scheme} of {self.endpoint_id}"


class WebhookLetter(models.Model):
    """An event that goes to an endpoint apart from the feed: a test, or a dead letter that waits to be asked for.

    `died_at`: every attempt failed, and the feed went on without it. `asked_at`: it is to be sent next.
    """

    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="letters")
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="+")
    position = models.BigIntegerField(null=True, blank=True)  # its place in the feed
    attempts = models.PositiveSmallIntegerField(default=0)
    reason = models.CharField(max_length=300, blank=True)
    died_at = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position", "pk"]
        indexes = [
            models.Index(
                fields=["endpoint"], name="webhook_letter_asked", condition=Q(asked_at__isnull=False)
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "event"], name="webhook_letter_once"),
            models.CheckConstraint(
                name="webhook_letter_dead_or_asked",
                condition=Q(died_at__isnull=True, position__isnull=True, asked_at__isnull=False)
                | Q(died_at__isnull=False, position__isnull=False) & ~Q(reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} to {self.endpoint_id}"


class WebhookAttempt(models.Model):
    """One call to an endpoint and what came of it; kept for 30 days."""

    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="attempts")
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveSmallIntegerField()  # 1 for the first
    at = models.DateTimeField()
    took_ms = models.PositiveIntegerField()
    delivered = models.BooleanField()
    status = models.PositiveSmallIntegerField(null=True, blank=True)  # of HTTP; none: there was no answer
    reason = models.CharField(max_length=300, blank=True)  # why it counts as failed
    answer = models.CharField(max_length=200, blank=True)  # how the answer's body begins

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["endpoint", "-at"], name="webhook_attempts_of"),
            models.Index(fields=["at"], name="webhook_attempts_old"),
        ]
        constraints = [
            models.CheckConstraint(
                name="webhook_attempt_failed_for_a_reason",
                condition=Q(delivered=True, reason="") | Q(delivered=False) & ~Q(reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"Attempt {self.number} of {self.event_id} to {self.endpoint_id}"
