"""Pre-shipment checks: asked for, performed by an inspector, withdrawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from core.errors import Invalid, NotFound
from core.policies import require
from core.references import normalise_reference
from enforcement import policies, selectors
from enforcement.models import PreShipmentCheck
from enforcement.services import checks
from licensing.models import Licence
from members.models import Organisation, User
from pages.answers import posted
from pages.lists import page_of
from workbench.forms.shipments import CheckForm, PerformForm, WithdrawForm
from workbench.views.common import attempt, done, me

ACTS: dict[str, tuple[Any, Callable[..., object], Callable[..., Any], Any]] = {
    "perform": (gettext_lazy("Say what was found"), checks.perform, policies.can_perform_check, PerformForm),
    "withdraw": (
        gettext_lazy("Withdraw this check"),
        checks.withdraw,
        policies.can_withdraw_check,
        WithdrawForm,
    ),
}


def _check(request: HttpRequest, reference: str) -> PreShipmentCheck:
    rows = PreShipmentCheck.objects.visible_to(me(request))  # type: ignore[attr-defined]
    found: PreShipmentCheck | None = (
        rows.select_related("member", "licence__holder", "provider", "asked_by", "ended_by")
        .filter(reference=normalise_reference(reference))
        .first()
    )
    if found is None:
        raise NotFound()
    return found


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """List the checks of the officer's member, those that wait in front."""
    user = me(request)
    rows = PreShipmentCheck.objects.visible_to(user).select_related("licence", "provider", "member")  # type: ignore[attr-defined]
    page = page_of(request, rows.order_by("status", "-asked_at", "-pk"))  # asked, performed, withdrawn
    context = {"page": page, "may_ask": policies.can_ask_check(user)}
    return render(request, "workbench/checks.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for a check of one licence, one exporter or one destination."""
    user = me(request)
    require(policies.can_ask_check, user)
    form = CheckForm(posted(request), initial={"of": "licence", "licence": request.GET.get("licence", "")})
    if form.is_bound and form.is_valid():
        made: list[PreShipmentCheck] = []

        def act() -> None:
            target = _target(user, form.cleaned_data)
            made.append(checks.ask(actor=user, reason=form.cleaned_data["reason"], **target))

        if attempt(form, act) is True:
            told = _("%(reference)s waits for an inspector. Nothing it bears on leaves until it is passed.")
            return done(
                request, told % {"reference": made[0].reference}, "workbench:check", made[0].reference
            )
    return render(request, "workbench/check_new.html", {"form": form}, status=422 if form.is_bound else 200)


def _target(user: User, answers: dict[str, Any]) -> dict[str, Any]:
    if answers["of"] == "licence":
        rows = Licence.objects.visible_to(user)  # type: ignore[attr-defined]
        licence = rows.filter(number=normalise_reference(answers["licence"])[:20]).first()
        if licence is None:
            raise Invalid.field("licence", _("No licence you may see has this number."))
        return {"licence": licence}
    if answers["of"] == "provider":
        found = Organisation.objects.visible_to(user).filter(registration_number=answers["provider"].strip())  # type: ignore[attr-defined]
        provider = found.first()
        if provider is None:
            raise Invalid.field("provider", _("No exporter you may see has this number."))
        return {"provider": provider}
    return {"destination": answers["destination"].upper()}


@login_required
@require_GET
def check(request: HttpRequest, reference: str) -> HttpResponse:
    """Show a check: what it is of, what it holds up, and what was found."""
    return _page(request, _check(request, reference))


def _page(
    request: HttpRequest, found: PreShipmentCheck, name: str = "", form: Any = None, status: int = 200
) -> HttpResponse:
    user = me(request)
    allowed: list[tuple[str, Any, Any]] = []
    denied: dict[str, list[str]] = {}
    for key, (label, _service, policy, asked) in ACTS.items():
        verdict = policy(user, found)
        if verdict:
            allowed.append((key, label, form if key == name else asked(auto_id=f"{key}_%s")))
        elif found.status == PreShipmentCheck.Status.ASKED:
            denied.setdefault(verdict.reason, []).append(str(label))
    seen = selectors.shown(user).filter(pk__in=[one.pk for one in checks.declared_under(found)])
    context = {
        "found": found,
        "form": form,
        "allowed": allowed,
        "denied": denied,
        "held_up": seen.order_by("planned_departure", "pk")[:50] if found.blocks else [],
    }
    return render(request, "workbench/check.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, reference: str, name: str) -> HttpResponse:
    """Perform or withdraw a check; a refusal is shown on its own page."""
    found = _check(request, reference)
    if request.method == "GET":
        return redirect("workbench:check", found.reference)
    _label, service, _policy, asked = ACTS[name]
    form = asked(posted(request), auto_id=f"{name}_%s")
    if (
        form.is_valid()
        and attempt(form, lambda: service(actor=me(request), check=found, **form.cleaned_data)) is True
    ):
        return done(request, _("It is done."), "workbench:check", found.reference)
    return _page(request, found, name, form, 422)
