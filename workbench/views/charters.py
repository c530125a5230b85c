"""Charters: those in force, the versions being written, their check, and putting one into force by two persons."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from alliance import authoring, charter_check, charter_text, charters, policies, selectors
from alliance.models import AuthoredCharter
from core import clock
from core.errors import Blocked, Conflict, Invalid, NotFound
from core.policies import require
from escalation import rehearsals
from pages.answers import posted
from workbench.forms.charters import ActivateForm, CharterForm, RetireForm
from workbench.views.common import attempt, done, me, name_places


def _written(request: HttpRequest, uid: UUID) -> AuthoredCharter:
    rows = AuthoredCharter.objects.visible_to(me(request))  # type: ignore[attr-defined]
    found: AuthoredCharter | None = (
        rows.select_related("author", "activated_by", "retired_by").filter(uid=uid).first()
    )
    if found is None:
        raise NotFound()
    return found


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """List the charters in force and every version that was written here, with its state."""
    user = me(request)
    rows = AuthoredCharter.objects.visible_to(user).select_related("author")  # type: ignore[attr-defined]
    led = {criterion.outcome.get("charter") for criterion in selectors.criteria()}
    written = {row.key: row for row in selectors.authored_charters()}
    context = {
        "in_force": [
            (charter, written.get(charter.key), charter.key in led) for charter in selectors.all_charters()
        ],
        "written": rows,
        "may_author": policies.can_author(user),
    }
    return render(request, "workbench/charters.html", context)


@login_required
@require_GET
def in_force(request: HttpRequest, key: str) -> HttpResponse:
    """Show a charter in force with what its check proves."""
    user = me(request)
    payload = selectors.charter_payload(key)
    charter = charters.parse(payload)
    context = {
        "charter": charter,
        "report": charter_check.check(charter),
        "text": charter_text.write(payload),
        "written": next((row for row in selectors.authored_charters() if row.key == key), None),
        "may_author": policies.can_author(user),
        "paths": rehearsals.paths_of(charter),
    }
    return render(request, "workbench/charter_in_force.html", context)


def _file(text: str, name: str) -> HttpResponse:
    answer = HttpResponse(text, content_type="application/yaml; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.yaml"'
    return answer


@login_required
@require_GET
def in_force_yaml(request: HttpRequest, key: str) -> HttpResponse:
    """Hand a charter in force out as YAML."""
    me(request)
    payload = selectors.charter_payload(key)
    return _file(charter_text.write(payload), f"{payload['key']}-{payload['version']}")


@login_required
@require_GET
def written(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show a version that was written here: its state, its drawing, what its check found and who may do what."""
    user, found = me(request), _written(request, uid)
    charter = charters.parse(found.payload)
    acts = [
        (_("Change it"), "workbench:edit-charter", policies.can_edit(user, found)),
        (_("Activate it"), "workbench:activate-charter", policies.can_activate(user, found)),
        (_("Retire it"), "workbench:retire-charter", policies.can_retire(user, found)),
    ]
    context = {
        "found": found,
        "charter": charter,
        "report": charter_check.check(charter),
        "acts": acts,
        "in_force": found in selectors.authored_charters(),
        "may_author": policies.can_author(user),
    }
    return render(request, "workbench/charter.html", context)


@login_required
@require_GET
def written_yaml(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Hand a version out as its author wrote it."""
    found = _written(request, uid)
    return _file(found.text, f"{found.key}-{found.version}")


@login_required
@require_http_methods(["GET", "POST"])
def write(request: HttpRequest) -> HttpResponse:
    """Write a new version: from nothing, or from a charter in force (`?from=key`)."""
    require(policies.can_author, me(request))
    key = request.GET.get("from", "")
    initial = charter_text.write(selectors.charter_payload(key)) if key else ""
    return _editor(request, None, initial)


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Change a version that is not active yet."""
    found = _written(request, uid)
    require(policies.can_edit, me(request), found)
    return _editor(request, found, found.text)


def _editor(request: HttpRequest, found: AuthoredCharter | None, initial: str) -> HttpResponse:
    form = CharterForm(posted(request), request.FILES or None, initial={"text": initial})
    context: dict[str, Any] = {"form": form, "found": found}
    if not form.is_bound:
        return render(request, "workbench/charter_editor.html", context)
    if form.is_valid():
        text = form.cleaned_data["text"]
        try:
            context["charter"], context["report"], _payload = authoring.read(text)
            if request.POST.get("act") != "check":
                kept = authoring.write(actor=me(request), text=text, charter=found)
                said = (
                    _("The version is kept and has passed the check.")
                    if kept.status == AuthoredCharter.Status.CHECKED
                    else _("The version is kept as a draft: it has a hole and cannot be activated.")
                )
                return done(request, said, "workbench:charter", kept.uid)
            return render(request, "workbench/charter_editor.html", context)
        except Invalid as error:
            name_places(form, "text", error)
        except Conflict as error:
            form.add_error("text", error.detail)
    return render(request, "workbench/charter_editor.html", context, status=422)


@login_required
@require_http_methods(["GET", "POST"])
def activate(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Put a checked version into force from a day on."""
    found = _written(request, uid)
    verdict = policies.can_activate(me(request), found)
    form = ActivateForm(posted(request), initial={"effective_from": clock.today()})
    context = {
        "found": found,
        "form": form,
        "verdict": verdict,
        "title": _("Activate %(charter)s") % {"charter": found},
        "told": _("From that day on new cases are routed by it, and it is published."),
        "button": _("Activate"),
    }
    return _act(
        request,
        found,
        form,
        context,
        lambda given: authoring.activate(actor=me(request), charter=found, **given),
    )


@login_required
@require_http_methods(["GET", "POST"])
def retire(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take a version out of force, or withdraw one that never was."""
    found = _written(request, uid)
    verdict = policies.can_retire(me(request), found)
    form = RetireForm(posted(request))
    context = {
        "found": found,
        "form": form,
        "verdict": verdict,
        "title": _("Retire %(charter)s") % {"charter": found},
        "told": _("What was in force before it is in force again. Cases under it keep it to their end."),
        "button": _("Retire"),
    }
    return _act(
        request,
        found,
        form,
        context,
        lambda given: authoring.retire(actor=me(request), charter=found, **given),
    )


def _act(
    request: HttpRequest, found: AuthoredCharter, form: Any, context: dict[str, Any], act: Any
) -> HttpResponse:
    if form.is_bound and form.is_valid():
        try:
            if attempt(form, lambda: act(form.cleaned_data)) is True:
                return done(request, _("It is done."), "workbench:charter", found.uid)
        except Blocked as blocked:
            for sentence in blocked.blockers:
                form.add_error(None, sentence)
    if not form.is_bound and not context["verdict"]:
        return redirect("workbench:charter", found.uid)
    return render(request, "workbench/charter_act.html", context, status=422 if form.is_bound else 200)
