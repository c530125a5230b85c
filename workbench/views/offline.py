"""Offices without a network: tokens taken and printed, uses told, and what no token covers settled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import segno
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from core.errors import Conflict, NotCovered, NotFound
from core.policies import require
from enforcement import cover, policies, selectors
from enforcement.models import OfflineConflict, OfflineToken, OfflineUse
from enforcement.services import offline_tokens, reconciliation, uncovered
from licensing.conditions import describe
from licensing.credentials.claims import PRICED
from members.models import User
from pages.answers import posted
from pages.lists import page_of
from pages.parts import Tab
from workbench.forms.offline import BatchForm, ProposeForm, SettleForm, TokenForm, UseForm
from workbench.views.common import attempt, done, me

#: What each act on a conflict is called, done by, judged by and asked.
ACTS: dict[str, tuple[Any, Callable[..., object], Callable[..., Any], Any]] = {
    "propose": (
        gettext_lazy("Propose what becomes of it"),
        uncovered.propose,
        policies.can_propose,
        ProposeForm,
    ),
    "settle": (gettext_lazy("Agree"), uncovered.settle, policies.can_settle, SettleForm),
    "return": (gettext_lazy("Send it back"), uncovered.send_back, policies.can_settle, SettleForm),
    "refer": (
        gettext_lazy("Refer it as an infringement"),
        uncovered.refer,
        policies.can_refer,
        SettleForm,
    ),
}
VIEWS = {
    "waiting": gettext_lazy("To be settled"),
    "settled": gettext_lazy("Settled"),
    "all": gettext_lazy("All"),
}
PLACES = (
    ("workbench:offline-tokens", gettext_lazy("Tokens")),
    ("workbench:offline-uses", gettext_lazy("Uses told")),
    ("workbench:offline-conflicts", gettext_lazy("Not covered")),
)


def _places(current: str, waiting: int) -> list[Tab]:
    return [
        Tab(label, reverse(name), name == current, waiting if name.endswith("conflicts") else None)
        for name, label in PLACES
    ]


def _tokens(user: User) -> Any:
    rows = OfflineToken.objects.visible_to(user)  # type: ignore[attr-defined]
    return rows.select_related(
        "reservation__licence__issued_by", "reservation__licence__holder", "reservation__licence_line"
    )


def _frame(user: User, current: str) -> dict[str, Any]:
    rows = OfflineConflict.objects.visible_to(user)  # type: ignore[attr-defined]
    waiting = rows.filter(status__in=OfflineConflict.WAITING).count()
    return {"places": _places(f"workbench:{current}", waiting), "verdict": policies.can_report_use(user)}


def _zone(user: User) -> str:
    return str(user.authority.jurisdiction.timezone) if user.authority else "UTC"


@login_required
@require_GET
def tokens(request: HttpRequest) -> HttpResponse:
    """List the tokens of the officer's member, the last one first."""
    user = me(request)
    context = {**_frame(user, "offline-tokens"), "page": page_of(request, _tokens(user)), "zone": _zone(user)}
    return render(request, "workbench/offline_tokens.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def take(request: HttpRequest, number: str) -> HttpResponse:
    """Take a token of a licence for an office."""
    user, found = me(request), cover.found_for(me(request), number)
    require(policies.can_take_token, user, found)
    reasons = cover.standing_reasons(found, str(user.jurisdiction_code))
    left = [] if any(one.code == "not_valid_here" for one in reasons) else selectors.left_of(found)
    form, status = TokenForm(posted(request), left=left), 200
    if form.is_bound:
        status = 422
        if form.is_valid():
            made: list[OfflineToken] = []
            try:
                given = {"actor": user, "licence": found, **form.cleaned_data}
                if attempt(form, lambda: made.append(offline_tokens.take_token(**given))) is True:
                    told = _("%(number)s is taken. Print it, or take its file along.") % {
                        "number": made[0].number
                    }
                    return done(request, told, "workbench:offline-token", made[0].uid)
            except (Conflict, NotCovered) as refused:
                status = refused.status
                reasons_told = (
                    refused.reasons if isinstance(refused, NotCovered) else [{"detail": refused.detail}]
                )
                for one in reasons_told:
                    form.add_error(None, str(one["detail"]))
    context = {"licence": found, "form": form, "left": left, "reasons": reasons}
    return render(request, "workbench/offline_token_new.html", context, status=status)


def _token(request: HttpRequest, uid: UUID) -> OfflineToken:
    found: OfflineToken | None = _tokens(me(request)).filter(uid=uid).first()
    if found is None:
        raise NotFound()
    return found


@login_required
@require_GET
def token(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The sheet that a clerk takes along: what the token covers, in words and in its code."""
    found = _token(request, uid)
    licence = found.reservation.licence
    context = {
        "token": found,
        "one": found.reservation,
        "licence": licence,
        "code": segno.make(found.text, error="l", micro=False).svg_data_uri(scale=3, border=4),
        "conditions": [describe(one) for one in licence.conditions if one["code"] not in PRICED],
        "zone": _zone(me(request)),
        "uses": OfflineUse.objects.visible_to(me(request)).filter(token=found).select_related("conflict"),  # type: ignore[attr-defined]
        "may_release": policies.can_release(me(request), found.reservation),
    }
    return render(request, "workbench/offline_token.html", context)


@login_required
@require_safe
def file(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The token as a file, which `./entente verify-licence` takes."""
    found = _token(request, uid)
    answer = HttpResponse(found.text, content_type="application/jose")
    answer["Content-Disposition"] = f'attachment; filename="{found.number}.jwt"'
    return answer


@login_required
@require_http_methods(["GET", "POST"])
def uses(request: HttpRequest) -> HttpResponse:
    """List what was told, and tell one use or many."""
    user = me(request)
    batch = request.POST.get("how") == "batch"
    first = {"token": request.GET.get("token", "")}
    form = UseForm(None if batch else posted(request), zone=_zone(user), auto_id="use_%s", initial=first)
    many = BatchForm(posted(request) if batch else None, zone=_zone(user), auto_id="many_%s")
    bound: Any = many if batch else form
    if bound.is_bound:
        require(policies.can_report_use, user)
        if bound.is_valid():
            rows: list[OfflineUse] = []
            told = bound.cleaned_data["told"] if batch else [bound.told()]
            if attempt(bound, lambda: rows.extend(_report(user, told)), bound.named) is True:
                return _taken_in(request, rows)
    shown = OfflineUse.objects.visible_to(user).select_related("token", "conflict")  # type: ignore[attr-defined]
    context = {
        **_frame(user, "offline-uses"),
        "page": page_of(request, shown),
        "form": form,
        "many": many,
        "wrong": bound if bound.is_bound else None,
        "zone": _zone(user),
    }
    return render(request, "workbench/offline_uses.html", context, status=422 if bound.is_bound else 200)


def _report(user: User, told: list[reconciliation.Told]) -> list[OfflineUse]:
    return reconciliation.report_all(actor=user, told=told)


def _taken_in(request: HttpRequest, rows: list[OfflineUse]) -> HttpResponse:
    uncovered = [row.conflict for row in rows if hasattr(row, "conflict")]
    covered = sum(1 for row in rows if row.confirmed)
    if covered or not uncovered:
        told = ngettext("%(count)s use is confirmed.", "%(count)s uses are confirmed.", covered)
        messages.success(request, told % {"count": covered})
    if uncovered:
        told = ngettext(
            "%(count)s is not covered by a token, and has to be settled.",
            "%(count)s are not covered by a token, and have to be settled.",
            len(uncovered),
        )
        messages.warning(request, told % {"count": len(uncovered)})
    if len(rows) == 1 and uncovered:
        return redirect("workbench:offline-conflict", uncovered[0].uid)
    return redirect("workbench:offline-uses")


def _conflicts(user: User) -> Any:
    rows = OfflineConflict.objects.visible_to(user)  # type: ignore[attr-defined]
    return rows.select_related(
        "use__licence__holder", "use__licence__issued_by", "use__token__reservation", "use__jurisdiction"
    )


@login_required
@require_GET
def conflicts(request: HttpRequest) -> HttpResponse:
    """List what no token covers, what waits in front."""
    user = me(request)
    view = request.GET.get("view", "waiting")
    view = view if view in VIEWS else "all"
    rows = _conflicts(user)
    if view != "all":
        waits = {"status__in": OfflineConflict.WAITING}
        rows = rows.filter(**waits) if view == "waiting" else rows.exclude(**waits)
    context = {
        **_frame(user, "offline-conflicts"),
        "page": page_of(request, rows),
        "tabs": [Tab(label, f"?view={name}", name == view) for name, label in VIEWS.items()],
    }
    return render(request, "workbench/offline_conflicts.html", context)


def _conflict(request: HttpRequest, uid: UUID) -> OfflineConflict:
    found: OfflineConflict | None = (
        _conflicts(me(request)).select_related("proposed_by", "settled_by").filter(uid=uid).first()
    )
    if found is None:
        raise NotFound()
    return found


@login_required
@require_GET
def conflict(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show what was told, why no token covers it, and what may be done about it."""
    return _page(request, _conflict(request, uid))


def _page(
    request: HttpRequest, found: OfflineConflict, name: str = "", form: Any = None, status: int = 200
) -> HttpResponse:
    user, licence = me(request), found.use.licence
    allowed: list[tuple[str, Any, Any]] = []
    denied: dict[str, list[str]] = {}
    for key, (label, _service, policy, asked) in ACTS.items():
        verdict = policy(user, found)
        if verdict:
            allowed.append((key, label, form if key == name else asked(auto_id=f"{key}_%s")))
        elif found.status in OfflineConflict.WAITING:
            denied.setdefault(verdict.reason, []).append(str(label))
    left = (
        next((one for one in selectors.left_of(licence) if one.line.line == found.use.line), None)
        if licence
        else None
    )
    context = {
        "found": found,
        "use": found.use,
        "form": form,
        "left": left,
        "allowed": allowed,
        "denied": denied,
        "zone": found.use.jurisdiction.timezone,
    }
    return render(request, "workbench/offline_conflict.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, uid: UUID, name: str) -> HttpResponse:
    """Propose, agree, send back or refer; a refusal is shown on its own page."""
    found = _conflict(request, uid)
    if request.method == "GET":
        return redirect("workbench:offline-conflict", found.uid)
    _label, service, _policy, asked = ACTS[name]
    form, status = asked(posted(request), auto_id=f"{name}_%s"), 422
    if form.is_valid():
        try:
            given = {"actor": me(request), "conflict": found, **form.cleaned_data}
            if attempt(form, lambda: service(**given)) is True:
                return done(request, _("It is done."), "workbench:offline-conflict", found.uid)
        except Conflict as refused:
            status = refused.status
            told = (
                [str(one["detail"]) for one in refused.reasons]
                if isinstance(refused, NotCovered)
                else [refused.detail]
            )
            for text in told:
                form.add_error(None, text)
    return _page(request, _conflict(request, uid), name, form, status)
