"""The hits of a jurisdiction together: those that wait, cleared many at once, the pairs remembered, the tally."""

from __future__ import annotations

from itertools import groupby
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.errors import NotFound
from licensing.selectors import hits as selectors
from pages.answers import posted
from pages.lists import page_of
from pages.parts import Tab
from screening import policies
from screening import services as screening
from screening.models import ClearedPair, Hit
from screening.selectors import list_titles
from screening.statistics import Tally, tallies
from workbench.comparison import HIT_RULES
from workbench.forms.cases import ReasonForm
from workbench.forms.hits import ClearTickedForm, FilterForm, PairFilterForm, TickedForm
from workbench.views.common import attempt, done, me

PAGE = 50


def _tabs(current: str) -> list[Tab]:
    names = {"hits": _("Waiting hits"), "pairs": _("Cleared pairs"), "hit-statistics": _("False alarms")}
    return [Tab(label, reverse(f"workbench:{name}"), name == current) for name, label in names.items()]


@login_required
@require_GET
def hits(request: HttpRequest) -> HttpResponse:
    """Show the hits that wait for the officer's jurisdiction."""
    return _page(request)


def _page(
    request: HttpRequest, form: ClearTickedForm | None = None, refused: TickedForm | None = None
) -> HttpResponse:
    user = me(request)
    group = request.GET.get("group", "")
    narrow = FilterForm(request.GET, lists=list_titles())
    filters = narrow.filters(group)
    page = page_of(request, selectors.queue(user, filters), screening.BULK if group else PAGE)
    shown: list[Hit] = list(page)
    cases = selectors.references(shown)
    ticked = set(request.POST.getlist("hits"))
    for hit in shown:
        hit.reference = cases.get(hit.case_ref, "")  # type: ignore[attr-defined]
        hit.how = HIT_RULES.get(hit.rule, hit.rule)  # type: ignore[attr-defined]
        hit.ticked = request.GET.get("tick") == "all" or str(hit.uid) in ticked  # type: ignore[attr-defined]
    grouped = groupby(shown, key=lambda hit: selectors.group_of(hit, filters.by))
    ticking = request.GET.copy()
    ticking["tick"] = "all"
    context = {
        "tabs": _tabs("hits"),
        "narrow": narrow,
        "page": page,
        "groups": [(key, list(of)) for key, of in grouped],
        "by": filters.by,
        "group": group,
        "may_judge": policies.can_judge_for(user, user.jurisdiction_code or ""),
        "tick_all": f"?{ticking.urlencode()}",
        "form": form or ClearTickedForm(user=user),
        "refused": form or refused,
        "query": request.GET.urlencode(),
    }
    return render(request, "workbench/hits.html", context, status=422 if form or refused else 200)


def _back(request: HttpRequest, told: str) -> HttpResponse:
    """Say what was done, and show what is left of the same hits."""
    messages.success(request, told)
    query = request.GET.copy()
    query.pop("tick", None)
    return redirect(f"{reverse('workbench:hits')}?{query.urlencode()}".rstrip("?"))


@login_required
@require_POST
def clear(request: HttpRequest) -> HttpResponse:
    """Clear the ticked hits for one reason, and propose the strong ones: all of them, or none."""
    user = me(request)
    form = ClearTickedForm(request.POST, user=user)
    judged: list[Hit] = []

    def act() -> None:
        ticked = list(form.cleaned_data["hits"])
        judged.extend(screening.clear_many(actor=user, hits=ticked, **form.answers()))

    if form.is_valid() and attempt(form, act) is True:
        cleared = sum(hit.status == Hit.Status.CLEARED for hit in judged)
        waiting = len(judged) - cleared
        told = [ngettext("%(n)d hit is cleared.", "%(n)d hits are cleared.", cleared) % {"n": cleared}]
        if waiting:
            waits = ngettext(
                "%(n)d strong one waits for a second officer.",
                "%(n)d strong ones wait for a second officer.",
                waiting,
            )
            told = [*(told if cleared else []), waits % {"n": waiting}]
        return _back(request, " ".join(told))
    return _page(request, form)


@login_required
@require_POST
def confirm(request: HttpRequest) -> HttpResponse:
    """Confirm the ticked clearances as the second officer: all of them, or none."""
    user = me(request)
    form = TickedForm(request.POST, user=user)
    judged: list[Hit] = []

    def act() -> None:
        judged.extend(screening.confirm_many(actor=user, hits=list(form.cleaned_data["hits"])))

    if form.is_valid() and attempt(form, act) is True:
        told = ngettext("%(n)d hit is cleared.", "%(n)d hits are cleared.", len(judged))
        return _back(request, told % {"n": len(judged)})
    return _page(request, refused=form)


@login_required
@require_GET
def pairs(request: HttpRequest) -> HttpResponse:
    """List the pairs that the officer's jurisdiction remembers as cleared."""
    user = me(request)
    form = PairFilterForm(request.GET)
    form.is_valid()
    found = selectors.pairs(user, form.cleaned_data.get("state", ""), form.cleaned_data.get("text", ""))
    context = {"tabs": _tabs("pairs"), "form": form, "page": page_of(request, found)}
    return render(request, "workbench/pairs.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def pair(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Show a cleared pair with the hits it cleared; a judge ends it here."""
    user = me(request)
    found: ClearedPair | None = selectors.pairs(user).filter(uid=uid).first()
    if found is None:
        raise NotFound()
    form = ReasonForm(posted(request))
    if form.is_bound and form.is_valid():
        reason = form.cleaned_data["reason"]
        if attempt(form, lambda: screening.end_pair(actor=user, pair=found, reason=reason)) is True:
            return done(
                request,
                _("The pair clears nothing more; what rested on it is opened again."),
                "workbench:pair",
                uid,
            )
    cleared = Hit.objects.visible_to(user).filter(pair=found).order_by("-pk")  # type: ignore[attr-defined]
    opened = Hit.objects.visible_to(user).filter(opened_by=found).order_by("-pk")  # type: ignore[attr-defined]
    page = page_of(request, cleared)
    context = {
        "pair": found,
        "page": page,
        "opened": list(opened[: screening.BULK]),
        "cases": selectors.references(page),
        "form": form,
        "verdict": policies.can_end_pair(user, found),
    }
    return render(request, "workbench/pair.html", context, status=422 if form.is_bound else 200)


@login_required
@require_GET
def statistics(request: HttpRequest) -> HttpResponse:
    """Show how often hits are false alarms, by list and rule."""
    titles = list_titles()
    rows = [_row(tally, titles) for tally in tallies(me(request))]
    context = {"tabs": _tabs("hit-statistics"), "rows": rows}
    return render(request, "workbench/hit_statistics.html", context)


def _row(tally: Tally, titles: dict[str, str]) -> dict[str, Any]:
    share = tally.share_false
    return {
        "tally": tally,
        "list": titles.get(tally.list_key, tally.list_key),
        "rule": HIT_RULES.get(tally.rule, tally.rule),
        "percent": None if share is None else round(share * 100),
        "width": 0 if share is None else round(share * 1000),
    }
