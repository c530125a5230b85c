"""Licences of the exporter, and whether one is needed."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from alliance import selectors as alliance
from core.errors import EntenteError, NotFound
from licensing import conditions
from licensing.documents import licences as documents
from licensing.dossier import is_country
from licensing.models import Licence
from licensing.policies import changes as change_policies
from licensing.policies import consents as consent_policies
from licensing.policies import licences as policies
from licensing.selectors import licences as licence_selectors
from licensing.selectors.provisional import grant_of, shares
from licensing.selectors.standings import standing, standings
from licensing.services import changes, consents, credentials, licences
from members.selectors import jurisdictions
from pages.answers import posted, refuse
from portal.forms.answers import NeedForm, WidenForm
from portal.views.base import ExporterRequest, act_for, exporters_only, form_status


def own_licence(request: ExporterRequest, number: str) -> Licence:
    found = (
        Licence.objects.visible_to(request.user)  # type: ignore[attr-defined]
        .select_related(
            "issued_by",
            "case__application__mandate__agent",
            "case__application__replaces",
            "case__revision",
            "holder",
            "replaced_by",
        )
        .filter(number=number)
        .first()
    )
    if found is None:
        raise NotFound()
    licence: Licence = found
    act_for(request, licence.case.application)
    return licence


@require_safe
@exporters_only
def listing(request: ExporterRequest) -> HttpResponse:
    """The licences of the person's organisations."""
    found = Licence.objects.visible_to(request.user).select_related("issued_by", "case__application")  # type: ignore[attr-defined]
    shown = list(found[:200])
    now = standings(shown)
    rows = [(item, now[item.pk].status) for item in shown]
    return render(request, "portal/licences.html", {"rows": rows})


@require_safe
@exporters_only
def licence(request: ExporterRequest, number: str) -> HttpResponse:
    """One licence, with the ways to change it and to give it up."""
    found = own_licence(request, number)
    now = standing(found)
    context = {
        "licence": found,
        "status": now.status,
        "reason": now.reason,
        "conditions": [conditions.describe(entry) for entry in found.conditions],
        "grant": (grant := grant_of(found)),
        "shares": shares(grant) if grant else [],
        "may_change": now.status in changes.CHANGEABLE
        and not found.provisional
        and bool(change_policies.can_ask(request.user, found)),
        "may_surrender": licences.possible(found, "surrender")
        and bool(policies.can_surrender(request.user, found)),
        "pending": licence_selectors.pending(found),
        "former": found.case.application.replaces,
        "may_ask": consents.live(found) and bool(consent_policies.can_ask(request.user, found)),
        "consents": licence_selectors.consents(found),
    }
    return render(request, "portal/licence.html", context)


@exporters_only
def widen(request: ExporterRequest, number: str) -> HttpResponse:
    """Ask another member to let a licence hold there."""
    found = own_licence(request, number)
    others = jurisdictions().exclude(code__in=found.territory)
    form = WidenForm(posted(request), members=others)
    if request.method == "POST" and form.is_valid():
        try:
            consents.ask(actor=request.user, licence=found, **form.cleaned_data)
            messages.success(request, _("The member was asked. You are told when it has answered."))
            return redirect("portal:licence", number=number)
        except EntenteError as error:
            refuse(form, error)
    return render(
        request, "portal/licence_widen.html", {"form": form, "licence": found}, status=form_status(form)
    )


@require_safe
@exporters_only
def pdf(request: ExporterRequest, number: str) -> HttpResponse:
    """The licence as PDF/A."""
    found = own_licence(request, number)
    answer = HttpResponse(documents.pdf(found), content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{found.number}.pdf"'
    return answer


#: The signed forms that are offered: by their address, with the ending of the file and its media type.
DOWNLOADS = {
    "open": ("vc+jwt", "vc.jwt", "application/vc+jwt"),
    "selective": ("vc+sd-jwt", "sd.jwt", "application/vc+sd-jwt"),
    "customs": ("customs", "customs.sd.jwt", "application/vc+sd-jwt"),
}


@require_safe
@exporters_only
def credential(request: ExporterRequest, number: str, form: str) -> HttpResponse:
    """The licence as a credential that machines verify."""
    found = own_licence(request, number)
    if form not in DOWNLOADS:
        raise NotFound()
    name, ending, media_type = DOWNLOADS[form]
    answer = HttpResponse(credentials.signed(found, name), content_type=media_type)
    answer["Content-Disposition"] = f'attachment; filename="{found.number}.{ending}"'
    return answer


@require_safe
@exporters_only
def code(request: ExporterRequest, number: str) -> HttpResponse:
    """The code that a licence carries on paper, as a picture."""
    return HttpResponse(documents.code(own_licence(request, number)), content_type="image/svg+xml")


@exporters_only
def need(request: ExporterRequest) -> HttpResponse:
    """Whether an item needs a licence for a destination, as far as the rules in force tell."""
    form = NeedForm(request.GET or None)
    answer = None
    if form.is_bound and form.is_valid():
        code, country = (
            form.cleaned_data["control_code"].strip().upper(),
            form.cleaned_data["country"].upper(),
        )
        entry = alliance.control_entry(code)
        if entry is None:
            form.add_error("control_code", _("This code is not in the control list in force."))
        if not is_country(country):
            form.add_error("country", _("Use the two-letter ISO 3166 code, such as SG."))
        if entry is not None and not form.errors:
            answer = {"entry": entry, "country": alliance.country_facts(country)}
    return render(request, "portal/need.html", {"form": form, "answer": answer}, status=form_status(form))
