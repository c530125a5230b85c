"""A provisional grant: how much, until when, who confirms it, and refusing to."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.errors import NotFound
from escalation.services import provisional
from exemptions import allowances
from licensing.models import ProvisionalGrant
from licensing.selectors import provisional as selectors
from pages.answers import posted
from pages.parts import Step
from workbench.forms.cases import RefusalForm
from workbench.views.common import attempt, case_of, case_page, done, me


@login_required
@require_http_methods(["GET", "POST"])
def grant(request: HttpRequest, reference: str) -> HttpResponse:
    """Show what the clock granted on a case; whoever may confirm it can refuse to, with the reason."""
    case = case_of(request, reference)
    told = selectors.told(me(request), case)
    if told is None:
        raise NotFound()
    form = RefusalForm(posted(request))
    if form.is_bound and form.is_valid():
        reason = form.cleaned_data["reason"]

        def act() -> None:
            provisional.refuse(actor=me(request), grant=told.grant, reason=reason)

        if attempt(form, act) is True:
            said = _("The provisional grant is repealed; the case is on hold for people to decide.")
            return done(request, said, "workbench:provisional", case)
    context = {
        "told": told,
        "grant": told.grant,
        "form": form,
        "steps": _steps(told),
        "allowance": allowances.share_for(case.application.organisation),
    }
    return case_page(request, case, "decision", "provisional.html", context, 422 if form.is_bound else 200)


def _steps(told: selectors.Told) -> list[Step]:
    grant, pending = told.grant, told.pending
    over = grant.status == ProvisionalGrant.Status.REPEALED
    confirmed = grant.status == ProvisionalGrant.Status.CONFIRMED
    first = confirmed or pending is not None
    steps = [
        Step(_("Granted by the clock"), "done"),
        Step(_("Proposed by the lead"), "done" if first else "todo" if over else "now"),
    ]
    if over:
        return [*steps, Step(_("Repealed"), "done")]
    return [
        *steps,
        Step(_("Confirmed by another member"), "done" if confirmed else "now" if first else "todo"),
    ]
