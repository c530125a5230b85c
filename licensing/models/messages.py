"""Messages between members in a case, each for the members it names, and the receipts of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core import audience
from core.audience import Audience
from core.models import Identified, ref
from licensing.models.cases import Case
from licensing.models.signatures import KeptSignature
from members.models import Authority, Jurisdiction, User


def aggregate_of(case: Case) -> str:
    """Ref of what happens between members in a case: not the case's own, so that whoever gains a stake in it does
    not learn who wrote to whom before."""
    return f"{ref(case)}:messages"


class CaseMessageQuerySet(models.QuerySet["CaseMessage"]):
    def visible_to(self, user: User) -> Self:
        """Messages that the officer's member wrote or is named in, of cases the officer may read.

        Nobody else does, neither auditors nor the crisis unit, nor an officer who belongs to the exporter or to the
        agent that files for it.
        """
        if not user.is_officer:
            return self.none()
        code = user.jurisdiction_code
        named = MessageAddressee.objects.filter(jurisdiction=code).values("message")
        found = self.filter(
            Q(sender=code) | Q(pk__in=named),
            case__in=Case.objects.visible_to(user),  # type: ignore[attr-defined]
        )
        mine = user.organisation_ids
        if not mine:
            return found
        theirs = Q(case__application__organisation__in=mine) | Q(case__application__mandate__agent__in=mine)
        return found.exclude(theirs)

    def unread_by(self, user: User) -> Self:
        """Those addressed to the officer's member that nobody of the officer's authority has opened."""
        read = MessageReceipt.objects.filter(
            addressee__message=models.OuterRef("pk"),
            kind=MessageReceipt.Kind.READ,
            authority=user.authority_id,
        )
        theirs = ~Q(sender=user.jurisdiction_code)
        return self.visible_to(user).filter(theirs, ~models.Exists(read))


class CaseMessage(Identified):
    """What one member writes to others in a case. Never changed; what was wrong is put right by another message.

    A reply stands in the `thread` of the message that began it, which has the subject and whose ends it never
    widens. `acknowledge_within` asks every addressee to acknowledge it within so many hours.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="messages")
    thread = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replies"
    )  # null: it begins one
    sender = models.ForeignKey(Jurisdiction, on_delete=models.PROTECT, related_name="+")
    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="+")
    sent_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    sent_via = models.CharField(max_length=255, blank=True)  # the system that sent it, "" for a person
    sent_at = models.DateTimeField()
    subject = models.CharField(max_length=200, blank=True)
    text = models.TextField(max_length=10000)
    acknowledge_within = models.PositiveSmallIntegerField(null=True, blank=True)  # hours

    objects: ClassVar[models.Manager[CaseMessage]] = CaseMessageQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["sent_at", "pk"]
        indexes = [models.Index(fields=["sender", "-sent_at"], name="message_by_sender")]
        constraints = [
            models.CheckConstraint(
                name="message_subject_begins_thread",
                condition=(Q(thread__isnull=True) & ~Q(subject="")) | Q(thread__isnull=False, subject=""),
            ),
            models.CheckConstraint(name="message_says_something", condition=~Q(text="")),
        ]

    def __str__(self) -> str:
        """Say nothing of its content: the ledger keeps this, and auditors read it."""
        return f"{self.case.reference}, {self.sender_id}"

    @property
    def begun_by(self) -> CaseMessage:
        """The message that began its thread."""
        return self.thread or self

    @property
    def ends(self) -> set[str]:
        """Codes of the member that wrote it and of those it names: who may read it."""
        return {self.sender_id, *(row.jurisdiction_id for row in self.addressees.all())}

    def after(self, at: datetime) -> timedelta:
        """How long after it was sent something happened."""
        return max(timedelta(), at - self.sent_at)

    @property
    def audience(self) -> Audience:
        """Who is told that it was sent, and to whom: both ends, and the auditors. Its text is in no event."""
        return self.told_to(*self.ends)

    def told_to(self, *members: str) -> Audience:
        """The same for some of its ends."""
        keys = {audience.AUDITORS, *map(audience.jurisdiction, members)}
        if self.case.aid:
            keys |= set(map(audience.adjudicators, members))
        return Audience(frozenset(keys))


class MessageAddressee(models.Model):
    """A member that may read a message. The database takes only members that may see the case."""

    message = models.ForeignKey(CaseMessage, on_delete=models.PROTECT, related_name="addressees")
    jurisdiction = models.ForeignKey(Jurisdiction, on_delete=models.PROTECT, related_name="+")
    acknowledge_by = models.DateTimeField(null=True, blank=True)  # as derived; the due instant keeps how

    class Meta:
        ordering = ["jurisdiction"]
        indexes = [models.Index(fields=["jurisdiction", "message"], name="message_by_addressee")]
        constraints = [
            models.UniqueConstraint(fields=["message", "jurisdiction"], name="message_once_per_member"),
        ]

    def __str__(self) -> str:
        return f"{self.message}, {self.jurisdiction_id}"


class MessageReceipt(models.Model):
    """That a message was delivered to a member, first read in one of its authorities, or acknowledged; for good."""

    class Kind(models.TextChoices):
        DELIVERED = "delivered", _("Delivered")
        READ = "read", _("Read")
        ACKNOWLEDGED = "acknowledged", _("Acknowledged")

    addressee = models.ForeignKey(MessageAddressee, on_delete=models.PROTECT, related_name="receipts")
    kind = models.CharField(max_length=15, choices=Kind)
    at = models.DateTimeField()
    authority = models.ForeignKey(
        Authority, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )  # null: delivered to the member
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["addressee", "authority"],
                name="message_read_once_per_authority",
                condition=Q(kind="read"),
            ),
            models.UniqueConstraint(
                fields=["addressee", "kind"],
                name="message_receipt_once_per_member",
                condition=~Q(kind="read"),
            ),
            models.CheckConstraint(
                name="message_receipt_by_a_person",
                condition=Q(kind="delivered", by__isnull=True, authority__isnull=True)
                | (~Q(kind="delivered") & Q(by__isnull=False, authority__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.addressee}: {self.kind}"


class MessageSignature(KeptSignature):
    """What a system signed when it sent a message."""

    message = models.OneToOneField(CaseMessage, on_delete=models.PROTECT, related_name="signature")
