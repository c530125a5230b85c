"""What the members tell one another: parties known to the alliance, where they appeared, and denials."""

from __future__ import annotations

from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from core import audience
from core.models import Identified
from members.models import Jurisdiction, User


class SharedPartyQuerySet(models.QuerySet["SharedParty"]):
    def visible_to(self, user: User) -> Self:
        """Parties with at least one link that the person may read."""
        links = PartyLink.objects.visible_to(user).filter(party=models.OuterRef("pk"))
        return self.filter(models.Exists(links))


class SharedParty(Identified):
    """A company, body or person that several cases may name; one row for a normalised name and country.

    `identifiers` is `[{"scheme": "lei", "value": "..."}]`.
    """

    name = models.CharField(max_length=300)
    normalised = models.CharField(max_length=300)
    country = models.CharField(max_length=2)  # ISO 3166-1 alpha-2
    identifiers = models.JSONField(default=list)
    first_seen_at = models.DateTimeField()

    objects: ClassVar[models.Manager[SharedParty]] = models.Manager.from_queryset(SharedPartyQuerySet)()

    class Meta:
        ordering = ["name", "pk"]
        verbose_name_plural = "shared parties"
        constraints = [
            models.UniqueConstraint(fields=["normalised", "country"], name="shared_party_once"),
        ]

    def __str__(self) -> str:
        return self.name


class PartyLinkQuerySet(models.QuerySet["PartyLink"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(audience__overlap=sorted(user.audience.keys))


class PartyLink(models.Model):
    """Where a party appeared: `source_ref` names the place by value, `audience` who may know of it."""

    party = models.ForeignKey(SharedParty, on_delete=models.PROTECT, related_name="links")
    kind = models.CharField(max_length=40)  # of the source's own words: end_user, consignee, denied, ...
    source_ref = models.CharField(max_length=60)
    audience = ArrayField(models.CharField(max_length=80))
    linked_at = models.DateTimeField()

    objects: ClassVar[models.Manager[PartyLink]] = models.Manager.from_queryset(PartyLinkQuerySet)()

    class Meta:
        ordering = ["-linked_at", "-pk"]
        indexes = [GinIndex(fields=["audience"], name="party_link_audience")]
        constraints = [
            models.UniqueConstraint(fields=["party", "kind", "source_ref"], name="party_link_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} in {self.source_ref}"


class DenialQuerySet(models.QuerySet["Denial"]):
    def visible_to(self, user: User) -> Self:
        """Officers of the alliance who enrolled a second factor; never exporters."""
        if audience.ALLIANCE in user.audience.keys:
            return self
        return self.none()

    def valid(self) -> Self:
        return self.filter(status=Denial.Status.VALID)


class Denial(Identified):
    """A refusal as the members know it: what was to go where and to whom, and why it was refused.

    Members heed it from the instant it is recorded; `takes_effect_at`: when the refusal does, where that is later.
    Reviewed every three years while it is valid (Reg (EU) 2021/821 Art 16(2)). `source_ref` names the
    refusing decision by value.
    """

    class Status(models.TextChoices):
        VALID = "valid", _("Valid")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    reference = models.CharField(max_length=20, unique=True)
    source_ref = models.CharField(max_length=60, unique=True)
    jurisdiction = models.ForeignKey(Jurisdiction, on_delete=models.PROTECT, related_name="denials")
    parties = models.ManyToManyField(SharedParty, related_name="denials")  # end-users and consignees
    control_codes = ArrayField(models.CharField(max_length=20))  # headings, see alliance.selectors.heading
    destination = models.CharField(max_length=2)
    ground_code = models.CharField(max_length=60)
    summary = models.TextField()  # releasable to every member
    decided_at = models.DateTimeField()
    takes_effect_at = models.DateTimeField(null=True, blank=True)  # null: when decided
    review_due = models.DateTimeField()
    reviews = models.PositiveSmallIntegerField(default=0)
    status = FSMField(max_length=20, choices=Status.choices, default=Status.VALID, protected=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[Denial]] = models.Manager.from_queryset(DenialQuerySet)()

    class Meta:
        ordering = ["-decided_at", "-pk"]
        indexes = [
            GinIndex(fields=["control_codes"], name="denial_control_codes"),
            models.Index(fields=["destination"], condition=Q(status="valid"), name="denial_valid"),
        ]
        constraints = [
            models.CheckConstraint(
                name="denial_takes_effect_later",
                condition=Q(takes_effect_at__isnull=True) | Q(takes_effect_at__gte=F("decided_at")),
            ),
            models.CheckConstraint(
                name="denial_withdrawn_iff_dated",
                condition=Q(status="withdrawn", withdrawn_at__isnull=False)
                | Q(status="valid", withdrawn_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @transition(field=status, source=Status.VALID, target=Status.WITHDRAWN)
    def withdraw(self) -> None: ...
