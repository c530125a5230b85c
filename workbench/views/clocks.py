"""The clocks of a case: what is due and why, what made them stand, and the statistic of who stops them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core import clock
from core.errors import NotFound
from core.models import ref
from core.policies import require
from deadlines import selectors as deadlines
from deadlines.models import DueInstant
from escalation import policies as ladder_policies
from escalation import selectors as ladder
from escalation.services import clocks as services
from escalation.services import windows
from licensing.harm import POINT
from licensing.models import Case, ClockStop, Consultation
from licensing.policies import stops as policies
from licensing.selectors import backlog
from licensing.selectors import stops as selectors
from licensing.services import stops
from licensing.stops import REASONS
from pages.answers import posted
from pages.drawings.harm import two_clocks
from pages.lists import page_of
from workbench.forms.clocks import ExtendForm, RecountForm, StopForm, VoidForm
from workbench.views.common import attempt, case_of, case_page, done, me

PERIOD = timedelta(days=365)
STOPS_A_PAGE = 50


@login_required
@require_GET
def clocks(request: HttpRequest, reference: str) -> HttpResponse:
    """Show every clock of a case with its steps, those that run and those that were, and what made them stand."""
    case = case_of(request, reference)
    user = me(request)
    told = ladder.clocks(user, case)
    recount = ladder_policies.can_recount(user, case)
    asked = {ref(item): item for item in Consultation.objects.visible_to(user).filter(case=case)}  # type: ignore[attr-defined]
    running = sum(item.is_open for item in told)
    rows = []
    for item in told:
        consultation = asked.get(item.row.subject)
        if consultation is not None:
            consultation.case = case
        rows.append(
            {
                "told": item,
                "kind": ladder.CLOCKS[item.row.kind],
                "extend": consultation
                and item.is_open
                and windows.room(item.row)
                and ladder_policies.can_extend(user, consultation).allowed
                and consultation,
                "recount": item.is_open and recount.allowed and item.newer_calendar,
            }
        )
    found = selectors.of_case(user, case)
    context = {
        "running": rows[:running],
        "past": rows[running:],
        "stops": [
            {
                "stop": stop,
                "void": policies.can_void(user, stop).allowed,
                "resume": policies.can_resume(user, stop).allowed,
            }
            for stop in found
        ],
        "may_stop": policies.can_stop(user, case),
        **_waiting(case, [item.row for item in told if item.is_open]),
    }
    return case_page(request, case, "clocks", "clocks.html", context)


def _waiting(case: Case, due: list[DueInstant]) -> dict[str, Any]:
    """Return what waiting costs in a case, and its picture; nothing where that is not judged."""
    now = clock.now()
    costs = backlog.costs(case, now)
    if costs is None:
        return {}
    marks = backlog.instants(case, due, now)
    end = max(max(at for _name, at in marks) + timedelta(days=1), now + timedelta(days=3))
    drawing = two_clocks(lambda at: case.harm.rate(at) / POINT, case.opened_at, end, marks)
    return {"costs": costs, "two_clocks": drawing}


@login_required
@require_GET
def derivation(request: HttpRequest, reference: str, uid: UUID) -> HttpResponse:
    """Hand out the file by which anyone recomputes a due instant of the case."""
    case = case_of(request, reference)
    told = ladder.clock_of(me(request), case, uid)
    response = HttpResponse(deadlines.file_of(told, case.reference), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{case.reference}-{told.filename}"'
    return response


@login_required
@require_http_methods(["GET", "POST"])
def recount(request: HttpRequest, reference: str, uid: UUID) -> HttpResponse:
    """Count a running clock anew under the calendar now in force."""
    case = case_of(request, reference)
    told = ladder.clock_of(me(request), case, uid)
    form = RecountForm(posted(request))
    if form.is_bound and form.is_valid():

        def act() -> None:
            services.recount(actor=me(request), case=case, due=told.row, **form.cleaned_data)

        if attempt(form, act) is True:
            return done(
                request, _("It is counted anew; the old explanation is kept."), "workbench:clocks", reference
            )
    context = {
        "form": form,
        "title": _("Count anew under the calendar in force"),
        "told": told.newer_calendar
        and _("%(kind)s: version %(version)s of calendar %(calendar)s is in force now.")
        % {
            "kind": ladder.CLOCKS[told.row.kind],
            "version": told.newer_calendar,
            "calendar": told.row.inputs["calendar"],
        },
        "button": _("Count anew"),
        "verdict": ladder_policies.can_recount(me(request), case),
    }
    return case_page(request, case, "clocks", "act.html", context, 422 if form.is_bound else 200)


@login_required
@require_http_methods(["GET", "POST"])
def extend(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Extend the window of a consultation."""
    rows = Consultation.objects.visible_to(me(request))  # type: ignore[attr-defined]
    consultation: Consultation | None = rows.select_related("case", "jurisdiction").filter(uid=uid).first()
    if consultation is None:
        raise NotFound()
    case = case_of(request, consultation.case.reference)
    consultation.case = case
    row = windows.running(consultation)
    left, unit = (windows.room(row), row.inputs["rule"]["unit"].replace("_", " ")) if row else (0, "")
    form = ExtendForm(
        posted(request), told=_("In %(unit)s; at most %(left)s more.") % {"unit": unit, "left": left}
    )
    if form.is_bound and form.is_valid():

        def act() -> None:
            services.extend(actor=me(request), consultation=consultation, **form.cleaned_data)

        if attempt(form, act) is True:
            return done(request, _("The window is extended."), "workbench:clocks", case.reference)
    context = {
        "form": form,
        "title": _("Extend the window of %(who)s") % {"who": consultation.addressee},
        "button": _("Extend"),
        "verdict": ladder_policies.can_extend(me(request), consultation),
    }
    return case_page(request, case, "clocks", "act.html", context, 422 if form.is_bound else 200)


@login_required
@require_http_methods(["GET", "POST"])
def stop(request: HttpRequest, reference: str) -> HttpResponse:
    """Stop the lead's clock for a step that the law prescribes."""
    case = case_of(request, reference)
    form = StopForm(posted(request))
    if form.is_bound and form.is_valid():

        def act() -> None:
            stops.stop_clock(actor=me(request), case=case, **form.cleaned_data)

        if attempt(form, act) is True:
            return done(request, _("The clock stands."), "workbench:clocks", reference)
    context = {
        "form": form,
        "title": _("Stop the clock"),
        "told": _("The decision and the outer limit wait; the windows of the members consulted go on."),
        "button": _("Stop the clock"),
        "verdict": policies.can_stop(me(request), case),
    }
    return case_page(request, case, "clocks", "act.html", context, 422 if form.is_bound else 200)


def _stop(request: HttpRequest, uid: UUID) -> ClockStop:
    found = selectors.stops(me(request)).filter(uid=uid).first()
    if found is None:
        raise NotFound()
    found.case = case_of(request, found.case.reference)
    return found


@login_required
@require_POST
def resume(request: HttpRequest, uid: UUID) -> HttpResponse:
    found = _stop(request, uid)
    stops.resume_clock(actor=me(request), stop=found)
    return done(request, _("The clock runs again."), "workbench:clocks", found.case.reference)


@login_required
@require_http_methods(["GET", "POST"])
def void(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Void a stop: the clocks run as if it had never been."""
    found = _stop(request, uid)
    form = VoidForm(posted(request))
    if form.is_bound and form.is_valid():

        def act() -> None:
            stops.void_stop(actor=me(request), stop=found, **form.cleaned_data)

        if attempt(form, act) is True:
            told = _("The stop is void; every due time is as if it had never been.")
            return done(request, told, "workbench:clocks", found.case.reference)
    context = {
        "form": form,
        "title": _("Void a stop of the clock"),
        "told": _("%(who)s stopped the clock. Whatever would be over without that lapses at once.")
        % {"who": f"{found.owner.name}, {found.authority.name}"},
        "button": _("Void the stop"),
        "verdict": policies.can_void(me(request), found),
    }
    return case_page(request, found.case, "clocks", "act.html", context, 422 if form.is_bound else 200)


@login_required
@require_GET
def statistic(request: HttpRequest) -> HttpResponse:
    """Show who stopped clocks within a year: how often, how long, late, again, or for what had been answered."""
    user = me(request)
    require(policies.can_read_statistic, user)
    since = clock.now() - PERIOD
    tallies = selectors.statistic(user, since=since)
    longest = max((whole.stood for whole, _officers in tallies), default=timedelta())
    rows: list[dict[str, Any]] = [
        {
            "whole": whole,
            "officers": officers,
            "width": round(whole.stood / longest * 1000) if longest else 0,
            "poor": round(whole.stood / longest * 10 * whole.avoidable) if longest else 0,
        }
        for whole, officers in tallies
    ]
    page = page_of(request, selectors.stops(user, since=since), STOPS_A_PAGE)
    listed = [{"stop": stop, "reason": REASONS[stop.reason_code].label} for stop in page]
    context = {"rows": rows, "page": page, "listed": listed, "since": since}
    return render(request, "workbench/stops.html", context)
