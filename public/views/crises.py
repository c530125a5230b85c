"""The crises that were ever in force, as anyone may read them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from alliance import crises, measures, selectors
from alliance.alignment import Alignment, alignment
from alliance.models import Declaration, Relaxation
from core.errors import NotFound
from core.references import normalise_reference
from members.models import User
from public.views.agreed import as_json

MOST = 200


def _rows() -> Any:
    """What the public may read, whoever asks: proposals are no one's business here."""
    rows = Declaration.objects.visible_to(User())  # type: ignore[attr-defined]
    return rows.order_by("-in_force_at").prefetch_related("adoptions__jurisdiction", "relaxations")


def told(found: Declaration, aligned: Alignment) -> dict[str, Any]:
    """Return a declaration as JSON tells it; the persons behind it are not named."""
    return {
        "reference": found.reference,
        "title": found.title,
        "status": found.status,
        "objective": found.objective,
        "legal_basis": found.legal_basis,
        "scenario": found.scenario,
        "scope": found.scope,
        "in_force_at": found.in_force_at,
        "takes_effect_at": found.takes_effect_at,
        "renewed_at": found.renewed_at,
        "sunset_at": found.sunset_at,
        "ended_at": found.ended_at,
        "ended_because": found.ended_because,
        "measures": found.payload["measures"],
        "exit": found.payload["exit"],
        "relaxed": [row.step for row in found.relaxations.all() if row.status == Relaxation.Status.APPLIED],
        "adoptions": [
            {
                "member": row.jurisdiction_id,
                "status": row.status,
                "decided_at": row.decided_at,
                "legal_reference": row.legal_reference,
                "reason": row.reason,
            }
            for row in aligned.adoptions
        ],
    }


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    rows = [(row, alignment(row)) for row in _rows()[:MOST]]
    profile = crises.scenario()
    if as_json(request):
        return JsonResponse(
            {
                "scenario": profile.key if profile else None,
                "crises": [told(row, aligned) for row, aligned in rows],
            }
        )
    return render(request, "public/crises.html", {"rows": rows, "scenario": profile})


@require_safe
def crisis(request: HttpRequest, reference: str) -> HttpResponse:
    found = _rows().filter(reference=normalise_reference(reference)).first()
    if found is None:
        raise NotFound()
    aligned = alignment(found)
    if as_json(request):
        return JsonResponse(told(found, aligned))
    context = {
        "found": found,
        "aligned": aligned,
        "set": measures.parse(found.payload),
        "scope": measures.parse_scope(found.scope),
        "scenario": selectors.scenarios().get(found.scenario),
        "applied": {row.step for row in found.relaxations.all() if row.status == Relaxation.Status.APPLIED},
    }
    return render(request, "public/crisis.html", context)
