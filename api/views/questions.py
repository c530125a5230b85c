"""Questions to exporters, and their answers."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api import filters
from api.bodies import body
from api.serializers import AnswerSerializer, InformationRequestSerializer
from api.views.base import PROBLEMS, Listed, visible
from licensing.models import InformationRequest
from licensing.services import information


class InformationRequestViewSet(Listed):
    lookup_field, lookup_value_converter = "uid", "uuid"
    serializer_class = InformationRequestSerializer
    filterset_class = filters.InformationRequestFilters
    ordering_fields = ("asked_at", "due_at")
    scopes = {
        "list": "cases:read",
        "retrieve": "cases:read",
        "answer": "applications:write",
        "withdrawal": "positions:write",
    }

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return InformationRequest.objects.none()
        return InformationRequest.objects.visible_to(self.person).select_related("case")

    def _request(self, uid: UUID) -> InformationRequest:
        found: InformationRequest = visible(self.get_queryset(), uid=uid)
        return found

    @extend_schema(
        summary="List the questions you may see",
        responses={200: InformationRequestSerializer(many=True), **PROBLEMS},
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(summary="Read one question", responses={200: InformationRequestSerializer, **PROBLEMS})
    def retrieve(self, request: Request, uid: UUID) -> Response:
        return Response(InformationRequestSerializer(self._request(uid)).data)

    @extend_schema(
        summary="Answer a question",
        description="`changes` maps a section of the dossier to its new content: that makes a new revision.",
        request=AnswerSerializer,
        responses={200: InformationRequestSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def answer(self, request: Request, uid: UUID) -> Response:
        data = body(request, AnswerSerializer)
        answered = information.answer(actor=self.person, request=self._request(uid), **data)
        return Response(InformationRequestSerializer(answered).data)

    @extend_schema(
        summary="Withdraw a question", request=None, responses={200: InformationRequestSerializer, **PROBLEMS}
    )
    @action(detail=True, methods=["post"])
    def withdrawal(self, request: Request, uid: UUID) -> Response:
        withdrawn = information.withdraw_request(actor=self.person, request=self._request(uid))
        return Response(InformationRequestSerializer(withdrawn).data)
