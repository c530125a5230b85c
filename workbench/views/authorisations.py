"""Authorisations: what is granted under templates, who is registered, who is barred, and uses that wait."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from alliance import instruments
from alliance.models import Declaration, Instrument
from core import clock
from core.errors import Blocked, Conflict, Invalid, NotFound
from core.policies import Verdict, require
from core.references import normalise_reference
from correspondence import services as correspondence
from correspondence.models import Document
from exemptions import authorising, barring, registering
from exemptions import instrument_policies as policies
from exemptions import instrument_selectors as selectors
from exemptions import using as uses
from exemptions.bench import Asked
from exemptions.judging import RULES
from exemptions.models import Authorisation, Bar, Registration, Use
from licensing import using
from members.models import Organisation, User
from pages.answers import posted
from pages.lists import page_of
from workbench.forms.authorisations import BarForm, BoundsForm
from workbench.forms.crises import PressForm, ReasonForm
from workbench.views.common import attempt, done, me

RULE_SENTENCES = {rule.__name__: " ".join((rule.__doc__ or "").split()) for rule in RULES}
Acts = dict[str, tuple[Callable[[], str], Callable[..., object], Callable[[User, Any], Verdict], Any]]
ACTS: Acts = {
    "grant": (lambda: _("Grant this authorisation"), authorising.grant, policies.can_grant, PressForm),
    "revoke": (
        lambda: _("Take this authorisation back"),
        authorising.revoke,
        policies.can_revoke,
        ReasonForm,
    ),
}
USE_ACTS: Acts = {
    "accept": (lambda: _("Record this use"), using.accept, policies.can_judge, ReasonForm),
    "decline": (lambda: _("Refuse this use"), uses.decline, policies.can_judge, ReasonForm),
}


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """What waits for an officer, what was granted, and who is barred."""
    user = me(request)
    waiting = Use.objects.visible_to(user).filter(status=Use.Status.IN_REVIEW)  # type: ignore[attr-defined]
    granted = Authorisation.objects.visible_to(user).select_related("instrument", "holder", "declaration")  # type: ignore[attr-defined]
    bars = Bar.objects.visible_to(user).standing().select_related("organisation__jurisdiction")  # type: ignore[attr-defined]
    page = page_of(request, granted)
    waiting = waiting.select_related("registration__organisation", "instrument")
    context = {
        "waiting": page_of(request, waiting, key="waiting"),
        "page": page,
        "rows": [(one, selectors.status_now(one)) for one in page.object_list],
        "bars": [(one, policies.can_lift(user, one), ReasonForm(auto_id=f"bar-{one.pk}_%s")) for one in bars],
        "templates": [one for one in instruments.in_force() if policies.can_draft(user, one)],
    }
    return render(request, "workbench/authorisations.html", context)


def _found(rows: Any, reference: str) -> Any:
    found = rows.filter(reference=normalise_reference(reference)).first()
    if found is None:
        raise NotFound()
    return found


def _authorisation(request: HttpRequest, reference: str) -> Authorisation:
    rows = Authorisation.objects.visible_to(me(request))  # type: ignore[attr-defined]
    related = ("instrument", "declaration", "holder__jurisdiction", "drafted_by__authority", "granted_by")
    found: Authorisation = _found(rows.select_related(*related), reference)
    return found


def _registration(request: HttpRequest, reference: str) -> Registration:
    rows = Registration.objects.visible_to(me(request))  # type: ignore[attr-defined]
    related = ("organisation__jurisdiction", "instrument", "authorisation__declaration", "document")
    found: Registration = _found(rows.select_related(*related), reference)
    return found


def _use(request: HttpRequest, reference: str) -> Use:
    rows = Use.objects.visible_to(me(request))  # type: ignore[attr-defined]
    related = ("registration__organisation__jurisdiction", "instrument", "declared_by", "judged_by")
    found: Use = _found(rows.select_related(*related), reference)
    return found


@login_required
@require_http_methods(["GET", "POST"])
def draft(request: HttpRequest, key: str) -> HttpResponse:
    """Draft what a template may be used for: for a crisis in force, or for one exporter."""
    user = me(request)
    held = selectors.in_force(key)
    if held is None:
        raise NotFound()
    row, terms = held
    require(policies.can_draft, user, row)
    crises = None
    if row.kind == Instrument.Kind.EMERGENCY:
        found = Declaration.objects.visible_to(user).in_force()  # type: ignore[attr-defined]
        crises = [(one.reference, f"{one.title} ({one.reference})") for one in found]
    initial = {"first_day": clock.today(), "report_every_days": terms.report_every_days}
    form = BoundsForm(posted(request), crises=crises, initial=initial)
    if form.is_bound and form.is_valid():
        made: list[Authorisation] = []

        def act() -> None:
            bound = _bound(user, crises is not None, form.cleaned_data["bound"])
            made.append(authorising.draft(actor=user, instrument=row, **bound, **form.arguments()))

        if attempt(form, act, {"holder": "bound", "declaration": "bound"}) is True:
            told = _("%(reference)s waits for the second key.") % {"reference": made[0].reference}
            return done(request, told, "workbench:authorisation", made[0].reference)
    context = {"row": row, "terms": terms, "form": form}
    return render(request, "workbench/authorisation_new.html", context, status=422 if form.is_bound else 200)


def _bound(user: User, to_crisis: bool, answer: str) -> dict[str, Any]:
    if to_crisis:
        rows = Declaration.objects.visible_to(user)  # type: ignore[attr-defined]
        return {"declaration": _found(rows, answer)}
    holder = (
        Organisation.objects.visible_to(user)
        .filter(registration_number=answer.strip(), status="vetted")
        .first()
    )
    if holder is None:
        raise Invalid.field("holder", _("No vetted exporter you may see has this number."))
    return {"holder": holder}


@login_required
@require_GET
def authorisation(request: HttpRequest, reference: str) -> HttpResponse:
    """Show what was granted or waits for its second key, what is left of its cap, and who uses it."""
    return _page(request, _authorisation(request, reference))


def _offered(user: User, found: Any, acts: Acts, name: str, form: Any) -> list[tuple[Any, ...]]:
    return [
        (key, title(), policy(user, found), form if key == name else asked(auto_id=f"{key}_%s"))
        for key, (title, _service, policy, asked) in acts.items()
    ]


def _denied(acts: list[tuple[Any, ...]]) -> dict[str, list[str]]:
    denied: dict[str, list[str]] = {}
    for _key, label, verdict, _form in acts:
        if not verdict:
            denied.setdefault(verdict.reason, []).append(label)
    return denied


def _page(
    request: HttpRequest, found: Authorisation, name: str = "", form: Any = None, status: int = 200
) -> HttpResponse:
    acts = _offered(me(request), found, ACTS, name, form)
    used = authorising.used(found)
    context = {
        "found": found,
        "terms": instruments.terms_of(found.instrument),
        "form": form,
        "status": selectors.status_now(found),
        "used": used,
        "left": max(found.cap - used, 0),
        "share": round(1000 * min(used / found.cap, Decimal(1))),
        "registrations": found.registrations.select_related("organisation__jurisdiction"),
        "allowed": [one for one in acts if one[2]],
        "denied": _denied(acts),
    }
    return render(request, "workbench/authorisation.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, reference: str, name: str) -> HttpResponse:
    """Grant or take back; a refusal is shown on its own page."""
    found = _authorisation(request, reference)
    if request.method == "GET":
        return redirect("workbench:authorisation", found.reference)
    _label, service, _policy, asked = ACTS[name]
    form = asked(posted(request), auto_id=f"{name}_%s")
    again = lambda status: _page(request, _authorisation(request, reference), name, form, status)  # noqa: E731
    return _done(
        request, form, lambda: service(actor=me(request), authorisation=found, **form.cleaned_data), again,
        ("workbench:authorisation", found.reference),
    )  # fmt: skip


@login_required
@require_GET
def registrations(request: HttpRequest) -> HttpResponse:
    """Who is registered for what, as it stands now."""
    rows = Registration.objects.visible_to(me(request))  # type: ignore[attr-defined]
    page = page_of(request, rows.select_related("organisation__jurisdiction", "instrument"))
    now = selectors.standings(page.object_list)
    context = {"page": page, "rows": [(one, now[one.pk]) for one in page.object_list]}
    return render(request, "workbench/registrations.html", context)


@login_required
@require_GET
def registration(request: HttpRequest, reference: str) -> HttpResponse:
    """One registration: what was undertaken, its reports and uses, and the bar."""
    return _registration_page(request, _registration(request, reference))


@login_required
@require_GET
def proof(request: HttpRequest, reference: str) -> FileResponse:
    """Hand out what proves the compliance programme, to officers of the exporter's member, as an attachment."""
    registration = _registration(request, reference)
    rows = Document.objects.visible_to(me(request))  # type: ignore[attr-defined]
    found = rows.filter(pk=registration.document_id or 0).first()
    if found is None:
        raise NotFound()
    return FileResponse(
        correspondence.open_document(found),
        as_attachment=True,
        filename=found.name,
        content_type="application/octet-stream",
    )


def _bar_form(request: HttpRequest, found: Registration) -> BarForm:
    keys = [(one.key, one.payload["short"]) for one in instruments.in_force()]
    return BarForm(posted(request), keys=keys, initial={"keys": [found.key], "told": "yes"})


def _registration_page(
    request: HttpRequest, found: Registration, form: Any = None, status: int = 200
) -> HttpResponse:
    user = me(request)
    own = Use.objects.visible_to(user).filter(registration=found)  # type: ignore[attr-defined]
    undertaken = {one.key: one.sentence for one in registering.terms_then(found).undertakings}
    context = {
        "found": found,
        "now": (now := selectors.standing(found)),
        "why": selectors.told_to(user, found.organisation, [now.why])[0],
        "own": found.organisation.jurisdiction_id == user.jurisdiction_code,
        "undertakings": [undertaken.get(key, key) for key in found.undertakings],
        "reports": found.reports.all(),
        "uses": page_of(request, own),
        "can_bar": policies.can_bar(user, found.organisation),
        "form": form or _bar_form(request, found),
    }
    return render(request, "workbench/registration.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def bar(request: HttpRequest, reference: str) -> HttpResponse:
    """Bar the exporter of a registration."""
    found = _registration(request, reference)
    if request.method == "GET":
        return redirect("workbench:registration", found.reference)
    require(policies.can_bar, me(request), found.organisation)
    form = _bar_form(request, found)
    again = lambda status: _registration_page(request, found, form, status)  # noqa: E731
    return _done(
        request, form,
        lambda: barring.bar(actor=me(request), organisation=found.organisation, **form.arguments()),
        again, ("workbench:registration", found.reference),
    )  # fmt: skip


@login_required
@require_POST
def lift(request: HttpRequest, uid: str) -> HttpResponse:
    """Lift a bar."""
    user = me(request)
    found = Bar.objects.visible_to(user).select_related("organisation").filter(uid=uid).first()  # type: ignore[attr-defined]
    if found is None:
        raise NotFound()
    barring.lift(actor=user, bar=found, reason=request.POST.get("reason", ""))
    return done(request, _("The bar is lifted."), "workbench:authorisations")


@login_required
@require_GET
def use(request: HttpRequest, reference: str) -> HttpResponse:
    """One use: what was declared, what the rules said, and what an officer may do."""
    return _use_page(request, _use(request, reference))


def _use_page(
    request: HttpRequest, found: Use, name: str = "", form: Any = None, status: int = 200
) -> HttpResponse:
    user = me(request)
    acts = _offered(user, found, USE_ACTS, name, form)
    own = found.registration.organisation.jurisdiction_id == user.jurisdiction_code
    said = [*found.findings, *(found.for_officers if own else [])]
    context = {
        "found": found,
        "form": form,
        "asked": Asked.of(found.answers),
        "now": selectors.standing(found.registration),
        "holding": (holding := using.holding(found) if found.status == Use.Status.RECORDED else None),
        "reasons": selectors.told_to(
            user, found.registration.organisation, holding.reasons if holding else ()
        ),
        "findings": [(one, RULE_SENTENCES.get(one["rule"], "")) for one in said],
        "allowed": [one for one in acts if one[2]],
        "denied": _denied(acts) if found.status == Use.Status.IN_REVIEW else {},
    }
    return render(request, "workbench/use.html", context, status=status)


@login_required
@require_http_methods(["GET", "POST"])
def judge(request: HttpRequest, reference: str, name: str) -> HttpResponse:
    """Record or refuse a use that waits; what refuses it by now is shown."""
    found = _use(request, reference)
    if request.method == "GET":
        return redirect("workbench:use", found.reference)
    _label, service, _policy, asked = USE_ACTS[name]
    form = asked(posted(request), auto_id=f"{name}_%s")
    again = lambda status: _use_page(request, _use(request, reference), name, form, status)  # noqa: E731
    return _done(
        request, form, lambda: service(actor=me(request), use=found, **form.cleaned_data), again,
        ("workbench:use", found.reference),
    )  # fmt: skip


def _done(
    request: HttpRequest,
    form: Any,
    service: Callable[[], object],
    again: Callable[[int], HttpResponse],
    to: tuple[str, str],
) -> HttpResponse:
    if form.is_valid():
        try:
            if attempt(form, service) is True:
                return done(request, _("It is done."), *to)
        except (Blocked, Conflict) as refused:
            for sentence in getattr(refused, "blockers", None) or [refused.detail]:
                form.add_error(None, sentence)
            return again(409)
    return again(422)
