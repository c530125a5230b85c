"""Proposing, countersigning and sending back decisions."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from core.errors import NotFound, Stale
from licensing import guards
from licensing.models import Case, Decision
from licensing.policies import decisions as policies
from licensing.selectors import cases as selectors
from licensing.services import decisions
from pages.answers import posted
from pages.forms import EntenteForm
from workbench.forms.cases import ReasonForm
from workbench.forms.decisions import DecisionForm
from workbench.views.common import attempt, case_of, case_page, done, me, refusal_of, reseen, texts_of


def _in_words(row: Any) -> Any:
    """Add to a decision its codes as a person reads them."""
    row.terms = selectors.described(row.conditions)
    row.cited = [decisions.CRITERIA[code] for code in row.criteria if code in decisions.CRITERIA]
    row.ground = decisions.CRITERIA.get(row.ground_code, "")
    return row


@login_required
@require_GET
def decision(request: HttpRequest, reference: str) -> HttpResponse:
    """Show what was decided, or each decision that could be proposed with what stands in its way."""
    case = case_of(request, reference)
    user = me(request)
    rows = list(case.decisions.select_related("proposed_by", "countersigned_by", "revision"))
    for row in rows:
        row.case = case
        _in_words(row)
    pending = next((row for row in rows if row.status == Decision.Status.PROPOSED), None)
    merged = guards.merged_conditions(case)
    context = {
        "decisions": rows,
        "pending": pending,
        "may_countersign": policies.can_countersign(user, pending) if pending else None,
        "pending_blockers": guards.blockers(case, pending.kind) if pending else [],
        "verdict": policies.can_propose(user, case),
        "kinds": [
            {"kind": kind, "label": kind.label, "blockers": guards.blockers(case, kind)}
            for kind in Decision.Kind
        ]
        if case.is_open
        else [],
        "terms": selectors.described(merged.conditions),
    }
    return case_page(request, case, "decision", "decision.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def propose(request: HttpRequest, reference: str, kind: str) -> HttpResponse:
    """Propose a decision of one kind."""
    if kind not in Decision.Kind.values:
        raise NotFound()
    case = case_of(request, reference)
    last = decisions.last_proposal(case)
    form = DecisionForm(posted(request), case=case, kind=kind, initial={"seen": last.uid if last else ""})
    outcome: Stale | bool = False
    if form.is_bound and form.is_valid():
        given, asked = form.arguments()
        outcome = attempt(
            form,
            lambda: decisions.propose(actor=me(request), case=case, **given),
            lambda errors: form.named(errors, asked),
        )
        if outcome is True:
            told = _("The decision waits for its countersignature.")
            return done(request, told, "workbench:decision", case)
        if isinstance(outcome, Stale):
            last = decisions.last_proposal(case)
            reseen(form, last.uid if last else "")
    context = {
        "form": form,
        "kind": Decision.Kind(kind),
        "verdict": policies.can_propose(me(request), case),
        "blockers": guards.blockers(case, kind),
        "terms": selectors.described(guards.merged_conditions(case).conditions),
        "grants": kind in guards.GRANTS,
        **texts_of(outcome),
    }
    status = refusal_of(outcome) if form.is_bound else 200
    return case_page(request, case, "decision", "propose.html", context, status)


def _decision(request: HttpRequest, uid: UUID) -> tuple[Decision, Case]:
    found = selectors.decision(me(request), uid)
    case = case_of(request, found.case.reference)
    found.case = case
    return found, case


@login_required
@require_http_methods(["GET", "POST"])
def countersign(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Read a proposed decision once more and let it take effect."""
    found, case = _decision(request, uid)
    if request.method == "POST":
        decisions.countersign(actor=me(request), decision=found)
        return done(request, _("The decision is taken and takes effect."), "workbench:decision", case)
    context = {
        "form": EntenteForm(),
        "decision": _in_words(found),
        "blockers": guards.blockers(case, found.kind),
        "verdict": policies.can_countersign(me(request), found),
    }
    return case_page(request, case, "decision", "countersign_decision.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def send_back(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Send a proposed decision back to its proposer."""
    found, case = _decision(request, uid)
    form = ReasonForm(posted(request))
    if form.is_bound and form.is_valid():
        remark = form.cleaned_data["reason"]

        def act() -> None:
            decisions.send_back(actor=me(request), decision=found, remark=remark)

        if attempt(form, act) is True:
            return done(request, _("The decision is back with its proposer."), "workbench:decision", case)
    context = {
        "form": form,
        "title": _("Send the decision back"),
        "button": _("Send back"),
        "verdict": policies.can_countersign(me(request), found),
    }
    return case_page(request, case, "decision", "act.html", context, 422 if form.is_bound else 200)
