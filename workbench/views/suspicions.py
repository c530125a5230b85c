"""Suspicious orders that exporters report: those shared with the officer's member, and what it makes of each."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from core.errors import NotFound
from core.references import normalise_reference
from licensing.models import Application
from licensing.policies import suspicions as policies
from licensing.selectors import suspicions as selectors
from licensing.services import suspicions
from pages.answers import posted
from pages.lists import page_of
from workbench.forms.suspicions import ReviewForm
from workbench.views.common import attempt, done, me


@login_required
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """List the reports that the officer's member may read, the newest first."""
    page = page_of(request, selectors.reports(me(request)))
    return render(request, "workbench/suspicious_orders.html", {"page": page})


@login_required
@require_http_methods(["GET", "POST"])
def report(request: HttpRequest, reference: str) -> HttpResponse:
    """Show a report with the cases it bears on, and take what the officer's member makes of it."""
    user = me(request)
    found = selectors.reports(user).filter(reference=normalise_reference(reference)).first()
    if found is None:
        raise NotFound()
    may_pass_on = policies.can_pass_on(user, found)
    form = ReviewForm(posted(request), may_pass_on=bool(may_pass_on), member=str(user.jurisdiction_code))
    if form.is_bound and form.is_valid():
        answers = {**form.cleaned_data, "to": form.cleaned_data.get("to") or ()}

        def act() -> None:
            suspicions.review(actor=user, report=found, **answers)

        if attempt(form, act) is True:
            told = _("It is recorded for your member.")
            return done(request, told, "workbench:suspicious-order", found.reference)
    own = Application.objects.visible_to(user).filter(pk=found.application_id or 0)  # type: ignore[attr-defined]
    context = {
        "report": found,
        "flags": selectors.flags_of(found),
        "share": selectors.share_of(user, found),
        "matches": selectors.matches_of(user, found),
        "reviews": selectors.reviews_of(user, found),
        "case": getattr(own.select_related("case").first(), "case", None),
        "form": form,
        "verdict": policies.can_review(user, found),
        "may_pass_on": may_pass_on,
    }
    return render(request, "workbench/suspicious_order.html", context, status=422 if form.is_bound else 200)
