"""The exporter's own clock: what is due to it and from it, and the files to recompute that."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from core.errors import NotFound
from core.models import ref
from deadlines import selectors as deadlines
from licensing.models import Case
from portal.views.base import ExporterRequest, exporters_only, own_application

#: What concerns the exporter itself. Windows of members are not among it: they would name who is consulted.
KINDS = {
    "information.request": gettext_lazy("Your answer to a question"),
    "case.decision": gettext_lazy("Decision"),
    "case.hold": gettext_lazy("End of the hold"),
    "case.outer": gettext_lazy("Outer limit"),
}


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
    rows = [{"told": item, "kind": KINDS[item.row.kind]} for item in deadlines.told(ref(case), KINDS)]
    context = {"application": case.application, "case": case, "rows": rows}
    return render(request, "portal/clocks.html", context)


@require_safe
@exporters_only
def derivation(request: ExporterRequest, reference: str, uid: UUID) -> HttpResponse:
    """Hand out the file by which anyone recomputes one of them."""
    case = _case(request, reference)
    item = next((item for item in deadlines.told(ref(case), KINDS) if item.uid == uid), None)
    if item is None:
        raise NotFound()
    response = HttpResponse(deadlines.file_of(item, case.reference), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{case.reference}-{item.filename}"'
    return response
