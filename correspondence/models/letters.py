"""Notices in the app, e-mail, documents."""

from __future__ import annotations

from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _

from core.models import Identified
from ledger.models import Event
from members.models import Invitation, User


class NoticeQuerySet(models.QuerySet["Notice"]):
    def visible_to(self, user: User) -> Self:
        """A person's own notices."""
        return self.filter(recipient=user)


class Notice(Identified):
    """Something a person should know, shown in the inbox."""

    recipient = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notices")
    event = models.ForeignKey(Event, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    subject = models.CharField(max_length=200)
    text = models.TextField(max_length=4000)
    path = models.CharField(max_length=300)  # of the page it is about
    sent_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[Notice]] = NoticeQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-sent_at", "-pk"]
        indexes = [
            models.Index(fields=["recipient", "-sent_at"], name="notice_by_recipient"),
            models.Index(fields=["recipient"], name="notice_unread", condition=Q(read_at__isnull=True)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["recipient", "event", "subject"], name="notice_once_per_event"),
        ]

    def __str__(self) -> str:
        return self.subject


class Message(models.Model):
    """An e-mail on its way: sent once, tried again while the server is away, kept when given up.

    It is about a notice, an invitation, an account being recovered, or something of a floor above. Text and link
    are written when it is sent, so that no link that opens something is ever stored.
    """

    notice = models.OneToOneField(
        Notice, null=True, blank=True, on_delete=models.CASCADE, related_name="message"
    )
    invitation = models.OneToOneField(
        Invitation, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    recovering = models.ForeignKey(User, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    about = models.CharField(
        max_length=100, blank=True, db_default=""
    )  # ref of what a floor above writes the letter about
    event = models.ForeignKey(Event, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    to = models.EmailField()
    queued_at = models.DateTimeField()
    next_attempt_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    given_up_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                name="message_due",
                condition=Q(sent_at__isnull=True, given_up_at__isnull=True),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="message_about_one_thing",
                condition=Q(notice__isnull=False, invitation__isnull=True, recovering__isnull=True, about="")
                | Q(notice__isnull=True, invitation__isnull=False, recovering__isnull=True, about="")
                | Q(notice__isnull=True, invitation__isnull=True, recovering__isnull=False, about="")
                | (Q(notice__isnull=True, invitation__isnull=True, recovering__isnull=True) & ~Q(about="")),
            ),
            models.CheckConstraint(
                name="message_ends_once", condition=Q(sent_at__isnull=True) | Q(given_up_at__isnull=True)
            ),
            models.UniqueConstraint(fields=["event", "to"], name="message_once_per_event"),
        ]

    def __str__(self) -> str:
        about = self.notice or self.invitation or self.about or _("account recovery")
        return f"{self.to}: {about}"


class DocumentQuerySet(models.QuerySet["Document"]):
    def visible_to(self, user: User) -> Self:
        """Documents whose audience the person belongs to."""
        return self.filter(audience__overlap=sorted(user.audience.keys - {"public"}))


class Document(Identified):
    """A file someone gave us: its kind told by its content, stored by its hash outside the web root."""

    name = models.CharField(max_length=150)
    kind = models.CharField(max_length=40)  # what it is for, e.g. end_user_certificate
    media_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    aggregate = models.CharField(max_length=100)  # ref of what it belongs to
    audience = ArrayField(models.CharField(max_length=100))
    stored_by = models.ForeignKey(  # null: somebody without an account, whom the ledger names
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    stored_at = models.DateTimeField()

    objects: ClassVar[models.Manager[Document]] = DocumentQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["stored_at", "pk"]
        indexes = [
            models.Index(fields=["aggregate"], name="document_by_aggregate"),
            GinIndex(fields=["audience"], name="document_by_audience"),
        ]
        constraints = [
            models.CheckConstraint(
                name="document_hashed", condition=Q(sha256__regex=r"^[0-9a-f]{64}$", size__gt=0)
            ),
        ]

    def __str__(self) -> str:
        """Say what it is for, never its name: names of files tell of persons, and the ledger keeps this."""
        return f"{self.kind} ({self.media_type})"
