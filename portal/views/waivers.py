"""Waivers an exporter holds: their duties and dates, the reports on them, and the receipt of each."""

from __future__ import annotations

from decimal import Decimal

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from alliance import measures
from core import clock
from core.errors import Conflict, Invalid, NotFound
from core.references import normalise_reference
from enforcement import dates
from enforcement import selectors as shipped
from exemptions import policies, reporting, selectors
from exemptions.models import Waiver, WaiverReport
from licensing import waived
from pages.answers import posted, refuse
from pages.drawings import calendar
from portal.forms.waivers import ReportForm
from portal.views.base import ExporterRequest, exporters_only, form_status


def _own(request: ExporterRequest, reference: str) -> Waiver:
    rows = Waiver.objects.visible_to(request.user).select_related("declaration", "holder")  # type: ignore[attr-defined]
    found: Waiver | None = rows.filter(
        reference=normalise_reference(reference), holder__in=request.user.organisation_ids
    ).first()
    if found is None:
        raise NotFound()
    return found


def _next(waiver: Waiver) -> WaiverReport | None:
    return next((one for one in waiver.reports.all() if one.filed_at is None), None)


@require_safe
@exporters_only
def listing(request: ExporterRequest) -> HttpResponse:
    """The waivers of the person's organisations, each with the report that falls due next."""
    rows = Waiver.objects.visible_to(request.user).filter(holder__in=request.user.organisation_ids)  # type: ignore[attr-defined]
    found = list(rows.select_related("declaration").prefetch_related("reports")[:100])
    missing, now = selectors.missing_reports(found), clock.now()
    shown = [(one, selectors.status_now(one, one.pk in missing, now), _next(one)) for one in found]
    return render(request, "portal/waivers.html", {"rows": shown})


@require_safe
@exporters_only
def waiver(request: ExporterRequest, reference: str) -> HttpResponse:
    """One waiver: what it lifts, what it asks for, and its reports."""
    found = _own(request, reference)
    titles = {one.key: one.title for one in measures.parse(found.declaration.payload).measures}
    missing = found.pk in selectors.missing_reports([found])
    used = waived.used(found)
    context = {
        "found": found,
        "status": selectors.status_now(found, missing, clock.now()),
        "lifts": [titles.get(key, key) for key in found.measures],
        "used": used,
        "left": max(found.cap - used, 0),
        "share": round(1000 * min(used / found.cap, Decimal(1))),
        "reports": found.reports.all(),
        "next": _next(found),
        "shipped": shipped.shipped_under(found),
        "dates": (due := dates.of_waiver(found)),
        "months": calendar.months(due, clock.today()),
        "can_report": policies.can_report(request.user, found),
    }
    return render(request, "portal/waiver.html", context)


@exporters_only
def report(request: ExporterRequest, reference: str) -> HttpResponse:
    """File the report that is due next."""
    found = _own(request, reference)
    due = _next(found)
    if due is None:
        raise Conflict(_("Every report of this waiver has been filed."))
    form = ReportForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            filed = reporting.file(actor=request.user, waiver=found, **form.cleaned_data)
            return redirect("portal:waiver-receipt", found.reference, filed.number)
        except Invalid as error:
            refuse(form, error)
    context = {"found": found, "due": due, "form": form}
    return render(request, "portal/waiver_report.html", context, status=form_status(form))


@require_safe
@exporters_only
def receipt(request: ExporterRequest, reference: str, number: int) -> HttpResponse:
    """The receipt of a report that was filed."""
    found = _own(request, reference)
    filed = found.reports.select_related("filed_by").filter(number=number, filed_at__isnull=False).first()
    if filed is None:
        raise NotFound()
    return render(
        request, "portal/waiver_receipt.html", {"found": found, "report": filed, "next": _next(found)}
    )
