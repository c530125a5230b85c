"""Which official lists parties are screened against, and how old they are."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core import clock
from public.views.agreed import as_json
from screening.lists.formats import FORMATS
from screening.selectors import ListState, published_states


@require_safe
def lists(request: HttpRequest) -> HttpResponse:
    """Show the lists in force that anyone may read at their publishers; nothing that an authority says itself."""
    shown = [_shown(state) for state in published_states(clock.now())]
    if as_json(request):
        return JsonResponse({"lists": shown})
    return render(request, "public/lists.html", {"lists": shown})


def _shown(state: ListState) -> dict[str, Any]:
    """Return what is told of a list: title and publisher are those of its format, whatever it is called here."""
    known = FORMATS[state.source.format]
    return {
        "list": state.source.key,
        "title": known.title,
        "publisher": known.publisher,
        "version": state.snapshot.version if state.snapshot else "",
        "as_of": state.source.checked_at,
        "age_hours": state.hours,
        "max_age_hours": state.source.max_age_hours,
        "too_old": state.stale,
    }
