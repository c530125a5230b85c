"""Mandates: given to agents, held from exporters; giving, answering and ending them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core.errors import EntenteError, Forbidden, Invalid, NotFound
from core.models import ref
from core.references import normalise_reference
from correspondence.models import Document
from licensing.selectors.mandates import filed_under
from licensing.services import agents
from members import mandate_policies as policies
from members import services
from members.models import Mandate, Mandated, Organisation
from pages.answers import posted, refuse
from pages.lists import page_of
from portal.forms.mandates import GiveMandateForm, PaperForm, WhyForm
from portal.views.base import ExporterRequest, exporters_only, form_status


def _own(request: ExporterRequest, reference: str) -> Mandate:
    """Return a mandate that one of the person's organisations gave or holds; NotFound for any other."""
    rows = Mandate.objects.visible_to(request.user).select_related(
        "principal__jurisdiction", "agent__jurisdiction", "given_by", "answered_by", "ended_by"
    )
    found = rows.filter(reference=normalise_reference(reference)).first()
    if found is None:
        raise NotFound()
    return found


@require_safe
@exporters_only
def listing(request: ExporterRequest) -> HttpResponse:
    """The mandates that the person's organisations hold and have given, each with how it stands now."""
    rows = Mandate.objects.visible_to(request.user).select_related("principal__jurisdiction", "agent")
    held = rows.filter(agent__in=request.user.organisation_ids)
    given = rows.filter(principal__in=request.user.organisation_ids)
    context = {
        "held": page_of(request, held, key="held"),
        "given": page_of(request, given, key="given"),
        "can_give": any(policies.can_give(request.user, one) for one in _administered(request)),
    }
    return render(request, "portal/mandates.html", context)


def _administered(request: ExporterRequest) -> list[Organisation]:
    own = Organisation.objects.visible_to(request.user).filter(pk__in=request.user.administers)
    return list(own.select_related("jurisdiction"))


@require_http_methods(["GET", "HEAD", "POST"])
@exporters_only
def give(request: ExporterRequest) -> HttpResponse:
    """Offer a mandate to an agent."""
    own = _administered(request)
    if not own:
        raise Forbidden(_("Only an administrator of the organisation can do this."))
    form = GiveMandateForm(posted(request), request.FILES or None, principals=own)
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data.get("principal", str(own[0].uid))
        try:
            made = _give(request, form, next(one for one in own if str(one.uid) == chosen))
        except EntenteError as error:
            if not error.fields:
                raise
            refuse(form, error)
        else:
            messages.success(
                request, _("The mandate waits for the agent's answer. You are told when it comes.")
            )
            return redirect("portal:mandate", made.reference)
    verdicts = [policies.can_give(request.user, one) for one in own]
    refused = "" if any(verdicts) else verdicts[0].reason
    context = {"form": form, "refused": refused}
    return render(request, "portal/mandate_give.html", context, status=form_status(form))


def _give(request: ExporterRequest, form: GiveMandateForm, principal: Organisation) -> Mandate:
    agent = services.find_agent(
        jurisdiction=form.cleaned_data["jurisdiction"].pk,
        registration_number=form.cleaned_data["registration_number"],
    )
    upload = form.cleaned_data["file"]
    return agents.give_with_paper(
        actor=request.user,
        principal=principal,
        agent=agent,
        upload=upload,
        filename=(upload.name or "") if upload else "",
        **form.arguments(),
    )


@require_safe
@exporters_only
def mandate(request: ExporterRequest, reference: str) -> HttpResponse:
    """One mandate: what it lets whom do until when, what comes next, and what was filed under it."""
    return _page(request, _own(request, reference))


def _page(request: ExporterRequest, found: Mandate, **forms: Any) -> HttpResponse:
    documents = Document.objects.visible_to(request.user).filter(aggregate=ref(found))  # type: ignore[attr-defined]
    mine = found.principal_id in request.user.organisation_ids
    context = {
        "found": found,
        "standing": found.standing(),
        "documents": documents,
        "filed": filed_under(found),
        "readable": mine or found.pk in request.user.mandated(),
        "can_answer": policies.can_answer(request.user, found),
        "can_end": policies.can_end(request.user, found),
        "can_attach": policies.can_attach(request.user, found),
        "can_start": policies.can_use(request.user, found, Mandated.DRAFT),
        "mine": mine,
        "why": forms.get("why", WhyForm()),
        "paper": forms.get("paper", PaperForm()),
        "form": forms.get("why") or forms.get("paper"),
    }
    return render(request, "portal/mandate.html", context, status=422 if forms else 200)


@require_POST
@exporters_only
def accept(request: ExporterRequest, reference: str) -> HttpResponse:
    found = services.accept_mandate(actor=request.user, mandate=_own(request, reference))
    messages.success(request, _("The mandate is accepted."))
    return redirect("portal:mandate", found.reference)


@require_POST
@exporters_only
def decline(request: ExporterRequest, reference: str) -> HttpResponse:
    return _with_reason(request, reference, services.decline_mandate, _("The mandate is declined."))


@require_POST
@exporters_only
def end(request: ExporterRequest, reference: str) -> HttpResponse:
    return _with_reason(request, reference, services.end_mandate, _("The mandate has ended."))


def _with_reason(request: ExporterRequest, reference: str, act: Any, told: str) -> HttpResponse:
    found = _own(request, reference)
    form = WhyForm(request.POST)
    if form.is_valid():
        try:
            act(actor=request.user, mandate=found, reason=form.cleaned_data["reason"])
            messages.success(request, told)
            return redirect("portal:mandate", found.reference)
        except Invalid as error:
            refuse(form, error)
    return _page(request, found, why=form)


@require_POST
@exporters_only
def attach(request: ExporterRequest, reference: str) -> HttpResponse:
    """Put the signed document beside it."""
    found = _own(request, reference)
    form = PaperForm(request.POST, request.FILES)
    if form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            agents.attach_paper(actor=request.user, mandate=found, upload=upload, filename=upload.name or "")
            messages.success(request, _("The document is attached."))
            return redirect("portal:mandate", found.reference)
        except Invalid as error:
            form.add_error("file", error.detail)
    return _page(request, found, paper=form)
