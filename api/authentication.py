"""Signing in partner systems: a bearer token of OAuth2 client credentials."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from oauth2_provider.contrib.rest_framework import OAuth2Authentication
from rest_framework.request import Request

from members import certificates, oauth
from members.models import User


class ClientAuthentication(OAuth2Authentication):  # type: ignore[misc]
    """The person who answers for the client acts through it: what they may do, it may, within its scopes."""

    def authenticate(self, request: Request) -> tuple[User, Any] | None:
        found = super().authenticate(request)
        if found is None:
            return None
        _nobody, token = found
        person = oauth.resolve_client_user(token, certificates.thumbprint(request.META))
        if person is None:
            return None
        token.scope = " ".join(sorted(oauth.scopes_in_force(token)))
        return person, token


class KeyAuthentication(ClientAuthentication):
    """The same, for clients that send their token as `Authorization: ApiKey TOKEN`."""

    def authenticate(self, request: Request) -> tuple[User, Any] | None:
        scheme, _space, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() == "apikey":
            request.META["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        return super().authenticate(request)


class KeyAuthenticationScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "api.authentication.KeyAuthentication"
    name = "apiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "apiKey", "in": "header", "name": "Authorization"}


class ClientAuthenticationScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "api.authentication.ClientAuthentication"
    name = "clientCredentials"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        scopes = {name: str(text) for name, text in oauth.SCOPES.items()}
        return {
            "type": "oauth2",
            "flows": {"clientCredentials": {"tokenUrl": "/oauth/token/", "scopes": scopes}},
        }
