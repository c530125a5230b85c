"""The register of risk appetite: thresholds with their history, changes that are voted on, and one's vote."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from alliance import appetite_policies as policies
from alliance import deliberating, register
from alliance.models import ThresholdChange
from core import clock
from core.errors import NotFound
from core.references import normalise_reference
from members.selectors import jurisdictions
from pages.answers import posted
from pages.drawings import threshold as drawing
from workbench.forms.appetite import ChangeForm, VoteForm
from workbench.forms.crises import ReasonForm
from workbench.views.common import attempt, done, me

MOST = 50


def _rows(request: HttpRequest) -> Any:
    rows = ThresholdChange.objects.visible_to(me(request))  # type: ignore[attr-defined]
    return rows.select_related("proposed_for", "proposed_by__authority", "withdrawn_by__authority")


def _change(request: HttpRequest, reference: str) -> ThresholdChange:
    found: ThresholdChange | None = (
        _rows(request)
        .prefetch_related("votes__jurisdiction", "votes__cast_by")
        .filter(reference=normalise_reference(reference)[:20])
        .first()
    )
    if found is None:
        raise NotFound()
    return found


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """List the thresholds in force, by which minute, and the votes that are open or were."""
    context = {
        "entries": register.entries(me(request)),
        "changes": register.titled(_rows(request)[:MOST]),
        "may_propose": policies.can_propose(me(request)),
    }
    return render(request, "workbench/appetite.html", context)


@login_required
@require_GET
def entry(request: HttpRequest, scenario: str, threshold: str) -> HttpResponse:
    """Show a threshold: what reads it, what it was and is, and the votes on it."""
    found = register.entry(me(request), (scenario, threshold))
    context = {
        "entry": found,
        "picture": picture_of(found),
        "changes": register.titled(_rows(request).filter(scenario=scenario, threshold=threshold)[:MOST]),
        "may_propose": policies.can_propose(me(request)),
    }
    return render(request, "workbench/threshold.html", context)


def picture_of(found: register.Entry) -> drawing.Stairs:
    """Return the picture of a threshold over time."""
    return drawing.draw([(step.since, step.value) for step in found.steps], clock.today(), _("none"))


@login_required
@require_http_methods(["GET", "POST"])
def propose(request: HttpRequest, scenario: str, threshold: str) -> HttpResponse:
    """Propose to change a threshold, with the minute that speaks of it."""
    user, found = me(request), register.entry(me(request), (scenario, threshold))
    form = ChangeForm(posted(request), entry=found)
    if form.is_bound and form.is_valid():
        kept: list[ThresholdChange] = []

        def act() -> None:
            given = form.cleaned_data
            kept.append(deliberating.propose(actor=user, scenario=scenario, threshold=threshold, **given))

        if attempt(form, act) is True:
            return done(
                request,
                _("The members are asked for their votes."),
                "workbench:threshold-change",
                kept[0].reference,
            )
    if not form.is_bound and not policies.can_propose(user):
        return redirect("workbench:threshold", scenario, threshold)
    context = {"entry": found, "form": form}
    return render(request, "workbench/threshold_propose.html", context, status=422 if form.is_bound else 200)


@login_required
@require_GET
def change(request: HttpRequest, reference: str) -> HttpResponse:
    """Show a change with its minute, how each member voted, and what one may do about it."""
    user, found = me(request), _change(request, reference)
    offers = [
        (_("Vote for your member"), "workbench:vote-threshold", policies.can_vote(user, found)),
        (_("Withdraw it"), "workbench:withdraw-threshold", policies.can_withdraw(user, found)),
    ]
    context = {
        "found": found,
        "scenario": register.title_of(found.scenario),
        "offers": [(label, page) for label, page, verdict in offers if verdict],
        "denied": [(label, verdict.reason) for label, _page, verdict in offers if not verdict],
        **register.told(found, jurisdictions()),
    }
    return render(request, "workbench/threshold_change.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def vote(request: HttpRequest, reference: str) -> HttpResponse:
    """Say for one's member whether it is for a change."""
    user, found = me(request), _change(request, reference)
    own = next((row for row in found.votes.all() if row.jurisdiction_id == user.jurisdiction_code), None)
    form = VoteForm(posted(request), initial={"choice": own.choice, "reason": own.reason} if own else None)
    context = {
        "title": _("Vote for your member"),
        "told": _("Until the vote closes, another word takes the place of this one."),
        "button": _("Vote"),
        "verdict": policies.can_vote(user, found),
    }
    return _act(
        request, found, form, context, _("Your member’s vote is kept."),
        lambda: deliberating.vote(actor=user, change=found, **form.cleaned_data),
    )  # fmt: skip


@login_required
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, reference: str) -> HttpResponse:
    """Take back a change that one's member proposed."""
    user, found = me(request), _change(request, reference)
    form = ReasonForm(posted(request))
    context = {
        "title": _("Withdraw the change"),
        "told": _("Nothing comes of the vote. The register keeps it, with the votes that were cast."),
        "button": _("Withdraw the change"),
        "verdict": policies.can_withdraw(user, found),
    }
    return _act(
        request, found, form, context, _("The change is withdrawn."),
        lambda: deliberating.withdraw(actor=user, change=found, **form.cleaned_data),
    )  # fmt: skip


def _act(
    request: HttpRequest, found: ThresholdChange, form: Any, context: dict[str, Any], said: str, act: Any
) -> HttpResponse:
    if form.is_bound and form.is_valid() and attempt(form, act) is True:
        return done(request, said, "workbench:threshold-change", found.reference)
    if not form.is_bound and not context["verdict"]:
        return redirect("workbench:threshold-change", found.reference)
    context |= {"found": found, "form": form, "scenario": register.title_of(found.scenario)}
    return render(request, "workbench/threshold_act.html", context, status=422 if form.is_bound else 200)
