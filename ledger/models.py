"""What happened: append-only events, their deliveries, positions and feeds."""

from __future__ import annotations

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q

#: What the public count of silences reads: an index finds these among all events.
LAPSES = ("window.lapsed", "decision.overdue")


class Event(models.Model):
    """One act of a person, a client, the clock or a process. Written once; the database refuses changes.

    Holds no foreign key: actor, subject and aggregate are values.
    """

    uid = models.UUIDField(unique=True, editable=False)
    type = models.CharField(max_length=60)  # <noun>.<past participle>
    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=10)  # user | client | guest | clock | process
    actor_id = models.CharField(max_length=64)
    actor_label = models.CharField(max_length=200)
    subject_type = models.CharField(max_length=60)
    subject_id = models.CharField(max_length=64)
    subject_label = models.CharField(max_length=200)
    aggregate = models.CharField(max_length=100, blank=True)  # e.g. case:12; groups a timeline
    aggregate_label = models.CharField(max_length=40, blank=True)  # what outsiders call it: a reference
    facts = models.JSONField(default=dict)
    commitment = models.CharField(max_length=64, blank=True)  # salted SHA-256 of the private detail

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["aggregate", "id"], name="event_by_aggregate"),
            models.Index(fields=["subject_type", "subject_id", "id"], name="event_by_subject"),
            models.Index(fields=["at"], name="event_lapses", condition=Q(type__in=LAPSES)),
            # What happened in a period, of a log that grows in the order of time: small however long it is.
            BrinIndex(fields=["at"], name="event_by_time", autosummarize=True, pages_per_range=32),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.subject_label}"


class EventDetail(models.Model):
    """The erasable part of an event: personal facts, of which the event holds only the commitment."""

    event = models.OneToOneField(Event, on_delete=models.PROTECT, related_name="detail")
    salt = models.BinaryField(max_length=32)
    payload = models.JSONField()

    def __str__(self) -> str:
        return f"Detail of {self.event}"


class Delivery(models.Model):
    """An event that one subscriber has still to take; gone once it has."""

    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="deliveries")
    subscriber = models.CharField(max_length=150)  # dotted name of the function
    queue = models.CharField(max_length=30)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    parked_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(
                fields=["next_attempt_at"], name="delivery_due", condition=Q(parked_at__isnull=True)
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["event", "subscriber"], name="delivery_once_per_subscriber"),
        ]

    def __str__(self) -> str:
        return f"{self.event} to {self.subscriber}"


class Leaf(models.Model):
    """The gapless place of an event in the log; given by the sealer, never changed."""

    position = models.BigIntegerField(unique=True)
    event = models.OneToOneField(Event, on_delete=models.PROTECT, related_name="leaf")

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return f"{self.position}: {self.event}"


class Unsealed(models.Model):
    """An event the sealer has yet to give a place: a short queue, so that sealing costs the same for ever.

    The database adds the row with the event.
    """

    event = models.OneToOneField(Event, primary_key=True, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return str(self.event)


class FeedEntry(models.Model):
    """An event as one audience may read it; its gapless position is given once, by the sealer."""

    audience = models.CharField(max_length=100)
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="feed_entries")
    position = models.BigIntegerField(null=True, blank=True, unique=True)

    class Meta:
        indexes = [
            models.Index(fields=["audience", "position"], name="feed_by_audience"),
            models.Index(fields=["id"], name="feed_unsealed", condition=Q(position__isnull=True)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["event", "audience"], name="feed_once_per_audience"),
        ]

    def __str__(self) -> str:
        return f"{self.audience}: {self.event}"
