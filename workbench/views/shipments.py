"""Shipments as customs and officers see them: what is to leave, what is on its way, and deliveries to be judged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from core.errors import Blocked, Conflict, NotFound
from core.models import ref
from core.references import normalise_reference
from correspondence.models import Document
from enforcement import expectations, policies, selectors
from enforcement.models import DeliveryVerification, MonitorLink, Shipment
from enforcement.services import deliveries, monitors, shipments
from members.models import Role
from pages.answers import posted
from pages.lists import page_of
from pages.parts import Tab
from workbench.forms.crises import PressForm
from workbench.forms.shipments import JudgeForm, MonitorForm, StopForm
from workbench.views.common import attempt, done, me

VIEWS = {
    "waiting": gettext_lazy("To be judged"),
    "overdue": gettext_lazy("Unverified"),
    "declared": gettext_lazy("To leave"),
    "in_transit": gettext_lazy("In transit"),
    "all": gettext_lazy("All"),
}
#: What each act is called, done by, judged by and asked.
ACTS: dict[str, tuple[Any, Callable[..., object], Callable[..., Any], Any]] = {
    "depart": (gettext_lazy("It leaves now"), shipments.depart, policies.can_depart, PressForm),
    "stop": (gettext_lazy("Stop this shipment"), shipments.stop, policies.can_stop, StopForm),
    "accept": (gettext_lazy("Accept the confirmation"), deliveries.accept, policies.can_judge, JudgeForm),
    "reject": (gettext_lazy("Do not accept it"), deliveries.reject, policies.can_judge, JudgeForm),
    "monitor": (
        gettext_lazy("Ask a third-party monitor"),
        monitors.name,
        policies.can_name_monitor,
        MonitorForm,
    ),
    "send-link": (gettext_lazy("Send another link"), monitors.send_again, policies.can_end_link, PressForm),
    "revoke-link": (gettext_lazy("Revoke the link"), monitors.revoke, policies.can_end_link, PressForm),
}
LEAVING, JUDGING, LINKING = ("depart", "stop"), ("accept", "reject"), ("send-link", "revoke-link")


def _shipment(request: HttpRequest, reference: str) -> Shipment:
    rows = Shipment.objects.visible_to(me(request))  # type: ignore[attr-defined]
    found: Shipment | None = (
        rows.select_related("licence__holder", "licence__issued_by", "licence__case__revision", "leaves_from")
        .filter(reference=normalise_reference(reference))
        .first()
    )
    if found is None:
        raise NotFound()
    return found


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """List shipments: customs begin with what is to leave, others with deliveries to be judged."""
    user = me(request)
    first = "declared" if Role.CUSTOMS_OFFICER in user.roles else "waiting"
    view = request.GET.get("view", first)
    view = view if view in VIEWS else first
    counted = selectors.counts(user)
    page = page_of(request, selectors.listed(user, view))
    states = selectors.states(page.object_list)
    context = {
        "page": page,
        "rows": [(one, states[one.pk]) for one in page.object_list],
        "tabs": [Tab(label, f"?view={name}", name == view, counted[name]) for name, label in VIEWS.items()],
        "title": VIEWS[view],
        "inside": True,
    }
    return render(request, "workbench/shipments.html", context)


@login_required
@require_GET
def shipment(request: HttpRequest, reference: str) -> HttpResponse:
    """Show a shipment with what may be done about it, and what holds it up."""
    return _page(request, _shipment(request, reference))


def _waiting(verifications: list[DeliveryVerification]) -> DeliveryVerification | None:
    return next((one for one in verifications if one.status == DeliveryVerification.Status.CONFIRMED), None)


def _targets(
    found: Shipment, verifications: list[DeliveryVerification], links: list[MonitorLink]
) -> dict[str, Any]:
    """Return what each act would be done to, of those that there is anything to do about."""
    targets: dict[str, Any] = {}
    if found.status == Shipment.Status.DECLARED:
        targets |= dict.fromkeys(LEAVING, found)
    elif selectors.may_be_monitored(found, verifications):
        targets["monitor"] = found
    if waiting := _waiting(verifications):
        targets |= dict.fromkeys(JUDGING, waiting)
    if standing := next((one for one in links if one.used_at is None and one.revoked_at is None), None):
        standing.shipment = found
        targets |= dict.fromkeys(LINKING, standing)
    return targets


def _page(
    request: HttpRequest, found: Shipment, name: str = "", form: Any = None, status: int = 200
) -> HttpResponse:
    user = me(request)
    rows = found.verifications.select_related("shipment__licence", "judged_by", "monitor")
    verifications = list(rows.prefetch_related("lines__shipment_line__licence_line"))
    links = list(found.monitor_links.select_related("asked_by"))
    targets = _targets(found, verifications, links)
    allowed: list[tuple[str, Any, Any]] = []
    denied: dict[str, list[str]] = {}
    for key, (label, _service, policy, asked) in ACTS.items():
        target = targets.get(key)
        if target is None:
            continue
        verdict = policy(user, target)
        if verdict:
            shown = form if key == name and form is not None else asked(auto_id=f"{key}_%s")
            allowed.append((key, label, shown))
        else:
            denied.setdefault(verdict.reason, []).append(str(label))
    context = {
        "found": found,
        "form": form,
        "lines": found.lines.select_related("licence_line"),
        "parties": found.parties.all(),
        "verifications": verifications,
        "links": links,
        "judged": targets.get("accept"),
        "hits": selectors.resembling(user, found),
        "state": selectors.verification_state(found, verifications),
        "documents": Document.objects.visible_to(user).filter(aggregate=ref(found)),  # type: ignore[attr-defined]
        "blockers": selectors.holding_up(found) if found.status == Shipment.Status.DECLARED else [],
        "allowed": [row for row in allowed if row[0] not in (*LINKING, "monitor")],
        "linking": [row for row in allowed if row[0] in LINKING],
        "monitoring": [row for row in allowed if row[0] == "monitor"],
        "denied": denied,
        "days": expectations.VERIFY_WITHIN.amount,
        "inside": True,
    }
    return render(request, "workbench/shipment.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, reference: str, name: str) -> HttpResponse:
    """Let it leave, stop it, or judge its delivery; a refusal is shown on its own page."""
    found = _shipment(request, reference)
    if request.method == "GET":
        return redirect("workbench:shipment", found.reference)
    _label, service, _policy, asked = ACTS[name]
    form = asked(posted(request), auto_id=f"{name}_%s")
    target: dict[str, Any] = {"shipment": found}
    if name in JUDGING:
        rows = found.verifications.select_related("shipment__licence", "monitor")
        if number := request.POST.get("number", ""):  # the one that was read, where two wait
            rows = rows.filter(number=int(number)) if number.isdecimal() and len(number) < 5 else rows.none()
        waiting = _waiting(list(rows))
        if waiting is None:
            raise Conflict(_("No confirmation of this delivery waits to be judged."))
        target = {"verification": waiting}
    elif name in LINKING:
        link = found.monitor_links.open().first()  # type: ignore[attr-defined]
        if link is None:
            raise Conflict(_("No link of a monitor is open for this delivery."))
        target = {"link": link}
    if form.is_valid():
        try:
            if attempt(form, lambda: service(actor=me(request), **target, **form.cleaned_data)) is True:
                return done(request, _("It is done."), "workbench:shipment", found.reference)
        except Blocked as blocked:
            for sentence in blocked.blockers:
                form.add_error(None, sentence)
            return _page(request, _shipment(request, found.reference), name, form, 409)
    return _page(request, found, name, form, 422)
