"""What the matrix names of offices and systems: duty, invitations, clients, webhooks."""

from __future__ import annotations

from datetime import time, timedelta

from core import audience, clock
from correspondence import services as correspondence
from correspondence.models import WebhookEndpoint, WebhookLetter
from ledger.models import Event, FeedEntry
from members import services as members
from members.models import Absence, Delegation, Ministry, Organisation, Role, Shift
from tests import factories
from tests.matrix.world import World


def duty(world: World) -> tuple[Delegation, Shift, Absence]:
    """A German customs officer's deputy, a shift there, and Germany offline."""
    administrator = world.people["DE administrator"]
    assert administrator is not None
    customs = [factories.officer_of("DE", Role.CUSTOMS_OFFICER, ministry=Ministry.CUSTOMS) for _one in "12"]
    assert customs[0].authority is not None
    now = clock.now()
    acting = members.delegate(
        actor=administrator,
        person=customs[0],
        deputy=customs[1],
        starts_at=now,
        ends_at=now + timedelta(days=9),
    )
    (serving,) = members.add_shifts(
        actor=administrator,
        authority=customs[0].authority,
        person=customs[0],
        day=clock.today() + timedelta(days=2),
        start=time(8),
        end=time(18),
    )
    away = members.declare_offline(
        actor=administrator,
        jurisdiction=customs[0].authority.jurisdiction,
        reason="The data centre was flooded.",
        until=now + timedelta(days=9),
    )
    return acting, serving, away


def invitations_and_clients(world: World, organisation: Organisation) -> dict[str, str]:
    office, administrator, adviser = (
        world.people[column] for column in ("office", "DE administrator", "DE adviser")
    )
    assert office is not None
    assert administrator is not None
    assert adviser is not None
    member = members.invite(
        actor=office, email="new@rheinwerk.example", name="New Member", organisation=organisation
    )
    officer = members.invite(
        actor=administrator,
        email="new@authority.example",
        name="New Officer",
        authority=adviser.authority,
        roles=[Role.ADVISER],
    )
    filing = members.register_client(
        actor=office, person=office, name="ERP", scopes=["cases:read", "events:read"]
    )
    hook = correspondence.register_webhook(
        actor=office, client=filing.client, url="https://hooks.example.org/", types=["licence.*"]
    ).endpoint
    desk = members.register_client(actor=administrator, person=adviser, name="Desk", scopes=["cases:read"])
    return {
        "invitation": members.invitation_token(member),
        "organisation:invitations": str(member.uid),
        "administration:invitations": str(officer.uid),
        "organisation:clients": str(filing.client.pk),
        "webhooks": str(hook.uid),
        "letters": str(dead_letter(hook).uid),
        "administration:clients": str(desk.client.pk),
        "systems": str(filing.client.pk),
        "authorities": str(adviser.authority.uid),
    }


def dead_letter(hook: WebhookEndpoint) -> Event:
    """An event of the exporter's that its webhook could not be told."""
    entry = FeedEntry.objects.filter(
        audience=audience.organisation(hook.client.user.memberships.get().organisation_id)
    )
    event = entry.order_by("event").first().event
    WebhookLetter.objects.create(
        endpoint=hook,
        event=event,
        position=0,
        attempts=9,
        reason="The answer was status 500.",
        died_at=clock.now(),
    )
    return event
