"""The demo alliance: invented people at real authorities, so that a newcomer can play every part.

Passwords, second factors and client secrets are random for each data folder and kept there, readable by its
owner alone: `demo-people.json` and `demo-clients.json`.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import generate_totp_secret
from anyascii import anyascii
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from core import clock
from core.actors import PROCESS
from members import policies
from members.demo_people import ADJUDICATORS, CITIZENS, EXPORTERS, MANDATE, Exporter
from members.models import (
    ApiClient,
    Appointment,
    Authority,
    Grade,
    Jurisdiction,
    Mandate,
    Mandated,
    Membership,
    Ministry,
    Organisation,
    Role,
    Shift,
    User,
)
from members.services import access, duty, mandates, organisations
from members.services.clients import enter_client

PEOPLE, CLIENTS = "demo-people.json", "demo-clients.json"
ROTA_WEEKS = 5

#: What each demo person of a jurisdiction does, in the order of the names in CITIZENS.
POSTS: tuple[tuple[str, str], ...] = (
    (Role.LICENSING_OFFICER, Ministry.TRADE),
    (Role.ADVISER, Ministry.DEFENCE),
    (Role.ADVISER, Ministry.INTELLIGENCE),
    (Role.DECIDER, Ministry.TRADE),
    (Role.COUNTERSIGNER, Ministry.TRADE),
    (Role.ADMINISTRATOR, Ministry.TRADE),
)
#: Further posts: jurisdiction, role, ministry; their names follow those of POSTS.
FURTHER: tuple[tuple[str, str, str], ...] = (
    ("US", Role.CRISIS_SEAT, Ministry.TRADE),
    ("GB", Role.CRISIS_SEAT, Ministry.DEFENCE),
    ("FR", Role.CRISIS_SEAT, Ministry.INTELLIGENCE),
    ("DE", Role.CRISIS_SEAT, Ministry.TRADE),
    ("JP", Role.CRISIS_SEAT, Ministry.TRADE),
    ("DE", Role.CUSTOMS_OFFICER, Ministry.CUSTOMS),
    ("FR", Role.CUSTOMS_OFFICER, Ministry.CUSTOMS),
    ("US", Role.CUSTOMS_OFFICER, Ministry.CUSTOMS),
    ("GB", Role.AUDITOR, Ministry.TRADE),
    ("DE", Role.INSPECTOR, Ministry.CUSTOMS),
)
#: An adjudicator signs in person, and there are two of each member.
WITHOUT_CLIENT = frozenset({Role.ADMINISTRATOR, Role.AUDITOR, Role.HUMANITARIAN_ADJUDICATOR})


@dataclass
class Keys:
    """What opens the demo people's accounts: one password for all, a TOTP secret for each by address."""

    password: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    totp: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Person:
    """A demo person as the sign-in page and the supervisor's table show them."""

    role: str
    name: str
    serves: str
    email: str


@dataclass(frozen=True)
class Place:
    """The demo people of one member of the alliance."""

    name: str
    people: list[Person]


def is_loaded() -> bool:
    """Whether this data folder holds the demo alliance."""
    return _file(PEOPLE).is_file()


def person(email: str) -> User | None:
    """Return a demo person by address; None for anyone else, so that no real account is opened."""
    if email not in _keys().totp:
        return None
    found: User | None = User.objects.filter(email=email, is_active=True).first()
    return found


def places() -> list[Place]:
    """Return every demo person, by member of the alliance: exporters first, then officers by role."""
    found = []
    for jurisdiction in Jurisdiction.objects.order_by("name"):
        people = [*_exporters(jurisdiction), *_officers(jurisdiction)]
        if people:
            found.append(Place(jurisdiction.name, people))
    return found


def people() -> list[dict[str, str]]:
    """Return one demo person for each role, for the supervisor's table."""
    first: dict[str, Person] = {}
    everyone = places()
    leading = Jurisdiction.objects.filter(code="DE").values_list("name", flat=True).first()
    for place in sorted(everyone, key=lambda place: place.name != leading):
        for someone in place.people:
            first.setdefault(someone.role, someone)
    return [asdict(someone) for someone in first.values()]


def load() -> None:
    """Load the demo alliance, or complete what is there; nothing that exists is changed.

    Needs the jurisdictions and authorities of the reference bundle.
    """
    keys = _keys()
    password = make_password(keys.password)
    with transaction.atomic():
        for code, names in CITIZENS.items():
            if Jurisdiction.objects.filter(code=code).exists():
                _load_officers(code, names, keys, password)
        fill_lane_rota()
        for exporter in EXPORTERS:
            if Jurisdiction.objects.filter(code=exporter.jurisdiction).exists():
                _load_exporter(exporter, keys, password)
        _load_mandate()
        clients = _load_clients(keys)
    _write(PEOPLE, asdict(keys))
    _write(CLIENTS, clients)


def _load_officers(code: str, names: list[str], keys: Keys, password: str) -> None:
    further = [(role, ministry) for where, role, ministry in FURTHER if where == code]
    posted = list(zip(names, [*POSTS, *further], strict=False))
    posted += [(name, (Role.HUMANITARIAN_ADJUDICATOR, Ministry.TRADE)) for name in ADJUDICATORS[code]]
    for name, (role, ministry) in posted:
        authority = Authority.objects.filter(jurisdiction=code, ministry=ministry).first()
        if authority is None:
            continue
        user = _load_person(name, f"{ministry}.{code.lower()}.example", keys, password, authority=authority)
        Appointment.objects.get_or_create(user=user, role=role)
        if role == Role.CRISIS_SEAT and user.grade == Grade.OFFICER:
            user.grade = Grade.SENIOR
            user.save(update_fields=["grade"])


def fill_lane_rota() -> None:
    """Put each member's adjudicators on the humanitarian lane's rota round the clock for the coming weeks, by turns
    first and backup; what stands on the rota already is gone on from."""
    for code, names in ADJUDICATORS.items():
        people = list(User.objects.filter(authority__jurisdiction=code, name__in=names, is_active=True))
        keeper = (
            User.objects.in_roles(Role.DECIDER).filter(authority__jurisdiction=code).order_by("pk").first()
        )
        if keeper is None or (authority := keeper.authority) is None:
            continue
        if len(people) != len(names) or people[0].authority != authority:
            continue
        zone = authority.jurisdiction.timezone
        today = clock.today(zone)
        last = Shift.objects.filter(person__in=people).aggregate(at=Max("ends_at"))["at"]
        day = max(today, last.astimezone(ZoneInfo(zone)).date()) if last else today
        while day < today + timedelta(weeks=ROTA_WEEKS):
            by_turns = sorted(people, key=lambda one: one.pk, reverse=bool(day.isocalendar().week % 2))
            until = day + timedelta(days=6 - day.weekday())
            for person, post in zip(by_turns, (Shift.Post.FIRST, Shift.Post.BACKUP), strict=True):
                duty.add_shifts(
                    actor=keeper,
                    authority=authority,
                    person=person,
                    day=day,
                    start=time(),
                    end=time(),
                    until=until,
                    post=post,
                )
            day = until + timedelta(days=1)


def _load_exporter(exporter: Exporter, keys: Keys, password: str) -> None:
    staff = [_load_person(name, exporter.domain, keys, password) for name in exporter.people]
    if Organisation.objects.filter(lei=exporter.lei).exists():
        return
    organisation = organisations.apply_organisation(
        actor=staff[0],
        jurisdiction=exporter.jurisdiction,
        name=exporter.name,
        address=exporter.address,
        registration_number=exporter.registration_number,
        lei=exporter.lei,
        contact_email=f"exports@{exporter.domain}",
    )
    for member in staff[1:]:
        Membership.objects.create(user=member, organisation=organisation, role=Membership.Role.EXPORTER)
    if exporter.vetted:
        officers = User.objects.in_roles(Role.LICENSING_OFFICER)
        officer = officers.filter(authority__jurisdiction=exporter.jurisdiction).order_by("pk").first()
        if officer is not None:
            organisations.vet_organisation(actor=officer, organisation=organisation)


def _load_mandate() -> None:
    """Let the demo's customs broker file for one of its exporters, for a year from the day it is loaded."""
    agent, principal = (Organisation.objects.filter(name=name).first() for name in MANDATE)
    if (
        agent is None
        or principal is None
        or Mandate.objects.filter(agent=agent, principal=principal).exists()
    ):
        return
    if {agent.status, principal.status} != {Organisation.Status.VETTED}:
        return
    today = clock.today(principal.jurisdiction.timezone)
    mandate = mandates.give_mandate(
        actor=_administrator(principal),
        principal=principal,
        agent=agent,
        acts=Mandated.values,
        starts_on=today,
        ends_on=today + timedelta(days=365),
    )
    mandates.accept_mandate(actor=_administrator(agent), mandate=mandate)


def _administrator(organisation: Organisation) -> User:
    places = organisation.memberships.filter(role=Membership.Role.ADMINISTRATOR)
    return places.select_related("user").earliest("pk").user


def _load_person(
    name: str, domain: str, keys: Keys, password: str, authority: Authority | None = None
) -> User:
    email = f"{anyascii(name).lower().replace(' ', '.')}@{domain}"
    secret = keys.totp.setdefault(email, generate_totp_secret())
    user: User
    user, created = User.objects.get_or_create(
        email=email, defaults={"name": name, "authority": authority, "password": password}
    )
    if created:
        access.confirm_address(user)
        Authenticator.objects.create(
            user=user, type=Authenticator.Type.TOTP, data={"secret": get_adapter().encrypt(secret)}
        )
    return user


def _load_clients(keys: Keys) -> dict[str, dict[str, Any]]:
    """Give each demo person but administrators and auditors a system; return all by a name that says whose."""
    known = _read(CLIENTS)
    rows: dict[str, dict[str, Any]] = {}
    for user in User.objects.filter(email__in=keys.totp, is_active=True).order_by("pk"):
        key = _client_key(user)
        if key is None:
            continue
        entry = known.get(key, {})
        client = ApiClient.objects.filter(
            client_id=entry.get("client_id", ""), user=user, revoked_at__isnull=True
        ).first()
        scopes = policies.scopes_for(user)
        if client is None or set(client.allowed_scopes) != set(scopes):  # there are more since it was made
            made = enter_client(
                actor=PROCESS,
                person=user,
                name=f"{user.name}'s system",
                scopes=scopes,
                secret=secrets.token_urlsafe(32),
            )
            entry = {"client_id": made.client.client_id, "client_secret": made.secret}
        rows[key] = {**entry, **_about(user)}
    return rows


def _client_key(user: User) -> str | None:
    """Return e.g. `de-licensing_officer`, `fr-adviser-defence`, `us-crisis_seat-trade`, `exporter-de-1`."""
    if user.authority is None:
        membership = user.memberships.select_related("organisation").first()
        if membership is None or membership.organisation.status != Organisation.Status.VETTED:
            return None
        code = membership.organisation.jurisdiction_id.lower()
        number = User.objects.filter(
            memberships__organisation__jurisdiction=membership.organisation.jurisdiction_id, pk__lte=user.pk
        ).count()
        return f"exporter-{code}-{number}"
    role = next(iter(sorted(user.roles)), None)
    if role is None or role in WITHOUT_CLIENT:
        return None
    place = f"{user.authority.jurisdiction_id.lower()}-{role}"
    return f"{place}-{user.authority.ministry}" if role in (Role.ADVISER, Role.CRISIS_SEAT) else place


def _about(user: User) -> dict[str, Any]:
    return {
        "person": user.name,
        "email": user.email,
        "roles": sorted(user.roles),
        "jurisdiction": user.jurisdiction_code,
        "ministry": user.authority.ministry if user.authority else None,
        "organisations": sorted(user.memberships.values_list("organisation__name", flat=True)),
        "scopes": sorted(policies.scopes_for(user)),
    }


def _officers(jurisdiction: Jurisdiction) -> Iterable[Person]:
    order = [role for role, _ministry in POSTS] + [Role.HUMANITARIAN_ADJUDICATOR]
    order += [role for _code, role, _ministry in FURTHER]
    rows = Appointment.objects.filter(
        user__authority__jurisdiction=jurisdiction, user__email__in=_keys().totp
    )
    rows = rows.filter(user__is_active=True).select_related("user__authority")
    for row in sorted(rows, key=lambda row: (order.index(row.role), row.pk)):
        yield Person(str(row.get_role_display()), row.user.name, str(row.user.authority), row.user.email)


def _exporters(jurisdiction: Jurisdiction) -> Iterable[Person]:
    rows = Membership.objects.filter(
        organisation__jurisdiction=jurisdiction, user__email__in=_keys().totp, user__is_active=True
    )
    for row in rows.select_related("user", "organisation").order_by("pk"):
        waiting = row.organisation.status != Organisation.Status.VETTED
        serves = f"{row.organisation} ({row.organisation.get_status_display()})" if waiting else None
        yield Person(_("Exporter"), row.user.name, serves or str(row.organisation), row.user.email)


def _file(name: str) -> Path:
    return Path(settings.DATA_DIR) / name


def _read(name: str) -> dict[str, Any]:
    path = _file(name)
    return dict(json.loads(path.read_text())) if path.is_file() else {}


def _keys() -> Keys:
    return Keys(**_read(PEOPLE))


def _write(name: str, content: dict[str, Any]) -> None:
    """Replace a file at once, readable by its owner alone."""
    path = _file(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        json.dump(content, stream, indent=1, ensure_ascii=False)
    part.replace(path)
