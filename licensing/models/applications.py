"""The exporter's dossier: a draft, then frozen revisions."""

from __future__ import annotations

from typing import ClassVar, Self

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from core import clock
from core.audience import Audience
from core.audience import mandate as mandate_key
from core.audience import organisation as organisation_key
from core.models import Identified
from intelligence.models import SharedParty
from members.models import Mandate, Organisation, User


def applied_by(user: User, path: str = "") -> Q:
    """Return which applications are a person's to read, over a path that ends there (`application__`): those of the
    person's own organisations, and those filed under a mandate they hold while it is in force."""
    return Q(**{f"{path}organisation__in": user.organisation_ids}) | Q(
        **{f"{path}mandate__in": user.mandated()}
    )


class ApplicationQuerySet(models.QuerySet["Application"]):
    def visible_to(self, user: User) -> Self:
        """Applications of the person's own organisations, and those filed under a mandate in force that one of them
        holds; officers read cases, never drafts."""
        return self.filter(applied_by(user))


class Application(Identified):
    """What an exporter asks for. Frozen per numbered revision once registered."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        REGISTERED = "registered", _("Registered")
        RETURNED = "returned", _("Returned without action")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        CLOSED = "closed", _("Decided")
        EXPIRED = "expired", _("Draft expired")

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="applications")
    mandate = models.ForeignKey(  # under which an agent files it for the organisation
        Mandate, null=True, blank=True, on_delete=models.PROTECT, related_name="applications"
    )
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    reference = models.CharField(max_length=20, unique=True)  # ours, e.g. EA-7K3M-9QX2
    own_reference = models.CharField(max_length=60, blank=True)  # the exporter's
    national_reference = models.CharField(max_length=60, blank=True)  # the authority's, beside ours
    status = FSMField(max_length=12, choices=Status.choices, default=Status.DRAFT, protected=True)
    draft = models.JSONField(default=dict)  # the dossier as typed so far; see licensing.dossier
    draft_version = models.PositiveIntegerField(default=0)  # counts saves, for stale forms
    saved_at = models.DateTimeField()
    received_at = models.DateTimeField(null=True, blank=True)
    registered_at = models.DateTimeField(null=True, blank=True)
    deficiencies = models.JSONField(default=list)  # why it was returned
    supersedes = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="superseded_by"
    )
    replaces = models.ForeignKey(  # the licence that ends when one is issued on this application
        "licensing.Licence", null=True, blank=True, on_delete=models.PROTECT, related_name="replacements"
    )

    objects: ClassVar[models.Manager[Application]] = ApplicationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["organisation", "-created_at"], name="application_by_organisation")]
        constraints = [
            models.CheckConstraint(
                name="application_registered_iff_past_draft",
                condition=Q(status__in=["draft", "expired", "returned"], registered_at__isnull=True)
                | Q(status__in=["registered", "withdrawn", "closed"], registered_at__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["replaces"],
                name="application_one_replacement",
                condition=Q(status__in=["draft", "registered"]),
            ),
        ]

    @property
    def filers(self) -> frozenset[int]:
        """Keys of the organisations that take part: the exporter, and the agent it is filed by, whether or not the
        mandate still runs."""
        own = {self.organisation_id}
        return frozenset(own | {self.mandate.agent_id} if self.mandate else own)

    @property
    def audience(self) -> Audience:
        """Who reads about a draft: the exporter's own people, and those of its agent while the mandate lasts."""
        own = Audience.of(organisation_key(self.organisation_id))
        return own | [mandate_key(self.mandate_id)] if self.mandate_id else own

    def __str__(self) -> str:
        return self.reference

    @transition(field=status, source=Status.DRAFT, target=Status.REGISTERED)
    def register(self) -> None:
        self.received_at = self.registered_at = clock.now()

    @transition(field=status, source=Status.DRAFT, target=Status.RETURNED)
    def return_without_action(self) -> None:
        self.received_at = clock.now()

    @transition(field=status, source=Status.REGISTERED, target=Status.WITHDRAWN)
    def withdraw(self) -> None: ...

    @transition(field=status, source=Status.REGISTERED, target=Status.CLOSED)
    def close(self) -> None: ...

    @transition(field=status, source=Status.DRAFT, target=Status.EXPIRED)
    def expire(self) -> None: ...


class Revision(models.Model):
    """One frozen, numbered state of the dossier; assessments and positions name it."""

    application = models.ForeignKey(Application, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    dossier = models.JSONField()
    sha256 = models.CharField(max_length=64)
    difference = models.JSONField(default=list)  # [{path, before, after}] against the one before
    reason = models.CharField(max_length=200, blank=True)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["application", "number"]
        constraints = [
            models.UniqueConstraint(fields=["application", "number"], name="revision_numbered_once"),
        ]

    def __str__(self) -> str:
        return f"{self.application.reference} revision {self.number}"


class Item(models.Model):
    """A line of goods, software or technology, as frozen in a revision."""

    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="items")
    line = models.PositiveIntegerField()
    control_code = models.CharField(max_length=20, blank=True)  # blank: asked to be classified
    classification_requested = models.BooleanField(default=False)
    hs_code = models.CharField(max_length=10)
    description = models.CharField(max_length=500)
    quantity = models.DecimalField(max_digits=18, decimal_places=3)
    unit = models.CharField(max_length=3)  # UN/ECE Recommendation 20
    value = models.DecimalField(max_digits=18, decimal_places=2)
    currency = models.CharField(max_length=3)  # ISO 4217
    serial_numbers = models.JSONField(default=list)
    components_from = models.JSONField(default=list)  # ISO alpha-2 of controlled components' origin

    class Meta:
        ordering = ["revision", "line"]
        constraints = [
            models.UniqueConstraint(fields=["revision", "line"], name="item_line_once"),
            models.CheckConstraint(name="item_quantity_positive", condition=Q(quantity__gt=0)),
            models.CheckConstraint(name="item_value_not_negative", condition=Q(value__gte=0)),
            models.CheckConstraint(
                name="item_code_or_request",
                condition=Q(classification_requested=True) | ~Q(control_code=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line}. {self.description}"


class Party(models.Model):
    """Whoever takes part in the transaction, by role, as frozen in a revision."""

    class Role(models.TextChoices):
        CONSIGNEE = "consignee", _("Consignee")
        END_USER = "end_user", _("End-user")
        INTERMEDIARY = "intermediary", _("Intermediary")
        PURCHASER = "purchaser", _("Purchaser")
        CARRIER = "carrier", _("Carrier")
        OWNER = "owner", _("Owner")

    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="parties")
    shared_party = models.ForeignKey(SharedParty, on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=15, choices=Role)
    kind = models.CharField(max_length=10, default="company")  # company | person | vessel
    name = models.CharField(max_length=300)
    aliases = models.JSONField(default=list)
    address = models.CharField(max_length=500)
    country = models.CharField(max_length=2)
    identifiers = models.JSONField(default=list)  # [{scheme, value}]
    website = models.URLField(blank=True)
    incorporated_on = models.DateField(null=True, blank=True)
    owns = models.CharField(max_length=300, blank=True)  # of an owner: the name of the party it holds
    share = models.DecimalField(
        max_digits=7, decimal_places=4, null=True, blank=True
    )  # percent of that party

    class Meta:
        ordering = ["revision", "pk"]
        constraints = [
            models.CheckConstraint(
                name="party_owner_holds_a_share",
                condition=Q(role="owner", share__gt=0, share__lte=100) & ~Q(owns="")
                | ~Q(role="owner") & Q(owns="", share__isnull=True),
            ),
        ]
        indexes = [GinIndex(fields=["name"], name="party_name_trigram", opclasses=["gin_trgm_ops"])]

    def __str__(self) -> str:
        return self.name


class Leg(models.Model):
    """One leg of the route between two UN/LOCODE places."""

    revision = models.ForeignKey(Revision, on_delete=models.CASCADE, related_name="legs")
    number = models.PositiveIntegerField()
    origin = models.CharField(max_length=5)  # UN/LOCODE
    destination = models.CharField(max_length=5)
    mode = models.CharField(max_length=10)  # sea | air | road | rail | post

    class Meta:
        ordering = ["revision", "number"]
        constraints = [models.UniqueConstraint(fields=["revision", "number"], name="leg_numbered_once")]

    def __str__(self) -> str:
        return f"{self.origin} to {self.destination}"
