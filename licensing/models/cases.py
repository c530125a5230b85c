"""The alliance's handling of an application."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from core import audience, clock
from core.audience import Audience
from core.models import Identified
from licensing.models.applications import Application, Revision, applied_by
from licensing.stops import LATE
from members.models import Authority, Jurisdiction, Role, User


class CaseQuerySet(models.QuerySet["Case"]):
    def visible_to(self, user: User) -> Self:
        """Cases of the applications that are the person's to read, or in which the officer's jurisdiction leads or
        has a stake.

        Of these a humanitarian adjudicator reads those for which a humanitarian ground is claimed. Auditors read
        all; crisis seats read what has climbed to them. Officers without a second factor read none.
        """
        if not user.is_officer:
            return self.filter(applied_by(user, "application__"))
        if not user.roles or not user.has_second_factor:
            return self.none()
        if Role.AUDITOR in user.roles:
            return self
        code = user.jurisdiction_code
        seen = Q(lead_id=code) | Q(pk__in=Stake.objects.filter(jurisdiction_id=code).values("case_id"))
        if user.only_adjudicates:
            seen &= Q(aid=True)
        if Role.CRISIS_SEAT in user.roles:
            seen |= Q(tier__gte=1)
        return self.filter(seen)

    def open(self) -> Self:
        return self.filter(status__in=Case.OPEN)


class Case(models.Model):
    """One per application; its row is the lock of everything that belongs to it."""

    class Status(models.TextChoices):
        IN_ASSESSMENT = "in_assessment", _("In assessment")
        IN_REVIEW = "in_review", _("In review")
        AWAITING_APPLICANT = "awaiting_applicant", _("Awaiting the applicant")
        ON_HOLD = "on_hold", _("On hold until a date")
        PROVISIONAL = "provisional", _("Granted provisionally")
        DECIDED = "decided", _("Decided")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    OPEN: ClassVar[list[str]] = [
        "in_assessment", "in_review", "awaiting_applicant", "on_hold", "provisional",
    ]  # fmt: skip
    CLOSED: ClassVar[list[str]] = ["decided", "withdrawn"]

    reference = models.CharField(max_length=20, unique=True)  # EN-7K3M-9QX2
    application = models.OneToOneField(Application, on_delete=models.PROTECT, related_name="case")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="+")  # the one in hand
    status = FSMField(max_length=20, choices=Status.choices, default=Status.IN_ASSESSMENT, protected=True)
    lead = models.ForeignKey(Jurisdiction, on_delete=models.PROTECT, related_name="cases_led")
    lane = models.CharField(max_length=20, default="standard")  # standard | crisis | humanitarian
    aid = models.BooleanField(default=False, db_default=False)  # a humanitarian ground is claimed
    charter_key = models.CharField(max_length=40, blank=True)
    charter_version = models.CharField(max_length=20, blank=True)
    critical = models.BooleanField(default=False)  # silence never approves
    round = models.PositiveIntegerField(default=1)  # a case back from a hold climbs anew
    tier = models.PositiveIntegerField(default=0)
    settled_at = models.DateTimeField(null=True, blank=True)  # since when the tier has answered
    routing = models.JSONField(default=dict)  # which rule fired and why: alliance.criteria.Choice as JSON
    officer = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="cases_claimed"
    )
    hold_owner = models.CharField(max_length=100, blank=True)
    hold_until = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField()
    routed_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    national_reference = models.CharField(max_length=60, blank=True)
    takes_effect_at = models.DateTimeField(  # for what is decided on it before, as agreed for several cases
        null=True, blank=True
    )

    objects: ClassVar[models.Manager[Case]] = CaseQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-opened_at"]
        indexes = [
            models.Index(
                fields=["lead", "opened_at"],
                name="case_open_by_lead",
                condition=~Q(status__in=["decided", "withdrawn"]),
            ),
            models.Index(fields=["lead", "-opened_at"], name="case_by_lead"),
            models.Index(fields=["lead", "opened_at"], name="case_of_aid", condition=Q(aid=True)),
            models.Index(fields=["opened_at"], name="case_by_opening"),
            models.Index(
                fields=["decided_at"], name="case_by_decision", condition=Q(decided_at__isnull=False)
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="case_decided_iff_closed",
                condition=Q(status="decided", decided_at__isnull=False)
                | (~Q(status="decided") & Q(decided_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="case_hold_is_dated_and_owned",
                condition=(Q(status="on_hold", hold_until__isnull=False) & ~Q(hold_owner=""))
                | (~Q(status="on_hold") & Q(hold_until__isnull=True, hold_owner="")),
            ),
            models.CheckConstraint(
                name="case_review_is_routed",
                condition=Q(status__in=["in_assessment", "withdrawn"]) | Q(routed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN

    @property
    def audience(self) -> Audience:
        """Officers who may read the case: lead, stakes, auditors, and the crisis unit once it has climbed."""
        keys = {audience.AUDITORS, audience.jurisdiction(self.lead_id)}
        keys |= {audience.jurisdiction(stake.jurisdiction_id) for stake in self.stakes.all()}
        if self.aid:
            concerned = {self.lead_id, *(stake.jurisdiction_id for stake in self.stakes.all())}
            keys |= set(map(audience.adjudicators, concerned))
        if self.tier >= 1:
            keys.add(audience.CRISIS_UNIT)
        return Audience(frozenset(keys))

    @property
    def exporter_audience(self) -> Audience:
        """The same, the exporter, and its agent while the mandate lasts: for what the exporter is told."""
        return self.audience | self.application.audience

    @property
    def holder_audience(self) -> Audience:
        """The same with the agent only where its mandate lets it read licences: for what is done with a licence."""
        application = self.application
        told = self.audience | [audience.organisation(application.organisation_id)]
        return told | [audience.mandate_use(application.mandate_id)] if application.mandate_id else told

    @transition(field=status, source=Status.IN_ASSESSMENT, target=Status.IN_REVIEW)
    def route(self) -> None:
        self.routed_at = self.routed_at or clock.now()

    @transition(field=status, source=[Status.IN_REVIEW, Status.ON_HOLD], target=Status.AWAITING_APPLICANT)
    def await_applicant(self) -> None:
        self.hold_owner, self.hold_until = "", None

    @transition(field=status, source=Status.AWAITING_APPLICANT, target=Status.IN_REVIEW)
    def resume(self) -> None: ...

    @transition(
        field=status,
        source=[Status.IN_REVIEW, Status.AWAITING_APPLICANT, Status.ON_HOLD],
        target=Status.IN_ASSESSMENT,
    )
    def reassess(self) -> None:
        self.hold_owner, self.hold_until = "", None

    @transition(field=status, source=Status.IN_REVIEW, target=Status.ON_HOLD)
    def hold(self) -> None: ...

    @transition(field=status, source=Status.ON_HOLD, target=Status.IN_REVIEW)
    def end_hold(self) -> None:
        self.hold_owner, self.hold_until = "", None

    @transition(field=status, source=Status.IN_REVIEW, target=Status.PROVISIONAL)
    def grant_provisionally(self) -> None: ...

    @transition(field=status, source=Status.PROVISIONAL, target=Status.IN_REVIEW)
    def end_provisional(self) -> None: ...

    @transition(
        field=status, source=[Status.IN_REVIEW, Status.ON_HOLD, Status.PROVISIONAL], target=Status.DECIDED
    )
    def decide(self) -> None:
        self.decided_at = clock.now()
        self.hold_owner, self.hold_until = "", None

    @transition(
        field=status,
        source=[
            Status.IN_ASSESSMENT,
            Status.IN_REVIEW,
            Status.AWAITING_APPLICANT,
            Status.ON_HOLD,
            Status.PROVISIONAL,
        ],
        target=Status.WITHDRAWN,
    )
    def withdraw(self) -> None:
        self.hold_owner, self.hold_until = "", None


class Stake(models.Model):
    """Why a jurisdiction is concerned by a case; each gives it sight of the case."""

    class Kind(models.TextChoices):
        LOCATION = "location", _("The goods are there or pass through")
        NO_UNDERCUT = "no_undercut", _("It denied an essentially identical transaction")
        SECURITY = "essential_security", _("Its essential security interests")
        CONSENT = "consent", _("It is asked to let the licence hold there")

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="stakes")
    jurisdiction = models.ForeignKey(Jurisdiction, on_delete=models.PROTECT, related_name="stakes")
    kind = models.CharField(max_length=20, choices=Kind)
    binding = models.BooleanField(default=False)  # whether its objection binds the lead
    rule_key = models.CharField(max_length=60)
    sentence = models.CharField(max_length=300)

    class Meta:
        ordering = ["jurisdiction"]
        constraints = [
            models.UniqueConstraint(fields=["case", "jurisdiction", "kind"], name="stake_once_per_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.jurisdiction_id}: {self.sentence}"


class Assessment(models.Model):
    """Score and findings of one revision under one state of rules and lists: exactly one of each."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="assessments")
    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="assessments")
    bundle_hash = models.CharField(max_length=64)
    lists_hash = models.CharField(max_length=64)
    score = models.PositiveSmallIntegerField()
    low = models.PositiveSmallIntegerField()
    high = models.PositiveSmallIntegerField()
    band = models.CharField(max_length=10)
    lines = models.JSONField()  # of screening.scorecard.Line
    hard_stops = models.JSONField()
    findings = models.JSONField()
    facts = models.JSONField()  # what the criteria saw
    lists = models.JSONField()  # [{list, version, sha256}] in force
    ground = models.JSONField()  # exemptions.grounds.GroundFinding
    made_at = models.DateTimeField()
    seconds = models.JSONField(default=dict)  # time by step

    class Meta:
        ordering = ["-made_at"]
        indexes = [models.Index(fields=["made_at"], name="assessment_made")]
        constraints = [
            models.UniqueConstraint(
                fields=["revision", "bundle_hash", "lists_hash"], name="assessment_once_per_state"
            ),
            models.CheckConstraint(
                name="assessment_interval_holds_score",
                condition=Q(low__lte=F("score")) & Q(high__gte=F("score")) & Q(high__lte=100),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.revision}: {self.score} ({self.band})"


class DecisionRequirement(models.Model):
    """Something a grant waits for; written downward by whoever knows of it, in their transaction."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="requirements")
    kind = models.CharField(max_length=40)
    source_ref = models.CharField(max_length=100)
    sentence = models.CharField(max_length=300)
    made_at = models.DateTimeField()
    satisfied_by = models.CharField(max_length=200, blank=True)
    satisfied_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "kind", "source_ref"], name="requirement_once"),
        ]

    def __str__(self) -> str:
        return self.sentence


class InformationRequestQuerySet(models.QuerySet["InformationRequest"]):
    def visible_to(self, user: User) -> Self:
        """Questions on the cases the person may see: the exporter's own, or those an officer works with."""
        return self.filter(case__in=Case.objects.visible_to(user))  # type: ignore[attr-defined]


class InformationRequest(Identified):
    """A question to the exporter; stops the clock only for a listed reason and until a date."""

    class Status(models.TextChoices):
        OPEN = "open", _("Waiting for the exporter")
        ANSWERED = "answered", _("Answered")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        EXPIRED = "expired", _("Not answered in time")

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="information_requests")
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    reason_code = models.CharField(max_length=40)  # licensing.stops.QUESTIONS
    question = models.TextField(max_length=4000)
    fields = models.JSONField(default=list)  # dossier sections the exporter may correct
    status = FSMField(max_length=12, choices=Status.choices, default=Status.OPEN, protected=True)
    due_at = models.DateTimeField()
    answer = models.TextField(blank=True)
    answered_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[InformationRequest]] = (  # type: ignore[assignment]
        InformationRequestQuerySet.as_manager()
    )

    class Meta:
        ordering = ["-asked_at"]

    def __str__(self) -> str:
        return f"Question on {self.case.reference}"

    @transition(field=status, source=Status.OPEN, target=Status.ANSWERED)
    def close_answered(self) -> None:
        self.answered_at = clock.now()

    @transition(field=status, source=Status.OPEN, target=Status.WITHDRAWN)
    def withdraw(self) -> None: ...

    @transition(field=status, source=Status.OPEN, target=Status.EXPIRED)
    def expire(self) -> None: ...


class ClockStopQuerySet(models.QuerySet["ClockStop"]):
    def visible_to(self, user: User) -> Self:
        """Stops of the cases an officer may read; exporters see their questions instead."""
        if not user.is_officer:
            return self.none()
        return self.filter(case__in=Case.objects.visible_to(user))  # type: ignore[attr-defined]

    def counting(self) -> Self:
        """Those that count: all but the void ones."""
        return self.filter(voided_at__isnull=True)

    def running(self) -> Self:
        return self.counting().filter(closed_at__isnull=True)


class ClockStop(Identified):
    """An interval in which clocks of the case do not run; owned, and ended by an instant at the latest.

    What the statistic asks is noted when it opens: how much of the furthest window had passed, whether the same
    reason had stopped this case before, and whether the same had been asked and answered.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="stops")
    reason_code = models.CharField(max_length=40)  # licensing.stops.REASONS
    basis = models.CharField(max_length=200, blank=True)  # what proves a legal reason: its document
    request = models.OneToOneField(
        InformationRequest, null=True, blank=True, on_delete=models.PROTECT, related_name="stop"
    )
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    authority = models.ForeignKey(Authority, on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    used_percent = models.PositiveSmallIntegerField(default=0)
    repeated = models.BooleanField(default=False)
    answered_before = models.BooleanField(default=False)
    voided_at = models.DateTimeField(null=True, blank=True)
    voided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    void_reason = models.TextField(max_length=4000, blank=True)

    objects: ClassVar[models.Manager[ClockStop]] = ClockStopQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["opened_at"]
        constraints = [
            models.CheckConstraint(name="stop_expires_later", condition=Q(expires_at__gt=F("opened_at"))),
            models.CheckConstraint(
                name="stop_ends_within",
                condition=Q(closed_at__isnull=True)
                | Q(closed_at__gte=F("opened_at"), closed_at__lte=F("expires_at")),
            ),
            models.CheckConstraint(
                name="stop_void_has_reason_and_reviewer",
                condition=Q(voided_at__isnull=True, voided_by__isnull=True, void_reason="")
                | (Q(voided_at__isnull=False, voided_by__isnull=False) & ~Q(void_reason="")),
            ),
            models.CheckConstraint(
                name="stop_voided_by_another",
                condition=Q(voided_by__isnull=True) | ~Q(voided_by=F("owner")),
            ),
        ]

    def __str__(self) -> str:
        return self.reason_code

    @property
    def ends_at(self) -> datetime:
        """When it ended, or the instant at which it ends by itself."""
        return self.closed_at or self.expires_at

    @property
    def is_running(self) -> bool:
        return self.closed_at is None and self.voided_at is None

    @property
    def length(self) -> timedelta:
        """How long the clock has stood for it so far."""
        return max(timedelta(), min(self.ends_at, clock.now()) - self.opened_at)

    @property
    def is_late(self) -> bool:
        return self.used_percent >= LATE


class Note(models.Model):
    """An internal note; read only in the jurisdiction that wrote it."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="notes")
    jurisdiction = models.ForeignKey(Jurisdiction, on_delete=models.PROTECT, related_name="+")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(max_length=10000)
    written_at = models.DateTimeField()

    class Meta:
        ordering = ["-written_at"]

    def __str__(self) -> str:
        return self.text[:60]
