"""Denials as the members know them: read, reviewed every three years, released to further members, withdrawn."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from core.errors import NotFound
from core.references import normalise_reference
from intelligence import policies
from intelligence import services as intelligence
from intelligence.models import Denial
from intelligence.names import headings
from licensing.services import decisions
from pages.answers import posted
from pages.lists import page_of
from workbench.forms.cases import ReasonForm
from workbench.forms.denials import FilterForm, ReleaseForm, ReviewForm
from workbench.views.common import attempt, done, me


def _denials(request: HttpRequest) -> Any:
    rows = Denial.objects.visible_to(me(request))  # type: ignore[attr-defined]
    return rows.select_related("jurisdiction").prefetch_related("named__sharedparty")


def _narrowed(rows: Any, asked: dict[str, Any]) -> Any:
    if text := asked.get("text", "").strip():
        named = Q(parties__name__icontains=text) | Q(reference=normalise_reference(text))
        named |= Q(regime_reference__iexact=text) | Q(national_reference__iexact=text)
        rows = rows.filter(named | Q(control_codes__overlap=headings([text]))).distinct()
    if asked.get("member"):
        rows = rows.filter(jurisdiction=asked["member"])
    return rows.filter(status=asked["status"]) if asked.get("status") else rows


@login_required
@require_GET
def denials(request: HttpRequest) -> HttpResponse:
    """List what was refused, newest first, as far as the officer may know of it."""
    form = FilterForm(request.GET)
    rows = _narrowed(_denials(request), form.cleaned_data) if form.is_valid() else _denials(request).none()
    context = {
        "page": page_of(request, rows),
        "form": form,
        "narrowed": any(form.cleaned_data.values()),
        "may_import": policies.can_import(me(request)),
    }
    return render(request, "workbench/denials.html", context, status=200 if form.is_valid() else 422)


def _denial(request: HttpRequest, reference: str) -> Denial:
    found: Denial | None = _denials(request).filter(reference=reference).first()
    if found is None:
        raise NotFound()
    return found


@login_required
@require_http_methods(["GET", "POST"])
def denial(request: HttpRequest, reference: str) -> HttpResponse:
    """Show one denial; a decider of the member that denied keeps or withdraws it here."""
    found = _denial(request, reference)
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
    context = {
        "denial": found,
        "ground": decisions.CRITERIA.get(found.ground_code, found.ground_code),
        "form": form,
        "verdict": policies.can_review(me(request), found),
    }
    return render(request, "workbench/denial.html", context, status=422 if form.is_bound else 200)


@login_required
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, reference: str) -> HttpResponse:
    """Withdraw a denial before its review is due."""
    found = _denial(request, reference)
    form = ReasonForm(posted(request))
    if form.is_bound and form.is_valid():
        reason = form.cleaned_data["reason"]
        if (
            attempt(
                form, lambda: intelligence.withdraw_denial(actor=me(request), denial=found, reason=reason)
            )
            is True
        ):
            return done(request, _("The denial is withdrawn for all members."), "workbench:denial", reference)
    told = _("Nobody is asked about it any more, and cases that wait for an answer about it go on.")
    return _act(request, found, form, _("Withdraw the denial"), told)


@login_required
@require_http_methods(["GET", "POST"])
def release(request: HttpRequest, reference: str) -> HttpResponse:
    """Let further members know of a denial."""
    found = _denial(request, reference)
    form = ReleaseForm(posted(request), known_to=found.releasable_to)
    if form.is_bound and form.is_valid():
        to = form.cleaned_data["releasable_to"]
        if (
            attempt(
                form, lambda: intelligence.release_denial(actor=me(request), denial=found, releasable_to=to)
            )
            is True
        ):
            return done(request, _("The denial is released."), "workbench:denial", reference)
    return _act(
        request, found, form, _("Release the denial"), _("Their open cases are held against it at once.")
    )


def _act(request: HttpRequest, found: Denial, form: Any, title: str, told: str) -> HttpResponse:
    context = {
        "denial": found,
        "form": form,
        "title": title,
        "told": told,
        "verdict": policies.can_review(me(request), found),
    }
    return render(request, "workbench/denial_act.html", context, status=422 if form.is_bound else 200)
