"""Suspicious orders that exporters report, the members that may read each, and what these made of it."""

from __future__ import annotations

from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import Identified
from licensing.models.applications import Application
from licensing.models.cases import Case
from members.models import Jurisdiction, Organisation, User


class SuspiciousOrderQuerySet(models.QuerySet["SuspiciousOrder"]):
    def visible_to(self, user: User) -> Self:
        """The reports of the person's organisations; to officers in office those shared with their member.

        An officer who belongs to the exporter that reported, or to the agent that filed the application it is
        about, reads it as no officer.
        """
        if not user.is_officer:
            return self.filter(organisation__in=user.organisation_ids)
        if not user.serves or user.only_adjudicates:
            return self.none()
        shared = SuspiciousOrderShare.objects.filter(jurisdiction=user.jurisdiction_code)
        found = self.filter(pk__in=shared.values("report"))
        mine = user.organisation_ids
        return (
            found.exclude(Q(organisation__in=mine) | Q(application__mandate__agent__in=mine))
            if mine
            else found
        )


class SuspiciousOrder(Identified):
    """An order that an exporter found suspicious, as it reported it. Never changed; told anew if more is known.

    `identifiers` is [{"scheme", "value"}]; `red_flags` are keys of `licensing.suspicions.RED_FLAGS`.
    """

    class Outcome(models.TextChoices):
        DECLINED = "declined", _("Declined")
        ACCEPTED = "accepted", _("Accepted")
        UNDECIDED = "undecided", _("Not decided yet")

    reference = models.CharField(max_length=20, unique=True)  # SO-7K3M-9QX2
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="suspicious_orders")
    filed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    filed_at = models.DateTimeField()
    goods = models.TextField(max_length=2000)
    party_name = models.CharField(max_length=300)
    party_country = models.CharField(max_length=2)  # ISO 3166-1 alpha-2
    party_address = models.CharField(max_length=500, blank=True)
    identifiers = models.JSONField(default=list)
    red_flags = ArrayField(models.CharField(max_length=20))
    reasons = models.TextField(max_length=4000)
    outcome = models.CharField(max_length=10, choices=Outcome)
    application = models.ForeignKey(
        Application, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects: ClassVar[models.Manager[SuspiciousOrder]] = (  # type: ignore[assignment]
        SuspiciousOrderQuerySet.as_manager()
    )

    class Meta:
        ordering = ["-filed_at", "-pk"]
        indexes = [models.Index(fields=["party_country", "filed_at"], name="suspicion_by_country")]
        constraints = [
            models.CheckConstraint(
                name="suspicion_is_reasoned", condition=Q(red_flags__len__gt=0) & ~Q(reasons="")
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class SuspiciousOrderShare(models.Model):
    """That a member may read a report, and why; it stays so."""

    class Why(models.TextChoices):
        ESTABLISHMENT = "establishment", _("The exporter is established there")
        OPEN_CASE = "open_case", _("A case it leads has the like end-user or consignee")
        PASSED_ON = "passed_on", _("The exporter's member passed it on")

    report = models.ForeignKey(SuspiciousOrder, on_delete=models.PROTECT, related_name="shares")
    jurisdiction = models.ForeignKey(Jurisdiction, on_delete=models.PROTECT, related_name="+")
    why = models.CharField(max_length=15, choices=Why)
    shared_at = models.DateTimeField()
    shared_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["shared_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["report", "jurisdiction"], name="suspicion_shared_once"),
            models.CheckConstraint(
                name="suspicion_passed_on_by_a_person",
                condition=Q(why="passed_on", shared_by__isnull=False)
                | (~Q(why="passed_on") & Q(shared_by__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report}, {self.jurisdiction_id}"


class SuspiciousOrderMatchQuerySet(models.QuerySet["SuspiciousOrderMatch"]):
    def visible_to(self, user: User) -> Self:
        """Those on cases that the officer's own member leads, of reports the officer may read."""
        if not user.is_officer:
            return self.none()
        return self.filter(
            case__in=Case.objects.visible_to(user),  # type: ignore[attr-defined]
            case__lead=user.jurisdiction_code,
            report__in=SuspiciousOrder.objects.visible_to(user),  # type: ignore[attr-defined]
        )


class SuspiciousOrderMatch(models.Model):
    """That the party of a report is the like of an end-user or consignee of a case, and why."""

    report = models.ForeignKey(SuspiciousOrder, on_delete=models.PROTECT, related_name="matches")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="suspicions")
    sentence = models.CharField(max_length=800)
    found_at = models.DateTimeField()

    objects: ClassVar[models.Manager[SuspiciousOrderMatch]] = (  # type: ignore[assignment]
        SuspiciousOrderMatchQuerySet.as_manager()
    )

    class Meta:
        ordering = ["found_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["report", "case"], name="suspicion_matched_once"),
        ]

    def __str__(self) -> str:
        return f"{self.report}: {self.case.reference}"


class SuspiciousOrderReview(models.Model):
    """What a member made of a report: noted, passed on to further members, or closed with a reason."""

    class Outcome(models.TextChoices):
        NOTED = "noted", _("Noted")
        PASSED_ON = "passed_on", _("Passed on")
        CLOSED = "closed", _("Closed")

    report = models.ForeignKey(SuspiciousOrder, on_delete=models.PROTECT, related_name="reviews")
    jurisdiction = models.ForeignKey(Jurisdiction, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=10, choices=Outcome)
    reason = models.TextField(max_length=4000, blank=True)
    passed_to = ArrayField(models.CharField(max_length=2), default=list)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["report", "jurisdiction"], name="suspicion_closed_once", condition=Q(outcome="closed")
            ),
            models.CheckConstraint(
                name="suspicion_closed_with_reason", condition=Q(outcome="noted") | ~Q(reason="")
            ),
            models.CheckConstraint(
                name="suspicion_passed_on_to_somebody",
                condition=Q(outcome="passed_on", passed_to__len__gt=0)
                | (~Q(outcome="passed_on") & Q(passed_to=[])),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report}, {self.jurisdiction_id}: {self.outcome}"
