"""Rows for tests; one factory per model, kept with the floor that owns it."""

from typing import Any

import factory
from allauth.mfa.models import Authenticator
from factory.django import DjangoModelFactory

from core import clock
from members.models import (
    Appointment,
    Authority,
    Grade,
    Jurisdiction,
    Membership,
    Ministry,
    Organisation,
    Role,
    User,
)

ZONES = {
    "DE": ("Germany", "Europe/Berlin"),
    "FR": ("France", "Europe/Paris"),
    "JP": ("Japan", "Asia/Tokyo"),
    "CA": ("Canada", "America/Toronto"),
}


class JurisdictionFactory(DjangoModelFactory[Jurisdiction]):
    class Meta:
        model = Jurisdiction
        django_get_or_create = ("code",)

    code = "DE"
    name = factory.LazyAttribute(lambda made: ZONES.get(made.code, (made.code, ""))[0])
    timezone = factory.LazyAttribute(lambda made: ZONES.get(made.code, ("", "UTC"))[1])
    calendar = factory.SelfAttribute("code")


class AuthorityFactory(DjangoModelFactory[Authority]):
    class Meta:
        model = Authority
        django_get_or_create = ("jurisdiction", "ministry")

    jurisdiction = factory.SubFactory(JurisdictionFactory)
    ministry = Ministry.TRADE
    name = factory.LazyAttribute(lambda made: f"{made.jurisdiction.name}, {made.ministry}")


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User

    email = factory.Sequence(lambda number: f"person{number}@example.org")
    name = factory.Sequence(lambda number: f"Person {number}")
    joined_at = factory.LazyFunction(clock.now)

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **fields: Any) -> User:
        return User.objects.create_user(fields.pop("email"), fields.pop("password", None), **fields)


class OrganisationFactory(DjangoModelFactory[Organisation]):
    class Meta:
        model = Organisation

    name = factory.Sequence(lambda number: f"Rheinwerk Optik {number} GmbH")
    jurisdiction = factory.SubFactory(JurisdictionFactory)
    address = "Uferstraße 1, 50667 Köln"
    registration_number = factory.Sequence(lambda number: f"HRB {number}")
    contact_email = factory.Sequence(lambda number: f"office{number}@example.org")
    status = Organisation.Status.VETTED
    vetted_at = factory.LazyFunction(clock.now)


def officer_of(code: str, *roles: str, ministry: str = Ministry.TRADE, second_factor: bool = True) -> User:
    """Make an officer of a jurisdiction's ministry; a licensing officer unless other roles are named."""
    authority = AuthorityFactory(jurisdiction=JurisdictionFactory(code=code), ministry=ministry)
    grade = Grade.SENIOR if Role.CRISIS_SEAT in roles else Grade.OFFICER
    user = UserFactory(authority=authority, grade=grade)
    for role in roles or (Role.LICENSING_OFFICER,):
        Appointment.objects.create(user=user, role=role, appointed_at=clock.now())
    if second_factor:
        Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": ""})
    return user


def exporter_of(organisation: Organisation, role: str = Membership.Role.EXPORTER) -> User:
    """Make a member of an exporter organisation."""
    user = UserFactory()
    Membership.objects.create(user=user, organisation=organisation, role=role)
    return user
