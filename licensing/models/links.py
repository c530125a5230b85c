"""Cases of different members for the same end-user."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q

from core import audience
from intelligence.models import SharedParty
from licensing.models.cases import Case
from members.models import User


class LinkedCaseQuerySet(models.QuerySet["LinkedCase"]):
    def visible_to(self, user: User) -> Self:
        """Links of cases the officer may read and the officer's own member leads."""
        if audience.ALLIANCE not in user.audience.keys:
            return self.none()
        return self.filter(
            case__in=Case.objects.visible_to(user),  # type: ignore[attr-defined]
            case__lead=user.jurisdiction_code,
        )


class LinkedCase(models.Model):
    """Another member handles an application for the same end-user; there is one row for each of the two cases.

    The lead learns who leads the other case, which is what it needs to ask the colleague there; which case it is
    it learns only where it may read that.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="links")
    other = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    shared_party = models.ForeignKey(SharedParty, on_delete=models.PROTECT, related_name="+")
    found_at = models.DateTimeField()

    objects: ClassVar[models.Manager[LinkedCase]] = LinkedCaseQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-found_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["case", "other", "shared_party"], name="linked_case_once"),
            models.CheckConstraint(name="linked_case_another", condition=~Q(case=F("other"))),
        ]

    def __str__(self) -> str:
        return f"{self.case.reference}: {self.other.lead_id}"
