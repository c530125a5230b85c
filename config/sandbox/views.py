"""The page of a sandbox: what stands in it, putting it back, moving its clock."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from config.sandbox import tenant
from config.sandbox.api import told
from core import clock
from core.errors import Invalid
from pages.forms import EntenteForm

STEPS = (
    (1, gettext_lazy("One hour")),
    (24, gettext_lazy("One day")),
    (48, gettext_lazy("Two days: a critical case climbs")),
    (24 * 14, gettext_lazy("Two weeks: an ordinary consultation lapses")),
    (24 * 92, gettext_lazy("Three months: takes half a minute")),
)


class ClockForm(EntenteForm):
    hours = forms.TypedChoiceField(label=gettext_lazy("Move the clock on by"), coerce=int, choices=STEPS)


@never_cache
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return _shown(request, ClockForm())


def _shown(request: HttpRequest, form: ClockForm, status: int = 200) -> HttpResponse:
    known: dict[str, Any] = told()
    context = {**known, "form": form, "moved_days": known["ahead_seconds"] // 86400}
    return render(request, "sandbox/home.html", context, status=status)


@login_required
@require_POST
def reset(request: HttpRequest) -> HttpResponse:
    tenant.reset()
    request.session = SessionStore()  # the one it came with has gone with all the rest
    return redirect("sandbox")


@login_required
@require_POST
def move(request: HttpRequest) -> HttpResponse:
    form = ClockForm(request.POST)
    if not form.is_valid():
        return _shown(request, form, 422)
    try:
        tenant.move(clock.now() + timedelta(hours=form.cleaned_data["hours"]))
    except Invalid as error:
        form.add_error("hours", error.detail)
        return _shown(request, form, 422)
    messages.success(request, _("The clock has moved. What fell due on the way has happened."))
    return redirect("sandbox")
