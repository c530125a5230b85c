"""Exporter organisations and their people, invitations, and systems that act for a person."""

from __future__ import annotations

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition
from oauth2_provider.models import AbstractApplication

from core import clock
from core.models import Identified
from members.models.people import Authority, Jurisdiction, Role, User


def as_registered(number: str) -> str:
    """Return a registration number as it is kept: in capitals, its parts one blank apart."""
    return " ".join(number.upper().split())


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    def visible_to(self, user: User) -> Self:
        """The person's own organisations; for an officer, those of the jurisdiction; for an auditor, all.

        An adjudicator in no other role has no register to keep: it reads the provider in the case.
        """
        mine = Q(pk__in=user.organisation_ids)
        if user.serves and not user.only_adjudicates:
            mine |= Q(jurisdiction=user.jurisdiction_code)
            if Role.AUDITOR in user.roles:
                return self.all()
        return self.filter(mine)


class Organisation(Identified):
    """An exporter; vetted by its jurisdiction before it may submit."""

    class Status(models.TextChoices):
        APPLIED = "applied", _("Waiting to be vetted")
        VETTED = "vetted", _("Vetted")
        REFUSED = "refused", _("Refused")
        SUSPENDED = "suspended", _("Suspended")

    name = models.CharField(max_length=200)
    jurisdiction = models.ForeignKey(Jurisdiction, on_delete=models.PROTECT, related_name="organisations")
    address = models.TextField()
    registration_number = models.CharField(max_length=50)
    lei = models.CharField(max_length=20, blank=True)
    vat = models.CharField(max_length=20, blank=True)
    contact_email = models.EmailField()
    status = FSMField(max_length=20, choices=Status.choices, default=Status.APPLIED, protected=True)
    status_reason = models.TextField(blank=True)  # told to the organisation when refused or suspended
    applied_at = models.DateTimeField(default=clock.now)
    vetted_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[models.Manager[Organisation]] = OrganisationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["jurisdiction", "registration_number"], name="organisation_registered_once"
            ),
            models.UniqueConstraint(fields=["lei"], name="organisation_lei_once", condition=~Q(lei="")),
            models.UniqueConstraint(fields=["vat"], name="organisation_vat_once", condition=~Q(vat="")),
            models.CheckConstraint(
                name="organisation_vetted_iff_dated",
                condition=Q(status__in=["vetted", "suspended"], vetted_at__isnull=False)
                | Q(status__in=["applied", "refused"], vetted_at__isnull=True),
            ),
            models.CheckConstraint(
                name="organisation_registration_given", condition=~Q(name="") & ~Q(registration_number="")
            ),
            models.CheckConstraint(
                name="organisation_lei_shape", condition=Q(lei="") | Q(lei__regex=r"^[0-9A-Z]{18}[0-9]{2}$")
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @transition(field=status, source=Status.APPLIED, target=Status.VETTED)
    def vet(self) -> None:
        self.vetted_at = clock.now()
        self.status_reason = ""

    @transition(field=status, source=Status.APPLIED, target=Status.REFUSED)
    def refuse(self, reason: str) -> None:
        self.status_reason = reason

    @transition(field=status, source=Status.REFUSED, target=Status.APPLIED)
    def apply_again(self) -> None:
        self.applied_at = clock.now()
        self.status_reason = ""

    @transition(field=status, source=Status.VETTED, target=Status.SUSPENDED)
    def suspend(self, reason: str) -> None:
        self.status_reason = reason

    @transition(field=status, source=Status.SUSPENDED, target=Status.VETTED)
    def reinstate(self) -> None:
        self.status_reason = ""


class Membership(models.Model):
    """A person's place in an exporter organisation."""

    class Role(models.TextChoices):
        ADMINISTRATOR = "administrator", _("Administrator of the organisation")
        EXPORTER = "exporter", _("Exporter")

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "organisation"], name="membership_once"),
            models.CheckConstraint(
                name="membership_role_known", condition=Q(role__in=["administrator", "exporter"])
            ),
        ]


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def visible_to(self, user: User) -> Self:
        """Invitations to places the person administers."""
        mine = Q(organisation__in=user.administers)
        if user.serves and Role.ADMINISTRATOR in user.roles:
            mine |= Q(authority__jurisdiction=user.jurisdiction_code)
        return self.filter(mine)

    def open(self) -> Self:
        """Neither accepted nor withdrawn; some of these have expired."""
        return self.filter(accepted_at__isnull=True, withdrawn_at__isnull=True)


class Invitation(Identified):
    """An invitation to join an authority in roles, or an organisation; single use, by a signed link."""

    email = models.EmailField()
    name = models.CharField(max_length=150)
    authority = models.ForeignKey(Authority, null=True, blank=True, on_delete=models.CASCADE)
    roles = models.JSONField(default=list)  # of Role, for an authority
    organisation = models.ForeignKey(Organisation, null=True, blank=True, on_delete=models.CASCADE)
    membership_role = models.CharField(max_length=20, choices=Membership.Role, blank=True)
    invited_by = models.ForeignKey(  # null: whoever runs the platform
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="invitations_sent"
    )
    invited_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[InvitationQuerySet] = InvitationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="invitation_to_one_place",
                condition=Q(authority__isnull=True) ^ Q(organisation__isnull=True),
            ),
            models.CheckConstraint(
                name="invitation_ends_once",
                condition=Q(accepted_at__isnull=True) | Q(withdrawn_at__isnull=True),
            ),
            models.CheckConstraint(
                name="invitation_expires_later", condition=Q(expires_at__gt=models.F("invited_at"))
            ),
            models.UniqueConstraint(
                fields=["email", "authority"],
                name="invitation_open_once_to_authority",
                condition=Q(accepted_at__isnull=True, withdrawn_at__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["email", "organisation"],
                name="invitation_open_once_to_organisation",
                condition=Q(accepted_at__isnull=True, withdrawn_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        """Name the place, never the person: the ledger keeps this for good."""
        return f"Invitation to {self.organisation or self.authority}"


class ApiClientQuerySet(models.QuerySet["ApiClient"]):
    def visible_to(self, user: User) -> Self:
        """Clients the person answers for, and those of the people the person administers."""
        mine = Q(user=user) | Q(user__memberships__organisation__in=user.administers)
        if user.serves and Role.ADMINISTRATOR in user.roles:
            mine |= Q(user__authority__jurisdiction=user.jurisdiction_code)
        return self.filter(pk__in=ApiClient.objects.filter(mine).values("pk"))


class ApiClient(AbstractApplication):
    """A partner's system (OAuth2 client credentials).

    `user` is the person who answers for it: it may do what that person may do, within `allowed_scopes`.
    """

    allowed_scopes = models.JSONField(default=list)
    # JWKs it signs with; with any of them registered, its secret opens nothing.
    public_keys = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[ApiClientQuerySet] = ApiClientQuerySet.as_manager()  # type: ignore[assignment]

    class Meta(AbstractApplication.Meta):
        swappable = "OAUTH2_PROVIDER_APPLICATION_MODEL"
        constraints = [
            models.CheckConstraint(
                name="apiclient_client_credentials_only",
                condition=Q(authorization_grant_type="client-credentials", client_type="confidential"),
            ),
            models.CheckConstraint(name="apiclient_answered_for", condition=Q(user__isnull=False)),
        ]

    def is_usable(self, request: object) -> bool:
        """Whether tokens are given out and honoured: not revoked, and its person still here."""
        return self.revoked_at is None and self.user is not None and self.user.is_active
