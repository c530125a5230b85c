"""Events in the shape that systems of others read: CloudEvents 1.0 in structured JSON.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
"""

from __future__ import annotations

import json
from datetime import UTC
from typing import Any

from django.conf import settings

from ledger.models import Event

PREFIX = "org.entente."
VERSION = 1  # of what `data` holds; a change that a reader could trip over gets the next one
ONE = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
LARGEST = 64 * 1024  # bytes that every reader of CloudEvents has to take (its section on size limits)


def type_of(event_type: str) -> str:
    """Return what readers know a type by: `case.escalated` is `org.entente.case.escalated.v1`."""
    return f"{PREFIX}{event_type}.v{VERSION}"


def schema_of(event_type: str) -> str:
    """Return the address of the JSON Schema of a type's data."""
    return f"{settings.SITE_URL}/events/{event_type}/schema.json"


def envelope(event: Event) -> dict[str, Any]:
    """Return an event as a CloudEvent. Its `id` is random: the order is that of the feed."""
    told = {
        "specversion": "1.0",
        "id": str(event.uid),
        "source": settings.SITE_URL,
        "type": type_of(event.type),
        "subject": event.aggregate_label or event.subject_label or event.subject_type,
        "time": event.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "dataschema": schema_of(event.type),
        "data": {
            "actor": event.actor_label,
            "actor_kind": event.actor_kind,
            "subject_type": event.subject_type,
            "subject": event.subject_label,
            "case": event.aggregate_label if event.aggregate.startswith("case:") else None,
            "facts": event.facts,
        },
    }
    return told


def body(event: Event) -> bytes:
    """Return an envelope as it is sent, in at most 64 KiB: facts that would not fit are left to the feed.

    Such an envelope says `"facts_left_out": true` in its data.
    """
    told = envelope(event)
    text = _written(told)
    if len(text) > LARGEST:
        told["data"] |= {"facts": {}, "facts_left_out": True}
        text = _written(told)
    return text


def _written(told: dict[str, Any]) -> bytes:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def schema(event_type: str) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of the data of a type."""
    text = {"type": "string"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": schema_of(event_type),
        "title": type_of(event_type),
        "type": "object",
        "properties": {
            "actor": {**text, "description": "Who did it, by name."},
            "actor_kind": {
                "enum": ["user", "client", "clock", "process"],
                "description": "A person, a person's system, the clock, or the platform.",
            },
            "subject_type": {**text, "description": "The kind of thing it happened to."},
            "subject": {**text, "description": "What the thing is called."},
            "case": {"type": ["string", "null"], "description": "Reference of the case, if it is about one."},
            "facts": {
                "type": "object",
                "description": "What is told beside it; later versions only add to it.",
            },
            "facts_left_out": {
                "const": True,
                "description": "The facts were too large: read them in the feed.",
            },
        },
        "required": ["actor", "actor_kind", "subject_type", "subject", "case", "facts"],
    }
