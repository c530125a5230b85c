"""Jurisdictions, authorities, people and their roles, and who acts for whom."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import OuterRef, Q
from django.db.models.functions import JSONObject, Lower
from django.utils.crypto import salted_hmac
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from core import audience, clock
from core.audience import Audience
from core.models import Identified

if TYPE_CHECKING:
    from members.models.organisations import ApiClient


class Role(models.TextChoices):
    """What an officer may be appointed to; exporters hold a Membership instead."""

    LICENSING_OFFICER = "licensing_officer", _("Licensing officer")
    ADVISER = "adviser", _("Adviser")
    DECIDER = "decider", _("Decider")
    COUNTERSIGNER = "countersigner", _("Countersigner")
    HUMANITARIAN_ADJUDICATOR = "humanitarian_adjudicator", _("Humanitarian adjudicator")
    CRISIS_SEAT = "crisis_seat", _("Crisis-unit seat")
    CUSTOMS_OFFICER = "customs_officer", _("Customs officer")
    INSPECTOR = "inspector", _("Inspector")
    AUDITOR = "auditor", _("Auditor")
    ADMINISTRATOR = "administrator", _("Administrator of a jurisdiction")


#: What a deputy may hold for another. Who administers is never lent, and an auditor holds nothing else.
DELEGABLE = frozenset(
    {
        Role.LICENSING_OFFICER,
        Role.ADVISER,
        Role.DECIDER,
        Role.COUNTERSIGNER,
        Role.HUMANITARIAN_ADJUDICATOR,
        Role.CRISIS_SEAT,
        Role.CUSTOMS_OFFICER,
        Role.INSPECTOR,
    }
)


class Mandated(models.TextChoices):
    """What an exporter can let an agent do for it; see `members.models.mandates`."""

    DRAFT = "draft", _("Write drafts of applications")
    SUBMIT = "submit", _("Submit and withdraw applications")
    ANSWER = "answer", _("Answer questions of the authorities")
    LICENCES = "licences", _("Read the licences and what was used of them")
    SHIPMENTS = "shipments", _("Declare shipments and confirm deliveries")


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
    # Whether its systems have to sign the positions they take.
    signed_positions = models.BooleanField(default=False, db_default=False)

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
    def in_roles(self, *roles: str) -> Self:
        """Those in office who hold one of some roles now, of their own or for whom they act."""
        held = Appointment.objects.filter(role__in=roles)
        lent = held.filter(role__in=DELEGABLE).values("user")
        acting = Delegation.objects.running().filter(person__in=lent).values("deputy")
        return self.filter(Q(pk__in=held.values("user")) | Q(pk__in=acting), is_active=True)

    def visible_to(self, user: User) -> Self:
        """The person, colleagues in the jurisdiction, fellow members of an organisation.

        An adjudicator in no other role sees those of its authority, with whom it shares the rota. An officer
        without a second factor sees nobody else.
        """
        fellows = Q(pk=user.pk) | Q(memberships__organisation__in=user.organisation_ids)
        if user.serves:
            fellows |= user.within("authority__")
        return self.filter(pk__in=User.objects.filter(fellows).values("pk"))


class UserManager(BaseUserManager["User"]):
    def get_queryset(self) -> UserQuerySet:
        return UserQuerySet(self.model, using=self._db)

    def visible_to(self, user: User) -> UserQuerySet:
        return self.get_queryset().visible_to(user)

    def in_roles(self, *roles: str) -> UserQuerySet:
        return self.get_queryset().in_roles(*roles)

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user: User = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> User:
        found: User = self.get(email=(username or "").lower())
        return found


def second_factors() -> models.QuerySet[Any]:
    """TOTP and WebAuthn of everyone; recovery codes alone are none."""
    from allauth.mfa.models import Authenticator

    found: models.QuerySet[Any] = Authenticator.objects.exclude(type="recovery_codes")
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
    wants_digest = models.BooleanField(default=True)  # a notice each working day of what waits
    digested_on = models.DateField(null=True, blank=True)  # the local day of the last one

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
    def _held(self) -> frozenset[tuple[str, int]]:
        """Roles held now, each with the key of the person it belongs to: the person, or whom it acts for."""
        if not self.is_active or self.authority_id is None:
            return frozenset()
        lenders = Delegation.objects.running().filter(deputy=self).values("person")
        held = Appointment.objects.filter(Q(user=self) | Q(user__in=lenders, role__in=DELEGABLE))
        return frozenset(held.values_list("role", "user_id"))

    @cached_property
    def roles(self) -> frozenset[str]:
        """Roles held now, of one's own and for whom one acts; none for an exporter or a leaver."""
        return frozenset(role for role, _person in self._held)

    @property
    def only_adjudicates(self) -> bool:
        """Whether the person reads humanitarian cases and no others: an adjudicator in no other role."""
        return self.roles == {Role.HUMANITARIAN_ADJUDICATOR}

    def within(self, path: str = "") -> Q:
        """Return which authorities are an officer's own, over a path that ends there (`authority__`): those of the
        jurisdiction, and for who only adjudicates the one it serves."""
        if self.only_adjudicates:
            return Q(**{f"{path}pk": self.authority_id})
        return Q(**{f"{path}jurisdiction": self.jurisdiction_code})

    @cached_property
    def hands(self) -> frozenset[int]:
        """Keys of the person and of everyone the person acts for now: as one, where four eyes are asked."""
        return frozenset({int(self.pk), *(person for _role, person in self._held)})

    @cached_property
    def deputies(self) -> tuple[tuple[int, datetime, datetime], ...]:
        """Key of each deputy the person has or had, from when and until when."""
        return tuple(self.delegations.values_list("deputy_id", "starts_at", "ends_at"))

    @cached_property
    def jurisdiction_code(self) -> str | None:
        """Code of the jurisdiction an officer serves, else None."""
        return self.authority.jurisdiction_id if self.authority else None

    @cached_property
    def _places(self) -> tuple[tuple[int, list[dict[str, Any]]], ...]:
        """Key of each organisation the person belongs to now, with the mandates it holds that are in force."""
        if not self.is_active:
            return ()
        from members.models.mandates import Mandate

        held = Mandate.objects.in_force().filter(agent=OuterRef("organisation"))
        told = ArraySubquery(held.values(json=JSONObject(pk="pk", acts="acts")))
        return tuple(self.memberships.annotate(held=told).values_list("organisation_id", "held"))

    def belongs_nowhere(self) -> None:
        """Say what who read the person knows: that there is no membership, so that none is looked for."""
        self._places = ()

    @cached_property
    def organisation_ids(self) -> frozenset[int]:
        """Keys of the organisations the person belongs to now."""
        return frozenset(organisation for organisation, _held in self._places)

    def mandated(self, *acts: str) -> frozenset[int]:
        """Keys of the mandates in force now that let the person do one of some acts for another organisation; with
        none named, of all of them. The one door through which anything is done or read under a mandate."""
        return frozenset(
            int(mandate["pk"])
            for _organisation, held in self._places
            for mandate in held
            if not acts or not set(acts).isdisjoint(mandate["acts"])
        )

    @property
    def is_officer(self) -> bool:
        return self.authority_id is not None

    @cached_property
    def has_second_factor(self) -> bool:
        """Whether TOTP (or WebAuthn) is enrolled: officers see no case without it."""
        return bool(second_factors().filter(user=self).exists())

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
            self.memberships.filter(role="administrator").values_list("organisation_id", flat=True)
        )

    @cached_property
    def audience(self) -> Audience:
        """The audience keys the person reads with."""
        keys = {audience.PUBLIC, *map(audience.organisation, self.organisation_ids)}
        keys |= set(map(audience.mandate, self.mandated()))
        keys |= set(map(audience.mandate_use, self.mandated(Mandated.LICENCES, Mandated.SHIPMENTS)))
        if self.serves:
            code = str(self.jurisdiction_code)
            keys.add(audience.ALLIANCE)
            if not self.only_adjudicates:
                keys.add(audience.jurisdiction(code))
            if Role.HUMANITARIAN_ADJUDICATOR in self.roles:
                keys.add(audience.adjudicators(code))
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


class DelegationQuerySet(models.QuerySet["Delegation"]):
    def running(self, at: datetime | None = None) -> Self:
        """Those that run at an instant, by default now."""
        at = at or clock.now()
        return self.filter(starts_at__lte=at, ends_at__gt=at)

    def visible_to(self, user: User) -> Self:
        """Those of the officer's colleagues."""
        if not user.serves:
            return self.none()
        return self.filter(user.within("person__authority__"))


class Delegation(Identified):
    """Between two dates an officer's roles are also held by a deputy of the same authority.

    The deputy holds whichever of `DELEGABLE` the officer holds then; the officer keeps them. The grade is the
    deputy's own. It ends by itself.
    """

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="delegations")
    deputy = models.ForeignKey(User, on_delete=models.CASCADE, related_name="acts_for")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    named_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    named_at = models.DateTimeField(default=clock.now)

    objects: ClassVar[DelegationQuerySet] = DelegationQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        ordering = ["starts_at", "pk"]
        indexes = [models.Index(fields=["deputy", "ends_at"], name="delegation_by_deputy")]
        constraints = [
            models.CheckConstraint(
                name="delegation_ends_later", condition=Q(ends_at__gt=models.F("starts_at"))
            ),
            models.CheckConstraint(name="delegation_to_another", condition=~Q(person=models.F("deputy"))),
        ]

    def __str__(self) -> str:
        """Name the authority, never the persons: the ledger keeps this for good."""
        return f"Delegation at {self.person.authority}"
