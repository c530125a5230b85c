"""The types of event, as systems are told of them: one page each, and the schema of its data."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from itertools import groupby
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from ledger import envelopes
from ledger.models import Event
from pages.sentences import SENTENCES

#: Types about the inner life of the platform, which nobody outside is told of.
INNER = ("delivery.", "detail.")


def _types() -> list[str]:
    return sorted(type for type in SENTENCES if not type.startswith(INNER))


def _example(type: str) -> str:
    """Return an envelope of a type as it is sent, with made-up contents."""
    noun = type.partition(".")[0]
    event = Event(
        uid=UUID("5a0f3c1e-7d0b-4a53-9a0e-2f6d6c1b8e10"),
        type=type,
        at=datetime(2026, 11, 27, 10, 30, tzinfo=UTC),
        actor_kind="clock",
        actor_label="The clock",
        subject_type=noun,
        subject_label="EN-2026-0001",
        aggregate="case:1",
        aggregate_label="EN-2026-0001",
        facts={},
    )
    return json.dumps(envelopes.envelope(event), indent=2, ensure_ascii=False)


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    groups = [
        (noun, [(type, SENTENCES[type]) for type in types])
        for noun, types in groupby(_types(), key=lambda type: type.partition(".")[0])
    ]
    if request.GET.get("format") == "json":
        told = [
            {
                "type": type,
                "cloudevents_type": envelopes.type_of(type),
                "sentence": str(SENTENCES[type]),
                "dataschema": envelopes.schema_of(type),
            }
            for type in _types()
        ]
        return JsonResponse({"types": told})
    return render(request, "public/events.html", {"groups": groups, "count": len(_types())})


@require_safe
def event(request: HttpRequest, type: str) -> HttpResponse:
    if type not in _types():
        raise Http404
    noun = type.partition(".")[0]
    context = {
        "type": type,
        "full": envelopes.type_of(type),
        "sentence": SENTENCES[type],
        "noun": noun,
        "example": _example(type),
        "fields": envelopes.schema(type)["properties"],
        "siblings": [other for other in _types() if other != type and other.startswith(f"{noun}.")],
    }
    return render(request, "public/event.html", context)


@require_safe
def schema(request: HttpRequest, type: str) -> HttpResponse:
    """Serve the JSON Schema that `dataschema` of an envelope names."""
    if type not in _types():
        raise Http404
    return JsonResponse(envelopes.schema(type), content_type="application/schema+json")
