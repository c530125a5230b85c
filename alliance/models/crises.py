"""Crises that were declared: who adopted the measures, until when they last, what was relaxed again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from core import clock
from core.models import Identified
from members.models import Jurisdiction, User

#: Six months, the longest that urgent measures last without a review (Reg (EU) 182/2011 Art 8(2)): 184 days,
#: and a period of months ends with its last day (Reg 1182/71 Art 3(2)(c)), so that the rest of it comes on top.
LONGEST = timedelta(days=185)


#: The alliance's own rule: members have three days at most to adopt measures that begin in all of them at once.
LONGEST_WAIT_HOURS = 72
LONGEST_WAIT = timedelta(hours=LONGEST_WAIT_HOURS)


class DeclarationQuerySet(models.QuerySet["Declaration"]):
    def visible_to(self, user: User) -> Self:
        """Every declaration, for officers in office; the public reads those that were ever in force."""
        return self if user.serves else self.filter(in_force_at__isnull=False)

    def in_force(self) -> Self:
        return self.filter(status=Declaration.Status.IN_FORCE)


class Declaration(Identified):
    """A crisis, declared by one seat of the crisis unit and confirmed by another of another member.

    `payload` is the prepared set as it was agreed, frozen; `scope` narrows it (`alliance.measures.Scope`). The
    measures are in force from `in_force_at` to the sunset, for members that have adopted them; where one instant
    was named for all, not before `takes_effect_at`. `changed_at` moves
    with adoptions and relaxations too: whoever keeps what is in force compares it.
    """

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("Waiting for the second key")
        IN_FORCE = "in_force", _("In force")
        ENDED = "ended", _("Ended")
        WITHDRAWN = "withdrawn", _("Withdrawn before it came into force")

    reference = models.CharField(max_length=20, unique=True)  # CR-7K3M-9QX2
    title = models.CharField(max_length=200)
    objective = models.TextField(max_length=4000)
    legal_basis = models.CharField(max_length=500)
    scenario = models.CharField(max_length=40)  # key of a scenario profile
    scope = models.JSONField(default=dict)
    set_key = models.CharField(max_length=40)
    set_version = models.CharField(max_length=20)
    payload = models.JSONField()
    status = FSMField(max_length=10, choices=Status.choices, default=Status.PROPOSED, protected=True)
    declared_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    declared_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    in_force_at = models.DateTimeField(null=True, blank=True)
    takes_effect_at = models.DateTimeField(
        null=True, blank=True
    )  # of its measures; null: when it is in force
    renewed_at = models.DateTimeField(null=True, blank=True)
    sunset_at = models.DateTimeField(null=True, blank=True)
    ending_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ending_at = models.DateTimeField(null=True, blank=True)  # since when its end waits for the second key
    ending_because = models.CharField(max_length=1000, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ended_because = models.CharField(max_length=1000, blank=True)
    changed_at = models.DateTimeField()

    objects: ClassVar[models.Manager[Declaration]] = DeclarationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-declared_at"]
        indexes = [
            models.Index(fields=["in_force_at"], name="declaration_in_force", condition=Q(status="in_force"))
        ]
        constraints = [
            models.CheckConstraint(
                name="declaration_two_keys",
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("declared_by")),
            ),
            models.CheckConstraint(
                name="declaration_ended_by_two_keys",
                condition=Q(status="ended", ended_by__isnull=True)  # the clock, at the sunset
                | Q(status="ended", ending_by__isnull=False) & ~Q(ended_by=F("ending_by"))
                | ~Q(status="ended"),
            ),
            models.CheckConstraint(
                name="declaration_ending_iff_dated",
                condition=Q(ending_by__isnull=True, ending_at__isnull=True, ending_because="")
                | (Q(ending_by__isnull=False, ending_at__isnull=False) & ~Q(ending_because="")),
            ),
            models.CheckConstraint(
                name="declaration_in_force_iff_dated",
                condition=Q(status__in=["proposed", "withdrawn"], in_force_at__isnull=True)
                | Q(
                    status__in=["in_force", "ended"],
                    in_force_at__isnull=False,
                    sunset_at__isnull=False,
                    confirmed_by__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="declaration_takes_effect_soon",
                condition=Q(takes_effect_at__isnull=True)
                | Q(
                    takes_effect_at__gt=F("declared_at"), takes_effect_at__lte=F("declared_at") + LONGEST_WAIT
                ),
            ),
            models.CheckConstraint(
                name="declaration_ended_iff_dated",
                condition=Q(status__in=["ended", "withdrawn"], ended_at__isnull=False)
                | (~Q(status__in=["ended", "withdrawn"]) & Q(ended_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="declaration_sunset_within_six_months",
                condition=Q(sunset_at__isnull=True)
                | Q(sunset_at__lte=Coalesce(F("renewed_at"), F("in_force_at")) + LONGEST),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    def waits(self, at: datetime) -> bool:
        """Whether an instant lies before the one at which its measures take effect."""
        return self.takes_effect_at is not None and at < self.takes_effect_at

    @property
    def is_waiting(self) -> bool:
        return self.waits(clock.now())

    def touch(self) -> None:
        """Let `changed_at` move, also where the clock stands: whoever keeps what is in force compares it."""
        self.changed_at = max(clock.now(), self.changed_at + timedelta(microseconds=1))

    @transition(field=status, source=Status.PROPOSED, target=Status.IN_FORCE)
    def confirm(self, by: User) -> None:
        self.confirmed_by, self.in_force_at = by, clock.now()

    @transition(field=status, source=Status.PROPOSED, target=Status.WITHDRAWN)
    def withdraw(self, by: User, because: str) -> None:
        self.ended_by, self.ended_at, self.ended_because = by, clock.now(), because

    @transition(field=status, source=Status.IN_FORCE, target=Status.ENDED)
    def end(self, by: User | None, because: str) -> None:
        """Ended by a person, or by the clock at the sunset (`by` None)."""
        self.ended_by, self.ended_at, self.ended_because = by, clock.now(), because


class Adoption(models.Model):
    """Where one member stands towards a declaration; one row for each member from the first instant."""

    class Status(models.TextChoices):
        PENDING = "pending", _("Pending")
        ADOPTED = "adopted", _("Adopted")
        OPTED_OUT = "opted_out", _("Opted out")

    declaration = models.ForeignKey(Declaration, on_delete=models.CASCADE, related_name="adoptions")
    jurisdiction = models.ForeignKey(Jurisdiction, on_delete=models.PROTECT, related_name="adoptions")
    status = FSMField(max_length=10, choices=Status.choices, default=Status.PENDING, protected=True)
    legal_reference = models.CharField(max_length=300, blank=True)
    reason = models.CharField(max_length=1000, blank=True)
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["jurisdiction"]
        constraints = [
            models.UniqueConstraint(fields=["declaration", "jurisdiction"], name="adoption_once"),
            models.CheckConstraint(
                name="adoption_decided_iff_dated",
                condition=Q(status="pending", decided_at__isnull=True)
                | (Q(status="adopted", decided_at__isnull=False) & ~Q(legal_reference=""))
                | (Q(status="opted_out", decided_at__isnull=False) & ~Q(reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.declaration.reference}, {self.jurisdiction_id}: {self.status}"

    @transition(field=status, source=[Status.PENDING, Status.OPTED_OUT], target=Status.ADOPTED)
    def adopt(self, by: User | None, legal_reference: str) -> None:
        """By a person, or at once by what the member had prepared (`by` None)."""
        self.decided_by, self.decided_at = by, clock.now()
        self.legal_reference, self.reason = legal_reference, ""

    @transition(field=status, source=[Status.PENDING, Status.ADOPTED], target=Status.OPTED_OUT)
    def opt_out(self, by: User, reason: str) -> None:
        self.decided_by, self.decided_at, self.reason = by, clock.now(), reason


class Review(Identified):
    """What measures achieved, as it was found on one day and is kept.

    `document` is the comparison of `escalation.effectiveness`, `sha256` that of its canonical JSON; `findings` are
    the reviewer's words. One made after the end is the crisis's last word on itself.
    """

    declaration = models.ForeignKey(Declaration, on_delete=models.PROTECT, related_name="reviews")
    document = models.JSONField()
    sha256 = models.CharField(max_length=64)
    findings = models.TextField(max_length=4000)
    after_the_end = models.BooleanField()
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.CheckConstraint(name="review_says_something", condition=~Q(findings="") & ~Q(sha256="")),
        ]

    def __str__(self) -> str:
        return f"{self.declaration.reference}, {self.made_at:%Y-%m-%d}"


class Renewal(Identified):
    """A later sunset, proposed after a review of the measures; in force once a second member has confirmed it.

    `review` is missing only of those that were proposed before reviews were kept: the database takes no new one.
    """

    declaration = models.ForeignKey(Declaration, on_delete=models.CASCADE, related_name="renewals")
    review = models.ForeignKey(
        Review, null=True, blank=True, on_delete=models.PROTECT, related_name="renewals"
    )
    findings = models.TextField(max_length=4000)  # what the review found of the objectives
    until = models.DateTimeField()
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["proposed_at"]
        constraints = [
            models.CheckConstraint(
                name="renewal_two_keys",
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("proposed_by")),
            ),
            models.UniqueConstraint(
                fields=["declaration"], name="renewal_one_waiting", condition=Q(confirmed_at__isnull=True)
            ),
            # Not validated: older rows stay.
            models.CheckConstraint(name="renewal_after_a_review", condition=Q(review__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.declaration.reference} until {self.until:%Y-%m-%d}"


class Relaxation(Identified):
    """A step of the exit plan: proposed with its evidence, applied by a second key, reversible.

    `evidence` is what each precondition said and the facts it read, as proposed and as applied; `touched` what the
    simulator listed at the last of these instants. With a wind-down the prior rules hold until `takes_effect_at`.
    """

    class Status(models.TextChoices):
        PROPOSED = "proposed", _("Waiting for the second key")
        WIND_DOWN = "wind_down", _("Agreed: takes effect after its wind-down")
        APPLIED = "applied", _("Applied")
        REVERSED = "reversed", _("Reversed")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    declaration = models.ForeignKey(Declaration, on_delete=models.CASCADE, related_name="relaxations")
    step = models.CharField(max_length=40)  # key within the exit plan
    status = FSMField(max_length=10, choices=Status.choices, default=Status.PROPOSED, protected=True)
    evidence = models.JSONField()
    touched = models.JSONField()
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    applied_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    takes_effect_at = models.DateTimeField(null=True, blank=True)
    applied_at = models.DateTimeField(null=True, blank=True)
    reversed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reversed_at = models.DateTimeField(null=True, blank=True)
    reversed_because = models.CharField(max_length=1000, blank=True)

    class Meta:
        ordering = ["proposed_at"]
        constraints = [
            models.CheckConstraint(
                name="relaxation_two_keys",
                condition=Q(applied_by__isnull=True) | ~Q(applied_by=F("proposed_by")),
            ),
            models.UniqueConstraint(
                fields=["declaration", "step"],
                name="relaxation_one_standing",
                condition=Q(status__in=["proposed", "wind_down", "applied"]),
            ),
            models.CheckConstraint(
                name="relaxation_applied_iff_dated",
                condition=Q(status__in=["proposed", "wind_down", "withdrawn"], applied_at__isnull=True)
                | Q(status="applied", applied_at__isnull=False, reversed_at__isnull=True)
                | (
                    Q(status="reversed", applied_at__isnull=False, reversed_at__isnull=False)
                    & ~Q(reversed_because="")
                ),
            ),
            models.CheckConstraint(
                name="relaxation_agreed_by_two",
                condition=Q(status="proposed", applied_by__isnull=True, takes_effect_at__isnull=True)
                | Q(status="wind_down", applied_by__isnull=False, takes_effect_at__isnull=False)
                | Q(status__in=["applied", "reversed"], applied_by__isnull=False)
                | Q(status="withdrawn"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.declaration.reference}: {self.step}"

    @transition(field=status, source=Status.PROPOSED, target=Status.APPLIED)
    def apply(self, by: User) -> None:
        self.applied_by, self.applied_at = by, clock.now()

    @transition(field=status, source=Status.PROPOSED, target=Status.WIND_DOWN)
    def agree(self, by: User, takes_effect_at: datetime) -> None:
        self.applied_by, self.takes_effect_at = by, takes_effect_at

    @transition(field=status, source=Status.WIND_DOWN, target=Status.APPLIED)
    def take_effect(self, at: datetime) -> None:
        self.applied_at = at

    @transition(field=status, source=[Status.PROPOSED, Status.WIND_DOWN], target=Status.WITHDRAWN)
    def withdraw(self) -> None: ...

    @transition(field=status, source=Status.APPLIED, target=Status.REVERSED)
    def reverse(self, by: User, because: str) -> None:
        self.reversed_by, self.reversed_at, self.reversed_because = by, clock.now(), because
