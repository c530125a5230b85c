"""Changing, extending, replacing and giving up a licence, as its holder; and its history."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core.errors import EntenteError, NotFound
from enforcement.selectors import left_of
from licensing.models import LicenceChange
from licensing.policies import changes as policies
from licensing.policies import licences as licence_policies
from licensing.selectors import changes as selectors
from licensing.selectors import editions
from licensing.selectors.standings import standing
from licensing.services import changes, licences, replacing
from licensing.services.licences import possible
from pages.answers import posted, refuse
from portal.forms.answers import ReasonForm
from portal.forms.changes import AmendForm, ExtendForm
from portal.views.base import ExporterRequest, exporters_only, form_status
from portal.views.licences import own_licence


@require_safe
@exporters_only
def change(request: ExporterRequest, number: str) -> HttpResponse:
    """The ways to change a licence, each with what it is for and why it may not be gone now."""
    found = own_licence(request, number)
    context = {"licence": found, "offered": selectors.offered(found), "most": changes.longest(found)}
    return render(request, "portal/licence_change.html", context)


@exporters_only
def extend(request: ExporterRequest, number: str) -> HttpResponse:
    """Ask that a licence be valid for longer."""
    found = own_licence(request, number)
    form = ExtendForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            made = changes.ask_extension(actor=request.user, licence=found, **form.cleaned_data)
            return _asked(request, made)
        except EntenteError as error:
            refuse(form, error)
    context = {
        "form": form,
        "licence": found,
        "refused": changes.why_not(found, "extension"),
        "most": changes.longest(found),
        "others": [code for code in found.territory if code != found.issued_by_id],
    }
    return render(request, "portal/licence_extend.html", context, status=form_status(form))


@exporters_only
def amend(request: ExporterRequest, number: str) -> HttpResponse:
    """Ask that a licence say something else, field by field."""
    found = own_licence(request, number)
    form = AmendForm(posted(request), present=changes.present(found))
    if request.method == "POST" and form.is_valid():
        try:
            asked = {"changes": form.wanted(), "reason": form.cleaned_data["reason"]}
            return _asked(request, changes.ask_amendment(actor=request.user, licence=found, **asked))
        except EntenteError as error:
            error.fields = form.placed(error.fields)
            refuse(form, error)
    context = {"form": form, "licence": found, "refused": changes.why_not(found, "amendment")}
    return render(request, "portal/licence_amend.html", context, status=form_status(form))


def _asked(request: ExporterRequest, made: LicenceChange) -> HttpResponse:
    messages.success(request, _("It is asked for. You are told when it is decided."))
    return redirect("portal:licence-change", reference=made.reference)


@exporters_only
def replace(request: ExporterRequest, number: str) -> HttpResponse:
    """Start an application that is to replace a licence, filled in from it."""
    found = own_licence(request, number)
    if request.method == "POST":
        draft = replacing.start(actor=request.user, licence=found)
        messages.success(
            request, _("The application is filled in from the licence. Change what is to change.")
        )
        return redirect("portal:application", reference=draft.reference)
    context = {"licence": found, "offered": selectors.offered(found), "left": left_of(found)}
    return render(request, "portal/licence_replace.html", context)


@exporters_only
def give_up(request: ExporterRequest, number: str) -> HttpResponse:
    """Ask whether to give a licence up, with what is open under it, then do so."""
    found = own_licence(request, number)
    form = ReasonForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            licences.surrender(actor=request.user, licence=found, reason=form.cleaned_data["reason"])
            messages.success(request, _("The licence is surrendered."))
            return redirect("portal:licence", number=number)
        except EntenteError as error:
            refuse(form, error)
    may = possible(found, "surrender") and bool(licence_policies.can_surrender(request.user, found))
    context = {
        "form": form,
        "licence": found,
        "may": may,
        "status": standing(found).status,
        "left": left_of(found),
    }
    return render(request, "portal/licence_give_up.html", context, status=form_status(form))


@require_safe
@exporters_only
def history(request: ExporterRequest, number: str) -> HttpResponse:
    """Every edition of a licence with what it changed, and what else became of it."""
    found = own_licence(request, number)
    context = {
        "licence": found,
        "editions": editions.history(request.user, found),
        "events": editions.became(request.user, found),
        "requests": list(found.changes.all()[:50]),
    }
    return render(request, "portal/licence_history.html", context)


@exporters_only
def request_for_change(request: ExporterRequest, reference: str) -> HttpResponse:
    """Where a request stands; while nobody has decided it can be taken back."""
    rows = LicenceChange.objects.visible_to(request.user).filter(reference=reference)  # type: ignore[attr-defined]
    found = rows.select_related("licence__issued_by", "licence__case").first()
    if found is None:
        raise NotFound()
    if request.method == "POST":
        changes.withdraw(actor=request.user, change=found)
        messages.success(request, _("You have taken it back. The licence stays as it is."))
        return redirect("portal:licence", number=found.licence.number)
    context = {
        "change": found,
        "licence": found.licence,
        "differences": editions.shown(found),
        "consents": selectors.consents(found),
        "may_withdraw": policies.can_withdraw(request.user, found),
    }
    return render(request, "portal/licence_request.html", context)
