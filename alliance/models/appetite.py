"""The register of risk appetite: thresholds that members want changed, and how each member voted."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from alliance.thresholds import EVERY, THRESHOLDS, Agreement, Threshold
from core import clock
from core.models import Identified
from members.models import Jurisdiction, User


class ThresholdChangeQuerySet(models.QuerySet["ThresholdChange"]):
    def visible_to(self, user: User) -> Self:
        """Every change, for officers in office; the public reads those whose vote is over."""
        return self if user.serves else self.voted_on()

    def voted_on(self) -> Self:
        status = ThresholdChange.Status
        return self.filter(status__in=[status.AGREED, status.REJECTED, status.LAPSED])


class ThresholdChange(Identified):
    """A change of one threshold, proposed with the minute that speaks of it, and what came of the vote.

    `scenario` and `threshold`: see `alliance.thresholds`. `quorum` and `majority`, in percent, are those in force
    when it was proposed. `effective_from`: the first day, UTC, as proposed, and once agreed as it is. `members`:
    how many there were when the vote closed. What is closed is never changed; the database refuses it.
    """

    class Status(models.TextChoices):
        OPEN = "open", _("Open for votes")
        AGREED = "agreed", _("Agreed")
        REJECTED = "rejected", _("Rejected")
        LAPSED = "lapsed", _("Lapsed without a quorum")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    reference = models.CharField(max_length=20, unique=True)  # RA-7K3M-9QX2
    scenario = models.CharField(max_length=40)
    threshold = models.CharField(max_length=30)
    old_value = models.PositiveSmallIntegerField(null=True, blank=True)
    new_value = models.PositiveSmallIntegerField(null=True, blank=True)
    reason = models.TextField(max_length=4000)
    minute_body = models.CharField(max_length=200)
    minute_date = models.DateField()
    minute_paragraph = models.CharField(max_length=50)
    document_sha256 = models.CharField(max_length=64, blank=True)
    effective_from = models.DateField()
    quorum = models.PositiveSmallIntegerField()
    majority = models.PositiveSmallIntegerField()
    status = FSMField(max_length=10, choices=Status.choices, default=Status.OPEN, protected=True)
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_for = models.ForeignKey(Jurisdiction, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_because = models.CharField(max_length=1000, blank=True)
    members = models.PositiveSmallIntegerField(null=True, blank=True)
    not_applied_because = models.CharField(
        max_length=1000, blank=True
    )  # of one agreed: why no version was made

    objects: ClassVar[models.Manager[ThresholdChange]] = ThresholdChangeQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-proposed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["scenario"], name="threshold_change_one_open", condition=Q(status="open")
            ),
            models.CheckConstraint(
                name="threshold_change_changes",
                condition=Q(old_value__isnull=True, new_value__isnull=False)
                | Q(old_value__isnull=False, new_value__isnull=True)
                | Q(old_value__isnull=False, new_value__isnull=False) & ~Q(new_value=F("old_value")),
            ),
            models.CheckConstraint(
                name="threshold_change_names_its_minute",
                condition=~Q(minute_body="") & ~Q(minute_paragraph="") & ~Q(reason=""),
            ),
            models.CheckConstraint(
                name="threshold_change_known",
                condition=Q(
                    threshold__in=[one.name for one in THRESHOLDS.values() if one.every], scenario=EVERY
                )
                | Q(threshold__in=[one.name for one in THRESHOLDS.values() if not one.every])
                & ~Q(scenario=EVERY),
            ),
            models.CheckConstraint(
                name="threshold_change_closed_iff_dated",
                condition=Q(status="open", closed_at__isnull=True)
                | Q(status="withdrawn", closed_at__isnull=False, withdrawn_by__isnull=False)
                & ~Q(withdrawn_because="")
                | Q(
                    status__in=["agreed", "rejected", "lapsed"],
                    closed_at__isnull=False,
                    members__isnull=False,
                    withdrawn_by__isnull=True,
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def key(self) -> tuple[str, str]:
        return self.scenario, self.threshold

    @property
    def about(self) -> Threshold:
        return THRESHOLDS[self.threshold]

    @property
    def minute(self) -> str:
        """How the minute is cited, in the register and in the version that holds the value."""
        return f"{self.minute_body}, {self.minute_date.isoformat()}, {self.minute_paragraph}"

    @property
    def agreement(self) -> Agreement:
        return Agreement(self.reference, self.minute)

    @transition(field=status, source=Status.OPEN, target=Status.AGREED)
    def agree(self) -> None: ...

    @transition(field=status, source=Status.OPEN, target=Status.REJECTED)
    def reject(self) -> None: ...

    @transition(field=status, source=Status.OPEN, target=Status.LAPSED)
    def lapse(self) -> None: ...

    @transition(field=status, source=Status.OPEN, target=Status.WITHDRAWN)
    def withdraw(self, by: User, because: str) -> None:
        self.withdrawn_by, self.withdrawn_because, self.closed_at = by, because, clock.now()


class ThresholdVote(models.Model):
    """What one member says to a change; the last word before the vote closes counts."""

    class Choice(models.TextChoices):
        FOR = "for", _("For")
        AGAINST = "against", _("Against")
        ABSTAIN = "abstain", _("Abstains")

    change = models.ForeignKey(ThresholdChange, on_delete=models.PROTECT, related_name="votes")
    jurisdiction = models.ForeignKey(Jurisdiction, on_delete=models.PROTECT, related_name="+")
    choice = models.CharField(max_length=10, choices=Choice)
    reason = models.CharField(max_length=1000)
    cast_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    cast_at = models.DateTimeField()

    class Meta:
        ordering = ["jurisdiction"]
        constraints = [
            models.UniqueConstraint(fields=["change", "jurisdiction"], name="threshold_vote_one_per_member"),
            models.CheckConstraint(name="threshold_vote_says_why", condition=~Q(reason="")),
            models.CheckConstraint(
                name="threshold_vote_known", condition=Q(choice__in=["for", "against", "abstain"])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.change_id}, {self.jurisdiction_id}: {self.choice}"
