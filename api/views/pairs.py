"""Pairs of a party and a list entry that officers cleared for new cases too."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api.hits import ClearedPairFilters, ClearedPairSerializer
from api.serializers import ReasonSerializer
from api.views.base import PROBLEMS, Listed, body, visible
from licensing.selectors import hits as selectors
from screening import services as screening
from screening.models import ClearedPair


class ClearedPairViewSet(Listed):
    lookup_field, lookup_value_converter = "uid", "uuid"
    serializer_class = ClearedPairSerializer
    filterset_class = ClearedPairFilters
    ordering_fields = ("cleared_at", "expires_at")
    scopes = {"list": "cases:read", "retrieve": "cases:read", "end": "screening:write"}

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return ClearedPair.objects.none()
        return selectors.pairs(self.person).select_related("ended_by")

    def _pair(self, uid: UUID) -> ClearedPair:
        found: ClearedPair = visible(self.get_queryset(), uid=uid)
        return found

    @extend_schema(
        summary="List cleared pairs",
        description="Those that your jurisdiction remembers, or remembered. "
        "What one cleared: `/api/v1/hits/?pair=`.",
        responses={200: ClearedPairSerializer(many=True), **PROBLEMS},
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(summary="Read a cleared pair", responses={200: ClearedPairSerializer, **PROBLEMS})
    def retrieve(self, request: Request, uid: UUID) -> Response:
        return Response(ClearedPairSerializer(self._pair(uid)).data)

    @extend_schema(
        summary="End a cleared pair",
        description="It clears nothing more, and what rested on it is opened again in open cases and under live "
        "licences.",
        request=ReasonSerializer,
        responses={200: ClearedPairSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def end(self, request: Request, uid: UUID) -> Response:
        data = body(request, ReasonSerializer)
        screening.end_pair(actor=self.person, pair=self._pair(uid), reason=data["reason"])
        return Response(ClearedPairSerializer(self._pair(uid)).data)
