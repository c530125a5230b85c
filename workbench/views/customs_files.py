"""Files exchanged with a customs system: handed in, answered, and licences told."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from core.errors import Conflict, NotFound
from core.policies import require
from enforcement import policies
from enforcement.models import CustomsFile
from enforcement.services import customs_files, usage_files
from pages.lists import page_of
from workbench.forms.customs_files import CustomsFileForm
from workbench.views.common import attempt, done, me


@login_required
@require_http_methods(["GET", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """List the files of the officer's member, and take one in."""
    user = me(request)
    posted = request.method == "POST"
    form, status = CustomsFileForm(request.POST if posted else None, request.FILES if posted else None), 200
    if posted:
        require(policies.can_exchange_files, user)
        status = 422
        if form.is_valid():
            taken: list[CustomsFile] = []
            text = form.cleaned_data["file"]
            try:
                if attempt(form, lambda: taken.append(usage_files.receive(actor=user, text=text))) is True:
                    return _taken(request, taken[0])
            except Conflict as refused:
                status = refused.status
                form.add_error("file", refused.detail)
    return _page(request, form, status)


def _taken(request: HttpRequest, file: CustomsFile) -> HttpResponse:
    if file.rejected or file.faults:
        messages.warning(request, _("The file is read in, and not all of it was accepted: see below why."))
        return redirect("workbench:customs-file", file.uid)
    return done(
        request, _("The file is read in. What came of it stands below."), "workbench:customs-file", file.uid
    )


def _page(request: HttpRequest, form: CustomsFileForm, status: int) -> HttpResponse:
    user = me(request)
    rows = CustomsFile.objects.visible_to(user).defer("text", "answer", "faults")  # type: ignore[attr-defined]
    context = {"form": form, "page": page_of(request, rows), "verdict": policies.can_exchange_files(user)}
    return render(request, "workbench/customs_files.html", context, status=status)


@login_required
@require_POST
def send(request: HttpRequest) -> HttpResponse:
    """Make the next file of licences."""
    try:
        made = customs_files.send_licences(actor=me(request))
    except Conflict as refused:
        form = CustomsFileForm(None)
        form.refused = refused.detail  # type: ignore[attr-defined]
        return _page(request, form, refused.status)
    told = _("The file is made. Send it, and read the answer of customs in.")
    return done(request, told, "workbench:customs-file", made.uid)


def _file(request: HttpRequest, uid: UUID) -> CustomsFile:
    rows = CustomsFile.objects.visible_to(me(request))  # type: ignore[attr-defined]
    found: CustomsFile | None = rows.select_related("jurisdiction").filter(uid=uid).first()
    if found is None:
        raise NotFound()
    return found


@login_required
@require_GET
def file(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show a file with what came of it."""
    found = _file(request, uid)
    context = {
        "file": found,
        "zone": found.jurisdiction.timezone,
        "sent": found.sent.select_related("licence").order_by("pk")[:200],
    }
    return render(request, "workbench/customs_file.html", context)


@login_required
@require_safe
def text(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The file as it was exchanged."""
    found = _file(request, uid)
    return _download(found.text, f"{found.kind}-{found.sender}-{found.run_number}")


@login_required
@require_safe
def answer(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The answer to it, as it is to be sent."""
    found = _file(request, uid)
    if not found.answer:
        raise NotFound()
    return _download(found.answer, f"usageReply-{found.sender}-{found.run_number}")


def _download(content: str, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type="text/plain; charset=utf-8")
    safe = "".join(char if char.isascii() and (char.isalnum() or char == "-") else "_" for char in name)
    answer["Content-Disposition"] = f'attachment; filename="{safe}.txt"'
    return answer
