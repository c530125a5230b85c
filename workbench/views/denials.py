"""Denials as the members know them, and their review every three years."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from core.errors import NotFound
from intelligence import policies
from intelligence import services as intelligence
from intelligence.models import Denial
from licensing.services import decisions
from pages.answers import posted
from pages.lists import page_of
from workbench.forms.denials import ReviewForm
from workbench.views.common import attempt, done, me


def _denials(request: HttpRequest) -> Any:
    rows = Denial.objects.visible_to(me(request))  # type: ignore[attr-defined]
    return rows.select_related("jurisdiction").prefetch_related("parties")


@login_required
@require_GET
def denials(request: HttpRequest) -> HttpResponse:
    """List what the members have refused, newest first."""
    page = page_of(request, _denials(request))
    return render(request, "workbench/denials.html", {"page": page})


@login_required
@require_http_methods(["GET", "POST"])
def denial(request: HttpRequest, reference: str) -> HttpResponse:
    """Show one denial; a decider of the member that denied keeps or withdraws it here."""
    found: Denial | None = _denials(request).filter(reference=reference).first()
    if found is None:
        raise NotFound()
    form = ReviewForm(posted(request))
    if form.is_bound and form.is_valid():
        answers = {
            "keep": form.cleaned_data["outcome"] == "keep",
            "explanation": form.cleaned_data["explanation"],
        }
        if (
            attempt(form, lambda: intelligence.review_denial(actor=me(request), denial=found, **answers))
            is True
        ):
            return done(request, _("The review is recorded for all members."), "workbench:denial", reference)
    ground = decisions.CRITERIA.get(found.ground_code, found.ground_code)
    context = {
        "denial": found,
        "ground": ground,
        "form": form,
        "verdict": policies.can_review(me(request), found),
    }
    return render(request, "workbench/denial.html", context, status=422 if form.is_bound else 200)
