"""Decisions of several members that take effect together: proposed, agreed by a second seat, withdrawn."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from alliance.models import Declaration
from core.errors import NotFound
from core.policies import require
from core.references import normalise_reference
from escalation import joint as together
from escalation.models import JointEffect
from escalation.policies import joint as policies
from escalation.services import joint as services
from pages import lists
from pages.answers import posted
from workbench.forms.cases import ReasonForm
from workbench.forms.joint import ASKED, JointEffectForm
from workbench.views.common import attempt, done, me


def _effect(request: HttpRequest, reference: str) -> JointEffect:
    rows = JointEffect.objects.visible_to(me(request))  # type: ignore[attr-defined]
    found: JointEffect | None = (
        rows.select_related(
            "declaration", "proposed_by", "agreed_by", "ended_by", "proposed_for", "agreed_for"
        )
        .filter(reference=normalise_reference(reference))
        .first()
    )
    if found is None:
        raise NotFound()
    return found


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """List the joint effects the person may read, the newest first."""
    user = me(request)
    rows = JointEffect.objects.visible_to(user).select_related("declaration")  # type: ignore[attr-defined]
    context = {"page": lists.page_of(request, rows, size=30), "may_propose": policies.can_propose(user)}
    return render(request, "workbench/situation/joint_list.html", context)


@login_required
@require_GET
def effect(request: HttpRequest, reference: str) -> HttpResponse:
    """Show one: its instant in each member's time, its cases and what was decided on them."""
    user, found = me(request), _effect(request, reference)
    acts = [
        (_("Agree to it"), "workbench:agree-joint-effect", policies.can_agree(user, found), True),
        (_("Withdraw it"), "workbench:withdraw-joint-effect", policies.can_withdraw(user, found), False),
    ]
    context = {
        "found": found,
        "clocks": together.local_times(found),
        "told": together.told(user, found),
        "acts": acts,
        "offered": any(verdict for _label, _page, verdict, _at_once in acts),
    }
    return render(request, "workbench/situation/joint.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def propose(request: HttpRequest) -> HttpResponse:
    """Propose that what is decided on some cases takes effect at one instant."""
    user = me(request)
    require(policies.can_propose, user)
    crises = Declaration.objects.visible_to(user).in_force()  # type: ignore[attr-defined]
    form = JointEffectForm(posted(request), crises=crises)
    if form.is_bound and form.is_valid():
        made: list[JointEffect] = []

        def act() -> None:
            made.append(services.propose(actor=user, **form.arguments()))

        if attempt(form, act, ASKED) is True:
            told = _("It waits for a seat of another member.")
            return done(request, told, "workbench:joint-effect", made[0].reference)
    status = 422 if form.is_bound else 200
    context = {"form": form, "crises": form.crises}
    return render(request, "workbench/situation/joint_new.html", context, status=status)


@login_required
@require_POST
def agree(request: HttpRequest, reference: str) -> HttpResponse:
    found = _effect(request, reference)
    services.agree(actor=me(request), effect=found)
    told = _("What is decided on these cases takes effect together.")
    return done(request, told, "workbench:joint-effect", found.reference)


@login_required
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, reference: str) -> HttpResponse:
    found = _effect(request, reference)
    form = ReasonForm(posted(request))
    if form.is_bound and form.is_valid():
        reason = form.cleaned_data["reason"]
        if attempt(form, lambda: services.withdraw(actor=me(request), effect=found, reason=reason)) is True:
            return done(request, _("It is withdrawn."), "workbench:joint-effect", found.reference)
    context = {"found": found, "form": form, "verdict": policies.can_withdraw(me(request), found)}
    status = 422 if form.is_bound else 200
    return render(request, "workbench/situation/joint_withdraw.html", context, status=status)
