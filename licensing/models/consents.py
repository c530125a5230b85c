"""Consents of members to a licence that was issued without them, and their withdrawal."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from core import clock
from core.models import Identified
from licensing.models.licences import Licence
from members.models import Jurisdiction, User


class ConsentQuerySet(models.QuerySet["Consent"]):
    def visible_to(self, user: User) -> Self:
        """Those of the licences a person may read."""
        return self.filter(licence__in=Licence.objects.visible_to(user))  # type: ignore[attr-defined]


class Consent(Identified):
    """What a member said, after a licence was issued, on whether it holds in that member too.

    The territory of the licence is what gates read; this is how it came to be. A consent by a position taken before
    the licence was issued has no row, until it is withdrawn: then `given_by` is empty.
    """

    class Status(models.TextChoices):
        ASKED = "asked", _("Asked for")
        GIVEN = "given", _("Given")
        DECLINED = "declined", _("Declined")
        LAPSED = "lapsed", _("Not answered in time")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    licence = models.ForeignKey(Licence, on_delete=models.PROTECT, related_name="consents")
    jurisdiction = models.ForeignKey(Jurisdiction, on_delete=models.PROTECT, related_name="consents")
    status = FSMField(max_length=10, choices=Status.choices, default=Status.ASKED, protected=True)
    asked_at = models.DateTimeField(null=True, blank=True)  # null: the member spoke without being asked
    asked_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    asked_because = models.CharField(max_length=1000, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)  # as derived
    given_at = models.DateTimeField(null=True, blank=True)
    given_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    given_because = models.CharField(max_length=1000, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ended_because = models.CharField(max_length=1000, blank=True)

    objects: ClassVar[models.Manager[Consent]] = ConsentQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["licence", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["licence", "jurisdiction"],
                name="consent_stands_once",
                condition=Q(status__in=["asked", "given"]),
            ),
            models.CheckConstraint(
                name="consent_given_iff_dated",
                condition=Q(status__in=["given", "withdrawn"], given_at__isnull=False)
                | Q(status__in=["asked", "declined", "lapsed"], given_at__isnull=True, given_by__isnull=True),
            ),
            models.CheckConstraint(
                name="consent_ended_with_its_reason",
                condition=Q(status__in=["asked", "given"], ended_at__isnull=True, ended_because="")
                | Q(status="lapsed", ended_at__isnull=False, ended_by__isnull=True)
                | (
                    Q(
                        status__in=["declined", "withdrawn"],
                        ended_at__isnull=False,
                        ended_by__isnull=False,
                    )
                    & ~Q(ended_because="")
                ),
            ),
            models.CheckConstraint(
                name="consent_asked_iff_dated",
                condition=Q(asked_at__isnull=False, asked_by__isnull=False, due_at__isnull=False)
                | (
                    Q(asked_at__isnull=True, asked_by__isnull=True, due_at__isnull=True)
                    & Q(status__in=["given", "withdrawn"])
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.licence.number}, {self.jurisdiction_id}"

    @transition(field=status, source=Status.ASKED, target=Status.GIVEN)
    def give(self, at: datetime, by: User | None = None, because: str = "") -> None:
        self.given_at, self.given_by, self.given_because = at, by, because

    @transition(field=status, source=Status.ASKED, target=Status.DECLINED)
    def decline(self, by: User, because: str) -> None:
        self.ended_at, self.ended_by, self.ended_because = clock.now(), by, because

    @transition(field=status, source=Status.ASKED, target=Status.LAPSED)
    def lapse(self, at: datetime) -> None:
        self.ended_at = at

    @transition(field=status, source=Status.GIVEN, target=Status.WITHDRAWN)
    def withdraw(self, by: User, because: str) -> None:
        self.ended_at, self.ended_by, self.ended_because = clock.now(), by, because
