"""How ready members are for a crisis: a score with its parts, and what is missing."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from escalation.readiness import readiness
from workbench.views.common import me


@login_required
@require_GET
def scores(request: HttpRequest) -> HttpResponse:
    """Show every member's readiness, one's own first: what is missing in one is a risk to all."""
    mine = me(request).jurisdiction_code
    rows = sorted(readiness(), key=lambda row: row.member.code != mine)
    context = {"rows": rows, "parts": rows[0].parts if rows else (), "mine": mine}
    return render(request, "workbench/readiness.html", context)
