"""Consultations of jurisdictions and crisis-unit seats, and the positions they take."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from core import clock
from core.models import Identified
from licensing.models.applications import Revision
from licensing.models.cases import Case
from licensing.models.signatures import KeptSignature
from members.models import Jurisdiction, Ministry, Role, User


class ConsultationQuerySet(models.QuerySet["Consultation"]):
    def visible_to(self, user: User) -> Self:
        """Consultations of cases the officer may read; exporters read none."""
        if not user.is_officer:
            return self.none()
        return self.filter(case__in=Case.objects.visible_to(user))  # type: ignore[attr-defined]

    def addressed_to(self, user: Any) -> Self:
        """Those the officer's jurisdiction, or the officer's seat in the crisis unit, is asked to answer; the
        same of an authority (`licensing.selectors.queue.Team`)."""
        if not user.is_officer or user.authority is None:
            return self.none()
        mine = Q(jurisdiction_id=user.jurisdiction_code)
        if Role.CRISIS_SEAT in user.roles:
            mine |= Q(jurisdiction__isnull=True, ministry=user.authority.ministry)
        return self.filter(mine)


class Consultation(Identified):
    """One addressee asked for its position at one tier of the ladder."""

    class Status(models.TextChoices):
        OPEN = "open", _("Waiting for a position")
        ANSWERED = "answered", _("Answered")
        LAPSED = "lapsed", _("Lapsed without an answer")
        CLOSED = "closed", _("Closed without need of an answer")

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="consultations")
    round = models.PositiveIntegerField(default=1)
    tier = models.PositiveIntegerField(default=0)
    jurisdiction = models.ForeignKey(
        Jurisdiction, null=True, blank=True, on_delete=models.PROTECT, related_name="consultations"
    )  # null: a seat of the crisis unit
    ministry = models.CharField(max_length=20, choices=Ministry)
    kind = models.CharField(max_length=20)  # Stake.Kind, or "crisis_unit"
    binding = models.BooleanField(default=False)
    silence = models.CharField(max_length=20)  # what the charter says silence means
    needs_countersign = models.BooleanField(default=False)
    officer = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="consultations_claimed"
    )
    status = FSMField(max_length=10, choices=Status.choices, default=Status.OPEN, protected=True)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()  # as derived; the derivation is the due instant's
    closed_at = models.DateTimeField(null=True, blank=True)
    lapsed_at = models.DateTimeField(null=True, blank=True)  # the due instant, not the tick
    acknowledged_at = models.DateTimeField(null=True, blank=True)  # since when the addressee has it in hand
    acknowledged_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    taken_over_at = models.DateTimeField(null=True, blank=True)  # since when substitutes may answer

    objects: ClassVar[models.Manager[Consultation]] = ConsultationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["tier", "jurisdiction", "ministry"]
        indexes = [
            models.Index(
                fields=["jurisdiction", "due_at"], name="consultation_open", condition=Q(status="open")
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "round", "tier", "jurisdiction", "ministry"],
                name="consultation_once_per_addressee",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="consultation_lapsed_iff_dated",
                condition=Q(status="lapsed", lapsed_at__isnull=False)
                | (~Q(status="lapsed") & Q(lapsed_at__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case.reference}: {self.addressee}"

    @property
    def addressee(self) -> str:
        ministry = str(Ministry(self.ministry).label)  # thousands of lapses ask at once: Django's own is slow
        if self.jurisdiction_id:
            return f"{self.jurisdiction_id} ({ministry})"
        return str(_("Crisis unit, %(ministry)s seat") % {"ministry": ministry.lower()})

    @transition(field=status, source=Status.OPEN, target=Status.ANSWERED)
    def answer(self) -> None:
        self.closed_at = clock.now()

    @transition(field=status, source=[Status.ANSWERED, Status.LAPSED, Status.CLOSED], target=Status.OPEN)
    def reopen(self) -> None:
        self.closed_at = self.lapsed_at = None

    @transition(field=status, source=Status.OPEN, target=Status.LAPSED)
    def lapse(self) -> None:
        self.closed_at = clock.now()

    @transition(field=status, source=Status.OPEN, target=Status.CLOSED)
    def close(self) -> None:
        self.closed_at = clock.now()


class PositionQuerySet(models.QuerySet["Position"]):
    def visible_to(self, user: User) -> Self:
        """Positions on consultations the officer may read."""
        return self.filter(consultation__in=Consultation.objects.visible_to(user))  # type: ignore[attr-defined]


class Position(Identified):
    """What an addressee says on one revision. Superseded, never overwritten."""

    class Kind(models.TextChoices):
        NO_OBJECTION = "no_objection", _("No objection")
        CONDITIONS = "approve_with_conditions", _("Approve with conditions")
        OBJECT = "object", _("Object")
        NEED_INFORMATION = "need_information", _("Need information")
        ABSTAIN = "abstain", _("Abstain")
        RECUSE = "recuse", _("Recuse")
        DEEMED_NO_OBJECTION = "deemed_no_objection", _("Deemed no objection (silence)")
        DEEMED_NOT_IDENTICAL = "deemed_not_identical", _("Deemed not identical (silence)")

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("Waiting for countersignature")
        IN_FORCE = "in_force", _("In force")
        RETURNED = "returned", _("Returned by the countersigner")
        SUPERSEDED = "superseded", _("Superseded")

    consultation = models.ForeignKey(Consultation, on_delete=models.CASCADE, related_name="positions")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=25, choices=Kind)
    binding = models.BooleanField(default=False)
    reason_code = models.CharField(max_length=40, blank=True)
    legal_basis = models.CharField(max_length=200, blank=True)
    summary = models.TextField(max_length=4000, blank=True)
    conditions = models.JSONField(default=list)  # licensing.conditions
    status = FSMField(max_length=12, choices=Status.choices, default=Status.PROPOSED, protected=True)
    taken_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    taken_at = models.DateTimeField()
    countersigned_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    countersigned_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[Position]] = PositionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-taken_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["consultation"], name="position_one_in_force", condition=Q(status="in_force")
            ),
            models.UniqueConstraint(
                fields=["consultation"], name="position_one_proposed", condition=Q(status="proposed")
            ),
            models.CheckConstraint(
                name="position_objection_is_reasoned",
                condition=~Q(kind="object") | (~Q(reason_code="") & ~Q(legal_basis="") & ~Q(summary="")),
            ),
            models.CheckConstraint(
                name="position_four_eyes",
                condition=Q(countersigned_by__isnull=True) | ~Q(countersigned_by=models.F("taken_by")),
            ),
            models.CheckConstraint(
                name="position_by_a_person_unless_deemed",
                condition=Q(taken_by__isnull=False) | Q(kind__startswith="deemed_"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.consultation.addressee}: {self.get_kind_display()}"

    @transition(field=status, source=Status.PROPOSED, target=Status.IN_FORCE)
    def enter_into_force(self) -> None: ...

    @transition(field=status, source=Status.PROPOSED, target=Status.RETURNED)
    def return_to_author(self) -> None: ...

    @transition(field=status, source=[Status.PROPOSED, Status.IN_FORCE], target=Status.SUPERSEDED)
    def supersede(self) -> None: ...


class PositionSignature(KeptSignature):
    """What a system signed when it took a position."""

    position = models.OneToOneField(Position, on_delete=models.PROTECT, related_name="signature")
