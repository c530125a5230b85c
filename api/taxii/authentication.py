"""Who polls: a client with its id and secret at each call (HTTP Basic), as most TAXII clients do, or with a token."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass

from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.contrib.auth.signals import user_login_failed
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.request import Request

from members import basic
from members.models import User

CHALLENGE = 'Basic realm="Entente TAXII", charset="UTF-8", Bearer realm="Entente TAXII"'
REFUSED = "No client in force has this id and secret. Check both; a client with registered keys takes a token."


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
        guessed = {"email": client_id[:200]}
        if not AxesProxyHandler.is_allowed(request._request, guessed):
            raise Throttled(settings.AXES_COOLOFF_TIME.total_seconds())
        client = basic.client_of(client_id, secret)
        if client is None:
            user_login_failed.send(__name__, credentials=guessed, request=request._request)
            raise AuthenticationFailed(REFUSED)
        return basic.person_of(client), Held(" ".join(sorted(basic.scopes_of(client))))

    def authenticate_header(self, request: Request) -> str:
        return CHALLENGE
