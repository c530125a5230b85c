"""Intermediaries that cases share, and what authorities outside the alliance are told of them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.errors import NotFound
from core.policies import require
from escalation import intermediaries
from escalation.models import LiaisonPackage
from escalation.policies import liaison as policies
from escalation.services import liaison
from pages.answers import posted
from pages.drawings.ties import ties
from pages.lists import page_of
from workbench.forms.liaison import FollowUpForm, PackageForm
from workbench.views.common import attempt, done, me

DRAWN = 24  # intermediaries in the picture; the table has all


@login_required
@require_GET
def watch(request: HttpRequest) -> HttpResponse:
    """Show which intermediaries cases of different members or exporters share."""
    user = me(request)
    require(policies.can_watch, user)
    watched = intermediaries.watched(user)
    context = {
        "watched": watched,
        "drawing": ties([(one.party.name, one.by_lead) for one in watched[:DRAWN]]),
        "more": len(watched) > DRAWN,
        "may_propose": policies.can_propose(user),
    }
    return render(request, "workbench/intermediaries.html", context)


def _packages(request: HttpRequest) -> Any:
    rows = LiaisonPackage.objects.visible_to(me(request))  # type: ignore[attr-defined]
    return rows.select_related("party", "proposed_by__authority", "released_by__authority")


def _found(request: HttpRequest, uid: UUID) -> LiaisonPackage:
    found: LiaisonPackage | None = _packages(request).filter(uid=uid).first()
    if found is None:
        raise NotFound()
    return found


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """List the packages, newest first."""
    require(policies.can_watch, me(request))
    return render(request, "workbench/liaison.html", {"page": page_of(request, _packages(request))})


@login_required
@require_http_methods(["GET", "POST"])
def write(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Make a package about an intermediary that cases share."""
    user = me(request)
    require(policies.can_propose, user)
    party = next((one.party for one in intermediaries.watched(user) if one.party.uid == uid), None)
    if party is None:
        raise NotFound()
    form = PackageForm(posted(request))
    made: list[LiaisonPackage] = []
    if form.is_bound and form.is_valid():

        def act() -> None:
            made.append(liaison.propose(actor=user, party=party, **form.cleaned_data))

        if attempt(form, act) is True:
            told = _("%(what)s is made and waits for a seat of another member.")
            return done(request, told % {"what": made[0].reference}, "workbench:liaison-package", made[0].uid)
    context = {"form": form, "party": party, "trade": liaison.titled(intermediaries.told_of(user, party))}
    return render(request, "workbench/liaison_new.html", context, status=422 if form.is_bound else 200)


@login_required
@require_http_methods(["GET", "POST"])
def package(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show one package to the letter; record its receipt, or withdraw it."""
    user, found = me(request), _found(request, uid)
    may_confirm, may_withdraw = policies.can_confirm(user, found), policies.can_withdraw(user, found)
    form = FollowUpForm(posted(request), may_confirm=bool(may_confirm), may_withdraw=bool(may_withdraw))
    if request.method == "POST" and not (may_confirm or may_withdraw):
        require(policies.can_withdraw, user, found)
    if form.is_bound and form.is_valid():
        text = form.cleaned_data["text"]

        def act() -> None:
            if form.cleaned_data["what"] == "received":
                liaison.confirm_receipt(actor=user, package=found, note=text)
            else:
                liaison.withdraw(actor=user, package=found, reason=text)

        if attempt(form, act, {"note": "text", "reason": "text"}) is True:
            return done(request, _("It is recorded."), "workbench:liaison-package", uid)
    context = {
        "found": found,
        "form": form,
        "downloads": found.downloads.select_related("person"),
        "can_release": policies.can_release(user, found),
        "can_fetch": policies.can_fetch(user, found),
        "can_confirm": may_confirm,
        "can_withdraw": may_withdraw,
    }
    return render(request, "workbench/liaison_package.html", context, status=422 if form.is_bound else 200)


@login_required
@require_POST
def release(request: HttpRequest, uid: UUID) -> HttpResponse:
    liaison.release(actor=me(request), package=_found(request, uid))
    return done(request, _("The package is released."), "workbench:liaison-package", uid)


@login_required
@require_POST
def fetch(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Hand the file out; who fetched it is recorded."""
    found = _found(request, uid)
    answer = HttpResponse(liaison.fetch(actor=me(request), package=found), content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="{found.reference}.json"'
    return answer
