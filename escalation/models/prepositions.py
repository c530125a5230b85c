"""Positions that members deposited under seal, and what came of them in cases."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from core import clock
from core.models import Identified
from licensing.models import Case, Consultation, Position
from members.models import Authority, User

#: The alliance's own rule: who speaks beforehand speaks anew within a year.
LONGEST_DAYS = 366
LONGEST = timedelta(days=LONGEST_DAYS + 1)  # up to the midnight that closes the last day, in any zone


class PrepositionQuerySet(models.QuerySet["Preposition"]):
    def visible_to(self, user: User) -> Self:
        """That there is one: every deposit for officers in office, and what waits or was given up before it was
        countersigned for its own authority. What it says is another matter: `policies.prepositions.can_read`."""
        if not user.serves:
            return self.none()
        return self.filter(Q(countersigned_at__isnull=False) | Q(authority=user.authority_id))

    def acting(self) -> Self:
        """Those that may open now."""
        return self.filter(status=Preposition.Status.IN_FORCE, expires_at__gt=clock.now())


class Preposition(Identified):
    """A position given beforehand: "if this is true of a case, we say that". Its content is sealed.

    `commitment` is the SHA-256 of a salt and the content's canonical JSON, told to all members when it is
    deposited; `sealed` is content and salt, encrypted (`escalation.sealing`).
    """

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("Waiting for countersignature")
        IN_FORCE = "in_force", _("Deposited")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        EXPIRED = "expired", _("Expired")

    reference = models.CharField(max_length=20, unique=True)  # PP-7K3M-9QX2
    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="prepositions")
    commitment = models.CharField(max_length=64, unique=True)
    sealed = models.TextField()
    status = FSMField(max_length=10, choices=Status.choices, default=Status.PROPOSED, protected=True)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    countersigned_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    countersigned_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()  # as derived; the derivation is the due instant's
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ended_because = models.CharField(max_length=1000, blank=True)

    objects: ClassVar[models.Manager[Preposition]] = PrepositionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-proposed_at", "-pk"]
        indexes = [
            models.Index(fields=["authority"], name="preposition_acting", condition=Q(status="in_force")),
        ]
        constraints = [
            models.CheckConstraint(
                name="preposition_committed", condition=Q(commitment__regex=r"^[0-9a-f]{64}$")
            ),
            models.CheckConstraint(
                name="preposition_four_eyes",
                condition=Q(countersigned_by__isnull=True) | ~Q(countersigned_by=F("author")),
            ),
            models.CheckConstraint(
                name="preposition_in_force_by_two",
                condition=Q(countersigned_by__isnull=False, countersigned_at__isnull=False)
                | (Q(countersigned_by__isnull=True, countersigned_at__isnull=True) & ~Q(status="in_force")),
            ),
            models.CheckConstraint(
                name="preposition_ended_iff_dated",
                condition=Q(status__in=["withdrawn", "expired"], ended_at__isnull=False)
                | (~Q(status__in=["withdrawn", "expired"]) & Q(ended_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="preposition_within_a_year",
                condition=Q(expires_at__gt=F("proposed_at"), expires_at__lte=F("proposed_at") + LONGEST),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @transition(field=status, source=Status.PROPOSED, target=Status.IN_FORCE)
    def deposit(self, by: User) -> None:
        self.countersigned_by, self.countersigned_at = by, clock.now()

    @transition(field=status, source=[Status.PROPOSED, Status.IN_FORCE], target=Status.WITHDRAWN)
    def withdraw(self, by: User, because: str) -> None:
        self.ended_by, self.ended_at, self.ended_because = by, clock.now(), because

    @transition(field=status, source=[Status.PROPOSED, Status.IN_FORCE], target=Status.EXPIRED)
    def expire(self) -> None:
        self.ended_at = clock.now()


class OpeningQuerySet(models.QuerySet["Opening"]):
    def visible_to(self, user: User) -> Self:
        """Openings in cases the officer may read; what was held back is its own authority's business."""
        if not user.serves:
            return self.none()
        seen = self.filter(consultation__case__in=Case.objects.visible_to(user))  # type: ignore[attr-defined]
        return seen.filter(Q(position__isnull=False) | Q(preposition__authority=user.authority_id))


class Opening(Identified):
    """What came of a pre-position in one consultation, on one revision: it opened, or was held back and why."""

    preposition = models.ForeignKey(Preposition, on_delete=models.PROTECT, related_name="openings")
    consultation = models.ForeignKey(Consultation, on_delete=models.PROTECT, related_name="openings")
    revision = models.PositiveIntegerField()
    position = models.OneToOneField(
        Position, null=True, blank=True, on_delete=models.PROTECT, related_name="opening"
    )
    held_back_because = models.CharField(max_length=1000, blank=True)
    at = models.DateTimeField()

    objects: ClassVar[models.Manager[Opening]] = OpeningQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["preposition", "consultation", "revision"], name="opening_once_per_revision"
            ),
            models.CheckConstraint(
                name="opening_or_held_back",
                condition=Q(position__isnull=False, held_back_because="")
                | (Q(position__isnull=True) & ~Q(held_back_because="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.preposition.reference} in {self.consultation.case.reference}"
