"""The demo alliance's door: its people, each signed in with a click.

It exists only where the supervisor vouches for a listener on loopback (`ENTENTE_DEMO`), the data folder holds
the demo alliance, and the request comes from this machine without having passed a proxy; elsewhere there is
nothing here.
"""

from __future__ import annotations

from ipaddress import ip_address

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from core.errors import NotFound
from members import demo

FORWARDING = ("Forwarded", "Via", "X-Real-IP", "X-Client-IP", "X-Original-Forwarded-For", "CF-Connecting-IP")


def is_open(request: HttpRequest) -> bool:
    """Whether this request may choose a demo person."""
    if not settings.ENTENTE_DEMO or not demo.is_loaded():
        return False
    if any(name in request.headers for name in FORWARDING):
        return False
    if any(name.lower().startswith("x-forwarded") for name in request.headers):
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    if not is_open(request):
        raise NotFound()
    if request.method == "POST":
        person = demo.person(request.POST.get("person", ""))
        if person is None:
            raise NotFound()
        login(request, person, backend="allauth.account.auth_backends.AuthenticationBackend")
        return redirect(settings.OFFICER_HOME if person.is_officer else settings.EXPORTER_HOME)
    return render(request, "portal/demo.html", {"places": demo.places()})
