"""Suspicious orders that an exporter reports: the report, its receipt, and nothing of what became of it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from core.errors import Invalid, NotFound
from core.references import normalise_reference
from licensing.models import Application, SuspiciousOrder
from licensing.selectors import suspicions as selectors
from licensing.services import suspicions
from members.models import Organisation
from pages.answers import posted, refuse
from pages.lists import page_of
from portal.forms.suspicions import SuspicionForm
from portal.views.base import ExporterRequest, exporters_only, form_status

LATEST = 100  # applications offered to choose from


@require_safe
@exporters_only
def listing(request: ExporterRequest) -> HttpResponse:
    """The reports of the person's organisations, the newest first."""
    rows = SuspiciousOrder.objects.visible_to(request.user).filter(  # type: ignore[attr-defined]
        organisation__in=request.user.organisation_ids
    )
    return render(request, "portal/suspicious_orders.html", {"page": page_of(request, rows)})


@require_http_methods(["GET", "HEAD", "POST"])
@exporters_only
def write(request: ExporterRequest) -> HttpResponse:
    """Report an order."""
    own = Organisation.objects.filter(pk__in=request.user.organisation_ids).order_by("name")
    applications = Application.objects.visible_to(request.user).filter(organisation__in=own)  # type: ignore[attr-defined]
    form = SuspicionForm(
        posted(request),
        organisations=[(str(one.uid), one.name) for one in own],
        applications=[
            (one.reference, f"{one.reference} {one.own_reference}".strip())
            for one in applications.order_by("-pk")[:LATEST]
        ],
    )
    if request.method == "POST" and form.is_valid():
        try:
            filed = suspicions.file(
                actor=request.user,
                organisation=own.get(uid=form.cleaned_data["organisation"]),
                application=applications.filter(reference=form.cleaned_data["application"]).first(),
                **form.arguments(),
            )
            return redirect("portal:suspicious-order", filed.reference)
        except Invalid as error:
            error.fields = form.at_questions(error.fields)
            refuse(form, error)
    return render(request, "portal/suspicious_order_new.html", {"form": form}, status=form_status(form))


@require_safe
@exporters_only
def report(request: ExporterRequest, reference: str) -> HttpResponse:
    """The receipt of a report: its reference, its time and what was reported."""
    rows = SuspiciousOrder.objects.visible_to(request.user).filter(  # type: ignore[attr-defined]
        organisation__in=request.user.organisation_ids
    )
    found = (
        rows.select_related("organisation", "application")
        .filter(reference=normalise_reference(reference))
        .first()
    )
    if found is None:
        raise NotFound()
    context = {"report": found, "flags": selectors.flags_of(found)}
    return render(request, "portal/suspicious_order.html", context)
