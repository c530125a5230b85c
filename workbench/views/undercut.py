"""One denial that a case resembles: how they compare, what its member says, why a grant all the same."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from core.errors import NotFound
from core.models import ref
from deadlines import services as deadlines
from licensing.models import UndercutCheck
from licensing.policies import undercut as policies
from licensing.services import undercut
from pages.answers import posted
from workbench.forms.denials import AnswerForm, ExplainForm
from workbench.views.common import attempt, case_of, case_page, done, me

PARTS = {
    "item": gettext_lazy("Item"),
    "party": gettext_lazy("End-user or consignee"),
    "destination": gettext_lazy("Destination"),
    "quantity": gettext_lazy("Quantity"),
}
OUTCOMES = {
    "same": (gettext_lazy("Same"), "red"),
    "near": (gettext_lazy("Resembles"), "orange"),
    "differs": (gettext_lazy("Differs"), "green"),
    "unknown": (gettext_lazy("Not told"), "grey"),
}


def compared(row: UndercutCheck) -> list[dict[str, Any]]:
    """Return the parts of a comparison as pages show them."""
    return [
        {
            "name": PARTS.get(part["name"], part["name"]),
            "label": OUTCOMES[part["outcome"]][0],
            "colour": OUTCOMES[part["outcome"]][1],
            "sentence": part["sentence"],
        }
        for part in row.matched
    ]


def _check(request: HttpRequest, uid: UUID) -> UndercutCheck:
    rows = UndercutCheck.objects.visible_to(me(request))  # type: ignore[attr-defined]
    related = ("case", "denial__jurisdiction", "jurisdiction", "answered_by", "explained_by")
    found: UndercutCheck | None = (
        rows.select_related(*related).prefetch_related("denial__named__sharedparty").filter(uid=uid).first()
    )
    if found is None:
        raise NotFound()
    found.case = case_of(request, found.case.reference)
    return found


@login_required
@require_http_methods(["GET", "POST"])
def check(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show the comparison; the member that denied answers here, and the lead explains."""
    row, user = _check(request, uid), me(request)
    if row.status == UndercutCheck.Status.IDENTICAL:
        return _explain(request, row)
    form = AnswerForm(posted(request), may_withdraw=bool(policies.can_withdraw_denial(user, row)))
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        if attempt(form, lambda: undercut.answer(actor=user, check=row, **given)) is True:
            return done(request, _("Your answer is recorded."), "workbench:undercut", row.uid)
    return _page(request, row, form, policies.can_answer(user, row), _("Record the answer"))


def _explain(request: HttpRequest, row: UndercutCheck) -> HttpResponse:
    user = me(request)
    form = ExplainForm(posted(request))
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        if attempt(form, lambda: undercut.explain(actor=user, check=row, **given)) is True:
            return done(request, _("The explanation is recorded."), "workbench:undercut", row.uid)
    return _page(request, row, form, policies.can_explain(user, row), _("Record the explanation"))


def _page(request: HttpRequest, row: UndercutCheck, form: Any, verdict: Any, button: str) -> HttpResponse:
    timers = (due for due in deadlines.open_of(ref(row.case)) if due.subject == ref(row))
    open_ones = (UndercutCheck.Status.ASKED, UndercutCheck.Status.IDENTICAL)
    context = {
        "row": row,
        "parts": compared(row),
        "form": form,
        "verdict": verdict,
        "asks": row.status in open_ones and not row.explanation,
        "button": button,
        "timer": next(timers, None),
    }
    status = 422 if form.is_bound else 200
    return case_page(request, row.case, "consultations", "undercut.html", context, status=status)
