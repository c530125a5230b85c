"""Waivers of crisis measures: listed with their clocks, drafted, granted by a second key, and held to."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from alliance import measures
from alliance.models import Declaration
from core import clock
from core.errors import Blocked, Conflict, Invalid, NotFound
from core.models import ref
from core.policies import Verdict, deny, require
from core.references import normalise_reference
from enforcement import dates
from enforcement import selectors as shipped
from exemptions import allowances, live, policies, reporting, selectors, waiving
from exemptions.models import Waiver
from ledger import selectors as ledger
from licensing import waived
from members.models import Organisation, User
from pages.answers import posted
from pages.drawings import calendar
from pages.lists import page_of
from workbench.forms.crises import PressForm, ReasonForm
from workbench.forms.waivers import RemarkForm, WaiverForm
from workbench.views.common import attempt, done, me
from workbench.views.exits import declaration_of

ACTS: dict[str, tuple[Callable[[], str], Callable[..., object], Callable[[User, Waiver], Verdict], Any]] = {
    "grant": (lambda: _("Grant this waiver"), waiving.grant, policies.can_grant, PressForm),
    "suspend": (lambda: _("Suspend this waiver"), waiving.suspend, policies.can_suspend, ReasonForm),
    "restore": (lambda: _("Restore this waiver"), waiving.restore, policies.can_restore, ReasonForm),
    "revoke": (lambda: _("Revoke this waiver"), waiving.revoke, policies.can_revoke, ReasonForm),
}


def _waiver(request: HttpRequest, reference: str) -> Waiver:
    rows = Waiver.objects.visible_to(me(request))  # type: ignore[attr-defined]
    found: Waiver | None = (
        rows.select_related(
            "declaration", "holder__jurisdiction", "drafted_by__authority", "granted_by__authority"
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
    """List the waivers with what falls due next, those that wait or run in front."""
    user = me(request)
    rows = Waiver.objects.visible_to(user).select_related("declaration", "holder__jurisdiction")  # type: ignore[attr-defined]
    page = page_of(request, rows.prefetch_related("reports"))
    missing = selectors.missing_reports(page.object_list)
    now = clock.now()
    context = {
        "page": page,
        "rows": [
            (
                one,
                selectors.status_now(one, one.pk in missing, now),
                next((report for report in one.reports.all() if report.filed_at is None), None),
            )
            for one in page.object_list
        ],
        "crises": Declaration.objects.visible_to(user).in_force() if policies.can_draft(user) else [],  # type: ignore[attr-defined]
    }
    return render(request, "workbench/waivers.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def draft(request: HttpRequest, reference: str) -> HttpResponse:
    """Draft a waiver of measures of a crisis in force."""
    user, declaration = me(request), declaration_of(request, reference)
    require(policies.can_draft, user)
    waivable = [one for one in measures.parse(declaration.payload).measures if one.effect in waiving.WAIVABLE]
    form = WaiverForm(
        posted(request), measures=waivable, initial={"first_day": clock.today(), "report_every_days": 14}
    )
    if form.is_bound and form.is_valid():
        made: list[Waiver] = []

        def act() -> None:
            holder = (
                Organisation.objects.visible_to(user)  # type: ignore[attr-defined]
                .filter(registration_number=form.cleaned_data["registration"].strip(), status="vetted")
                .first()
            )
            if holder is None:
                raise Invalid.field("registration", _("No vetted exporter you may see has this number."))
            made.append(waiving.draft(actor=user, declaration=declaration, holder=holder, **form.arguments()))

        if attempt(form, act, {"holder": "registration"}) is True:
            told = _("%(reference)s waits for the second key: a seat of another member.")
            return done(
                request, told % {"reference": made[0].reference}, "workbench:waiver", made[0].reference
            )
    context = {"found": declaration, "form": form, "formula": allowances.formula(), "least": allowances.LEAST}
    return render(request, "workbench/waiver_new.html", context, status=422 if form.is_bound else 200)


@login_required
@require_GET
def waiver(request: HttpRequest, reference: str) -> HttpResponse:
    """Show a waiver: how it stands, what is left of its cap, its reports, and what may be done."""
    return _page(request, _waiver(request, reference))


def _page(
    request: HttpRequest, found: Waiver, name: str = "", form: Any = None, status: int = 200
) -> HttpResponse:
    user = me(request)
    missing = found.pk in selectors.missing_reports([found])
    titles = {one.key: one.title for one in measures.parse(found.declaration.payload).measures}
    used = waived.used(found)
    unmet = waiving.unmet(found) if found.suspended_because else []
    acts = []
    for key, (title, _service, policy, asked) in ACTS.items():
        verdict = policy(user, found)
        if verdict and key == "restore" and unmet:
            verdict = deny(_("What broke it is not made good yet."))
        acts.append((key, title(), verdict, form if key == name else asked(auto_id=f"{key}_%s")))
    denied: dict[str, list[str]] = {}
    for _key, label, verdict, _form in acts:
        if not verdict:
            denied.setdefault(verdict.reason, []).append(label)
    may_review = policies.can_review_report(user, found)
    context = {
        "found": found,
        "form": form,
        "status": selectors.status_now(found, missing, clock.now()),
        "lifts": [titles.get(key, key) for key in found.measures],
        "used": used,
        "left": max(found.cap - used, 0),
        "share": round(1000 * min(used / found.cap, Decimal(1))),
        "shipped": shipped.shipped_under(found),
        "dates": (due := dates.of_waiver(found) if found.granted_at else []),
        "months": calendar.months(due, clock.today()),
        "inside": True,
        "allowance": allowances.share_for(found.holder) if found.status == Waiver.Status.DRAFTED else None,
        "uses": found.uses.select_related("licence"),
        "events": ledger.timeline(ref(found), user.audience).order_by("-pk")[:50],
        "reports": [
            (one, form if name == f"review-{one.number}" else RemarkForm(auto_id=f"report-{one.number}_%s"))
            for one in found.reports.select_related("filed_by", "reviewed_by")
        ],
        "red": live.red(found) if found.status == Waiver.Status.GRANTED else "",
        "unmet": unmet,
        "allowed": [one for one in acts if one[2]],
        "denied": denied,
        "may_review": may_review,
        "now": clock.now(),
    }
    return render(request, "workbench/waiver.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, reference: str, name: str) -> HttpResponse:
    """Grant, suspend, restore or revoke; a refusal is shown on the waiver's own page."""
    found = _waiver(request, reference)
    if request.method == "GET":
        return redirect("workbench:waiver", found.reference)
    _label, service, _policy, asked = ACTS[name]
    form = asked(posted(request), auto_id=f"{name}_%s")
    return _done(
        request, found, name, form, lambda: service(actor=me(request), waiver=found, **form.cleaned_data)
    )


@login_required
@require_POST
def review(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """Say what one makes of a report."""
    found = _waiver(request, reference)
    require(policies.can_review_report, me(request), found)
    form = RemarkForm(posted(request), auto_id=f"report-{number}_%s")
    return _done(
        request,
        found,
        f"review-{number}",
        form,
        lambda: reporting.review(actor=me(request), waiver=found, number=number, **form.cleaned_data),
    )


def _done(
    request: HttpRequest, found: Waiver, name: str, form: Any, service: Callable[[], object]
) -> HttpResponse:
    if form.is_valid():
        try:
            if attempt(form, service) is True:
                return done(request, _("It is done."), "workbench:waiver", found.reference)
        except (Blocked, Conflict) as refused:
            for sentence in getattr(refused, "blockers", None) or [refused.detail]:
                form.add_error(None, sentence)
            return _page(request, _waiver(request, found.reference), name, form, 409)
    return _page(request, found, name, form, 422)
