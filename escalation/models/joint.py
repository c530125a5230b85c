"""Decisions of several cases that take effect at one instant, whichever members lead them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from alliance.models import Declaration
from core import clock
from core.models import Identified
from licensing.models import Case
from members.models import Jurisdiction, Role, User

#: The alliance's own rule: what is decided in a crisis waits for the others three days at most.
LONGEST_HOURS = 72
LONGEST = timedelta(hours=LONGEST_HOURS)


class JointEffectQuerySet(models.QuerySet["JointEffect"]):
    def visible_to(self, user: User) -> Self:
        """Every one, for seats of the crisis unit and auditors; for other officers those agreed for a case
        they may read."""
        if not user.serves:
            return self.none()
        if {Role.CRISIS_SEAT, Role.AUDITOR} & user.roles:
            return self
        readable = Case.objects.visible_to(user)  # type: ignore[attr-defined]
        mine = JointCase.objects.filter(case__in=readable).values("effect")
        return self.filter(agreed_at__isnull=False, pk__in=mine)


class JointEffect(Identified):
    """That whatever is decided on some cases before an instant takes effect at that instant, and not before.

    Proposed by one seat of the crisis unit and agreed by another of another member. It decides nothing: each case
    is decided by its lead, by two persons, and what is decided later takes effect when it is decided.
    """

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("Waiting for the second key")
        AGREED = "agreed", _("Agreed")
        IN_EFFECT = "in_effect", _("In effect")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    reference = models.CharField(max_length=20, unique=True)  # JE-7K3M-9QX2
    declaration = models.ForeignKey(Declaration, on_delete=models.PROTECT, related_name="joint_effects")
    reason = models.TextField(max_length=1000)
    takes_effect_at = models.DateTimeField()
    status = FSMField(max_length=10, choices=Status.choices, default=Status.PROPOSED, protected=True)
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_for = models.ForeignKey(Jurisdiction, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    agreed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    agreed_for = models.ForeignKey(
        Jurisdiction, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    agreed_at = models.DateTimeField(null=True, blank=True)
    took_effect_at = models.DateTimeField(null=True, blank=True)  # the instant itself, however late the clock
    ended_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_because = models.CharField(max_length=1000, blank=True)

    objects: ClassVar[models.Manager[JointEffect]] = JointEffectQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-proposed_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="joint_effect_four_eyes",
                condition=Q(agreed_by__isnull=True)
                | (~Q(agreed_by=F("proposed_by")) & ~Q(agreed_for=F("proposed_for"))),
            ),
            models.CheckConstraint(
                name="joint_effect_agreed_iff_dated",
                condition=Q(status="proposed", agreed_by__isnull=True, agreed_at__isnull=True)
                | Q(
                    status__in=["agreed", "in_effect"],
                    agreed_by__isnull=False,
                    agreed_for__isnull=False,
                    agreed_at__isnull=False,
                )
                | Q(status="withdrawn"),
            ),
            models.CheckConstraint(
                name="joint_effect_in_effect_at_its_instant",
                condition=Q(status="in_effect", took_effect_at=F("takes_effect_at"))
                | (~Q(status="in_effect") & Q(took_effect_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="joint_effect_within_its_time",
                condition=Q(
                    takes_effect_at__gt=F("proposed_at"), takes_effect_at__lte=F("proposed_at") + LONGEST
                ),
            ),
            models.CheckConstraint(
                name="joint_effect_ended_iff_dated",
                condition=(Q(status="withdrawn", ended_at__isnull=False) & ~Q(ended_because=""))
                | (~Q(status="withdrawn") & Q(ended_at__isnull=True, ended_because="")),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @transition(field=status, source=Status.PROPOSED, target=Status.AGREED)
    def agree(self, by: User) -> None:
        self.agreed_by, self.agreed_for_id, self.agreed_at = by, by.jurisdiction_code, clock.now()

    @transition(field=status, source=Status.AGREED, target=Status.IN_EFFECT)
    def take_effect(self, at: datetime) -> None:
        self.took_effect_at = at

    @transition(field=status, source=[Status.PROPOSED, Status.AGREED], target=Status.WITHDRAWN)
    def withdraw(self, by: User, because: str) -> None:
        self.ended_by, self.ended_at, self.ended_because = by, clock.now(), because


class JointCase(models.Model):
    """A case whose decision takes effect together with others."""

    effect = models.ForeignKey(JointEffect, on_delete=models.CASCADE, related_name="joint_cases")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="joint_cases")

    class Meta:
        ordering = ["effect", "pk"]
        constraints = [models.UniqueConstraint(fields=["effect", "case"], name="joint_case_once")]

    def __str__(self) -> str:
        return f"{self.effect}: {self.case}"
