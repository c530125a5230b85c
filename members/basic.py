"""Signing in at each call with a client's id and secret (HTTP Basic), for clients that speak nothing else.

What holds at the token endpoint holds here: a client that is revoked, whose person has left, or that has registered
keys opens nothing with its secret.
"""

from __future__ import annotations

from functools import lru_cache

from django.contrib.auth.hashers import check_password, make_password
from django.db.models import Exists, OuterRef
from oauth2_provider.settings import oauth2_settings

from members.models import ApiClient, User
from members.models.people import second_factors
from members.oauth import SCOPES


@lru_cache(maxsize=1)
def _nobodys() -> str:
    """A hash to compare with where there is no client, so that the answer takes as long."""
    return make_password("", hasher=oauth2_settings.CLIENT_SECRET_HASHER)


def client_of(client_id: str, secret: str) -> ApiClient | None:
    """Return the client in force that has this id and secret, None for any other; in the same time."""
    factor = second_factors().filter(user=OuterRef("user"))
    found: ApiClient | None = (
        ApiClient.objects.filter(client_id=client_id)
        .select_related("user__authority")
        .annotate(factor=Exists(factor))
        .first()
    )
    known = check_password(secret, found.client_secret if found else _nobodys())
    if found is None or not known or found.public_keys or not found.is_usable(None):
        return None
    return found


def person_of(client: ApiClient) -> User:
    """Return the person for whom a client acts, with `via` naming it."""
    person = client.user
    assert isinstance(person, User)
    person.has_second_factor = client.factor  # type: ignore[attr-defined]
    person.via = client
    return person


def scopes_of(client: ApiClient) -> frozenset[str]:
    """What a client may ask for: all that it was registered with."""
    return frozenset(client.allowed_scopes) & SCOPES.keys()
