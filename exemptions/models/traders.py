"""The standing of an exporter as a trusted trader, and the audits it rests on."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from core import clock
from core.models import Identified
from members.models import Jurisdiction, Organisation, User


class TrustedTraderQuerySet(models.QuerySet["TrustedTrader"]):
    def visible_to(self, user: User) -> Self:
        """The organisation's own; once sent, every standing for officers in office: all members follow it."""
        if user.serves:
            return self.exclude(status=TrustedTrader.Status.DRAFT)
        return self.filter(organisation__in=user.organisation_ids)

    def in_force(self) -> Self:
        """Those granted whose last instant has not come, whether or not the clock has been there; what their record
        says is asked by whoever reads them (`licensing.trusted.level_of`)."""
        return self.filter(status=TrustedTrader.Status.GRANTED, valid_until__gt=clock.now())


class TrustedTrader(Identified):
    """One standing for each organisation, from its first answer on; it is the lock of its audits.

    `answers`: {element: {question: yes | partly | no, "evidence": text}} to the questions of `questions_version`.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("Not sent yet")
        APPLIED = "applied", _("Waits for an inspector")
        UNDER_AUDIT = "under_audit", _("Under audit")
        GRANTED = "granted", _("Trusted")
        SUSPENDED = "suspended", _("Suspended")
        REFUSED = "refused", _("Refused")
        ENDED = "ended", _("Ended")

    reference = models.CharField(max_length=20, unique=True)  # TT-7K3M-9QX2
    organisation = models.OneToOneField(Organisation, on_delete=models.PROTECT, related_name="trust")
    status = FSMField(max_length=12, choices=Status.choices, default=Status.DRAFT, protected=True)
    questions_version = models.CharField(max_length=20)
    answers = models.JSONField(default=dict)
    aeo_number = models.CharField(max_length=40, blank=True)  # of an authorised economic operator
    begun_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    begun_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True, blank=True)  # last time
    inspector = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    level = models.PositiveSmallIntegerField(default=0)  # 0: none
    granted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    granted_at = models.DateTimeField(null=True, blank=True)
    valid_until = models.DateTimeField(null=True, blank=True)  # as derived
    suspended_at = models.DateTimeField(null=True, blank=True)
    suspended_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    suspended_in = models.ForeignKey(  # null: by its record
        Jurisdiction, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    suspended_because = models.CharField(max_length=1000, blank=True)
    made_good = models.CharField(max_length=4000, blank=True)  # what the trader says it has mended
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_because = models.CharField(max_length=1000, blank=True)

    objects: ClassVar[models.Manager[TrustedTrader]] = TrustedTraderQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["organisation__name", "pk"]
        indexes = [models.Index(fields=["status"], name="trader_by_status")]
        constraints = [
            models.CheckConstraint(name="trader_level_known", condition=Q(level__lte=3)),
            models.CheckConstraint(
                name="trader_granted_iff_dated",
                condition=(
                    Q(
                        status="granted",
                        level__gte=1,
                        granted_by__isnull=False,
                        granted_at__isnull=False,
                        valid_until__isnull=False,
                        suspended_at__isnull=True,
                        ended_at__isnull=True,
                    )
                    | ~Q(status="granted")
                ),
            ),
            models.CheckConstraint(
                name="trader_level_only_where_granted",
                condition=Q(level=0) | Q(status__in=["granted", "suspended", "under_audit"]),
            ),
            models.CheckConstraint(
                name="trader_suspended_iff_said",
                condition=Q(suspended_at__isnull=True, suspended_because="", suspended_in__isnull=True)
                & ~Q(status="suspended")
                | Q(suspended_at__isnull=False) & ~Q(suspended_because=""),
            ),
            models.CheckConstraint(
                name="trader_ended_iff_said",
                condition=Q(status__in=["ended", "refused"], ended_at__isnull=False) & ~Q(ended_because="")
                | ~Q(status__in=["ended", "refused"]) & Q(ended_at__isnull=True, ended_because=""),
            ),
            models.CheckConstraint(
                name="trader_audited_by_somebody",
                condition=~Q(status="under_audit") | Q(inspector__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def was_granted(self) -> bool:
        return self.granted_at is not None

    @transition(field=status, source=[Status.REFUSED, Status.ENDED], target=Status.DRAFT)
    def begin_anew(self) -> None:
        self.ended_at, self.ended_because, self.inspector = None, "", None

    @transition(field=status, source=Status.DRAFT, target=Status.APPLIED)
    def apply(self) -> None:
        self.applied_at = clock.now()

    @transition(field=status, source=[Status.APPLIED, Status.SUSPENDED], target=Status.UNDER_AUDIT)
    def begin_audit(self, inspector: User) -> None:
        self.inspector = inspector

    @transition(field=status, source=Status.GRANTED, target=Status.GRANTED)
    def begin_reaudit(self, inspector: User) -> None:
        """The next audit, before the time is over: until it is decided the trader stays trusted."""
        self.inspector = inspector

    @transition(field=status, source=[Status.UNDER_AUDIT, Status.GRANTED], target=Status.GRANTED)
    def grant(self, by: User, level: int, at: datetime, until: datetime) -> None:
        self.granted_by, self.granted_at, self.valid_until, self.level = by, at, until, level
        self.inspector = None
        self._let_go()

    @transition(field=status, source=[Status.UNDER_AUDIT, Status.GRANTED], target=Status.REFUSED)
    def refuse(self, because: str) -> None:
        self.level, self.ended_at, self.ended_because = 0, clock.now(), because
        self._let_go()

    @transition(field=status, source=Status.GRANTED, target=Status.SUSPENDED)
    def suspend(self, at: datetime, because: str, by: User | None, member: Jurisdiction | None) -> None:
        self.suspended_at, self.suspended_because = at, because
        self.suspended_by, self.suspended_in = by, member
        self.inspector = None

    @transition(
        field=status,
        source=[Status.APPLIED, Status.UNDER_AUDIT, Status.GRANTED, Status.SUSPENDED],
        target=Status.ENDED,
    )
    def end(self, at: datetime, because: str) -> None:
        self.level, self.ended_at, self.ended_because = 0, at, because
        self._let_go()

    def _let_go(self) -> None:
        self.suspended_at, self.suspended_because, self.made_good = None, "", ""
        self.suspended_by = self.suspended_in = None


class TraderAudit(Identified):
    """What an inspector found at the trader's site, element by element, and what a decider made of it.

    `findings`: {element: {"finding": met | partly | missing, "remark": text}}. What was found never changes; the
    decision is written once, by another person.
    """

    class Decision(models.TextChoices):
        GRANTED = "granted", _("Granted")
        REFUSED = "refused", _("Refused")

    trader = models.ForeignKey(TrustedTrader, on_delete=models.PROTECT, related_name="audits")
    number = models.PositiveSmallIntegerField()
    inspector = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    visited_on = models.DateField()
    questions_version = models.CharField(max_length=20)
    findings = models.JSONField()
    score = models.PositiveSmallIntegerField()  # 0 to 100; exemptions.trust
    summary = models.TextField(max_length=4000)
    reported_at = models.DateTimeField()
    decision = models.CharField(max_length=10, choices=Decision, blank=True)
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    reasons = models.CharField(max_length=1000, blank=True)
    level = models.PositiveSmallIntegerField(default=0)
    record = models.JSONField(default=dict)  # {score, lines, years} as judged then

    class Meta:
        ordering = ["trader", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["trader", "number"], name="trader_audit_once"),
            models.CheckConstraint(name="trader_audit_score_of_100", condition=Q(score__lte=100)),
            models.CheckConstraint(
                name="trader_audit_four_eyes",
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("inspector")),
            ),
            models.CheckConstraint(
                name="trader_audit_decided_iff_said",
                condition=Q(decision="", decided_by__isnull=True, decided_at__isnull=True, reasons="")
                | (
                    Q(
                        decision__in=["granted", "refused"],
                        decided_by__isnull=False,
                        decided_at__isnull=False,
                    )
                    & ~Q(reasons="")
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.trader.reference}, audit {self.number}"
