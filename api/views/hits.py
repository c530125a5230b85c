"""Hits of screening and the acts of officers on them."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api.hits import HitSerializer
from api.serializers import ClearanceSerializer, ReasonSerializer
from api.views.base import PROBLEMS, Scoped, body, visible
from screening import services as screening
from screening.models import Hit


class HitViewSet(Scoped):
    lookup_field, lookup_value_converter = "uid", "uuid"
    scopes = {
        "retrieve": "cases:read",
        "clearance": "screening:write",
        "confirmation": "screening:write",
        "rejection": "screening:write",
        "match": "screening:write",
        "unsure": "screening:write",
    }
    serializer_class = ReasonSerializer

    def _hit(self, uid: UUID) -> Hit:
        found: Hit = visible(
            Hit.objects.visible_to(self.person).select_related("snapshot__source_list"),
            uid=uid,
        )  # type: ignore[attr-defined]
        return found

    def _answer(self, hit: Hit) -> Response:
        return Response({"uid": str(hit.uid), "status": hit.status})

    @extend_schema(summary="Read one hit", responses={200: HitSerializer, **PROBLEMS})
    def retrieve(self, request: Request, uid: UUID) -> Response:
        return Response(HitSerializer(self._hit(uid)).data)

    @extend_schema(
        summary="Clear a hit",
        description="A strong hit is proposed to a second officer; another is cleared at once.",
        request=ClearanceSerializer,
        responses={200: dict, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def clearance(self, request: Request, uid: UUID) -> Response:
        data = body(request, ClearanceSerializer)
        return self._answer(screening.clear(actor=self.person, hit=self._hit(uid), **data))

    @extend_schema(summary="Confirm that a hit is cleared", request=None, responses={200: dict, **PROBLEMS})
    @action(detail=True, methods=["post"], url_path="clearance/confirmation")
    def confirmation(self, request: Request, uid: UUID) -> Response:
        return self._answer(screening.confirm_clear(actor=self.person, hit=self._hit(uid)))

    @extend_schema(
        summary="Reject a proposed clearance", request=ReasonSerializer, responses={200: dict, **PROBLEMS}
    )
    @action(detail=True, methods=["post"], url_path="clearance/rejection")
    def rejection(self, request: Request, uid: UUID) -> Response:
        data = body(request, ReasonSerializer)
        return self._answer(
            screening.reject_clear(actor=self.person, hit=self._hit(uid), reason=data["reason"])
        )

    @extend_schema(
        summary="Say what is missing to judge a hit",
        request=ReasonSerializer,
        responses={200: dict, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def unsure(self, request: Request, uid: UUID) -> Response:
        data = body(request, ReasonSerializer)
        return self._answer(
            screening.mark_unsure(actor=self.person, hit=self._hit(uid), reason=data["reason"])
        )

    @extend_schema(
        summary="Confirm that a hit is a true match",
        request=ReasonSerializer,
        responses={200: dict, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def match(self, request: Request, uid: UUID) -> Response:
        data = body(request, ReasonSerializer)
        return self._answer(
            screening.confirm_match(actor=self.person, hit=self._hit(uid), reason=data["reason"])
        )
