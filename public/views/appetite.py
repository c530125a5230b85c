"""The register of risk appetite, as anyone may read it: thresholds, the minutes behind them, votes by member."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from alliance import register
from alliance.models import ThresholdChange
from core import clock
from core.errors import NotFound
from core.references import normalise_reference
from members.models import User
from members.selectors import jurisdictions
from pages.drawings import threshold as drawing
from public.views.agreed import as_json

MOST = 200


def _rows() -> Any:
    """What the public may read, whoever asks: a vote that is open is the members' business."""
    rows = ThresholdChange.objects.visible_to(User())  # type: ignore[attr-defined]
    return rows.order_by("-closed_at", "-pk").prefetch_related("votes")


def told(found: ThresholdChange) -> dict[str, Any]:
    """Return a change as JSON tells it; neither the persons behind it nor the reasons of votes are named."""
    return {
        "reference": found.reference,
        "scenario": found.scenario,
        "threshold": found.threshold,
        "old_value": found.old_value,
        "new_value": found.new_value,
        "reason": found.reason,
        "minute": {
            "body": found.minute_body,
            "date": found.minute_date,
            "paragraph": found.minute_paragraph,
            "document_sha256": found.document_sha256,
        },
        "status": found.status,
        "proposed_by": found.proposed_for_id,
        "closed_at": found.closed_at,
        "quorum": found.quorum,
        "majority": found.majority,
        "members": found.members,
        "votes": {vote.jurisdiction_id: vote.choice for vote in found.votes.all()},
        "effective_from": found.effective_from if found.status == ThresholdChange.Status.AGREED else None,
    }


def entry_told(entry: register.Entry) -> dict[str, Any]:
    """Return a threshold as JSON tells it, with what it was and will be."""
    scenario, name = entry.key
    return {
        "scenario": scenario,
        "threshold": name,
        "value": entry.value,
        "agreed": entry.agreed and entry.agreed.reference,
        "history": [
            {
                "value": step.value,
                "since": step.since,
                "version": step.version,
                "agreed": step.agreed and step.agreed.reference,
                "minute": step.agreed and step.agreed.minute,
            }
            for step in entry.steps
        ],
    }


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    entries, rows = register.entries(User()), list(_rows()[:MOST])
    if as_json(request):
        return JsonResponse(
            {"thresholds": [entry_told(one) for one in entries], "changes": [told(row) for row in rows]}
        )
    today, none = clock.today(), _("none")
    context = {
        "entries": entries,
        "moved": [
            (one, drawing.draw([(step.since, step.value) for step in one.steps], today, none))
            for one in entries
            if len(one.steps) > 1
        ],
        "changes": register.titled(rows),
    }
    return render(request, "public/appetite.html", context)


@require_safe
def change(request: HttpRequest, reference: str) -> HttpResponse:
    found = _rows().filter(reference=normalise_reference(reference)[:20]).first()
    if found is None:
        raise NotFound()
    if as_json(request):
        return JsonResponse(told(found))
    context = {
        "found": found,
        "scenario": register.title_of(found.scenario),
        **register.told(found, jurisdictions()),
    }
    return render(request, "public/appetite_change.html", context)
