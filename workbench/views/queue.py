"""The work queue and the search."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Page
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from core import clock
from licensing.models import Case
from licensing.policies.cases import CASEWORKERS
from licensing.selectors import backlog as backlogs
from licensing.selectors import changes, team
from licensing.selectors import queue as queues
from licensing.selectors.cases import colleagues
from licensing.selectors.search import search as find
from licensing.services import cases
from members.models import Shift, User
from pages import lists
from pages.parts import Tab
from workbench.forms.queue import AllocateForm, FilterForm
from workbench.views.common import attempt, done, me


def _listed(request: HttpRequest, user: User, view: str, filters: queues.Filters) -> tuple[Page[Any], str]:
    """Return the page of a view that the address asks for, and the column it is sorted by.

    Views of open cases are backlogs: unless told otherwise, most harm by waiting comes first.
    """
    asked = request.GET.get("sort", "")
    known = asked.removeprefix("-")
    if view in backlogs.VIEWS and known not in queues.SORTS:
        found = backlogs.backlog(user, view, filters)
        page = lists.page_of(request, found.keys[::-1] if asked == "-harm" else found.keys)
        page.object_list = backlogs.cases(user, view, found, list(page.object_list))
        return page, asked if known == "harm" else "harm"
    page = lists.page_of(request, _sorted(request, queues.queue(user, view, filters).select_related("harm")))
    return page, asked if known in queues.SORTS else "due"


def _sorted(request: HttpRequest, rows: QuerySet[Case]) -> QuerySet[Case]:
    column, key = lists.order(request, queues.SORTS, "due")
    falling, name = column.startswith("-"), column.removeprefix("-")
    first = F(name).desc(nulls_last=True) if falling else F(name).asc(nulls_last=True)
    return rows.order_by(first, key)


@login_required
@require_GET
def queue(request: HttpRequest, view: str = queues.View.WAITING) -> HttpResponse:
    """Show what waits for the officer, or another view of the cases, filtered and sorted by the address."""
    return _page(request, me(request), view)


def _page(
    request: HttpRequest, user: User, view: str, allocation: AllocateForm | None = None, status: int = 200
) -> HttpResponse:
    form = FilterForm(request.GET)
    page, sort = _listed(request, user, view, form.filters())
    now = clock.now()
    for case in page:
        case.waits = [queues.WAITS_LABELS[name] for name in queues.WAITS if getattr(case, name)]
        case.costs = backlogs.costs(case, now)
        case.first = backlogs.BY.get(getattr(case, "by", ""), "")
    duty: list[Shift] = []
    if view == queues.View.TEAM:
        duty = team.on_duty(user)
        holding = team.held(user, page, duty)
        for case in page:
            case.held = holding.get(case.pk)
    context = {
        "view": view,
        "duty": duty,
        "zone": user.authority.jurisdiction.timezone if duty and user.authority else "",
        "form": form,
        "page": page,
        "changes": changes.waiting(user) if view == queues.View.WAITING else 0,
        "tabs": _tabs(user, view),
        "sort": sort,
        "is_backlog": view in backlogs.VIEWS,
        "list_target": "#results",
        "action": _address(view),
        "allocation": allocation or _allocation(user),
        "colleagues": colleagues(user) if CASEWORKERS & user.roles else None,
    }
    template = "workbench/queue_results.html" if getattr(request, "htmx", False) else "workbench/queue.html"
    return render(request, template, context, status=status)


def _tabs(user: User, view: str) -> list[Tab]:
    counted = queues.counts(user)
    return [
        Tab(label, _address(name), name == view, counted.get(name)) for name, label in queues.VIEWS.items()
    ]


def _address(view: str) -> str:
    if view == queues.View.WAITING:
        return reverse("workbench:queue")
    return reverse("workbench:queue-view", args=[view])


def _allocation(user: User, data: Any = None) -> AllocateForm:
    return AllocateForm(data, user=user, officers=colleagues(user))


@login_required
@require_POST
def allocate(request: HttpRequest) -> HttpResponse:
    """Give the ticked cases to one officer: all of them, or none."""
    user = me(request)
    form = _allocation(user, request.POST)
    given: list[Case] = []

    def act() -> None:
        given.extend(cases.allocate(actor=user, **form.cleaned_data))

    if form.is_valid() and attempt(form, act) is True:
        count = len(given)
        told = ngettext(
            "%(count)d case was given to %(name)s.", "%(count)d cases were given to %(name)s.", count
        )
        officer = form.cleaned_data["officer"]
        return done(request, told % {"count": count, "name": officer.name}, "workbench:queue")
    return _page(request, user, queues.View.OURS, form, status=422)


@login_required
@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """Search everything the officer may see."""
    user = me(request)
    text = request.GET.get("q", "").strip()
    found = find(user, text)
    context = {
        "text": text,
        "found": found,
        "told": ngettext("%(count)d result", "%(count)d results", len(found)) % {"count": len(found)},
        "too_short": 0 < len(text) < 2,
        "hint": _(
            "A reference, a party, an item or its code, a licence number. Misspelt names are found too."
        ),
    }
    template = "workbench/search_results.html" if getattr(request, "htmx", False) else "workbench/search.html"
    return render(request, template, context)
