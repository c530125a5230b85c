"""API clients of people, with a token that carries every scope unless told otherwise."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from oauth2_provider.models import AccessToken
from rest_framework.test import APIClient

from core import clock
from members.models import ApiClient, User
from members.oauth import SCOPES


@pytest.fixture
def client_of(db: None) -> Callable[..., APIClient]:
    """Return an HTTP client that acts for a person: `client_of(officer, "cases:read")`."""

    def make(person: User, *scopes: str) -> APIClient:
        held = scopes or tuple(SCOPES)
        partner = ApiClient.objects.create(
            allowed_scopes=list(held),
            name=f"System of {person.name}",
            user=person,
            client_type="confidential",
            authorization_grant_type="client-credentials",
        )
        token = AccessToken.objects.create(
            application=partner,
            token=f"token-{partner.pk}",
            scope=" ".join(held),
            expires=clock.now() + timedelta(days=3650),
        )
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {token.token}")
        return client

    return make
