"""Mandates: an exporter lets another organisation act for it between two days."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from core import audience, clock
from core.audience import Audience
from core.models import Identified
from members.models.organisations import Organisation
from members.models.people import Mandated, User


class MandateQuerySet(models.QuerySet["Mandate"]):
    def in_force(self, at: datetime | None = None) -> Self:
        """Those under which an agent may act at an instant, by default now.

        This is the only place that says when a mandate counts: `User.mandated`, and with it every reading and
        every act under a mandate, asks it.
        """
        at = at or clock.now()
        return self.filter(
            status=Mandate.Status.ACCEPTED,
            starts_at__lte=at,
            ends_at__gt=at,
            agent__status=Organisation.Status.VETTED,
        )

    def visible_to(self, user: User) -> Self:
        """Those that the person's organisations have given or hold; officers read of them in cases."""
        mine = user.organisation_ids
        return self.filter(Q(principal__in=mine) | Q(agent__in=mine))


class Mandate(Identified):
    """What one organisation (the principal) lets another (the agent) do in its name.

    The principal stays applicant and holder. Days are those of the principal's member, both inclusive: `starts_at`
    is the first instant of the first, `ends_at` the first instant after the last. It ends by itself.
    """

    class Status(models.TextChoices):
        OFFERED = "offered", _("Waiting for the agent")
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")
        ENDED = "ended", _("Ended")

    class Standing(models.TextChoices):
        """How it stands at an instant; read, never kept."""

        OFFERED = "offered", _("Waiting for the agent")
        LAPSED = "lapsed", _("Lapsed without an answer")
        TO_COME = "to_come", _("Not begun yet")
        IN_FORCE = "in_force", _("In force")
        PAUSED = "paused", _("Paused: the agent is suspended")
        EXPIRED = "expired", _("Expired")
        DECLINED = "declined", _("Declined")
        ENDED = "ended", _("Ended")

    reference = models.CharField(max_length=20, unique=True)  # MD-7K3M-9QX2
    principal = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="mandates_given")
    agent = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="mandates_held")
    acts = ArrayField(models.CharField(max_length=10, choices=Mandated))
    destinations = ArrayField(models.CharField(max_length=2), default=list)  # ISO alpha-2; empty: any
    starts_on = models.DateField()
    ends_on = models.DateField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    status = FSMField(max_length=10, choices=Status.choices, default=Status.OFFERED, protected=True)
    given_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    given_at = models.DateTimeField()
    answered_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=500, blank=True)  # why it was declined or ended

    objects: ClassVar[MandateQuerySet] = MandateQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-given_at"]
        indexes = [
            models.Index(
                fields=["agent", "ends_at"], name="mandate_by_agent", condition=Q(status="accepted")
            ),
            models.Index(fields=["principal", "-given_at"], name="mandate_by_principal"),
        ]
        constraints = [
            models.CheckConstraint(name="mandate_to_another", condition=~Q(principal=models.F("agent"))),
            models.CheckConstraint(
                name="mandate_ends_later",
                condition=Q(ends_at__gt=models.F("starts_at"), ends_on__gte=models.F("starts_on")),
            ),
            models.CheckConstraint(
                name="mandate_lets_something",
                condition=Q(acts__len__gt=0, acts__contained_by=Mandated.values),
            ),
            models.CheckConstraint(
                name="mandate_answered_iff_dated",
                condition=Q(status="offered", answered_at__isnull=True, answered_by__isnull=True)
                | Q(
                    status__in=["accepted", "declined"],
                    answered_at__isnull=False,
                    answered_by__isnull=False,
                )
                | Q(status="ended"),
            ),
            models.CheckConstraint(
                name="mandate_ended_iff_dated",
                condition=Q(status="ended", ended_at__isnull=False, ended_by__isnull=False)
                | ~Q(status="ended") & Q(ended_at__isnull=True, ended_by__isnull=True),
            ),
            models.CheckConstraint(
                name="mandate_refused_with_reason",
                condition=Q(status__in=["declined", "ended"]) & ~Q(reason="")
                | Q(status__in=["offered", "accepted"], reason=""),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def audience(self) -> Audience:
        """Both organisations, and the members that vetted them."""
        return Audience.of(
            audience.organisation(self.principal_id),
            audience.organisation(self.agent_id),
            audience.jurisdiction(self.principal.jurisdiction_id),
            audience.jurisdiction(self.agent.jurisdiction_id),
        )

    def standing(self, at: datetime | None = None) -> Standing:
        """How it stands at an instant, by default now; for people, who are told why it does not count."""
        at = at or clock.now()
        if self.status == self.Status.OFFERED:
            return self.Standing.LAPSED if at >= self.ends_at else self.Standing.OFFERED
        if self.status != self.Status.ACCEPTED:
            return self.Standing(self.status)
        if at < self.starts_at:
            return self.Standing.TO_COME
        if at >= self.ends_at:
            return self.Standing.EXPIRED
        vetted = self.agent.status == Organisation.Status.VETTED
        return self.Standing.IN_FORCE if vetted else self.Standing.PAUSED

    @property
    def said(self) -> list[str]:
        """What it lets the agent do, in words."""
        return [str(Mandated(act).label) for act in Mandated.values if act in self.acts]

    @transition(field=status, source=Status.OFFERED, target=Status.ACCEPTED)
    def accept(self, by: User) -> None:
        self.answered_by, self.answered_at = by, clock.now()

    @transition(field=status, source=Status.OFFERED, target=Status.DECLINED)
    def decline(self, by: User, reason: str) -> None:
        self.answered_by, self.answered_at, self.reason = by, clock.now(), reason

    @transition(field=status, source=[Status.OFFERED, Status.ACCEPTED], target=Status.ENDED)
    def end(self, by: User, reason: str) -> None:
        self.ended_by, self.ended_at, self.reason = by, clock.now(), reason
