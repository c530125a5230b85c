"""Files of denial notices: handed in by one officer, looked through and recorded by another."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core import audience
from core.errors import Conflict, Invalid, NotFound
from core.policies import require
from intelligence import importing, imports, policies
from intelligence.models import DenialImport
from pages.answers import posted
from pages.lists import page_of
from workbench.forms.cases import ReasonForm
from workbench.forms.denials import FileForm
from workbench.views.common import attempt, done, me


def _rows(request: HttpRequest) -> Any:
    rows = DenialImport.objects.visible_to(me(request))  # type: ignore[attr-defined]
    return rows.select_related("jurisdiction", "proposed_by", "seconded_by")


def _row(request: HttpRequest, uid: UUID) -> DenialImport:
    found: DenialImport | None = _rows(request).filter(uid=uid).first()
    if found is None:
        raise NotFound()
    return found


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """List the files that were brought in, newest first."""
    context = {"page": page_of(request, _rows(request)), "may_import": policies.can_import(me(request))}
    return render(request, "workbench/denial_files.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def bring(request: HttpRequest) -> HttpResponse:
    """Hand a file in; every error is shown with its row and column."""
    user = me(request)
    require(policies.can_import, user)
    form = FileForm(posted(request), request.FILES or None)
    context = {"form": form, "columns": [*importing.REQUIRED, *importing.OPTIONAL]}
    if not form.is_bound:
        return render(request, "workbench/denial_file_new.html", context)
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            row = imports.propose(
                actor=user,
                filename=file.name,
                content=file.read(),
                releasable_to=form.cleaned_data["releasable_to"],
            )
            return done(request, _("The file waits for a second officer."), "workbench:denial-file", row.uid)
        except Invalid as error:
            for texts in error.fields.values():
                for text in texts:
                    form.add_error("file", text)
        except Conflict as error:
            form.add_error("file", error.detail)
    return render(request, "workbench/denial_file_new.html", context, status=422)


@login_required
@require_GET
def file(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show what a file holds, as it will be recorded."""
    return _page(request, _row(request, uid), ReasonForm(), 200)


def _page(request: HttpRequest, row: DenialImport, form: ReasonForm, status: int) -> HttpResponse:
    named = [key.removeprefix("jurisdiction:") for key in row.audience if key != audience.ALLIANCE]
    context = {
        "row": row,
        "page": page_of(request, row.notices),
        "releasable_to": named,
        "form": form,
        "verdict": policies.can_second_import(me(request), row),
    }
    return render(request, "workbench/denial_file.html", context, status=status)


@login_required
@require_POST
def confirm(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Record the denials of a file as a second officer."""
    found = imports.confirm(actor=me(request), row=_row(request, uid))
    said = ngettext("%(count)d denial is recorded.", "%(count)d denials are recorded.", len(found))
    return done(request, said % {"count": len(found)}, "workbench:denials")


@login_required
@require_POST
def send_back(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Send a file back with a reason."""
    row, form = _row(request, uid), ReasonForm(posted(request))
    if form.is_valid():
        remark = form.cleaned_data["reason"]
        if attempt(form, lambda: imports.send_back(actor=me(request), row=row, remark=remark)) is True:
            return done(request, _("The file is sent back."), "workbench:denial-files")
    return _page(request, row, form, 422)
