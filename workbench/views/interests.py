"""A case's two interests side by side: what speaks for each, who signed; and the ruling on its ground."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core import clock
from core.errors import NotFound
from escalation.policies import situation
from licensing.models import Case, Key
from licensing.policies import interests as policies
from licensing.selectors import backlog
from licensing.selectors import cases as case_selectors
from licensing.selectors import interests as selectors
from licensing.services import interests
from members.models import User
from pages.answers import posted
from workbench import lane_desk
from workbench.forms.interests import KeyForm, RulingForm
from workbench.views.common import attempt, case_of, case_page, done, me


def _of_aid(request: HttpRequest, reference: str) -> Case:
    case = case_of(request, reference)
    if not case.aid:
        raise NotFound()
    return case


def _sides(user: User, case: Case) -> dict[str, Any]:
    """What speaks for each interest, and who has signed."""
    found = selectors.interests_in(case)
    for key in (found.humanitarian, found.security):
        if key is not None:
            key.may_take_back = policies.can_take_back(user, key)  # type: ignore[attr-defined]
    return {
        "found": found,
        "costs": backlog.costs(case, clock.now()),
        "assessment": case_selectors.assessment_of(case),
        "may_sign": policies.can_sign(user, found.two_keys) if found.two_keys else None,
        "may_rule": policies.can_rule(user, case),
        "waits_for_ruling": policies.waits_for_ruling(case),
    }


@login_required
@require_http_methods(["GET", "POST"])
def overview(request: HttpRequest, reference: str) -> HttpResponse:
    """Show both interests side by side, and sign for one's own."""
    user, case = me(request), _of_aid(request, reference)
    sides = _sides(user, case)
    form = KeyForm(posted(request), mine=policies.interests_of(user))
    two_keys = sides["found"].two_keys
    if form.is_bound and two_keys is None:
        raise NotFound()
    if form.is_bound and form.is_valid():

        def act() -> None:
            interests.sign(actor=user, two_keys=two_keys, **form.cleaned_data)

        if attempt(form, act) is True:
            return done(request, _("Your key is signed."), "workbench:interests", reference)
    status = 422 if form.is_bound else 200
    return case_page(request, case, "interests", "interests.html", {**sides, "form": form}, status)


@login_required
@require_POST
def take_back(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Take one's own key back."""
    user = me(request)
    own = Key.objects.visible_to(user).filter(uid=uid)  # type: ignore[attr-defined]
    key: Key | None = own.select_related("two_keys__case").first()
    if key is None:
        raise NotFound()
    interests.take_back(actor=user, key=key)
    reference = key.two_keys.case.reference
    return done(
        request, _("Your key is taken back. A grant waits for it again."), "workbench:interests", reference
    )


@login_required
@require_http_methods(["GET", "POST"])
def ruling(request: HttpRequest, reference: str) -> HttpResponse:
    """Rule on a humanitarian ground that no rule of the table decided."""
    user, case = me(request), _of_aid(request, reference)
    form = RulingForm(posted(request))
    if form.is_bound and form.is_valid():
        accept = form.cleaned_data["outcome"] == "accepted"

        def act() -> None:
            interests.rule_on_ground(
                actor=user,
                case=case,
                accept=accept,
                reasons=form.cleaned_data["reasons"],
                legal_basis=form.cleaned_data["legal_basis"],
            )

        if attempt(form, act) is True:
            told = (
                _("Accepted: the criteria choose its way anew.")
                if accept
                else _("Not accepted: the case goes its ordinary way, and the exporter reads why.")
            )
            return done(request, told, "workbench:interests", reference)
    context = {**_sides(user, case), "form": form, "verdict": policies.can_rule(user, case)}
    return case_page(request, case, "interests", "ruling.html", context, 422 if form.is_bound else 200)


@login_required
@require_GET
def desk(request: HttpRequest) -> HttpResponse:
    """Show the humanitarian lane: what waits, who is on duty, gaps ahead, and how long it takes."""
    return render(
        request,
        "workbench/aid.html",
        {**lane_desk.desk(user := me(request)), "in_the_room": situation.can_watch(user)},
    )
