"""Licences that machines read: judging one, what its terms mean, and a page that judges without a network."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from licensing.credentials import forms
from licensing.credentials.checking import Finding
from licensing.credentials.verdicts import STATES, VERDICTS
from licensing.models import Party
from licensing.selectors.credentials import judged
from members import issuing, selectors
from members.models import Role
from members.services.keys import signing_keys
from pages.geography import country_name
from public import offline
from public.forms import CredentialForm, NumberForm
from public.limits import at_most
from public.terms import TERMS
from public.views.issuers import open_to_all


@csrf_exempt  # nothing is kept and no session acts: a token would only set a cookie at a door that sets none
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@partial(at_most, 60)
def check(request: HttpRequest) -> HttpResponse:
    """Judge a credential that was pasted or sent as a file; nothing of it is kept."""
    if request.method != "POST":
        return redirect("public:verify")
    form = CredentialForm(request.POST, request.FILES)
    if not form.is_valid():
        context = {"form": NumberForm(), "credential_form": form}
        return render(request, "public/verify.html", context, status=422)
    found = judged(form.cleaned_data["text"], _where(request, form))
    return render(request, "public/credential.html", told(found))


def _where(request: HttpRequest, form: CredentialForm) -> str:
    """The member it is asked for; customs who are signed in ask for their own."""
    user: Any = request.user
    own = user.jurisdiction_code if user.is_authenticated and Role.CUSTOMS_OFFICER in user.roles else ""
    return str(form.cleaned_data["member"] or own or "")


def told(found: Finding) -> dict[str, Any]:
    """Return what the page shows of a verdict: what the credential says only where its signature holds."""
    subject = found.claims.get("credentialSubject", {})
    roles = {role: str(label).lower() for role, label in Party.Role.choices}
    parties = [(roles.get(one["role"], one["role"]), one) for one in subject.get("parties", [])]
    return {
        "found": found,
        "verdict": VERDICTS[found.code],
        "on_record": found.code in STATES and found.code != "unknown",
        "subject": subject,
        "issuer": country_name(str(found.claims.get("issuer", ""))[-2:].upper()) if found.claims else "",
        "valid_from": str(found.claims.get("validFrom", ""))[:16].replace("T", " "),
        "valid_until": str(found.claims.get("validUntil", ""))[:16].replace("T", " "),
        "parties": [(_("holder"), subject["holder"]), *parties] if "holder" in subject else [],
        "lines": subject.get("items", []),
        "evidence": found.claims.get("evidence", []),
    }


@require_safe
def terms(request: HttpRequest) -> HttpResponse:
    """What each term of a credential means, where keys and status are published, and how one is verified."""
    members = [(one, issuing.did_of(one.code)) for one in selectors.jurisdictions()]
    explained = [(f"{kind}.{term}", said) for kind, inside in TERMS.items() for term, said in inside.items()]
    context = {
        "terms": explained,
        "members": members,
        "verdicts": VERDICTS.items(),
        "purposes": forms.PURPOSES,
    }
    return render(request, "public/credentials.html", context)


@require_safe
@open_to_all
@cache_control(public=True, max_age=86400)
def context(request: HttpRequest) -> HttpResponse:
    """The JSON-LD context of our terms; it never changes under this address."""
    return HttpResponse(forms.context_file("licence-v1.jsonld"), content_type="application/ld+json")


@require_safe
@open_to_all
@cache_control(public=True, max_age=86400)
def dossier_context(request: HttpRequest) -> HttpResponse:
    """The JSON-LD context of a dossier, by which the JSON that exporters file is linked data; it never changes
    under this address."""
    return HttpResponse(forms.context_file("dossier-v1.jsonld"), content_type="application/ld+json")


@require_safe
@cache_control(public=True, max_age=300)
def verifier(request: HttpRequest) -> HttpResponse:
    """The page that judges licences without a network, with the keys of every member in it, as one file."""
    signing_keys()
    answer = HttpResponse(offline.page(issuing.all_keys()), content_type="text/html; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="entente-verifier.html"'
    return answer
