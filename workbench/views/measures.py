"""The library of prepared measures: what can be declared, who is prepared, and writing and agreeing on new sets."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from alliance import adopting, charter_text, crisis_policies, library, measures, preparing, selectors
from alliance.models import Preparedness, PreparedSet
from core.errors import Conflict, Invalid, NotFound
from core.policies import require
from escalation.simulating import dry_run
from members.models import User
from members.selectors import jurisdictions
from pages.answers import posted
from workbench.forms.charters import MeasuresForm
from workbench.forms.crises import LawForm, PressForm, ReasonForm
from workbench.views.common import attempt, done, me, name_places


def _written(request: HttpRequest, uid: UUID) -> PreparedSet:
    rows = PreparedSet.objects.visible_to(me(request))  # type: ignore[attr-defined]
    found: PreparedSet | None = (
        rows.select_related("author__authority", "agreed_by", "retired_by").filter(uid=uid).first()
    )
    if found is None:
        raise NotFound()
    return found


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """List the sets that can be declared with who is prepared, and every version that was written here."""
    user = me(request)
    members = list(jurisdictions())
    standing = adopting.standing_words()
    context = {
        "library": [
            (
                one,
                [m.name for m in members if (m.code, one.set.key, one.set.version) in standing],
                [m.name for m in members if (m.code, one.set.key, one.set.version) not in standing],
            )
            for one in library.library()
        ],
        "scenarios": selectors.scenarios(),
        "written": PreparedSet.objects.visible_to(user).select_related("author"),  # type: ignore[attr-defined]
        "may_author": crisis_policies.can_author(user),
    }
    return render(request, "workbench/measures.html", context)


def _own(user: User, one: library.Prepared) -> Preparedness | None:
    return adopting.standing_words().get((str(user.jurisdiction_code), one.set.key, one.set.version))


@login_required
@require_GET
def in_library(request: HttpRequest, key: str) -> HttpResponse:
    """Show a set that can be declared: measures, exit plan, who is prepared, and its dry run on today's cases."""
    user, one = me(request), library.prepared(key)
    standing = adopting.standing_words()
    context = {
        "one": one,
        "set": one.set,
        "scenario": selectors.scenarios().get(one.set.scenario),
        "members": [
            (member, standing.get((member.code, one.set.key, one.set.version))) for member in jurisdictions()
        ],
        "own": _own(user, one),
        "may_prepare": crisis_policies.can_state_preparedness(user),
        "may_author": crisis_policies.can_author(user),
        "may_declare": crisis_policies.can_declare(user),
        "rows": [(row, None) for row in dry_run(one.set, measures.Scope())] if "dry" in request.GET else None,
        "text": charter_text.write(dict(one.payload)),
    }
    return render(request, "workbench/measures_in_library.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def prepare(request: HttpRequest, key: str) -> HttpResponse:
    """Say that one's member is prepared for a set, by which national instrument."""
    user, one = me(request), library.prepared(key)
    form = LawForm(posted(request))
    if form.is_bound and form.is_valid():
        law = form.cleaned_data["legal_reference"]

        def act() -> None:
            adopting.state_preparedness(actor=user, set_key=key, legal_reference=law)

        if attempt(form, act) is True:
            return done(
                request, _("Your member is prepared for these measures."), "workbench:measures-of", key
            )
    context = {
        "title": _("Prepare for %(set)s") % {"set": one.set.title},
        "told": _("Your member adopts this version in the instant in which it is declared."),
        "button": _("Your member is prepared"),
        "form": form,
        "back": one.set.key,
    }
    if not form.is_bound and not crisis_policies.can_state_preparedness(user):
        return redirect("workbench:measures-of", key)
    return render(request, "workbench/measures_act.html", context, status=422 if form.is_bound else 200)


@login_required
@require_POST
def unprepare(request: HttpRequest, key: str) -> HttpResponse:
    """Take the word back that one's member is prepared."""
    user, one = me(request), library.prepared(key)
    require(crisis_policies.can_state_preparedness, user)
    word = _own(user, one)
    if word is None:
        raise Conflict(_("Your member has not said that it is prepared."))
    adopting.withdraw_preparedness(actor=user, preparedness=word)
    return done(
        request, _("Your member is no longer prepared for these measures."), "workbench:measures-of", key
    )


@login_required
@require_GET
def written(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show a version that was written here: its state and who may do what with it."""
    user, found = me(request), _written(request, uid)
    context = {
        "found": found,
        "set": measures.parse(found.payload),
        "scenario": selectors.scenarios().get(found.payload["scenario"]),
        "text": found.text,
        "acts": [
            (_("Change it"), "workbench:edit-measures", crisis_policies.can_edit(user, found)),
            (_("Agree on it"), "workbench:agree-measures", crisis_policies.can_agree(user, found)),
            (_("Retire it"), "workbench:retire-measures", crisis_policies.can_retire(user, found)),
        ],
    }
    return render(request, "workbench/measures_written.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def write(request: HttpRequest) -> HttpResponse:
    """Write a new set, or a new version of one that is in the library (`?from=key`)."""
    require(crisis_policies.can_author, me(request))
    key = request.GET.get("from", "")
    initial = charter_text.write(dict(library.prepared(key).payload)) if key else ""
    return _editor(request, None, initial)


@login_required
@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Change a draft of one's own."""
    found = _written(request, uid)
    require(crisis_policies.can_edit, me(request), found)
    return _editor(request, found, found.text)


def _editor(request: HttpRequest, found: PreparedSet | None, initial: str) -> HttpResponse:
    form = MeasuresForm(posted(request), request.FILES or None, initial={"text": initial})
    context: dict[str, Any] = {"form": form, "found": found}
    if not form.is_bound:
        return render(request, "workbench/measures_editor.html", context)
    if form.is_valid():
        text = form.cleaned_data["text"]
        try:
            context["set"], _payload = preparing.read(text)
            if request.POST.get("act") == "check":
                return render(request, "workbench/measures_editor.html", context)
            kept = preparing.write(actor=me(request), text=text, prepared=found)
            return done(
                request,
                _("The draft is kept. Another member agrees on it."),
                "workbench:measures-written",
                kept.uid,
            )
        except Invalid as error:
            name_places(form, "text", error)
        except Conflict as error:
            form.add_error("text", error.detail)
    return render(request, "workbench/measures_editor.html", context, status=422)


@login_required
@require_http_methods(["GET", "POST"])
def agree(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Put a draft into the library."""
    user, found = me(request), _written(request, uid)
    form = PressForm(posted(request))
    told = _("From now on it can be declared. Members say for themselves whether they are prepared for it.")
    return _act(
        request, found, form, crisis_policies.can_agree(user, found), _("Agree on %(set)s"), told,
        lambda: preparing.agree(actor=user, prepared=found),
    )  # fmt: skip


@login_required
@require_http_methods(["GET", "POST"])
def retire(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take a set out of the library, or withdraw a draft."""
    user, found = me(request), _written(request, uid)
    form = ReasonForm(posted(request))
    told = _("Crises that were declared with it keep it.")
    return _act(
        request, found, form, crisis_policies.can_retire(user, found), _("Retire %(set)s"), told,
        lambda: preparing.retire(actor=user, prepared=found, **form.cleaned_data),
    )  # fmt: skip


def _act(
    request: HttpRequest, found: PreparedSet, form: Any, verdict: Any, title: str, told: str, act: Any
) -> HttpResponse:
    if form.is_bound and form.is_valid() and attempt(form, act) is True:
        return done(request, _("It is done."), "workbench:measures-written", found.uid)
    if not form.is_bound and not verdict:
        return redirect("workbench:measures-written", found.uid)
    context = {
        "title": title % {"set": f"{found.title} ({found.version})"},
        "told": told,
        "button": title % {"set": found.key},
        "form": form,
        "found": found,
    }
    return render(request, "workbench/measures_act.html", context, status=422 if form.is_bound else 200)
