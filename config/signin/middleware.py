"""How long a session lasts, and what an officer must have before seeing anything."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from core import clock
from members.models import User

OFFICER_IDLE, OFFICER_LONGEST = timedelta(minutes=15), timedelta(hours=8)
EXPORTER_IDLE, EXPORTER_LONGEST = timedelta(hours=2), timedelta(hours=24)
STARTED, SEEN = "started_at", "seen_at"  # whole seconds since 1970
GRAIN = 30  # seconds: how often a busy session's row is written

OPEN_DOORS = frozenset({"allauth", "config", "public", "api", "django", "drf_spectacular", "oauth2_provider"})

Next = Callable[[HttpRequest], HttpResponse]


def _start(sender: object, request: HttpRequest | None, user: User, **kwargs: Any) -> None:
    """Let the limits of a session count from its sign-in."""
    if request is not None and hasattr(request, "session"):
        request.session[STARTED] = request.session[SEEN] = int(clock.machine().timestamp())


user_logged_in.connect(_start, dispatch_uid="config.signin.session_started")


class SessionLimits:
    """End a session that is idle or old: officers 15 minutes and 8 hours, exporters 2 and 24 hours."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if isinstance(user, User):
            now = int(clock.machine().timestamp())
            started = request.session.setdefault(STARTED, now)
            seen = request.session.setdefault(SEEN, now)
            idle, longest = (
                (OFFICER_IDLE, OFFICER_LONGEST) if user.is_officer else (EXPORTER_IDLE, EXPORTER_LONGEST)
            )
            if now - seen > idle.total_seconds() or now - started > longest.total_seconds():
                logout(request)
                messages.info(request, _("Your session has ended. Sign in again to go on."))
            elif now - seen >= GRAIN and not _in_background(request):
                request.session[SEEN] = now
        response = self.get_response(request)
        if isinstance(user, User):
            # What one person was shown is no page for the next one at the same machine.
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response


def _in_background(request: HttpRequest) -> bool:
    """Whether a script asked by itself: a page that refreshes its clock is not a person at work."""
    scripted = request.headers.get("Sec-Fetch-Dest") == "empty" and "HX-Request" not in request.headers
    return scripted or "X-Background" in request.headers


class SecondFactorGate:
    """Send an officer without a second factor to enrol one, from every page that is not open to all."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        user = request.user
        if not isinstance(user, User) or not user.is_officer or _is_open(request, view):
            return None
        if user.has_second_factor:
            return None
        messages.info(request, _("Officers need a second factor before they see a case. Set yours up now."))
        if getattr(request, "htmx", False):
            return HttpResponseClientRedirect("/account/2fa/totp/activate/")
        return redirect("mfa_activate_totp")


def _is_open(request: HttpRequest, view: Callable[..., HttpResponse]) -> bool:
    match = request.resolver_match
    if match is not None and match.url_name == "demo":
        return True
    module = getattr(getattr(view, "view_class", view), "__module__", "")
    return module.partition(".")[0] in OPEN_DOORS
