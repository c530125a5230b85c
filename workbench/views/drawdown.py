"""Customs at the workbench: a licence found by its number, what is left of it, and what is drawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from core.errors import Conflict, NotCovered, NotFound
from enforcement import cover, policies, selectors
from enforcement.models import Reservation
from enforcement.services import drawdown
from licensing.models import Licence
from pages.answers import posted
from pages.drawings.drawdown import draw
from pages.lists import page_of
from pages.parts import Tab
from workbench.forms.drawdown import ConfirmForm, CorrectForm, FindForm, GiveBackForm, ReserveForm
from workbench.views.common import attempt, done, me

VIEWS = {
    "reserved": gettext_lazy("Reserved"),
    "confirmed": gettext_lazy("Drawn"),
    "expired": gettext_lazy("Lapsed"),
    "all": gettext_lazy("All"),
}
#: What each act is called, done by, judged by and asked.
ACTS: dict[str, tuple[Any, Callable[..., object], Callable[..., Any], Any]] = {
    "confirm": (
        gettext_lazy("Confirm what has left"),
        drawdown.confirm,
        policies.can_confirm_drawdown,
        ConfirmForm,
    ),
    "release": (gettext_lazy("Give it back"), drawdown.release, policies.can_release, GiveBackForm),
    "correct": (gettext_lazy("Set it right"), drawdown.adjust, policies.can_correct, CorrectForm),
    "cancel": (gettext_lazy("Cancel all of it"), drawdown.cancel, policies.can_correct, GiveBackForm),
}
SHOWN = ("licence__issued_by", "licence__case", "licence_line", "shipment")


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Find a licence by its number, and list what is reserved and drawn."""
    user = me(request)
    form, status = FindForm(request.GET if "licence" in request.GET else None), 200
    if form.is_bound and form.is_valid():
        licence = cover.presented(user, form.cleaned_data["licence"])
        if licence is not None:
            return redirect("workbench:draw", licence.number)
        form.add_error(
            "licence", _("No licence of that number is known here: nothing covers goods under it.")
        )
    if form.is_bound:
        status = 422
    view = request.GET.get("view", "reserved")
    view = view if view in VIEWS else "all"
    rows = Reservation.objects.visible_to(user).select_related(*SHOWN)  # type: ignore[attr-defined]
    if view != "all":
        rows = rows.standing_as([view])
    context = {
        "form": form,
        "verdict": policies.can_reserve(user),
        "page": page_of(request, rows.prefetch_related("lines")),
        "tabs": [Tab(label, f"?view={name}", name == view) for name, label in VIEWS.items()],
        "inside": True,
    }
    return render(request, "workbench/drawdown.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def licence(request: HttpRequest, number: str) -> HttpResponse:
    """Show what is left of a licence, and reserve of it; where it does not hold, that alone is told."""
    user = me(request)
    found = cover.found_for(user, number)
    left = selectors.left_of(found)
    form = ReserveForm(posted(request), left=left)
    status = 200
    if form.is_bound:
        status = 422
        if form.is_valid():
            try:
                if attempt(form, lambda: _reserve(request, found, form)) is True:
                    return done(request, _("It is reserved."), "workbench:draw", found.number)
            except (Conflict, NotCovered) as refused:
                status = refused.status
                for told in _told(refused):
                    form.add_error(None, told)
    seen = Licence.objects.visible_to(user).filter(pk=found.pk).exists()  # type: ignore[attr-defined]
    reasons = cover.standing_reasons(found, str(user.jurisdiction_code))
    rows = Reservation.objects.visible_to(user).filter(licence=found).select_related(*SHOWN)  # type: ignore[attr-defined]
    context = {
        "licence": found,
        "seen": seen,
        "reasons": reasons if seen else [one for one in reasons if one.code == "not_valid_here"],
        "left": left,
        "bars": draw(left),
        "form": form,
        "verdict": policies.can_draw(user, found),
        "rows": rows.prefetch_related("lines")[:200],
        "days": drawdown.HELD_FOR.amount // 24,
        "inside": True,
    }
    return render(request, "workbench/drawdown_licence.html", context, status=status)


def _reserve(request: HttpRequest, found: Licence, form: ReserveForm) -> None:
    drawdown.reserve(actor=me(request), licence=found, **form.cleaned_data)


def _told(refused: Conflict) -> list[str]:
    if isinstance(refused, NotCovered):
        return [str(one["detail"]) for one in refused.reasons]
    return [refused.detail]


def _reservation(request: HttpRequest, uid: UUID) -> Reservation:
    rows = Reservation.objects.visible_to(me(request)).select_related("licence__holder", *SHOWN)  # type: ignore[attr-defined]
    found: Reservation | None = rows.filter(uid=uid).first()
    if found is None:
        raise NotFound()
    return found


@login_required
@require_GET
def reservation(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show a reservation with the lines of its ledger and what may be done about it."""
    return _page(request, _reservation(request, uid))


def _page(
    request: HttpRequest, found: Reservation, name: str = "", form: Any = None, status: int = 200
) -> HttpResponse:
    allowed: list[tuple[str, Any, Any]] = []
    denied: dict[str, list[str]] = {}
    for key, (label, _service, policy, asked) in ACTS.items():
        verdict = policy(me(request), found)
        if verdict:
            first = {"quantity": f"{(found.drawn or found.quantity).normalize():f}"}
            shown = form if key == name and form is not None else asked(auto_id=f"{key}_%s", initial=first)
            allowed.append((key, label, shown))
        else:
            denied.setdefault(verdict.reason, []).append(str(label))
    context = {
        "one": found,
        "form": form,
        "lines": found.lines.all(),
        "allowed": allowed,
        "denied": denied,
        "inside": True,
    }
    return render(request, "workbench/reservation.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, uid: UUID, name: str) -> HttpResponse:
    """Confirm, give back, set right or cancel; a refusal is shown on its own page."""
    found = _reservation(request, uid)
    if request.method == "GET":
        return redirect("workbench:reservation", found.uid)
    _label, service, _policy, asked = ACTS[name]
    form, status = asked(posted(request), auto_id=f"{name}_%s"), 422
    if form.is_valid():
        try:
            if (
                attempt(form, lambda: service(actor=me(request), reservation=found, **form.cleaned_data))
                is True
            ):
                return done(request, _("It is done."), "workbench:reservation", found.uid)
        except Conflict as refused:
            status = refused.status
            for told in _told(refused):
                form.add_error(None, told)
    return _page(request, _reservation(request, uid), name, form, status)
