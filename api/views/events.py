"""The event feed."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api.pagination import limit_of
from api.serializers import EventSerializer, FeedSerializer
from api.views.base import PROBLEMS, Scoped
from ledger import selectors as ledger


class EventViewSet(Scoped):
    scopes = {"list": "events:read"}
    query_names = {"list": ("cursor", "limit", "type")}
    serializer_class = EventSerializer

    @extend_schema(
        summary="Read the event feed",
        description="What happened, as far as the caller may know it, in the order in which it was sealed. "
        "Pass back `next_cursor` to go on; a feed that is read to its end answers with no events and a "
        "cursor to ask again with.",
        parameters=[
            OpenApiParameter("cursor", str, description="As given by the page before; empty for the start."),
            OpenApiParameter("limit", int, description="1 to 200."),
            OpenApiParameter("type", str, many=True, description="Only these event types."),
        ],
        responses={200: FeedSerializer, **PROBLEMS},
    )
    def list(self, request: Request) -> Response:
        page = ledger.feed(
            self.person.audience,
            request.query_params.get("cursor") or None,
            limit_of(request, 100),
            request.query_params.getlist("type") or None,
        )
        answer: dict[str, Any] = {
            "events": EventSerializer(page.events, many=True).data,
            "next_cursor": page.next_cursor,
        }
        return Response(answer)
