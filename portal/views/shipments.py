"""Shipments of the exporter: declared under a licence, let go, and their delivery confirmed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core.errors import Blocked, Conflict, EntenteError, Invalid, NotFound
from core.models import ref
from core.policies import require
from core.references import normalise_reference
from correspondence.models import Document
from enforcement import expectations, policies, selectors
from enforcement.models import Reservation, Shipment
from enforcement.services import deliveries, monitors, shipments
from exemptions import allowances
from licensing.models import Licence
from members.models import Organisation
from pages.answers import posted, refuse
from pages.drawings.drawdown import draw
from portal.forms.shipments import CancelForm, DeliveryForm, MonitorForm, ShipmentForm
from portal.views.base import ExporterRequest, act_for, exporters_only, form_status
from portal.views.licences import own_licence

#: What is done with the link of a monitor.
LINK_ACTS = {"send-link": monitors.send_again, "revoke-link": monitors.revoke}


def _own(request: ExporterRequest, reference: str) -> Shipment:
    rows = Shipment.objects.visible_to(request.user).filter(licence__in=_licences(request))  # type: ignore[attr-defined]
    found: Shipment | None = (
        rows.select_related(
            "licence__holder",
            "licence__issued_by",
            "licence__case__revision",
            "leaves_from",
            "licence__case__application__mandate__agent",
        )
        .filter(reference=normalise_reference(reference))
        .first()
    )
    if found is None:
        raise NotFound()
    act_for(request, found.licence.case.application)
    return found


def _licences(request: ExporterRequest) -> Any:
    """The licences whose shipments are here: those of the person's organisations, and under mandates they hold."""
    return Licence.objects.visible_to(request.user).read_as_exporter(request.user)  # type: ignore[attr-defined]


@require_safe
@exporters_only
def listing(request: ExporterRequest) -> HttpResponse:
    """The shipments of the person's organisations, with the allowance their record gives."""
    rows = selectors.shown(request.user).filter(licence__in=_licences(request))
    shown = list(rows[:200])
    states = selectors.states(shown)
    own = Organisation.objects.visible_to(request.user).filter(pk__in=request.user.organisation_ids)  # type: ignore[attr-defined]
    context = {
        "rows": [(one, states[one.pk]) for one in shown],
        "shares": [(one, allowances.share_for(one)) for one in own.order_by("name", "pk")[:10]],
        "formula": allowances.formula(),
        "given_back": allowances.GIVEN_BACK,
        "least": allowances.LEAST,
    }
    return render(request, "portal/shipments.html", context)


@require_safe
@exporters_only
def of_licence(request: ExporterRequest, number: str) -> HttpResponse:
    """What has been shipped under a licence, and what is left of it."""
    licence = own_licence(request, number)
    found = list(selectors.shown(request.user).filter(licence=licence)[:200])
    states = selectors.states(found)
    left = selectors.left_of(licence)
    context = {
        "licence": licence,
        "left": left,
        "bars": draw(left),
        "drawn": Reservation.objects.visible_to(request.user)  # type: ignore[attr-defined]
        .filter(licence=licence)
        .select_related("licence", "licence_line", "shipment")
        .prefetch_related("lines")[:200],
        "rows": [(one, states[one.pk]) for one in found],
        "blockers": selectors.licence_stands(licence),
        "verdict": policies.can_declare(request.user, licence),
    }
    return render(request, "portal/licence_shipments.html", context)


@exporters_only
def declare(request: ExporterRequest, number: str) -> HttpResponse:
    """Declare a shipment under a licence."""
    licence = own_licence(request, number)
    require(policies.can_declare, request.user, licence)
    form = ShipmentForm(posted(request), licence=licence, left=selectors.left_of(licence))
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            made = shipments.declare(actor=request.user, licence=licence, **form.arguments())
            messages.success(request, _("The shipment is declared. Say here when it leaves."))
            return redirect("portal:shipment", made.reference)
        except (Invalid, Blocked) as error:
            status = _refused(form, error)
    context = {"licence": licence, "form": form, "blockers": selectors.licence_stands(licence)}
    return render(request, "portal/shipment_declare.html", context, status=max(status, form_status(form)))


def _refused(form: Any, error: EntenteError) -> int:
    """Show at the form what an act refused; return the status of the page."""
    if isinstance(error, Blocked):
        for sentence in error.blockers:
            form.add_error(None, sentence)
        return 409
    error.fields = form.named(error.fields) if hasattr(form, "named") else error.fields
    refuse(form, error)
    return 422


@require_safe
@exporters_only
def shipment(request: ExporterRequest, reference: str) -> HttpResponse:
    """One shipment: where it stands, what comes next, and what was said of its delivery."""
    return _page(request, _own(request, reference))


def _page(
    request: ExporterRequest,
    found: Shipment,
    form: CancelForm | None = None,
    refused: tuple[str, ...] = (),
    status: int = 200,
    monitor: MonitorForm | None = None,
) -> HttpResponse:
    rows = found.verifications.select_related("monitor")
    verifications = list(rows.prefetch_related("lines__shipment_line__licence_line"))
    links = list(found.monitor_links.all())
    standing = next((one for one in links if one.used_at is None and one.revoked_at is None), None)
    if standing is not None:
        standing.shipment = found
    confirmed = any(one.status != "rejected" for one in verifications)
    context = {
        "found": found,
        "lines": found.lines.select_related("licence_line"),
        "parties": found.parties.all(),
        "verifications": verifications,
        "state": selectors.verification_state(found, verifications),
        "documents": Document.objects.visible_to(request.user).filter(aggregate=ref(found)),  # type: ignore[attr-defined]
        "can_depart": policies.can_depart(request.user, found),
        "can_cancel": policies.can_cancel(request.user, found),
        "can_confirm": bool(policies.can_confirm(request.user, found)) and not confirmed,
        "blockers": selectors.holding_up(found) if found.status == Shipment.Status.DECLARED else [],
        "form": form or CancelForm(),
        "links": links,
        "can_end_link": standing and policies.can_end_link(request.user, standing),
        "can_name": bool(policies.can_name_monitor(request.user, found))
        and selectors.may_be_monitored(found, verifications)
        and (standing is None or standing.by_holder or not standing.is_open),
        "monitor": monitor or MonitorForm(),
        "refused": refused,
        "days": expectations.VERIFY_WITHIN.amount,
    }
    return render(request, "portal/shipment.html", context, status=status)


@require_POST
@exporters_only
def depart(request: ExporterRequest, reference: str) -> HttpResponse:
    """Say that it leaves now; what holds it up is shown on its page."""
    found = _own(request, reference)
    return _done(
        request, found, lambda: shipments.depart(actor=request.user, shipment=found), _("It has left.")
    )


@require_POST
@exporters_only
def cancel(request: ExporterRequest, reference: str) -> HttpResponse:
    """Cancel it before it leaves."""
    found, form = _own(request, reference), CancelForm(posted(request))
    if not form.is_valid():
        return _page(request, found, form, status=422)
    try:
        reason = form.cleaned_data["reason"]
        shipments.cancel(actor=request.user, shipment=found, reason=reason)
    except Invalid as error:
        refuse(form, error)
        return _page(request, found, form, status=422)
    messages.success(request, _("The shipment is cancelled; what it took of the licence is free again."))
    return redirect("portal:shipment", found.reference)


def _done(request: ExporterRequest, found: Shipment, act: Callable[[], object], told: str) -> HttpResponse:
    try:
        act()
    except Blocked as blocked:
        return _page(request, _own(request, found.reference), refused=tuple(blocked.blockers), status=409)
    messages.success(request, told)
    return redirect("portal:shipment", found.reference)


@require_POST
@exporters_only
def monitor(request: ExporterRequest, reference: str) -> HttpResponse:
    """Name a third-party monitor, to whom a link is sent."""
    found, form = _own(request, reference), MonitorForm(posted(request))
    if not form.is_valid():
        return _page(request, found, monitor=form, status=422)
    try:
        monitors.name(actor=request.user, shipment=found, **form.cleaned_data)
    except Invalid as error:
        refuse(form, error)
        return _page(request, found, monitor=form, status=422)
    messages.success(request, _("The link goes to the monitor. You are told what the monitor says."))
    return redirect("portal:shipment", found.reference)


@require_POST
@exporters_only
def link(request: ExporterRequest, reference: str, name: str) -> HttpResponse:
    """Send the monitor another link, or revoke the one that was sent."""
    found = _own(request, reference)
    standing = found.monitor_links.open().first()  # type: ignore[attr-defined]
    if standing is None:
        raise Conflict(_("No link of a monitor is open for this delivery."))
    LINK_ACTS[name](actor=request.user, link=standing)
    messages.success(request, _("It is done."))
    return redirect("portal:shipment", found.reference)


@exporters_only
def deliver(request: ExporterRequest, reference: str) -> HttpResponse:
    """Confirm the delivery, with who signed for it and what shows it."""
    found = _own(request, reference)
    require(policies.can_confirm, request.user, found)
    lines = list(found.lines.select_related("licence_line"))
    form = DeliveryForm(
        posted(request), request.FILES or None, shipment=found, lines=lines,
        initial={f"received_{row.licence_line.line}": f"{row.quantity.normalize():f}" for row in lines},
    )  # fmt: skip
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            deliveries.confirm(actor=request.user, shipment=found, **form.arguments())
            messages.success(request, _("The delivery is confirmed. An officer looks at it."))
            return redirect("portal:shipment", found.reference)
        except Invalid as error:
            status = _refused(form, error)
    context = {"found": found, "form": form}
    return render(request, "portal/shipment_deliver.html", context, status=max(status, form_status(form)))
