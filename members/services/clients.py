"""Partners' systems: registering and revoking them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _
from oauth2_provider.generators import generate_client_secret
from oauth2_provider.models import AccessToken

from core import audience, clock
from core.actors import Actor
from core.audience import Audience
from core.errors import Conflict, Invalid
from core.models import ref
from core.policies import require
from ledger import services as ledger
from members import keys as public_keys
from members import policies
from members.models import ApiClient, Authority, User
from members.services.people import audience_of


@dataclass(frozen=True)
class Registration:
    """A new client with its secret, which is shown once and kept only as a hash."""

    client: ApiClient
    secret: str


@transaction.atomic
def register_client(*, actor: User, person: User, name: str, scopes: Iterable[str]) -> Registration:
    """Register a system that acts for a person (OAuth2 client credentials), within scopes.

    Invalid if a scope is unknown, or not one for the person's kind of work.
    """
    require(policies.can_register_client, actor, person)
    return enter_client(actor=actor, person=person, name=name, scopes=scopes)


@transaction.atomic
def enter_client(
    *, actor: Actor, person: User, name: str, scopes: Iterable[str], secret: str = ""
) -> Registration:
    """Enter a system without asking who may: for the platform itself, which loads the demo alliance."""
    name = " ".join(name.split())
    wanted = sorted(set(scopes))
    if not 0 < len(name) <= 100:
        raise Invalid.field("name", _("Give the system a name of at most 100 characters."))
    if not wanted:
        raise Invalid.field("scopes", _("Choose what the system may do."))
    if unfit := [scope for scope in wanted if scope not in policies.scopes_for(person)]:
        raise Invalid.field(
            "scopes", _("A system of this person cannot be given: %(scopes)s.") % {"scopes": ", ".join(unfit)}
        )
    secret = secret or generate_client_secret()
    client = ApiClient.objects.create(
        user=person,
        name=name,
        allowed_scopes=wanted,
        client_type=ApiClient.CLIENT_CONFIDENTIAL,
        authorization_grant_type=ApiClient.GRANT_CLIENT_CREDENTIALS,
        client_secret=secret,
    )
    ledger.record(
        "client.registered",
        actor=actor,
        subject=client,
        aggregate=ref(person),
        audience=audience_of(person),
        facts={"scopes": wanted, "person": str(person.uid)},
    )
    return Registration(client, secret)


@transaction.atomic
def register_keys(*, actor: User, client: ApiClient, keys: str) -> ApiClient:
    """Register the public keys a system signs with, in place of those it had: a JWK set, empty for none.

    From then on it signs in with an assertion (RFC 7523); its secret is not taken while there is a key.
    """
    client = ApiClient.objects.select_for_update(of=("self",)).select_related("user").get(pk=client.pk)
    require(policies.can_register_keys, actor, client)
    assert client.user is not None
    client.public_keys = public_keys.read(keys)
    client.save(update_fields=["public_keys", "updated"])
    ledger.record(
        "client.keys_registered",
        actor=actor,
        subject=client,
        aggregate=ref(client.user),
        audience=audience_of(client.user),
        facts={
            "person": str(client.user.uid),
            "thumbprints": public_keys.thumbprints(client.public_keys),
        },
    )
    return client


@transaction.atomic
def require_signatures(*, actor: User, authority: Authority, required: bool) -> Authority:
    """Say whether an authority takes positions of its systems only when they are signed."""
    authority = Authority.objects.select_for_update().get(pk=authority.pk)
    require(policies.can_require_signatures, actor, authority)
    if authority.signed_positions == required:
        return authority
    authority.signed_positions = required
    authority.save(update_fields=["signed_positions"])
    ledger.record(
        "authority.signatures_asked" if required else "authority.signatures_waived",
        actor=actor,
        subject=authority,
        aggregate=ref(authority),
        audience=Audience.of(audience.jurisdiction(authority.jurisdiction_id)),
        facts={"ministry": authority.ministry},
    )
    return authority


@transaction.atomic
def revoke_client(*, actor: User, client: ApiClient) -> ApiClient:
    """End a system's access at once: its tokens die with it."""
    client = ApiClient.objects.select_for_update(of=("self",)).select_related("user").get(pk=client.pk)
    require(policies.can_revoke_client, actor, client)
    if client.revoked_at is not None:
        raise Conflict(_("This system's access has already been revoked."))
    assert client.user is not None
    client.revoked_at = clock.now()
    client.save(update_fields=["revoked_at", "updated"])
    AccessToken.objects.filter(application=client).delete()
    ledger.record(
        "client.revoked",
        actor=actor,
        subject=client,
        aggregate=ref(client.user),
        audience=audience_of(client.user),
        facts={"person": str(client.user.uid)},
    )
    return client
