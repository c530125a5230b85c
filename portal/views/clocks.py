"""The exporter's own clock: what is due to it and from it, and the files to recompute that."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core.errors import NotFound
from deadlines import selectors as deadlines
from escalation import selectors
from escalation.selectors import CLOCKS
from licensing.models import Case
from portal.views.base import ExporterRequest, exporters_only, own_application


def _case(request: ExporterRequest, reference: str) -> Case:
    found = own_application(request, reference)
    rows = Case.objects.visible_to(request.user)  # type: ignore[attr-defined]
    case: Case | None = rows.filter(application=found).select_related("lead", "application").first()
    if case is None:
        raise NotFound()
    return case


@require_safe
@exporters_only
def clocks(request: ExporterRequest, reference: str) -> HttpResponse:
    """Show the clocks that concern the exporter, each with its steps."""
    case = _case(request, reference)
    rows = [{"told": item, "kind": CLOCKS[item.row.kind]} for item in selectors.clocks(request.user, case)]
    context = {"application": case.application, "case": case, "rows": rows}
    return render(request, "portal/clocks.html", context)


@require_safe
@exporters_only
def derivation(request: ExporterRequest, reference: str, uid: UUID) -> HttpResponse:
    """Hand out the file by which anyone recomputes one of them."""
    case = _case(request, reference)
    item = selectors.clock_of(request.user, case, uid)
    response = HttpResponse(deadlines.file_of(item, case.reference), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{case.reference}-{item.filename}"'
    return response
