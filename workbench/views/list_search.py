"""Free text search over the entries of the lists, and everything that a list says of one."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from core.errors import NotFound
from pages.lists import page_of
from screening import searching
from screening.selectors import list_titles
from workbench.comparison import KINDS
from workbench.views.common import me


@login_required
@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """Search the entries in force by their words, and by names that are alike."""
    me(request)
    text = " ".join(request.GET.get("q", "").split())[: searching.LONGEST]
    words = searching.words_of(text)
    page = page_of(request, searching.entries_like(text))
    alike = searching.resembling(text) if page.number == 1 else []
    shown = {(entry.source_list.key, entry.entry_id) for entry in page}
    context = {
        "text": text,
        "words": words,
        "page": page,
        "alike": [match for match in alike if (match.list_key, match.entry_id) not in shown],
        "titles": list_titles(),
        "too_short": bool(text) and sum(map(len, words)) < searching.SHORTEST,
    }
    return render(request, "workbench/list_search.html", context)


@login_required
@require_GET
def entry(request: HttpRequest, list_key: str, entry_id: str) -> HttpResponse:
    """Show everything that the last version of a list with an entry says of it."""
    me(request)
    versions = searching.versions_of(list_key, entry_id)
    if not versions:
        raise NotFound()
    last = versions[0]
    context = {
        "entry": last,
        "kind": KINDS.get(last.kind, last.kind),
        "versions": versions,
        "owners": searching.owners(last),
        "group": f"entry:{list_key}:{entry_id}",
    }
    return render(request, "workbench/entry.html", context)
