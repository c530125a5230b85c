"""Items and parties of a draft as CSV: a template, a look at a file, taking it over, and what is there."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import Invalid
from core.policies import require
from licensing.dossier import tables as csv
from licensing.models import Application
from licensing.policies import applications as policies
from licensing.services import tables
from pages.answers import posted
from portal.forms.tables import LoadTableForm, ReadTableForm
from portal.views.base import ExporterRequest, exporters_only, own_application
from portal.views.sections import LISTS


def _draft(request: ExporterRequest, reference: str, section: str) -> Application:
    if section not in LISTS:
        raise Http404
    application = own_application(request, reference)
    require(policies.can_edit, request.user, application)
    return application


def _present(application: Application, section: str) -> list[Any]:
    held = application.draft.get(section)
    return [entry for entry in held if isinstance(entry, dict)] if isinstance(held, list) else []


@require_http_methods(["GET", "HEAD", "POST"])
@exporters_only
def table(request: ExporterRequest, reference: str, section: str) -> HttpResponse:
    """Choose a file, look at what it says, and then take it over or mend it."""
    application = _draft(request, reference, section)
    if "table" in request.POST:
        return _load(request, application, section)
    form = ReadTableForm(posted(request), request.FILES or None, present=len(_present(application, section)))
    if form.is_bound and form.is_valid():
        return _look(request, application, section, form.content, append=form.append)
    return _page(request, application, section, form=form, status=422 if form.is_bound else 200)


def _load(request: ExporterRequest, application: Application, section: str) -> HttpResponse:
    form = LoadTableForm(request.POST)
    if not form.is_valid():
        raise Invalid.field("table", _("Choose the file once more."))
    content = form.cleaned_data["table"]
    try:
        tables.load(
            actor=request.user,
            application=application,
            section=section,
            content=content,
            append=form.append,
            version=form.cleaned_data["version"],
        )
    except Invalid:
        return _look(request, application, section, content, append=form.append)
    messages.success(request, _("The file is taken over."))
    return redirect("portal:list", reference=application.reference, section=section)


def _look(
    request: ExporterRequest, application: Application, section: str, content: bytes, *, append: bool
) -> HttpResponse:
    """Show a file row by row: with what is wrong with it, or with the button that takes it over."""
    found = tables.preview(
        actor=request.user, application=application, section=section, content=content, append=append
    )
    context: dict[str, Any] = {
        "table": found,
        "rows": [
            (row, [(name, row.cells.get(name, ""), name in row.wrong) for name in found.columns])
            for row in found.rows
        ],
        "carried": LoadTableForm.carrying(content, append=append, version=application.draft_version),
        "says": _says(section, len(found.rows), len(_present(application, section)), append=append),
        "form": ReadTableForm(present=len(_present(application, section))),
    }
    return _page(request, application, section, status=422 if found.faults else 200, **context)


def _says(section: str, rows: int, present: int, *, append: bool) -> str:
    """What the button does."""
    if append:
        return ngettext("Add this row", "Add these %(rows)d rows", rows) % {"rows": rows}
    if present:
        told = {"rows": rows, "present": present}
        return _("Replace the %(present)d entries of the draft by these %(rows)d") % told
    return ngettext("Take this row over", "Take these %(rows)d rows over", rows) % {"rows": rows}


def _page(
    request: ExporterRequest, application: Application, section: str, *, status: int, **context: Any
) -> HttpResponse:
    shared = {
        "application": application,
        "section": section,
        "title": LISTS[section][0],
        "columns": csv.COLUMNS[section],
        "present": len(_present(application, section)),
    }
    return render(request, "portal/table.html", {**shared, **context}, status=status)


def _attachment(text: str, name: str) -> HttpResponse:
    """Hand CSV out with a byte order mark, by which spreadsheets know that it is UTF-8."""
    answer = HttpResponse(text.encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


@require_safe
@exporters_only
def template(request: ExporterRequest, reference: str, section: str) -> HttpResponse:
    """The header with an example row, to fill in."""
    _draft(request, reference, section)
    return _attachment(csv.template(section), f"{section}-template")


@require_safe
@exporters_only
def download(request: ExporterRequest, reference: str, section: str) -> HttpResponse:
    """What the application has now, in the shape in which it is taken over."""
    if section not in LISTS:
        raise Http404
    application = own_application(request, reference)
    return _attachment(
        csv.write(section, _present(application, section)), f"{application.reference}-{section}"
    )


@require_POST
@exporters_only
def faults(request: ExporterRequest, reference: str, section: str) -> HttpResponse:
    """What is wrong with a file, as CSV for whoever mends it."""
    application = _draft(request, reference, section)
    form = LoadTableForm(request.POST)
    if not form.is_valid():
        raise Invalid.field("table", _("Choose the file once more."))
    found = tables.preview(
        actor=request.user,
        application=application,
        section=section,
        content=form.cleaned_data["table"],
        append=form.append,
    )
    return _attachment(csv.write_faults(found), f"{section}-to-mend")
