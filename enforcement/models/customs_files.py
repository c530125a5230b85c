"""Files exchanged with a customs system in its own shapes, and which licences it was told."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from core import audience, clock
from core.audience import Audience
from core.models import Identified
from licensing.models import Licence
from members.models import Jurisdiction, Role, User


class CustomsFileQuerySet(models.QuerySet["CustomsFile"]):
    def visible_to(self, user: User) -> Self:
        """To customs, those of their own member."""
        if user.is_officer and Role.CUSTOMS_OFFICER in user.roles and user.has_second_factor:
            return self.filter(jurisdiction=user.jurisdiction_code)
        return self.none()


class CustomsFile(Identified):
    """A file as it came or went, kept once for each run of its sender. Append-only."""

    class Kind(models.TextChoices):
        LICENCES = "licenceData", _("Licences sent")
        LICENCE_REPLY = "licenceReply", _("Answer to licences")
        USAGE = "usageData", _("Usage received")

    jurisdiction = models.ForeignKey(Jurisdiction, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind)
    sender = models.CharField(max_length=20)  # the system that made it, as its header names it
    run_number = models.PositiveIntegerField()
    text = models.TextField()
    sha256 = models.CharField(max_length=64)
    answer = models.TextField(blank=True)  # the usageReply to a usage file, as it is to be sent
    accepted = models.PositiveIntegerField(default=0)  # transactions
    rejected = models.PositiveIntegerField(default=0)
    faults = models.JSONField(default=list)  # what was wrong, a text each, in the order of lines
    exchanged_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    exchanged_at = models.DateTimeField()

    objects: ClassVar[models.Manager[CustomsFile]] = CustomsFileQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-exchanged_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["jurisdiction", "kind", "sender", "run_number"], name="customs_file_once_a_run"
            ),
            models.CheckConstraint(
                name="customs_file_hashed", condition=Q(sha256__regex=r"^[0-9a-f]{64}$") & ~Q(sender="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.sender} {self.run_number}"

    @property
    def audience(self) -> Audience:
        """The member whose customs exchange it."""
        return Audience.of(audience.jurisdiction(self.jurisdiction_id))


class SentLicenceQuerySet(models.QuerySet["SentLicence"]):
    def visible_to(self, user: User) -> Self:
        """Those of the files the person may see."""
        return self.filter(file__in=CustomsFile.objects.visible_to(user))  # type: ignore[attr-defined]


class SentLicence(models.Model):
    """An edition of a licence that a customs system was told, and what it answered."""

    class Action(models.TextChoices):
        INSERT = "insert", _("New")
        REPLACE = "replace", _("In place of the former")
        CANCEL = "cancel", _("Ended")

    class Status(models.TextChoices):
        PENDING = "pending", _("Waits for an answer")
        ACCEPTED = "accepted", _("Accepted")
        REJECTED = "rejected", _("Rejected")

    file = models.ForeignKey(CustomsFile, on_delete=models.PROTECT, related_name="sent")
    licence = models.ForeignKey(Licence, on_delete=models.PROTECT, related_name="sent_to_customs")
    action = models.CharField(max_length=7, choices=Action)
    reference = models.CharField(max_length=35)  # of the transaction
    edition = models.PositiveSmallIntegerField()
    status = FSMField(max_length=8, choices=Status.choices, default=Status.PENDING, protected=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    errors = models.JSONField(default=list)  # what it was rejected for, a text each

    objects: ClassVar[models.Manager[SentLicence]] = SentLicenceQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["file", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["file", "reference"], name="sent_licence_once_a_file"),
            models.CheckConstraint(
                name="sent_licence_answered_iff_dated",
                condition=Q(status="pending", answered_at__isnull=True)
                | (~Q(status="pending") & Q(answered_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.licence} in {self.file}"

    @transition(field=status, source=Status.PENDING, target=Status.ACCEPTED)
    def accept(self) -> None:
        self.answered_at = clock.now()

    @transition(field=status, source=Status.PENDING, target=Status.REJECTED)
    def reject(self, errors: list[str]) -> None:
        self.answered_at, self.errors = clock.now(), errors
