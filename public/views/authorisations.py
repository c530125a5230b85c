"""The authorisations in force, with their conditions, for anyone to read."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from alliance import instruments, selectors
from alliance.models import Bundle
from alliance.use_facts import FACTS
from core.errors import NotFound
from exemptions.judging import RULES
from public.views.agreed import as_json, published


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """List what may be used without a decision on each case, and what every use is held against."""
    bundle = selectors.in_force(Bundle.Kind.AUTHORISATIONS)
    if as_json(request):
        facts = [{"name": fact.name, "type": fact.type, "sentence": fact.sentence} for fact in FACTS]
        return published(bundle, facts=facts)
    rows = [(row, instruments.terms_of(row)) for row in instruments.in_force()]
    context = {
        "bundle": bundle,
        "rows": rows,
        "rules": [" ".join((rule.__doc__ or "").split()) for rule in RULES],
        "facts": FACTS,
    }
    return render(request, "public/authorisations.html", context)


@require_safe
def authorisation(request: HttpRequest, key: str) -> HttpResponse:
    """One authorisation: what it covers, its rule, conditions and safeguards."""
    found = next((row for row in instruments.in_force() if row.key == key), None)
    if found is None:
        raise NotFound()
    if as_json(request):
        return JsonResponse(found.payload)
    context = {"row": found, "terms": instruments.terms_of(found), "bundle": found.bundle}
    return render(request, "public/authorisation.html", context)
