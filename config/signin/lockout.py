"""Who is asking, and what someone sees who guessed too often."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from config.errors import refusal
from core.addresses import address_of
from core.errors import EntenteError


class LockedOut(EntenteError):
    """Too many wrong passwords from one address or for one account. Wait, or have the password reset."""

    status = 429
    code = "locked-out"
    title = "Too many wrong passwords"


def client_ip(request: HttpRequest) -> str | None:
    """Return the address a request came from."""
    return address_of(request.META)


def username(request: HttpRequest | None, credentials: dict[str, Any] | None) -> str | None:
    """Return the address somebody tried to sign in with, in its stored form."""
    given = (credentials or {}).get("email") or (request.POST.get("login") if request is not None else None)
    return str(given).strip().lower() if given else None


def locked_out(
    request: HttpRequest, response: HttpResponse | None = None, credentials: dict[str, Any] | None = None
) -> HttpResponse:
    """Answer a guess made after too many wrong ones; a right password is refused alike."""
    error = LockedOut(
        _("Wait %(minutes)d minutes before you try again, or have your password reset.")
        % {"minutes": settings.AXES_COOLOFF_TIME.total_seconds() // 60}
    )
    return refusal(request, error)
