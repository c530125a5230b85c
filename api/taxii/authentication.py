"""Who polls: a client with id and secret at each call (HTTP Basic), as most tools do, or with a token."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.contrib.auth.signals import user_login_failed
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.request import Request

from api.authentication import ClientAuthentication
from members import basic
from members.models import User

LONGEST = 100  # letters of a client id
CHALLENGE = 'Basic realm="Entente TAXII", charset="UTF-8", Bearer realm="Entente TAXII"'
REFUSED = (
    "No client in force has this id and secret. Check both; a client with registered keys takes a token."
)


@dataclass(frozen=True)
class Held:
    """What a client may ask for, as a token says it."""

    scope: str


class BasicAuthentication(BaseAuthentication):
    """Client id and secret. Guesses are counted as those of people who sign in are, and shut out as they are."""

    def authenticate(self, request: Request) -> tuple[User, Held] | None:
        scheme, _space, told = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            client_id, colon, secret = base64.b64decode(told.strip(), validate=True).decode().partition(":")
        except (binascii.Error, ValueError) as error:
            message = _("Send client id and secret as RFC 7617 says: base64 of id:secret.")
            raise AuthenticationFailed(message) from error
        if not colon:
            raise AuthenticationFailed(_("Put a colon between client id and secret."))
        if "\x00" in client_id or len(client_id) > LONGEST:
            raise AuthenticationFailed(REFUSED)
        if self._shut_out(request, client_id):
            raise Throttled(settings.AXES_COOLOFF_TIME.total_seconds())
        client = basic.client_of(client_id, secret)
        if client is None:
            self._count(request, client_id)
            raise AuthenticationFailed(REFUSED)
        return basic.person_of(client), Held(" ".join(sorted(basic.scopes_of(client))))

    def _shut_out(self, request: Request, client_id: str) -> bool:
        allowed: bool = AxesProxyHandler.is_allowed(request._request, {"email": client_id})
        request._request.axes_locked_out = False  # type: ignore[attr-defined]  # would answer with a page
        return not allowed

    def _count(self, request: Request, client_id: str) -> None:
        guessed = {"email": client_id}
        user_login_failed.send(__name__, credentials=guessed, request=request._request)
        request._request.axes_locked_out = False  # type: ignore[attr-defined]

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE


class TokenAuthentication(ClientAuthentication):
    """A bearer token. Read off the headers alone: who asks is known before a body of any kind is looked at."""

    def authenticate(self, request: Request) -> tuple[User, Any] | None:
        return super().authenticate(request._request)  # type: ignore[arg-type]
