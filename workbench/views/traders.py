"""Trusted traders: their standing, the audit, the decision on it, and what trust brings and control costs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from core import clock
from core.errors import Blocked, NotFound
from core.models import ref
from core.policies import require
from core.references import normalise_reference
from correspondence.models import Document
from enforcement import burden
from exemptions import icp, trust
from exemptions import trader_policies as policies
from exemptions.models import TraderAudit, TrustedTrader
from ledger import selectors as ledger
from licensing import trusted
from licensing.services import trader_standing, traders
from members.models import User
from pages.answers import posted
from pages.lists import page_of
from workbench.forms.crises import PressForm
from workbench.forms.traders import AuditForm, ReasonsForm, TraderReasonForm
from workbench.views.common import attempt, done, me


def _decidable(user: User, trader: TrustedTrader) -> Any:
    return policies.can_decide(user, trader, traders.latest(trader))


#: What each act is called, done by, judged by and asked.
ACTS: dict[str, tuple[Any, Callable[..., object], Callable[..., Any], Any]] = {
    "begin-audit": (
        gettext_lazy("Take the audit"),
        traders.begin_audit,
        policies.can_begin_audit,
        PressForm,
    ),
    "grant": (gettext_lazy("Trust this trader"), traders.grant, _decidable, ReasonsForm),
    "refuse": (gettext_lazy("Refuse"), traders.refuse, _decidable, ReasonsForm),
    "suspend": (
        gettext_lazy("Suspend it in all members"),
        trader_standing.suspend,
        policies.can_suspend,
        TraderReasonForm,
    ),
    "end": (gettext_lazy("End it for good"), trader_standing.end, policies.can_end, TraderReasonForm),
}


def _trader(request: HttpRequest, reference: str) -> TrustedTrader:
    rows = TrustedTrader.objects.visible_to(me(request))  # type: ignore[attr-defined]
    found: TrustedTrader | None = (
        rows.select_related("organisation__jurisdiction", "inspector", "suspended_in", "granted_by")
        .filter(reference=normalise_reference(reference))
        .first()
    )
    if found is None:
        raise NotFound()
    return found


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """List the standings of all members' traders, by status; those of one status where asked."""
    user = me(request)
    rows = TrustedTrader.objects.visible_to(user).select_related("organisation__jurisdiction")  # type: ignore[attr-defined]
    if said := request.GET.get("status", ""):
        rows = rows.filter(status=said)
    page = page_of(request, rows.order_by("status", "organisation__name", "pk"))
    shown = [
        {"trader": one, "over": one.valid_until is not None and one.valid_until <= clock.now()}
        for one in page.object_list
    ]
    statuses = [(key, label) for key, label in TrustedTrader.Status.choices if key != "draft"]
    return render(
        request, "workbench/traders.html", {"page": page, "rows": shown, "statuses": statuses, "said": said}
    )


@login_required
@require_GET
def trader(request: HttpRequest, reference: str) -> HttpResponse:
    """Show a standing: its level now, its score, and to its own member what it said and what was found."""
    return _page(request, _trader(request, reference))


def _page(
    request: HttpRequest,
    found: TrustedTrader,
    name: str = "",
    form: Any = None,
    status: int = 200,
    blockers: list[str] | None = None,
) -> HttpResponse:
    user = me(request)
    allowed: list[tuple[str, Any, Any]] = []
    denied: dict[str, list[str]] = {}
    for key, (label, _service, policy, asked) in ACTS.items():
        verdict = policy(user, found)
        if verdict:
            allowed.append((key, label, form if key == name else asked(auto_id=f"{key}_%s")))
        elif found.status not in ("refused", "ended"):
            denied.setdefault(verdict.reason, []).append(str(label))
    record = trusted.record_of(found.organisation)
    score = trust.score_of(record)
    own = user.jurisdiction_code == found.organisation.jurisdiction_id
    audit = traders.latest(found)
    level, why, _record = traders.judged(found, audit) if audit and own else (0, [], None)
    context = {
        "found": found,
        "form": form,
        "allowed": [one for one in allowed if one[0] != "grant" or level],
        "denied": denied,
        "blockers": blockers or [],
        "may_audit": policies.can_report_audit(user, found) and audit is None,
        "record": record,
        "score": score,
        "bound": trust.BOUND,
        "formula": trust.formula(),
        "standing": trusted.standing_of(found, score),
        "own": own,
        "waiting": audit,
        "level": level,
        "why": why,
        "answers": _answers(found) if own else [],
        "audits": _audits(found) if own else [],
        "documents": Document.objects.visible_to(user).filter(aggregate=ref(found)) if own else [],  # type: ignore[attr-defined]
        "events": ledger.timeline(ref(found), user.audience).exclude(type="trader.answered")[:50],
    }
    return render(request, "workbench/trader.html", context, status=status)


def _answers(found: TrustedTrader) -> list[tuple[str, list[tuple[str, str]], str]]:
    labels = {"yes": _("Yes"), "partly": _("Partly"), "no": _("No")}
    told = []
    for element in icp.questionnaire().elements:
        given = found.answers.get(element.key, {})
        rows = [(one.text, labels.get(given.get(one.key, ""), "")) for one in element.questions]
        told.append((element.title, rows, given.get("evidence", "")))
    return told


def _audits(found: TrustedTrader) -> list[tuple[TraderAudit, list[tuple[str, str, str]]]]:
    labels = {"met": _("Met"), "partly": _("Partly met"), "missing": _("Missing")}
    elements = icp.questionnaire().elements
    return [
        (
            one,
            [
                (element.title, labels[said["finding"]], said["remark"])
                for element in elements
                if (said := one.findings.get(element.key))
            ],
        )
        for one in found.audits.select_related("inspector", "decided_by")[:10]
    ]


@login_required
@require_http_methods(["GET", "POST"])
def audit(request: HttpRequest, reference: str) -> HttpResponse:
    """Say what was found at the site, element by element."""
    found, user = _trader(request, reference), me(request)
    require(policies.can_report_audit, user, found)
    form = AuditForm(posted(request), initial={"visited_on": clock.today()})
    if form.is_bound and form.is_valid():
        act = lambda: traders.report_audit(actor=user, trader=found, **form.arguments())  # noqa: E731
        if attempt(form, act) is True:
            return done(
                request, _("It is kept. Another person decides."), "workbench:trader", found.reference
            )
    context = {"found": found, "form": form, "answers": _answers(found)}
    return render(request, "workbench/trader_audit.html", context, status=422 if form.is_bound else 200)


@login_required
@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, reference: str, name: str) -> HttpResponse:
    """Do one act; what is refused is shown on the trader's page, with what stands in the way."""
    found = _trader(request, reference)
    if request.method == "GET":
        return redirect("workbench:trader", found.reference)
    _label, service, _policy, asked = ACTS[name]
    form = asked(posted(request), auto_id=f"{name}_%s")
    if not form.is_valid():
        return _page(request, found, name, form, 422)
    try:
        made = attempt(form, lambda: service(actor=me(request), trader=found, **form.cleaned_data))
    except Blocked as blocked:
        return _page(request, found, name, form, 409, blocked.blockers)
    if made is True:
        return done(request, _("It is done."), "workbench:trader", found.reference)
    return _page(request, found, name, form, 422)


@login_required
@require_GET
def costs(request: HttpRequest) -> HttpResponse:
    """What trust brings and what control costs those who comply, over the last 90 days."""
    me(request)
    cohorts = burden.cohorts()
    longest = max([one.hours or 0 for one in cohorts] + [1])
    most = max([one.per_hundred or 0 for one in cohorts] + [2 * burden.BUDGET])
    rows = [
        {
            "cohort": one,
            "hours_width": round(100 * (one.hours or 0) / longest),
            "width": round(100 * (one.per_hundred or 0) / most),
        }
        for one in cohorts
    ]
    context = {
        "rows": rows,
        "budget": burden.BUDGET,
        "budget_x": round(100 * burden.BUDGET / most),
        "days": burden.WINDOW.days,
    }
    return render(request, "workbench/burden.html", context)
