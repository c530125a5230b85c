"""Measures prepared before a crisis, and who is ready to adopt them at once."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from alliance.models.written import WrittenHere
from core import clock
from members.models import Jurisdiction, User


class PreparedSetQuerySet(models.QuerySet["PreparedSet"]):
    def visible_to(self, user: User) -> Self:
        """Every version, for officers in office: measures are prepared between all members."""
        return self if user.serves else self.none()


class PreparedSet(WrittenHere):
    """A version of a set of measures written in the workbench; what is agreed is never changed, only followed."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        AGREED = "agreed", _("Agreed")
        RETIRED = "retired", _("Retired")

    status = FSMField(max_length=10, choices=Status.choices, default=Status.DRAFT, protected=True)
    agreed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    agreed_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[PreparedSet]] = PreparedSetQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["key", "-written_at"]
        constraints = [
            models.UniqueConstraint(fields=["key", "version"], name="prepared_set_version_once"),
            models.CheckConstraint(
                name="prepared_set_four_eyes",
                condition=Q(agreed_by__isnull=True) | ~Q(agreed_by=F("author")),
            ),
            models.CheckConstraint(
                name="prepared_set_agreed_iff_dated",
                condition=Q(status="draft", agreed_at__isnull=True)
                | Q(status="agreed", agreed_at__isnull=False, agreed_by__isnull=False)
                | Q(status="retired"),
            ),
            models.CheckConstraint(
                name="prepared_set_retired_iff_dated",
                condition=Q(status="retired", retired_at__isnull=False)
                | (~Q(status="retired") & Q(retired_at__isnull=True)),
            ),
        ]

    @transition(field=status, source=Status.DRAFT, target=Status.AGREED)
    def agree(self, by: User) -> None:
        self.agreed_by, self.agreed_at = by, clock.now()

    @transition(field=status, source=[Status.DRAFT, Status.AGREED], target=Status.RETIRED)
    def retire(self, by: User, because: str) -> None:
        self.note_retired(by, because)


class Preparedness(models.Model):
    """A member's word that it can adopt a version of a set the instant it is declared, and by which law."""

    jurisdiction = models.ForeignKey(Jurisdiction, on_delete=models.PROTECT, related_name="preparedness")
    set_key = models.CharField(max_length=40)
    set_version = models.CharField(max_length=20)
    legal_reference = models.CharField(max_length=300)  # the national instrument by which it is adopted
    stated_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    stated_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["jurisdiction", "set_key"]
        constraints = [
            models.UniqueConstraint(
                fields=["jurisdiction", "set_key", "set_version"],
                name="preparedness_once",
                condition=Q(withdrawn_at__isnull=True),
            ),
            models.CheckConstraint(name="preparedness_has_law", condition=~Q(legal_reference="")),
        ]

    def __str__(self) -> str:
        return f"{self.jurisdiction_id}: {self.set_key} {self.set_version}"
