"""Guidance of the crisis unit, the cases it matches, and who has taken note of it."""

from __future__ import annotations

from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from core import clock
from core.models import Identified
from licensing.models import Case
from members.models import Jurisdiction, Role, User


class GuidanceQuerySet(models.QuerySet["Guidance"]):
    def visible_to(self, user: User) -> Self:
        """What was issued, for officers in office; what is only proposed, for the unit and auditors."""
        if not user.serves:
            return self.none()
        if {Role.CRISIS_SEAT, Role.AUDITOR} & user.roles:
            return self
        return self.filter(issued_at__isnull=False)

    def in_force(self) -> Self:
        return self.filter(status=Guidance.Status.IN_FORCE, valid_until__gt=clock.now())


class Guidance(Identified):
    """A notice of the crisis unit: written by one seat, issued by a seat of another member, and signed.

    A case is meant where each dimension that is given fits: one of its items, one of its destinations, one of
    its parties. `names` are the parties' names as the alliance recognises them (`intelligence.names`).
    """

    class Effect(models.TextChoices):
        DENY = "deny", _("Deny")
        EXPEDITE = "expedite", _("Expedite")
        QUESTION = "question", _("Question")

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("Waiting for a second seat")
        DECLINED = "declined", _("Not issued")
        IN_FORCE = "in_force", _("In force")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        EXPIRED = "expired", _("Expired")

    reference = models.CharField(max_length=20, unique=True)  # GN-7K3M-9QX2
    effect = models.CharField(max_length=10, choices=Effect)
    items = ArrayField(models.CharField(max_length=20), default=list, blank=True)  # beginnings of codes
    destinations = ArrayField(models.CharField(max_length=2), default=list, blank=True)
    parties = ArrayField(models.CharField(max_length=300), default=list, blank=True)  # as written
    names = ArrayField(models.CharField(max_length=300), default=list, blank=True)
    text = models.TextField(max_length=4000)
    legal_basis = models.CharField(max_length=500)
    valid_until = models.DateTimeField()
    status = FSMField(max_length=10, choices=Status.choices, default=Status.PROPOSED, protected=True)
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_for = models.ForeignKey(Jurisdiction, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    issued_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    issued_for = models.ForeignKey(
        Jurisdiction, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    issued_at = models.DateTimeField(null=True, blank=True)
    jws = models.TextField(blank=True)  # core.signing, over escalation.guidance.signed_content
    ended_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_because = models.CharField(max_length=1000, blank=True)

    objects: ClassVar[models.Manager[Guidance]] = GuidanceQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-proposed_at", "-pk"]
        verbose_name_plural = "guidance"
        indexes = [
            models.Index(fields=["valid_until"], name="guidance_in_force", condition=Q(status="in_force")),
        ]
        constraints = [
            models.CheckConstraint(
                name="guidance_four_eyes",
                condition=Q(issued_by__isnull=True)
                | (~Q(issued_by=F("proposed_by")) & ~Q(issued_for=F("proposed_for"))),
            ),
            models.CheckConstraint(
                name="guidance_issued_iff_signed",
                condition=Q(
                    status__in=["proposed", "declined"],
                    issued_by__isnull=True,
                    issued_for__isnull=True,
                    issued_at__isnull=True,
                    jws="",
                )
                | (
                    Q(status__in=["in_force", "withdrawn", "expired"])
                    & Q(issued_by__isnull=False, issued_for__isnull=False, issued_at__isnull=False)
                    & ~Q(jws="")
                ),
            ),
            models.CheckConstraint(
                name="guidance_ended_iff_dated",
                condition=Q(status__in=["proposed", "in_force"], ended_at__isnull=True)
                | Q(status__in=["declined", "withdrawn", "expired"], ended_at__isnull=False),
            ),
            models.CheckConstraint(
                name="guidance_ended_with_reason",
                condition=~Q(status__in=["declined", "withdrawn"])
                | (Q(ended_by__isnull=False) & ~Q(ended_because="")),
            ),
            models.CheckConstraint(
                name="guidance_has_a_target",
                condition=~Q(items=[]) | ~Q(destinations=[]) | ~Q(names=[]),
            ),
            models.CheckConstraint(
                name="guidance_valid_some_time", condition=Q(valid_until__gt=F("proposed_at"))
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @transition(field=status, source=Status.PROPOSED, target=Status.IN_FORCE)
    def issue(self, by: User) -> None:
        self.issued_by, self.issued_for_id, self.issued_at = by, by.jurisdiction_code, clock.now()

    @transition(field=status, source=Status.PROPOSED, target=Status.DECLINED)
    def decline(self, by: User, because: str) -> None:
        self.ended_by, self.ended_at, self.ended_because = by, clock.now(), because

    @transition(field=status, source=Status.IN_FORCE, target=Status.WITHDRAWN)
    def withdraw(self, by: User, because: str) -> None:
        self.ended_by, self.ended_at, self.ended_because = by, clock.now(), because

    @transition(field=status, source=Status.IN_FORCE, target=Status.EXPIRED)
    def expire(self) -> None:
        self.ended_at = self.valid_until


class Reading(models.Model):
    """A member has taken note of a notice."""

    guidance = models.ForeignKey(Guidance, on_delete=models.CASCADE, related_name="readings")
    jurisdiction = models.ForeignKey(Jurisdiction, on_delete=models.PROTECT, related_name="+")
    read_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    read_at = models.DateTimeField()

    class Meta:
        ordering = ["read_at"]
        constraints = [
            models.UniqueConstraint(fields=["guidance", "jurisdiction"], name="reading_once_per_member"),
        ]

    def __str__(self) -> str:
        return f"{self.guidance}, {self.jurisdiction_id}"


class GuidedCaseQuerySet(models.QuerySet["GuidedCase"]):
    def visible_to(self, user: User) -> Self:
        """Those of cases the officer may read; exporters read none."""
        if not user.serves:
            return self.none()
        return self.filter(case__in=Case.objects.visible_to(user))  # type: ignore[attr-defined]

    def standing(self) -> Self:
        """Those that still bear on their case."""
        return self.filter(ended_at__isnull=True)


class GuidedCase(Identified):
    """A notice matches a case: what of the case, and what its lead made of it.

    `answer` is what the lead replies to a question, or why it departs from a notice that says to deny. A revision
    that changes what matches takes acknowledgement and answer back.
    """

    guidance = models.ForeignKey(Guidance, on_delete=models.CASCADE, related_name="cases")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="guided")
    because = models.JSONField()  # what matched: codes, countries, names
    matched_at = models.DateTimeField()
    acknowledged_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(max_length=4000, blank=True)
    answered_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)  # withdrawn, expired, or no longer matching

    objects: ClassVar[models.Manager[GuidedCase]] = GuidedCaseQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["matched_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["guidance", "case"], name="guided_case_once"),
            models.CheckConstraint(
                name="guided_case_answered_by_somebody",
                condition=Q(answered_at__isnull=True, answered_by__isnull=True, answer="")
                | (Q(answered_at__isnull=False, answered_by__isnull=False) & ~Q(answer="")),
            ),
            models.CheckConstraint(
                name="guided_case_acknowledged_by_somebody",
                condition=Q(acknowledged_at__isnull=True, acknowledged_by__isnull=True)
                | Q(acknowledged_at__isnull=False, acknowledged_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.guidance}: {self.case}"
