"""A system's own webhooks."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api.bodies import body
from api.views.base import PROBLEMS, Listed, visible
from api.webhooks import (
    URL,
    AttemptSerializer,
    ChangeWebhookSerializer,
    DeadLetterSerializer,
    KeyMadeSerializer,
    RegisterWebhookSerializer,
    ReplaySerializer,
    RotateSerializer,
    WebhookSerializer,
)
from core.errors import Conflict
from correspondence import selectors, services
from correspondence.models import WebhookEndpoint
from correspondence.services import KeyMade
from ledger import envelopes

UID = OpenApiParameter("uid", UUID, OpenApiParameter.PATH)
SCOPE = "webhooks:manage"
NO_STORE = {"Cache-Control": "no-store"}


class WebhookViewSet(Listed):
    lookup_field = "uid"
    serializer_class = WebhookSerializer
    query_names = {"attempts": ("limit", "cursor"), "dead_letters": ("limit", "cursor")}
    scopes = {
        "list": SCOPE,
        "create": SCOPE,
        "retrieve": SCOPE,
        "partial_update": SCOPE,
        "destroy": SCOPE,
        "key": SCOPE,
        "test": SCOPE,
        "replay": SCOPE,
        "attempts": SCOPE,
        "dead_letters": SCOPE,
    }

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return WebhookEndpoint.objects.none()
        rows = WebhookEndpoint.objects.visible_to(self.person)  # type: ignore[attr-defined]
        return rows.prefetch_related("keys")

    def _found(self, uid: str) -> WebhookEndpoint:
        found: WebhookEndpoint = visible(self.get_queryset(), uid=uid)
        return found

    def _shown(self, endpoint: WebhookEndpoint) -> Response:
        return Response(WebhookSerializer(self._found(str(endpoint.uid))).data)

    @extend_schema(
        summary="List the system's webhooks", responses={200: WebhookSerializer(many=True), **PROBLEMS}
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(
        summary="Register a webhook",
        description="It is told what happens from now on, by Standard Webhooks 1.0, in CloudEvents envelopes.",
        request=RegisterWebhookSerializer,
        responses={201: KeyMadeSerializer, **PROBLEMS},
        examples=[OpenApiExample("Licences only", {"url": URL, "types": ["licence.*"]}, request_only=True)],
    )
    def create(self, request: Request) -> Response:
        given = body(request, RegisterWebhookSerializer)
        client = self.person.via
        assert client is not None
        made = services.register_webhook(actor=self.person, client=client, **given)
        return self._made(made, 201)

    def _made(self, made: KeyMade, status: int) -> Response:
        return Response(KeyMadeSerializer(made).data, status=status, headers=NO_STORE)

    @extend_schema(summary="Read a webhook", parameters=[UID], responses={200: WebhookSerializer, **PROBLEMS})
    def retrieve(self, request: Request, uid: str) -> Response:
        return self._shown(self._found(uid))

    @extend_schema(
        summary="Change, pause or resume a webhook",
        parameters=[UID],
        request=ChangeWebhookSerializer,
        responses={200: WebhookSerializer, **PROBLEMS},
        examples=[OpenApiExample("Pause", {"status": "paused"}, request_only=True)],
    )
    def partial_update(self, request: Request, uid: str) -> Response:
        given = body(request, ChangeWebhookSerializer)
        endpoint, status = self._found(uid), given.pop("status", None)
        if given and status is not None:
            raise Conflict(_("Change it, or pause or resume it: one at a time."))
        if given:
            services.change_webhook(actor=self.person, endpoint=endpoint, **given)
        elif status is not None and status != endpoint.status:
            act = services.pause_webhook if status == "paused" else services.resume_webhook
            act(actor=self.person, endpoint=endpoint)
        return self._shown(endpoint)

    @extend_schema(summary="Remove a webhook", parameters=[UID], responses={204: None, **PROBLEMS})
    def destroy(self, request: Request, uid: str) -> Response:
        services.remove_webhook(actor=self.person, endpoint=self._found(uid))
        return Response(status=204)

    @extend_schema(
        summary="Rotate the key of a webhook",
        description="The key in use signs along for 24 hours.",
        parameters=[UID],
        request=RotateSerializer,
        responses={200: KeyMadeSerializer, **PROBLEMS},
        examples=[OpenApiExample("To HMAC", {"scheme": "v1"}, request_only=True)],
    )
    @action(detail=True, methods=["post"])
    def key(self, request: Request, uid: str) -> Response:
        given = body(request, RotateSerializer)
        return self._made(services.rotate_key(actor=self.person, endpoint=self._found(uid), **given), 200)

    @extend_schema(
        summary="Send a test event",
        description="Sent next and apart from the feed; what came of it stands among the attempts.",
        parameters=[UID],
        request=None,
        responses={202: {"type": "object", "properties": {"event": {"type": "string"}}}, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def test(self, request: Request, uid: str) -> Response:
        event = services.send_test(actor=self.person, endpoint=self._found(uid))
        return Response({"event": str(event.uid), "type": envelopes.type_of(event.type)}, status=202)

    @extend_schema(
        summary="Send again what was told before",
        description="One dead letter by the id of its event; or everything from an instant, from a cursor of the "
        "event feed, or from the beginning.",
        parameters=[UID],
        request=ReplaySerializer,
        responses={200: WebhookSerializer, **PROBLEMS},
        examples=[OpenApiExample("Since noon", {"since": "2026-11-27T12:00:00Z"}, request_only=True)],
    )
    @action(detail=True, methods=["post"])
    def replay(self, request: Request, uid: str) -> Response:
        given = body(request, ReplaySerializer)
        endpoint = self._found(uid)
        if "event" in given:
            services.replay_letter(actor=self.person, endpoint=endpoint, event=str(given["event"]))
        else:
            services.replay_from(actor=self.person, endpoint=endpoint, **given)
        return self._shown(endpoint)

    @extend_schema(
        summary="List what was sent to a webhook and what came of it",
        description="Newest first; kept for 30 days.",
        parameters=[UID],
        responses={200: AttemptSerializer(many=True), **PROBLEMS},
    )
    @action(detail=True, methods=["get"])
    def attempts(self, request: Request, uid: str) -> Response:
        rows = self.paginate_queryset(selectors.attempts_of(self._found(uid)))
        return self.get_paginated_response(AttemptSerializer(rows, many=True).data)

    @extend_schema(
        summary="List what a webhook could not be told",
        parameters=[UID],
        responses={200: DeadLetterSerializer(many=True), **PROBLEMS},
    )
    @action(detail=True, methods=["get"], url_path="dead-letters")
    def dead_letters(self, request: Request, uid: str) -> Response:
        rows = self.paginate_queryset(selectors.dead_letters_of(self._found(uid)))
        return self.get_paginated_response(DeadLetterSerializer(rows, many=True).data)
