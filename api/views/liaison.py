"""What authorities outside the alliance were told of intermediaries; packages are made in person."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.views.base import PROBLEMS, Listed, visible
from escalation.models import LiaisonPackage

UID = OpenApiParameter("uid", UUID, OpenApiParameter.PATH)


class LiaisonPackageSerializer(serializers.ModelSerializer[LiaisonPackage]):
    """That an authority outside the alliance is told of an intermediary, for what and until when.

    Not what it says: from that the file could be made, and who fetched the file is noted.
    """

    party = serializers.CharField(source="party.name")
    proposed_for = serializers.CharField(source="proposed_by.jurisdiction_code", allow_null=True)
    released_for = serializers.CharField(
        source="released_by.jurisdiction_code", default=None, allow_null=True
    )

    class Meta:
        model = LiaisonPackage
        fields: tuple[str, ...] = (
            "uid", "reference", "party", "authority", "country", "purpose", "legal_basis", "status", "sha256",
            "proposed_for", "proposed_at", "released_for", "released_at", "expires_at", "ended_at",
            "ended_because", "received_at", "received_note",
        )  # fmt: skip


class LiaisonPackageViewSet(Listed):
    lookup_field, lookup_value_converter = "uid", "uuid"
    serializer_class = LiaisonPackageSerializer
    scopes = {"list": "cases:read", "retrieve": "cases:read"}

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return LiaisonPackage.objects.none()
        rows = LiaisonPackage.objects.visible_to(self.person)  # type: ignore[attr-defined]
        return rows.select_related("party", "proposed_by__authority", "released_by__authority")

    @extend_schema(
        summary="List what authorities outside the alliance were told of intermediaries",
        responses={200: LiaisonPackageSerializer(many=True), **PROBLEMS},
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(
        summary="Read one liaison package",
        description="Without what it says: the file to hand over is fetched in person, and that is noted.",
        parameters=[UID],
        responses={200: LiaisonPackageSerializer, **PROBLEMS},
    )
    def retrieve(self, request: Request, uid: UUID) -> Response:
        return Response(LiaisonPackageSerializer(visible(self.get_queryset(), uid=uid)).data)
