"""Filling an empty database for an exercise: the members' people, their exporters, and a list that is fed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.errors import Conflict, Invalid
from escalation.exercises.plans import LENGTH, LIST, Plan
from licensing.models import Case
from members.models import (
    Appointment,
    Authority,
    Grade,
    Jurisdiction,
    Membership,
    Ministry,
    Organisation,
    Role,
    Shift,
    User,
)
from screening.lists import fetching, loading

FED_EVERY, MOST_AGE = 6, 24  # hours
FICTIONAL = Path(settings.BASE_DIR, "screening", "fixtures", "demo")
SEATS = (Ministry.TRADE, Ministry.DEFENCE, Ministry.INTELLIGENCE)
SEATS_EACH = 4  # two at the unit's table and two for the tier of its chair


@dataclass
class Realm:
    """The people of an exercise, by what they do."""

    members: tuple[str, ...]
    voices: dict[tuple[str, str], list[User]] = field(default_factory=lambda: defaultdict(list))
    seats: dict[str, list[User]] = field(default_factory=lambda: defaultdict(list))
    deciders: dict[str, User] = field(default_factory=dict)
    adjudicators: dict[str, User] = field(default_factory=dict)
    countersigners: dict[str, list[User]] = field(default_factory=lambda: defaultdict(list))
    exporters: dict[str, tuple[User, Organisation]] = field(default_factory=dict)

    def of(self, member: str) -> list[User]:
        """Return everyone who signs for a member."""
        found = [person for (code, _m), people in self.voices.items() if code == member for person in people]
        found += [self.deciders[member], self.adjudicators[member], *self.countersigners[member]]
        return found + [
            person
            for people in self.seats.values()
            for person in people
            if person.jurisdiction_code == member
        ]

    def forget(self, member: str) -> None:
        """Let what is known of a member's people be read anew."""
        for person in self.of(member):
            for name in ("has_second_factor", "_held", "roles", "hands"):
                person.__dict__.pop(name, None)


@transaction.atomic
def fill(plan: Plan) -> Realm:
    """Make the people of an exercise; Conflict where the database holds cases of anyone already."""
    if Case.objects.exists() or Organisation.objects.exists():
        raise Conflict(_("An exercise runs on a database of its own: this one is in use."))
    known = set(Jurisdiction.objects.values_list("code", flat=True))
    if missing := sorted(set(plan.members) - known):
        raise Invalid.field("members", _("No such members: %(codes)s.") % {"codes": ", ".join(missing)})
    realm = Realm(plan.members)
    for member in plan.members:
        _people(realm, member)
    for rank in range(SEATS_EACH):
        for place, ministry in enumerate(SEATS):
            member = plan.members[(rank + place) % len(plan.members)]
            realm.seats[ministry].append(_officer(member, ministry, Role.CRISIS_SEAT, f"seat{rank}"))
    return realm


def _people(realm: Realm, member: str) -> None:
    for ministry in SEATS:
        role = Role.LICENSING_OFFICER if ministry == Ministry.TRADE else Role.ADVISER
        desk = [_officer(member, ministry, role, f"desk{number}") for number in (1, 2)]
        realm.voices[member, ministry].extend(desk)
        _on_duty(desk[1])
    realm.deciders[member] = _officer(member, Ministry.TRADE, Role.DECIDER, "decider")
    realm.adjudicators[member] = _officer(
        member, Ministry.TRADE, Role.HUMANITARIAN_ADJUDICATOR, "adjudicator"
    )
    for number in (1, 2):
        realm.countersigners[member].append(
            _officer(member, Ministry.TRADE, Role.COUNTERSIGNER, f"second{number}")
        )
    owner = User.objects.create_user(f"exports@{member.lower()}.example", name=f"Exporter of {member}")
    firm = Organisation(
        name=f"{member} Works",
        jurisdiction_id=member,
        address="1 Works Road",
        registration_number=f"{member} 1",
        contact_email=owner.email,
    )
    firm.vet()
    firm.save()
    Membership.objects.create(user=owner, organisation=firm, role=Membership.Role.ADMINISTRATOR)
    realm.exporters[member] = (owner, firm)


def _officer(member: str, ministry: str, role: str, post: str) -> User:
    authority = Authority.objects.select_related("jurisdiction").get(jurisdiction=member, ministry=ministry)
    grade = Grade.SENIOR if role == Role.CRISIS_SEAT else Grade.OFFICER
    person = User.objects.create_user(
        f"{post}@{ministry}.{member.lower()}.example",
        name=f"{Role(role).label}, {member} {Ministry(ministry).label} ({post})",
        authority=authority,
        grade=grade,
    )
    Appointment.objects.create(user=person, role=role)
    give_key(person)
    return person


def give_key(person: User) -> None:
    """Let a person sign: officers act with a second factor only."""
    Authenticator.objects.create(user=person, type=Authenticator.Type.TOTP, data={"secret": ""})


def _on_duty(person: User) -> None:
    now = clock.now()
    assert person.authority is not None  # an officer's
    Shift.objects.create(
        authority=person.authority,
        person=person,
        starts_at=now,
        ends_at=now + timedelta(hours=LENGTH),
    )


def feed_list() -> None:
    """Take in the list of invented parties as its publisher has it: each time it is as new as can be."""
    loading.load_ofac(
        sdn=FICTIONAL / "sdn.csv",
        alt=FICTIONAL / "alt.csv",
        add=FICTIONAL / "add.csv",
        version="fictional",
    )


def age_list() -> None:
    """Say how old the list may become before the fast lanes close."""
    from screening.models import SourceList

    key = SourceList.objects.get(format=LIST).key
    fetching.set_up(key=key, max_age_hours=MOST_AGE)
