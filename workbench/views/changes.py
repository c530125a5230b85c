"""Requests to change licences at the workbench: the queue, one request with old beside new, and the history."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from core.errors import NotFound
from core.references import normalise_reference
from licensing.models import LicenceChange
from licensing.selectors import changes as selectors
from licensing.selectors import editions
from licensing.services import change_consents, change_decisions
from pages import lists
from pages.forms import EntenteForm
from pages.parts import Step, Tab
from workbench.forms.changes import RecommendForm, SendBackForm, SpeakForm
from workbench.views.common import attempt, case_of, case_page, done, me
from workbench.views.licences import licence_of

VIEWS = ("waiting", "open", "over")


@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """The requests that wait for the officer, that are open, or that are over."""
    user, asked = me(request), request.GET.get("view", "waiting")
    view = asked if asked in VIEWS else "waiting"
    names = {"waiting": _("Waiting for me"), "open": _("Open"), "over": _("Over")}
    home = reverse("workbench:licence-changes")
    context = {
        "view": view,
        "tabs": [Tab(label, f"{home}?view={name}", name == view) for name, label in names.items()],
        "page": lists.page_of(request, selectors.listed(user, view)),
    }
    return render(request, "workbench/licence_changes.html", context)


def _change(request: HttpRequest, reference: str) -> LicenceChange:
    rows = LicenceChange.objects.visible_to(me(request))  # type: ignore[attr-defined]
    found: LicenceChange | None = (
        rows.select_related(
            "licence__issued_by", "licence__holder", "asked_by", "recommended_by", "decided_by", "revision"
        )
        .filter(reference=normalise_reference(reference)[:20])
        .first()
    )
    if found is None:
        raise NotFound()
    found.licence.case = case_of(request, found.licence.case.reference)
    return found


def _page(
    request: HttpRequest, change: LicenceChange, forms: dict[str, EntenteForm], status: int
) -> HttpResponse:
    may = selectors.verdicts(me(request), change)
    shown: dict[str, Any] = {
        "recommend": RecommendForm(),
        "back": SendBackForm(),
        "speak": SpeakForm(),
        **forms,
    }
    context = {
        "change": change,
        "licence": change.licence,
        "differences": editions.shown(change),
        "consents": selectors.consents(change),
        "may": may,
        "blockers": change_decisions.blockers(change) if change.is_open else [],
        "steps": _steps(change),
        "form": next(iter(forms.values()), None),
        **{f"{name}_form": form for name, form in shown.items()},
    }
    return case_page(request, change.licence.case, "licence", "licence_change.html", context, status)


def _steps(change: LicenceChange) -> list[Step]:
    first = change.recommended_by is not None
    over = not change.is_open
    return [
        Step(_("Asked for by the holder"), "done"),
        Step(_("Recommended by an officer"), "done" if first else "todo" if over else "now"),
        Step(
            change.get_status_display() if over else _("Decided by a second officer"),
            "done" if over else "now" if first else "todo",
        ),
    ]


@login_required
@require_GET
def change(request: HttpRequest, reference: str) -> HttpResponse:
    """One request: what it says and shall say, what stands against it, and the officer's next step."""
    return _page(request, _change(request, reference), {}, 200)


@login_required
@require_POST
def recommend(request: HttpRequest, reference: str) -> HttpResponse:
    """Recommend to grant or refuse it."""
    found, form = _change(request, reference), RecommendForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        if (
            attempt(form, lambda: change_decisions.recommend(actor=me(request), change=found, **given))
            is True
        ):
            return done(request, _("A second officer decides now."), "workbench:licence-change", found)
    return _page(request, found, {"recommend": form}, 422)


@login_required
@require_POST
def decide(request: HttpRequest, reference: str) -> HttpResponse:
    """Decide as was recommended."""
    found = _change(request, reference)
    change_decisions.decide(actor=me(request), change=found)
    return done(request, _("It is decided, and the holder is told."), "workbench:licence-change", found)


@login_required
@require_POST
def send_back(request: HttpRequest, reference: str) -> HttpResponse:
    """Send the recommendation back."""
    found, form = _change(request, reference), SendBackForm(request.POST)
    if form.is_valid():
        remark = form.cleaned_data["remark"]
        if (
            attempt(form, lambda: change_decisions.send_back(actor=me(request), change=found, remark=remark))
            is True
        ):
            return done(request, _("It waits for another recommendation."), "workbench:licence-change", found)
    return _page(request, found, {"back": form}, 422)


@login_required
@require_POST
def speak(request: HttpRequest, reference: str) -> HttpResponse:
    """Say for a member whether it consents."""
    found, form = _change(request, reference), SpeakForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        service = change_consents.agree if given["answer"] == "agree" else change_consents.decline
        if attempt(form, lambda: service(actor=me(request), change=found, reason=given["reason"])) is True:
            return done(request, _("The issuer and the holder are told."), "workbench:licence-change", found)
    return _page(request, found, {"speak": form}, 422)


@login_required
@require_GET
def history(request: HttpRequest, number: str) -> HttpResponse:
    """Every edition of a licence with what it changed and who stood behind it."""
    found = licence_of(request, number)
    context = {
        "licence": found,
        "editions": editions.history(me(request), found),
        "events": editions.became(me(request), found),
        "requests": list(found.changes.all()[:50]),
    }
    return render(request, "workbench/licence_history.html", context)
