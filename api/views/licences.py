"""Licences: the holder's and customs' view, and verification by anyone."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import AnonRateThrottle
from rest_framework.views import APIView

from api.serializers import LicenceSerializer
from api.views.base import PROBLEMS, Scoped, visible
from core import clock
from core.references import normalise_reference
from licensing.models import Licence
from licensing.services import licences


class VerificationSerializer(serializers.Serializer[Any]):
    """What anyone may know of a licence: whether it holds, not who holds it."""

    number = serializers.CharField()
    status = serializers.CharField(
        help_text="valid, not_yet_valid, suspended, revoked, expired, exhausted, surrendered or unknown"
    )
    issuer = serializers.CharField(allow_null=True)
    valid_from = serializers.DateField(allow_null=True)
    valid_until = serializers.DateField(allow_null=True)
    territory = serializers.ListField(child=serializers.CharField())
    checked_at = serializers.DateTimeField()


class LicenceViewSet(ListModelMixin, Scoped):
    lookup_field = "number"
    serializer_class = LicenceSerializer
    scopes = {"list": "licences:read", "retrieve": "licences:read"}

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Licence.objects.none()
        return (
            Licence.objects.visible_to(self.person)  # type: ignore[attr-defined]
            .select_related("case", "holder")
            .prefetch_related("lines")
        )

    @extend_schema(summary="List licences", responses={200: LicenceSerializer(many=True), **PROBLEMS})
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(summary="Read one licence", responses={200: LicenceSerializer, **PROBLEMS})
    def retrieve(self, request: Request, number: str) -> Response:
        found = visible(self.get_queryset(), number=normalise_reference(number))
        return Response(LicenceSerializer(found).data)


class VerificationView(APIView):
    """Open to everyone: tells whether a licence holds, and nothing of who holds it or for what."""

    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = (AnonRateThrottle,)

    @extend_schema(
        summary="Verify a licence",
        description="Anyone may ask. A number that was never issued answers `unknown`, with status 200.",
        responses={200: VerificationSerializer},
        auth=[],
    )
    def get(self, request: Request, number: str) -> Response:
        found = licences.verification(normalise_reference(number)[:20])
        return Response(
            {
                "number": found.number,
                "status": found.status,
                "issuer": found.issuer.code if found.issuer else None,
                "valid_from": found.valid_from,
                "valid_until": found.valid_until,
                "territory": list(found.territory),
                "checked_at": clock.now(),
            }
        )
