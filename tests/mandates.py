"""A mandate between two organisations, for tests."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management import call_command

from core import clock
from deadlines.models import CalendarVersion
from members import services
from members.models import Mandate, Mandated, Membership, Organisation, User
from tests import factories

ALL = tuple(Mandated.values)


def administrator_of(organisation: Organisation) -> User:
    """The first administrator of an organisation, made where there is none."""
    found = User.objects.filter(
        memberships__organisation=organisation, memberships__role=Membership.Role.ADMINISTRATOR
    ).first()
    return found or factories.exporter_of(organisation, Membership.Role.ADMINISTRATOR)


def offered(principal: Organisation, agent: Organisation, *acts: str, **given: Any) -> Mandate:
    home = principal.jurisdiction
    if not CalendarVersion.objects.filter(key=home.calendar).exists():
        call_command("load_calendars", home.calendar, verbosity=0)
    today = clock.today(home.timezone)
    return services.give_mandate(
        actor=administrator_of(principal),
        principal=principal,
        agent=agent,
        **{
            "acts": acts or ALL,
            "starts_on": today,
            "ends_on": today + timedelta(days=30),
            **given,
        },
    )


def in_force(principal: Organisation, agent: Organisation, *acts: str, **given: Any) -> Mandate:
    mandate = offered(principal, agent, *acts, **given)
    return services.accept_mandate(actor=administrator_of(agent), mandate=mandate)


def fresh(user: User) -> User:
    """The person as the next request reads them."""
    return User.objects.get(pk=user.pk)
