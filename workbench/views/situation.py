"""The situation room of the crisis unit."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from core.policies import require
from escalation.policies import guidance as policies
from escalation.situation import situation
from workbench.views.common import me


@login_required
@require_GET
def room(request: HttpRequest) -> HttpResponse:
    """Show the situation as it is now; htmx asks for the part that changes."""
    user = me(request)
    require(policies.can_watch, user)
    part = "now" if getattr(request, "htmx", False) else "room"
    return render(request, f"workbench/situation/{part}.html", {"now": situation(user)})
