"""Authorisations an exporter uses: which fits, registering, each use and its answer, reports."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from alliance import instruments
from alliance.models import Instrument
from core.errors import Conflict, Invalid, NotFound
from core.references import normalise_reference
from exemptions import instrument_policies as policies
from exemptions import instrument_selectors as selectors
from exemptions import registering, registration_reports
from exemptions.bench import Asked
from exemptions.judging import RULES
from exemptions.models import Authorisation, Registration, RegistrationReport, Use
from licensing import using
from members.models import Organisation
from pages.answers import posted, refuse
from pages.lists import page_of
from portal.forms.answers import ReasonForm
from portal.forms.authorisations import RegisterForm, ReportForm, UseForm, WhichForm, use_form
from portal.views.base import ExporterRequest, exporters_only, form_status

#: What each rule looks at, as the exporter reads it.
RULE_SENTENCES = {rule.__name__: " ".join((rule.__doc__ or "").split()) for rule in RULES}


def _own(request: ExporterRequest, reference: str) -> Registration:
    rows = Registration.objects.visible_to(request.user).filter(  # type: ignore[attr-defined]
        organisation__in=request.user.organisation_ids
    )
    found: Registration | None = (
        rows.select_related("organisation__jurisdiction", "instrument", "authorisation__declaration")
        .filter(reference=normalise_reference(reference))
        .first()
    )
    if found is None:
        raise NotFound()
    return found


def _own_use(request: ExporterRequest, reference: str) -> Use:
    rows = Use.objects.visible_to(request.user).filter(  # type: ignore[attr-defined]
        registration__organisation__in=request.user.organisation_ids
    )
    found: Use | None = (
        rows.select_related("registration__organisation__jurisdiction", "instrument")
        .filter(reference=normalise_reference(reference))
        .first()
    )
    if found is None:
        raise NotFound()
    return found


def _instrument(key: str) -> tuple[Instrument, instruments.Terms]:
    found = selectors.in_force(key)
    if found is None:
        raise NotFound()
    return found


def _organisation(request: ExporterRequest) -> Organisation:
    """The person's organisation: the one chosen, else the first of theirs."""
    own = Organisation.objects.visible_to(request.user).filter(pk__in=request.user.organisation_ids)
    chosen = (request.POST.get("organisation") or request.GET.get("organisation") or "")[:36]
    found = own.select_related("jurisdiction")
    picked = next((one for one in found if str(one.uid) == chosen), None) or found.first()
    assert picked is not None
    return picked


def _next(registration: Registration) -> RegistrationReport | None:
    return next((one for one in registration.reports.all() if one.filed_at is None), None)


@require_safe
@exporters_only
def listing(request: ExporterRequest) -> HttpResponse:
    """The registrations of the person's organisations with what falls due next, and which authorisation fits."""
    user = request.user
    rows = Registration.objects.visible_to(user).filter(organisation__in=user.organisation_ids)  # type: ignore[attr-defined]
    found = list(rows.select_related("instrument", "organisation").prefetch_related("reports")[:100])
    now = selectors.standings(found)
    form = WhichForm(request.GET if "control_codes" in request.GET else None)
    fits = None
    if form.is_bound and form.is_valid():
        member = _organisation(request).jurisdiction_id
        fits = selectors.fitting(member, form.codes(), form.cleaned_data["country"])
    context = {
        "rows": [(one, now[one.pk], _next(one)) for one in found],
        "form": form,
        "fits": fits,
        "may": [one for one in fits or [] if one.fits is not False],
        "may_not": [one for one in fits or [] if one.fits is False],
    }
    return render(request, "portal/registrations.html", context, status=form_status(form))


@exporters_only
def register(request: ExporterRequest, key: str) -> HttpResponse:
    """Read the terms of an authorisation and register for it."""
    row, terms = _instrument(key)
    organisation = _organisation(request)
    granted = None
    offered = []
    if terms.granted:
        rows = Authorisation.objects.visible_to(request.user).standing()  # type: ignore[attr-defined]
        rows = rows.filter(instrument__key=key).select_related("declaration", "holder")
        offered = [one for one in rows if not selectors.off(one, organisation.jurisdiction_id)]
        asked = request.POST.get("authorisation") or request.GET.get("authorisation") or ""
        granted = next((one for one in offered if one.reference == asked), offered[0] if offered else None)
    form = RegisterForm(posted(request), request.FILES or None, terms=terms)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data.get("document")
        try:
            made = registering.register(
                actor=request.user,
                organisation=organisation,
                instrument=row,
                undertakings=form.cleaned_data["undertakings"],
                authorisation=granted,
                programme=form.cleaned_data.get("programme", ""),
                document=(upload, upload.name) if upload else None,
            )
            messages.success(request, _("You are registered."))
            return redirect("portal:registration", made.reference)
        except (Invalid, Conflict) as error:
            refuse(form, error)
    context = {
        "terms": terms,
        "row": row,
        "form": form,
        "organisation": organisation,
        "granted": granted,
        "offered": offered,
        "can_register": policies.can_register(request.user, organisation),
        "open": terms.open_to(organisation.jurisdiction_id),
        "barred": selectors.barred(organisation.pk, key),
    }
    return render(request, "portal/register.html", context, status=form_status(form))


@require_safe
@exporters_only
def registration(request: ExporterRequest, reference: str) -> HttpResponse:
    """One registration: how it stands, its reports, its uses."""
    return _page(request, _own(request, reference))


def _page(request: ExporterRequest, found: Registration, form: Any = None, status: int = 200) -> HttpResponse:
    now = selectors.standing(found)
    bounds = selectors.bounds(found.authorisation, found.organisation.jurisdiction_id)
    context = {
        "found": found,
        "terms": registering.terms_now(found) or registering.terms_then(found),
        "now": now,
        "usable": now.active and not (bounds and bounds.off),
        "bounds": bounds,
        "reports": found.reports.all(),
        "next": _next(found),
        "uses": page_of(request, found.uses.all()),
        "can_end": policies.can_end(request.user, found),
        "form": form or ReasonForm(auto_id="end_%s"),
    }
    return render(request, "portal/registration.html", context, status=status)


@exporters_only
def end(request: ExporterRequest, reference: str) -> HttpResponse:
    """End a registration that is no longer needed."""
    found = _own(request, reference)
    if request.method != "POST":
        return redirect("portal:registration", found.reference)
    form = ReasonForm(request.POST, auto_id="end_%s")
    if form.is_valid():
        try:
            registering.end(actor=request.user, registration=found, **form.cleaned_data)
            messages.success(request, _("The registration has ended."))
            return redirect("portal:registration", found.reference)
        except Invalid as error:
            refuse(form, error)
    return _page(request, found, form, 422)


@exporters_only
def use(request: ExporterRequest, reference: str) -> HttpResponse:
    """Declare one export under an authorisation; what was declared before may be taken as a beginning."""
    found = _own(request, reference)
    terms = registering.terms_now(found) or registering.terms_then(found)
    before = request.GET.get("after", "")
    initial = UseForm.initial_of(Asked.of(_own_use(request, before).answers)) if before else {}
    form = use_form(terms)(posted(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            made = using.declare(actor=request.user, registration=found, asked=form.asked())
            return redirect("portal:use", made.reference)
        except Invalid as error:
            form.place(error)
    context = {"found": found, "terms": terms, "form": form, "now": selectors.standing(found)}
    return render(request, "portal/use_new.html", context, status=form_status(form))


@require_safe
@exporters_only
def answer(request: ExporterRequest, reference: str) -> HttpResponse:
    """What was answered to a use: recorded with what to do, refused with the rule and the next step, or waiting."""
    found = _own_use(request, reference)
    context = {
        "found": found,
        "terms": instruments.terms_of(found.instrument),
        "asked": Asked.of(found.answers),
        "holding": using.holding(found) if found.status == Use.Status.RECORDED else None,
        "findings": [(one, RULE_SENTENCES.get(one["rule"], "")) for one in found.findings],
        "steps": list(dict.fromkeys(one["next"] for one in found.findings)),
        "next_report": _next(found.registration),
    }
    return render(request, "portal/use.html", context)


@require_POST
@exporters_only
def apply_instead(request: ExporterRequest, reference: str) -> HttpResponse:
    """Start an application for a licence with the answers of a use."""
    found = _own_use(request, reference)
    application = using.apply_instead(actor=request.user, use=found)
    messages.success(request, _("An application has been started with your answers."))
    return redirect("portal:application", reference=application.reference)


@exporters_only
def report(request: ExporterRequest, reference: str) -> HttpResponse:
    """File the report that is due next."""
    found = _own(request, reference)
    due = _next(found)
    if due is None:
        raise Conflict(_("Every report of this registration has been filed."))
    form = ReportForm(posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            filed = registration_reports.file(actor=request.user, registration=found, **form.cleaned_data)
            text = _("Report %(number)d is filed. Its SHA-256 begins with %(hash)s.")
            messages.success(request, text % {"number": filed.number, "hash": filed.sha256[:12]})
            return redirect("portal:registration", found.reference)
        except Invalid as error:
            refuse(form, error)
    context = {
        "found": found,
        "due": due,
        "form": form,
        "recorded": registration_reports.recorded_in(found, due),
    }
    return render(request, "portal/registration_report.html", context, status=form_status(form))
