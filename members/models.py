"""Who: jurisdictions, authorities, people and their roles, organisations, API clients."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition
from oauth2_provider.models import AbstractApplication

from core import audience, clock
from core.audience import Audience
from core.models import Identified


class Role(models.TextChoices):
    """What an officer may be appointed to; exporters hold a Membership instead."""

    LICENSING_OFFICER = "licensing_officer", _("Licensing officer")
    ADVISER = "adviser", _("Adviser")
    DECIDER = "decider", _("Decider")
    COUNTERSIGNER = "countersigner", _("Countersigner")
    CRISIS_SEAT = "crisis_seat", _("Crisis-unit seat")
    CUSTOMS_OFFICER = "customs_officer", _("Customs officer")
    AUDITOR = "auditor", _("Auditor")
    ADMINISTRATOR = "administrator", _("Administrator of a jurisdiction")


class Ministry(models.TextChoices):
    TRADE = "trade", _("Trade")
    DEFENCE = "defence", _("Defence")
    INTELLIGENCE = "intelligence", _("Intelligence")
    CUSTOMS = "customs", _("Customs")


class Grade(models.TextChoices):
    """Rank of an officer, lowest first; a charter can ask for one at a tier (`alliance.charters.GRADES`)."""

    OFFICER = "officer", _("Officer")
    SENIOR = "senior", _("Senior official")
    PRINCIPAL = "principal", _("Minister or head of an authority")
    GOVERNMENT = "government", _("Head of state or government")


class Jurisdiction(models.Model):
    """A member of the alliance, with the zone and calendar its deadlines are counted in."""

    code = models.CharField(max_length=2, primary_key=True)  # ISO 3166-1 alpha-2
    name = models.CharField(max_length=100)
    timezone = models.CharField(max_length=50)  # IANA
    calendar = models.CharField(max_length=20)  # key of deadlines.CalendarVersion

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(name="jurisdiction_code_alpha2", condition=Q(code__regex=r"^[A-Z]{2}$")),
        ]

    def __str__(self) -> str:
        return self.name


class Authority(Identified):
    """A ministry or agency of a jurisdiction."""

    jurisdiction = models.ForeignKey(Jurisdiction, on_delete=models.PROTECT, related_name="authorities")
    ministry = models.CharField(max_length=20, choices=Ministry)
    name = models.CharField(max_length=200)

    class Meta:
        ordering = ["jurisdiction", "ministry"]
        constraints = [
            models.UniqueConstraint(fields=["jurisdiction", "ministry"], name="authority_one_per_ministry"),
            models.CheckConstraint(
                name="authority_ministry_known", condition=Q(ministry__in=Ministry.values)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class UserQuerySet(models.QuerySet["User"]):
    def visible_to(self, user: User) -> Self:
        """The person, colleagues in the jurisdiction, fellow members of an organisation.

        An officer without a second factor sees nobody else.
        """
        fellows = Q(pk=user.pk) | Q(memberships__organisation__in=user.organisation_ids)
        if user.serves:
            fellows |= Q(authority__jurisdiction=user.jurisdiction_code)
        return self.filter(pk__in=User.objects.filter(fellows).values("pk"))


class UserManager(BaseUserManager["User"]):
    def get_queryset(self) -> UserQuerySet:
        return UserQuerySet(self.model, using=self._db)

    def visible_to(self, user: User) -> UserQuerySet:
        return self.get_queryset().visible_to(user)

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user: User = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        found: User = self.get(email=(username or "").lower())
        return found


class User(Identified, AbstractBaseUser):
    """A person. An officer serves one authority in one or more roles; an exporter belongs to organisations.

    Satisfies core.Actor. `via` names the API client through which the person acts, if any.
    """

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=150)
    authority = models.ForeignKey(
        Authority, null=True, blank=True, on_delete=models.PROTECT, related_name="officers"
    )
    grade = models.CharField(max_length=20, choices=Grade, default=Grade.OFFICER)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(default=clock.now)
    left_at = models.DateTimeField(null=True, blank=True)
    session_generation = models.PositiveIntegerField(default=0)  # sessions of earlier generations are over

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects: ClassVar[UserManager] = UserManager()
    via: ApiClient | None = None

    class Meta:
        constraints = [
            models.CheckConstraint(name="user_email_lower", condition=Q(email=Lower("email"))),
            models.CheckConstraint(name="user_named", condition=~Q(name="")),
            models.CheckConstraint(name="user_grade_known", condition=Q(grade__in=Grade.values)),
            models.CheckConstraint(
                name="user_active_until_left",
                condition=Q(is_active=True, left_at__isnull=True) | Q(is_active=False, left_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def _get_session_auth_hash(self, secret: str | bytes | None = None) -> str:
        """Hash that a session must carry: it changes with the password and with each generation."""
        return salted_hmac(
            "members.User.session",
            f"{self.password}:{self.session_generation}",
            secret=secret,
            algorithm="sha256",
        ).hexdigest()

    @property
    def actor_kind(self) -> str:
        return "client" if self.via else "user"

    @property
    def actor_id(self) -> str:
        return str(self.uid)

    @property
    def actor_label(self) -> str:
        return f"{self.name} via {self.via.name}" if self.via else self.name

    @cached_property
    def roles(self) -> frozenset[str]:
        """Roles held now; none for an exporter or a leaver."""
        if not self.is_active or self.authority_id is None:
            return frozenset()
        return frozenset(self.appointments.values_list("role", flat=True))

    @cached_property
    def jurisdiction_code(self) -> str | None:
        """Code of the jurisdiction an officer serves, else None."""
        return self.authority.jurisdiction_id if self.authority else None

    @cached_property
    def organisation_ids(self) -> frozenset[int]:
        """Keys of the organisations the person belongs to now."""
        if not self.is_active:
            return frozenset()
        return frozenset(self.memberships.values_list("organisation_id", flat=True))

    @property
    def is_officer(self) -> bool:
        return self.authority_id is not None

    @cached_property
    def has_second_factor(self) -> bool:
        """Whether TOTP (or WebAuthn) is enrolled: officers see no case without it."""
        from allauth.mfa.models import Authenticator

        return bool(Authenticator.objects.filter(user=self).exclude(type="recovery_codes").exists())

    @property
    def serves(self) -> bool:
        """Whether the person acts for an authority now: appointed, and with a second factor."""
        return self.is_officer and bool(self.roles) and self.has_second_factor

    @cached_property
    def administers(self) -> frozenset[int]:
        """Keys of the organisations the person administers."""
        if not self.is_active:
            return frozenset()
        return frozenset(
            self.memberships.filter(role=Membership.Role.ADMINISTRATOR).values_list(
                "organisation_id", flat=True
            )
        )

    @cached_property
    def audience(self) -> Audience:
        """The audience keys the person reads with."""
        keys = {audience.PUBLIC, *map(audience.organisation, self.organisation_ids)}
        if self.serves:
            keys |= {audience.ALLIANCE, audience.jurisdiction(str(self.jurisdiction_code))}
            if Role.AUDITOR in self.roles:
                keys.add(audience.AUDITORS)
            if Role.CRISIS_SEAT in self.roles:
                keys.add(audience.CRISIS_UNIT)
        return Audience(frozenset(keys))


class Appointment(models.Model):
    """One role of an officer at the authority the officer serves."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="appointments")
    role = models.CharField(max_length=30, choices=Role)
    appointed_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "role"], name="appointment_once"),
            models.CheckConstraint(name="appointment_role_known", condition=Q(role__in=Role.values)),
        ]


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    def visible_to(self, user: User) -> Self:
        """The person's own organisations; for an officer, those of the jurisdiction; for an auditor, all."""
        mine = Q(pk__in=user.organisation_ids)
        if user.serves:
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
