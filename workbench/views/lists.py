"""The screening lists in force, how old they are, and what each version changed."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from core import clock
from core.errors import NotFound
from screening.selectors import changes_of, list_states
from workbench.views.common import me

LONGEST = 200  # entries of one kind of change that a page names


@login_required
@require_GET
def lists(request: HttpRequest) -> HttpResponse:
    """Show every list with its version, its age and what the last version changed."""
    me(request)
    states = list_states(clock.now())
    stale = [state for state in states if state.stale]
    return render(request, "workbench/lists.html", {"states": states, "stale": stale})


@login_required
@require_GET
def changes(request: HttpRequest, list_key: str) -> HttpResponse:
    """Show the versions of a list, and by name what one of them, the last unless asked, changed."""
    me(request)
    state = next((state for state in list_states(clock.now()) if state.source.key == list_key), None)
    if state is None:
        raise NotFound()
    versions = list(state.source.snapshots.order_by("-pk")[:100])
    asked = request.GET.get("version", "")
    shown = next((one for one in versions if str(one.pk) == asked), None if asked else state.snapshot)
    if asked and shown is None:
        raise NotFound()
    groups = []
    if shown is not None:
        found = changes_of(shown, LONGEST)
        groups = [
            (_("Added"), shown.added_count, found.added),
            (_("Changed"), shown.changed_count, found.changed),
            (_("Removed"), shown.removed_count, found.removed),
        ]
    context = {"state": state, "versions": versions, "shown": shown, "groups": groups, "longest": LONGEST}
    return render(request, "workbench/list.html", context)
