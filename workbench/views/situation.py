"""The situation room of the crisis unit, and the situation reports every member reads."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from core.errors import NotFound
from core.policies import require
from core.references import normalise_reference
from escalation.models import Guidance, SituationReport
from escalation.policies import situation as policies
from escalation.reporting import coming
from escalation.situation import situation
from licensing.models import Decision
from members import selectors as members
from pages import lists
from workbench.views.common import me


@login_required
@require_GET
def room(request: HttpRequest) -> HttpResponse:
    """Show the situation as it is now; htmx asks for the part that changes."""
    user = me(request)
    require(policies.can_watch, user)
    part = "now" if getattr(request, "htmx", False) else "room"
    return render(request, f"workbench/situation/{part}.html", {"now": situation(user)})


@login_required
@require_GET
def reports(request: HttpRequest) -> HttpResponse:
    """List the situation reports, the newest first, and when the next ones are due."""
    user = me(request)
    require(policies.can_read_reports, user)
    rows = SituationReport.objects.visible_to(user).select_related("declaration")  # type: ignore[attr-defined]
    context = {"page": lists.page_of(request, rows, size=30), "coming": coming(user)}
    return render(request, "workbench/situation/reports.html", context)


@login_required
@require_GET
def report(request: HttpRequest, reference: str) -> HttpResponse:
    """Show one situation report as it was made."""
    rows = SituationReport.objects.visible_to(me(request)).select_related("declaration")  # type: ignore[attr-defined]
    found: SituationReport | None = rows.filter(reference=normalise_reference(reference)).first()
    if found is None:
        raise NotFound()
    names = {one.code: one.name for one in members.jurisdictions()}
    labels, effects = dict(Decision.Kind.choices), dict(Guidance.Effect.choices)
    relief, aligned = found.content["humanitarian"], found.content["alignment"]
    context = {
        "found": found,
        "told": found.content,
        "members": [
            (names.get(line["member"], line["member"]), line, _at(line["adoption_since"]))
            for line in found.content["members"]
        ],
        "guidance": [(effects.get(one["effect"], one["effect"]), one) for one in found.content["guidance"]],
        "steps": [(one, _at(one["at"])) for one in found.content["exit_steps"]],
        "exercises": [(one, _at(one["ran_at"])) for one in found.content["exercises"]],
        "kinds": [
            (labels.get(one["kind"], one["kind"]), one)
            for one in found.content["cases"]["by_kind"]
            if one["decided_since"]
        ],
        "most": max((line["lapses"] for line in found.content["members"]), default=0),
        "median": _length(relief["median_minutes"], 60),
        "p95": _length(relief["p95_minutes"], 60),
        "first": _length(aligned["first_seconds"]),
        "last": _length(aligned["last_seconds"]),
    }
    return render(request, "workbench/situation/report.html", context)


def _length(amount: int | None, seconds: int = 1) -> timedelta | None:
    return None if amount is None else timedelta(seconds=amount * seconds)


def _at(written: str | None) -> datetime | None:
    return datetime.fromisoformat(written) if written else None
