"""Emergency requests: which there are, and their triage."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from core.errors import NotFound
from licensing.models import EmergencyRequest
from licensing.policies import emergencies as policies
from licensing.selectors import emergencies as selectors
from licensing.services import emergencies
from pages.answers import posted
from pages.lists import page_of
from workbench.forms.emergencies import TriageForm
from workbench.views.common import attempt, case_of, case_page, done, me


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """List what waits for a triage, the soonest due first, and what became of the others."""
    rows = selectors.listed(me(request))
    waiting = rows.filter(status=EmergencyRequest.Status.REQUESTED)
    done_with = rows.exclude(status=EmergencyRequest.Status.REQUESTED).order_by("-requested_at")
    context = {"waiting": waiting[:200], "page": page_of(request, done_with)}
    return render(request, "workbench/emergencies.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def triage(request: HttpRequest, reference: str) -> HttpResponse:
    """Read an emergency request, and accept or decline it."""
    case = case_of(request, reference)
    found = selectors.of_case(case)
    if found is None:
        raise NotFound()
    found.case = case
    form = TriageForm(posted(request))
    if form.is_bound and form.is_valid():
        accept = form.cleaned_data["outcome"] == "accepted"

        def act() -> None:
            emergencies.triage(
                actor=me(request), request=found, accept=accept, answer=form.cleaned_data["answer"]
            )

        if attempt(form, act) is True:
            told = (
                _("Accepted: the criteria move the case into the crisis lane.")
                if accept
                else _("Declined: the case goes its ordinary way, and the exporter reads why.")
            )
            return done(request, told, "workbench:case", reference)
    context = {
        "found": found,
        "asked": selectors.asked(case),
        "form": form,
        "verdict": policies.can_triage(me(request), found),
    }
    return case_page(request, case, "case", "emergency.html", context, 422 if form.is_bound else 200)
