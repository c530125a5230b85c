"""The event feed."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from api.pagination import limit_of
from api.renderers import TaggedJSONRenderer
from api.serializers import EventSerializer, FeedSerializer
from api.views.base import PROBLEMS, Scoped
from api.webhooks import CloudEventSerializer
from core.audience import Audience
from core.errors import Invalid
from ledger import envelopes
from ledger import selectors as ledger
from ledger.models import Event

LARGEST = 2000  # events of a page: whoever catches up asks for many
BATCH: Any = (200, envelopes.BATCH)
PLAIN: Any = (200, "application/json")


class BatchRenderer(JSONRenderer):
    """CloudEvents in a batch: `Accept: application/cloudevents-batch+json`."""

    media_type = envelopes.BATCH
    format = "cloudevents"


class EventViewSet(Scoped):
    scopes = {"list": "events:read"}
    query_names = {"list": ("cursor", "limit", "since", "type")}
    serializer_class = EventSerializer
    renderer_classes = (TaggedJSONRenderer, BatchRenderer)

    @extend_schema(
        summary="Read the event feed",
        description="What happened, as far as the caller may know it, in the order in which it was sealed. "
        "Pass back `next_cursor` to go on; a feed that is read to its end answers with no events and a "
        "cursor to ask again with. With `Accept: application/cloudevents-batch+json` the answer is a list of "
        'CloudEvents 1.0, and the address to go on with stands in `Link` (`rel="next"`). `since` begins at an '
        "instant, or a minute before it.",
        parameters=[
            OpenApiParameter("cursor", str, description="As given by the page before; empty for the start."),
            OpenApiParameter(
                "since", str, description="An instant (RFC 3339) to begin at, without a cursor."
            ),
            OpenApiParameter("limit", int, description=f"1 to {LARGEST}."),
            OpenApiParameter(
                "type", str, many=True, description="Only these event types; case.* for all of one noun."
            ),
        ],
        responses={PLAIN: FeedSerializer, BATCH: CloudEventSerializer(many=True), **PROBLEMS},
    )
    def list(self, request: Request) -> Response:
        asked = request.query_params
        limit, audience = limit_of(request, 100, LARGEST), self.person.audience
        types = asked.getlist("type") or None
        page = ledger.feed(audience, _beginning(request, audience), limit, types)
        if isinstance(request.accepted_renderer, BatchRenderer):
            further = {"cursor": page.next_cursor, "limit": limit, "type": types or []}
            link = f"{request.build_absolute_uri(request.path)}?{urlencode(further, doseq=True)}"
            told = [envelopes.envelope(event) for event in page.events]
            return Response(told, headers={"Link": f'<{link}>; rel="next"'})
        return Response({"events": [entry(event) for event in page.events], "next_cursor": page.next_cursor})


def entry(event: Event) -> dict[str, Any]:
    """Return what `EventSerializer` says of an event, ten times as fast: pages of the feed are long."""
    return {
        "id": event.uid,
        "type": event.type,
        "time": event.at,
        "actor": event.actor_label,
        "actor_kind": event.actor_kind,
        "subject_type": event.subject_type,
        "subject": event.subject_label,
        "case": event.aggregate_label if event.aggregate.startswith("case:") else None,
        "facts": event.facts,
    }


def _beginning(request: Request, audience: Audience) -> str | None:
    """Return the cursor to begin after: the one given, or that of an instant."""
    cursor, since = request.query_params.get("cursor"), request.query_params.get("since")
    if not since:
        return cursor or None
    if cursor:
        raise Invalid.field("since", _("Give a cursor or an instant, not both."))
    try:
        at = parse_datetime(since.replace(" ", "+"))
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        message = _("Give an instant with its offset from UTC, such as 2026-11-27T12:00:00Z.")
        raise Invalid.field("since", message)
    return ledger.cursor_of(ledger.position_since(audience, at))
