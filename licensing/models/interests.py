"""Where a humanitarian and a security interest meet: the two keys of a grant; rulings on humanitarian grounds."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core import clock
from core.models import Identified
from licensing.models.applications import Revision
from licensing.models.cases import Case
from members.models import Authority, User


class TwoKeysQuerySet(models.QuerySet["TwoKeys"]):
    def visible_to(self, user: User) -> Self:
        """Those of cases an officer may read; exporters read none."""
        if not user.is_officer:
            return self.none()
        return self.filter(case__in=Case.objects.visible_to(user))  # type: ignore[attr-defined]

    def asked(self) -> Self:
        """Those that a grant waits for."""
        return self.filter(ended_at__isnull=True)


class TwoKeys(Identified):
    """A revision in which both interests meet: it is granted only with one key of each, by two persons.

    `because`: [{key, sentence, legal_basis}] of the criteria that fired. It ends when they fire no more.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="two_keys")
    revision = models.OneToOneField(Revision, on_delete=models.CASCADE, related_name="two_keys")
    because = models.JSONField()
    asked_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[TwoKeys]] = TwoKeysQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"Two keys of {self.case.reference}"


class KeyQuerySet(models.QuerySet["Key"]):
    def visible_to(self, user: User) -> Self:
        """Those of cases an officer may read; exporters read none."""
        return self.filter(two_keys__in=TwoKeys.objects.visible_to(user))  # type: ignore[attr-defined]


class Key(Identified):
    """What one person has signed for one interest: that the revision may be granted, and what was weighed."""

    class Interest(models.TextChoices):
        HUMANITARIAN = "humanitarian", _("Humanitarian")
        SECURITY = "security", _("Security")

    two_keys = models.ForeignKey(TwoKeys, on_delete=models.CASCADE, related_name="keys")
    interest = models.CharField(max_length=12, choices=Interest)
    reasons = models.TextField(max_length=4000)
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(default=clock.now)
    taken_back_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[Key]] = KeyQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["signed_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["two_keys", "interest"],
                name="key_one_of_each",
                condition=Q(taken_back_at__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["two_keys", "signed_by"],
                name="key_two_persons",
                condition=Q(taken_back_at__isnull=True),
            ),
            models.CheckConstraint(
                name="key_interest_known", condition=Q(interest__in=["humanitarian", "security"])
            ),
            models.CheckConstraint(name="key_reasoned", condition=~Q(reasons="")),
        ]

    def __str__(self) -> str:
        return f"{self.get_interest_display()} key"


class GroundRulingQuerySet(models.QuerySet["GroundRuling"]):
    def visible_to(self, user: User) -> Self:
        """Those of the cases the person may see, the exporter's own among them."""
        return self.filter(case__in=Case.objects.visible_to(user))  # type: ignore[attr-defined]


class GroundRuling(Identified):
    """What an adjudicator found on a humanitarian ground that no rule of the table decided; once for a revision."""

    class Outcome(models.TextChoices):
        ACCEPTED = "accepted", _("Accepted")
        REFUSED = "refused", _("Not accepted")

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="rulings")
    revision = models.OneToOneField(Revision, on_delete=models.CASCADE, related_name="ruling")
    outcome = models.CharField(max_length=10, choices=Outcome)
    legal_basis = models.CharField(max_length=300)
    reasons = models.TextField(max_length=2000)  # what the exporter reads
    ruled_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    ruled_at = models.DateTimeField(default=clock.now)

    objects: ClassVar[models.Manager[GroundRuling]] = GroundRulingQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-ruled_at"]
        constraints = [
            models.CheckConstraint(
                name="ruling_outcome_known", condition=Q(outcome__in=["accepted", "refused"])
            ),
            models.CheckConstraint(name="ruling_reasoned", condition=~Q(reasons="") & ~Q(legal_basis="")),
        ]

    def __str__(self) -> str:
        return f"Ruling on {self.case.reference}"
