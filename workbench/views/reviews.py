"""What the measures of a crisis achieved: the comparison as of now, and the reviews that were kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from alliance import crisis_policies, reviewing
from alliance.indicators import BY_NAME
from core.errors import NotFound
from core.policies import require
from escalation import effectiveness
from escalation.services import reviews
from pages.answers import posted
from pages.drawings import shift
from workbench.forms.crises import ReviewForm
from workbench.views.common import attempt, done, me
from workbench.views.exits import declaration_of


def _shown(document: dict[str, Any]) -> dict[str, Any]:
    """Return a comparison as the page shows it."""

    def rows(name: str) -> list[dict[str, Any]]:
        return [
            {**row, "indicator": BY_NAME.get(row["indicator"]), "picture": shift.draw(row["shift"])}
            for row in document[name]
        ]

    return {
        **document,
        **{name: datetime.fromisoformat(document[name]) for name in ("declared", "begin", "end", "made_at")},
        "percent": round(100 * document["confidence"], 1),
        "percent_each": round(100 * document["confidence_each"], 2),
        "groups": [
            (_("Objectives"), rows("objectives"), True),
            (_("What may have suffered"), rows("side_effects"), False),
        ],
    }


@login_required
@require_http_methods(["GET", "POST"])
def review(request: HttpRequest, reference: str) -> HttpResponse:
    """Show the comparison as of now and the reviews kept; keep one."""
    user, declaration = me(request), declaration_of(request, reference)
    may = crisis_policies.can_review(user, declaration)
    if request.method == "POST":
        require(crisis_policies.can_review, user, declaration)
    form = ReviewForm(posted(request))
    if form.is_bound and form.is_valid():
        findings = form.cleaned_data["findings"]
        if (
            attempt(form, lambda: reviews.keep(actor=user, declaration=declaration, findings=findings))
            is True
        ):
            return done(request, _("The review is kept."), "workbench:crisis-review", declaration.reference)
    latest = reviewing.latest(declaration)
    context = {
        "found": declaration,
        "form": form,
        "may": may,
        "document": _shown(effectiveness.compare(declaration)),
        "kept": declaration.reviews.select_related("made_by__authority__jurisdiction")[:50],
        "fresh": latest is not None and not reviewing.stale(latest),
        "days": reviewing.FRESH.days,
    }
    return render(request, "workbench/review.html", context, status=422 if form.is_bound else 200)


@login_required
@require_GET
def kept(request: HttpRequest, reference: str, uid: str) -> HttpResponse:
    """Show a review as it was kept, or hand out its document as JSON, byte for byte what its digest is of."""
    declaration = declaration_of(request, reference)
    found = declaration.reviews.select_related("made_by__authority__jurisdiction").filter(uid=uid).first()
    if found is None:
        raise NotFound()
    if request.GET.get("format") == "json":
        answer = HttpResponse(reviewing.text_of(found), content_type="application/json")
        answer["Content-Disposition"] = f'attachment; filename="{declaration.reference}-review.json"'
        return answer
    context = {"found": declaration, "review": found, "document": _shown(found.document)}
    return render(request, "workbench/review_kept.html", context)
