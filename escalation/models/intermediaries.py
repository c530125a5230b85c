"""Intermediaries that stand in several cases, and packages about them for authorities outside the alliance."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from core import clock
from core.models import Identified
from intelligence.models import SharedParty
from licensing.models import Case
from members.models import Role, User

#: The alliance's own rule: what is told outside is told for a purpose and a time.
LONGEST_DAYS = 90
LONGEST = timedelta(days=LONGEST_DAYS + 2)  # up to the midnight that closes the last day


class SharedIntermediary(models.Model):
    """That a case was flagged because a party between exporter and end-user stands in another one as well."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="shared_intermediaries")
    party = models.ForeignKey(SharedParty, on_delete=models.PROTECT, related_name="+")
    found_at = models.DateTimeField()

    class Meta:
        ordering = ["case", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["case", "party"], name="shared_intermediary_once"),
        ]

    def __str__(self) -> str:
        """Name the case, never the party: names of parties may be those of persons, and the ledger keeps this."""
        return f"Intermediary in {self.case.reference}"


class LiaisonPackageQuerySet(models.QuerySet["LiaisonPackage"]):
    def visible_to(self, user: User) -> Self:
        """Every package, for seats of the crisis unit and auditors."""
        if not user.serves or not {Role.CRISIS_SEAT, Role.AUDITOR} & user.roles:
            return self.none()
        return self


class LiaisonPackage(Identified):
    """What an authority outside the alliance is told of an intermediary: for a purpose, until a day, and no more.

    `content` is frozen when it is proposed, so that the second person releases what was read. `sha256` is that of
    its canonical JSON.
    """

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("Waiting for the second person")
        RELEASED = "released", _("Released")
        EXPIRED = "expired", _("Expired")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    reference = models.CharField(max_length=20, unique=True)  # LP-7K3M-9QX2
    party = models.ForeignKey(SharedParty, on_delete=models.PROTECT, related_name="+")
    authority = models.CharField(max_length=200)  # outside the alliance, as it calls itself
    country = models.CharField(max_length=2)  # ISO 3166-1 alpha-2
    purpose = models.TextField(max_length=1000)
    legal_basis = models.CharField(max_length=200)
    content = models.JSONField()
    sha256 = models.CharField(max_length=64)
    status = FSMField(max_length=10, choices=Status.choices, default=Status.PROPOSED, protected=True)
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    released_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    released_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()  # as derived; the derivation is the due instant's
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_because = models.CharField(max_length=1000, blank=True)
    received_at = models.DateTimeField(null=True, blank=True)
    received_note = models.CharField(max_length=500, blank=True)  # who confirmed it, and how

    objects: ClassVar[models.Manager[LiaisonPackage]] = LiaisonPackageQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-proposed_at", "-pk"]
        constraints = [
            models.CheckConstraint(name="liaison_hashed", condition=Q(sha256__regex=r"^[0-9a-f]{64}$")),
            models.CheckConstraint(
                name="liaison_four_eyes",
                condition=Q(released_by__isnull=True) | ~Q(released_by=F("proposed_by")),
            ),
            models.CheckConstraint(
                name="liaison_released_by_two",
                condition=Q(released_by__isnull=False, released_at__isnull=False)
                | (Q(released_by__isnull=True, released_at__isnull=True) & ~Q(status="released")),
            ),
            models.CheckConstraint(
                name="liaison_ended_iff_dated",
                condition=Q(status__in=["expired", "withdrawn"], ended_at__isnull=False)
                | (~Q(status__in=["expired", "withdrawn"]) & Q(ended_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="liaison_within_its_time",
                condition=Q(expires_at__gt=F("proposed_at"), expires_at__lte=F("proposed_at") + LONGEST),
            ),
            models.CheckConstraint(
                name="liaison_received_after_release",
                condition=Q(received_at__isnull=True, received_note="")
                | (Q(received_at__isnull=False, released_at__isnull=False) & ~Q(received_note="")),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @transition(field=status, source=Status.PROPOSED, target=Status.RELEASED)
    def release(self, by: User) -> None:
        self.released_by, self.released_at = by, clock.now()

    @transition(field=status, source=[Status.PROPOSED, Status.RELEASED], target=Status.WITHDRAWN)
    def withdraw(self, because: str) -> None:
        self.ended_at, self.ended_because = clock.now(), because

    @transition(field=status, source=[Status.PROPOSED, Status.RELEASED], target=Status.EXPIRED)
    def expire(self) -> None:
        self.ended_at = clock.now()


class LiaisonDownload(models.Model):
    """That somebody fetched a package to hand it over."""

    package = models.ForeignKey(LiaisonPackage, on_delete=models.PROTECT, related_name="downloads")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at"]

    def __str__(self) -> str:
        return f"{self.package.reference}, {self.at:%Y-%m-%d}"
