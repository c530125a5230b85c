"""How a system signs in at /oauth/token/: with its secret, or with an assertion it signs (RFC 7523)."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from joserfc import jwt
from joserfc.errors import JoseError
from oauth2_provider.models import AccessToken
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauthlib.oauth2.rfc6749.errors import InvalidClientError

from core import clock
from members import certificates, keys, oauth
from members.models import ApiClient
from members.services import access

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LIVES = timedelta(minutes=5)  # an assertion may be good for so long at most
SKEW = timedelta(seconds=30)  # of clocks


class Refused(InvalidClientError):  # type: ignore[misc]
    """Says what is wrong with an assertion; nothing of it is secret from whoever could sign it."""

    def __init__(self, description: str, request: Any = None) -> None:
        super().__init__(description=description, request=request)


class ClientValidator(OAuth2Validator):  # type: ignore[misc]
    """Systems that have registered keys sign in with them alone; the others with their secret."""

    def authenticate_client(self, request: Any, *args: Any, **kwargs: Any) -> bool:
        told = dict(request.decoded_body or ())
        if "client_assertion" not in told and "client_assertion_type" not in told:
            known = super().authenticate_client(request, *args, **kwargs)
            if known and request.client.public_keys:
                raise Refused("This client has registered keys: sign an assertion, send no secret.", request)
            return bool(known)
        if told.get("client_assertion_type") != ASSERTION:
            raise Refused(f"client_assertion_type must be {ASSERTION}.", request)
        request.client = client_of(str(told.get("client_assertion", "")), str(told.get("client_id", "")))
        return True

    def _load_access_token(self, token: str) -> AccessToken | None:
        checksum = hashlib.sha256(token.encode()).hexdigest()
        return oauth.tokens().filter(token_checksum=checksum).first()

    def _create_access_token(self, expires: Any, request: Any, token: Any, *more: Any, **named: Any) -> Any:
        made = super()._create_access_token(expires, request, token, *more, **named)
        if certificate := certificates.thumbprint(request.headers):
            access.bind_token(token=made, certificate=certificate)
        return made


def audiences() -> set[str]:
    """Who an assertion may be meant for: the address of tokens, or the platform itself."""
    return {settings.SITE_URL, f"{settings.SITE_URL}/oauth/token/"}


def client_of(assertion: str, client_id: str = "") -> ApiClient:
    """Return the client that signed an assertion and use it up; Refused, saying why, for any other."""
    named = _claimed(assertion)
    client = ApiClient.objects.select_related("user").filter(client_id=named).first()
    if client is None or not client.is_usable(None) or not client.public_keys:
        raise Refused("No client in force with registered keys has the id under iss.")
    if client_id and client_id != named:
        raise Refused("client_id and iss differ.")
    try:
        told = jwt.decode(
            assertion, keys.key_set(client.public_keys), algorithms=keys.algorithms(client.public_keys)
        ).claims
    except (JoseError, ValueError):
        raise Refused("The signature holds under no registered key of the client.") from None
    if told.get("sub") != named:
        raise Refused("iss and sub must both be the client's id.")
    meant = told.get("aud")
    if not audiences() & set(meant if isinstance(meant, list) else [str(meant)]):
        raise Refused(f"aud must be one of: {', '.join(sorted(audiences()))}.")
    now, ends = clock.machine(), _instant(told.get("exp"))
    if ends is None or not now - SKEW < ends <= now + LIVES + SKEW:
        raise Refused("exp must be an instant in the next five minutes.")
    begins = _instant(told.get("nbf", told.get("iat")))
    if begins is not None and begins > now + SKEW:
        raise Refused("The assertion is not valid yet: check the clock.")
    jti = told.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= 255 or "\x00" in jti:
        raise Refused("jti must be a text of 1 to 255 characters, new for each assertion.")
    if not access.use_assertion(client=client, jti=jti, expires_at=ends + SKEW):
        raise Refused("This assertion was used before: sign a new one with a new jti.")
    return client


def _claimed(assertion: str) -> str:
    """Return who an assertion says has signed it, before anything is checked."""
    try:
        _header, payload, _signature = assertion.split(".")
        told = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        named = told.get("iss")
    except (ValueError, AttributeError):
        named = None
    if not isinstance(named, str) or "\x00" in named:
        raise Refused("client_assertion must be a signed JWT with the client's id under iss.")
    return named


def _instant(value: Any) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None
