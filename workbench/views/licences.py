"""Licences: the page customs and officers read, the printed licence, and changes of status."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from core.errors import NotFound
from core.references import normalise_reference
from enforcement import selectors as shipped
from enforcement.policies import can_ask_check
from licensing.documents.licences import pdf
from licensing.models import Case, Licence
from licensing.selectors import cases as selectors
from licensing.selectors import licences as licence_selectors
from licensing.selectors.standings import standing
from licensing.services import consents, licences
from pages.answers import posted
from workbench.forms.cases import ReasonForm
from workbench.views.common import attempt, case_of, case_page, done, me

#: How a change of a licence is asked for, and what is said once it is done.
CHANGES: dict[str, tuple[Any, Any, Any]] = {
    "suspend": (
        licences.suspend,
        gettext_lazy("Suspend the licence"),
        gettext_lazy("The licence is suspended."),
    ),
    "reinstate": (
        licences.reinstate,
        gettext_lazy("Reinstate the licence"),
        gettext_lazy("The licence is valid again."),
    ),
    "revoke": (licences.revoke, gettext_lazy("Revoke the licence"), gettext_lazy("The licence is revoked.")),
    "consent": (
        consents.consent,
        gettext_lazy("Let the licence hold in your member"),
        gettext_lazy("The licence holds in your member too, in a new edition."),
    ),
    "decline-consent": (
        consents.decline,
        gettext_lazy("Say that it shall not hold in your member"),
        gettext_lazy("The holder is told. You can still consent later."),
    ),
    "withdraw-consent": (
        consents.withdraw,
        gettext_lazy("Take back the consent of your member"),
        gettext_lazy("The licence does not hold in your member any more."),
    ),
    "exhaust": (
        licences.mark_exhausted,
        gettext_lazy("Mark the licence as exhausted"),
        gettext_lazy("The licence is marked as exhausted."),
    ),
}


def licence_of(request: HttpRequest, number: str) -> Licence:
    rows = Licence.objects.visible_to(me(request))  # type: ignore[attr-defined]
    found: Licence | None = (
        rows.select_related(
            "case__application", "holder", "issued_by", "decision__proposed_by", "decision__countersigned_by"
        )
        .filter(number=normalise_reference(number))
        .first()
    )
    if found is None:
        raise NotFound()
    return found


def _context(request: HttpRequest, licence: Licence) -> dict[str, Any]:
    now = standing(licence)
    return {
        "licence": licence,
        "effective": now.status,
        "reason": now.reason,
        "lines": licence.lines.all(),
        "left": shipped.left_of(licence),
        "moving": shipped.in_transit(licence),
        "may_ask_check": can_ask_check(me(request)).allowed,
        "terms": selectors.described(licence.conditions),
        "consents": licence_selectors.consents(licence),
        "pending": licence_selectors.pending(licence),
        "changes": [
            {"name": act.name, "label": act.label, "allowed": act.allowed, "reason": act.reason}
            for act in licence_selectors.acts(me(request), licence)
        ],
    }


@login_required
@require_GET
def of_case(request: HttpRequest, reference: str) -> HttpResponse:
    """Show the licence a case ended in."""
    case = case_of(request, reference)
    found = Licence.objects.visible_to(me(request)).filter(case=case).first()  # type: ignore[attr-defined]
    if found is None:
        raise NotFound()
    context = _context(request, licence_of(request, found.number))
    return case_page(request, case, "licence", "licence.html", context)


@login_required
@require_GET
def licence(request: HttpRequest, number: str) -> HttpResponse:
    """Show a licence on its own: customs see it without its case."""
    return _alone(request, licence_of(request, number))


def _alone(
    request: HttpRequest, found: Licence, context: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    sees_case = Case.objects.visible_to(me(request)).filter(pk=found.case_id).exists()  # type: ignore[attr-defined]
    shown = {**_context(request, found), "sees_case": sees_case, **(context or {})}
    return render(request, "workbench/licence_alone.html", shown, status=status)


@login_required
@require_GET
def printed(request: HttpRequest, number: str) -> HttpResponse:
    """Hand out the licence as PDF/A."""
    found = licence_of(request, number)
    answer = HttpResponse(pdf(found), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{found.number}.pdf"'
    return answer


@login_required
@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, number: str, name: str) -> HttpResponse:
    """Change the status of a licence, with the reason."""
    if name not in CHANGES:
        raise NotFound()
    found = licence_of(request, number)
    service, title, told = CHANGES[name]
    form = ReasonForm(posted(request))
    if form.is_bound and form.is_valid():
        reason = form.cleaned_data["reason"]
        if attempt(form, lambda: service(actor=me(request), licence=found, reason=reason)) is True:
            return done(request, str(told), "workbench:licence-page", found.number)
    verdict = licence_selectors.verdict(me(request), found, name)
    context = {"form": form, "title": title, "button": title, "verdict": verdict, "asked": _("Reason")}
    return _alone(request, found, context, 422 if form.is_bound else 200)
