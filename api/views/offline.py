"""Tokens for offices without a network, and what such offices tell afterwards."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api import filters
from api.bodies import body
from api.examples import OFFLINE_TOKEN, OFFLINE_USES
from api.views.base import PROBLEMS, Listed, visible
from api.views.drawdown import NUMBER, QuantityField
from enforcement import cover
from enforcement.models import OfflineConflict, OfflineToken, OfflineUse
from enforcement.services import offline_tokens, reconciliation
from enforcement.services.reconciliation import Told

MOST = 200


class OfflineTokenSerializer(serializers.ModelSerializer[OfflineToken]):
    """A quantity of a line that is reserved for an office, signed: goods leave by it without a network."""

    licence = serializers.CharField(source="reservation.licence.number")
    line = serializers.IntegerField(source="reservation.licence_line.line")
    quantity = serializers.DecimalField(source="reservation.quantity", max_digits=18, decimal_places=3)
    unit = serializers.CharField(source="reservation.licence_line.unit")
    office = serializers.CharField(source="reservation.office")
    reservation = serializers.UUIDField(source="reservation.uid")
    tell_by = serializers.DateTimeField(
        source="reservation.expires_at", help_text="from then on its use is no longer covered by itself"
    )
    status = serializers.CharField(
        source="state", help_text="as it stands now: open, to_tell, used, released or expired"
    )
    token = serializers.CharField(
        source="text", help_text="compact JWS, as ./entente verify-licence takes it"
    )

    class Meta:
        model = OfflineToken
        fields = (
            "uid", "number", "licence", "line", "quantity", "unit", "office", "reservation", "status", "made_at",
            "valid_until", "tell_by", "token",
        )  # fmt: skip


class ToTakeTokenSerializer(serializers.Serializer[Any]):
    line = serializers.IntegerField(min_value=1, max_value=1000)
    quantity = QuantityField()
    unit = serializers.CharField(max_length=3, help_text="UN/ECE Recommendation 20, as for reservations")
    office = serializers.CharField(max_length=10, help_text="the office at which alone it serves")
    hours = serializers.IntegerField(
        min_value=1,
        max_value=offline_tokens.LONGEST,
        required=False,
        default=offline_tokens.LONGEST,
        help_text="for how long goods leave by it",
    )


class OfflineConflictSerializer(serializers.ModelSerializer[OfflineConflict]):
    """A quantity that no token covers: it takes nothing of any licence until people have settled it."""

    class Meta:
        model = OfflineConflict
        fields = ("uid", "reason", "detail", "quantity", "status", "settled_at", "settled_because")


class OfflineUseSerializer(serializers.ModelSerializer[OfflineUse]):
    member = serializers.CharField(source="jurisdiction_id")
    token = serializers.CharField(source="token.number", default=None, allow_null=True)
    licence = serializers.CharField(
        source="licence_number", help_text="as it was named; empty where none was"
    )
    confirmed = serializers.DecimalField(
        max_digits=18, decimal_places=3, help_text="what a token covered, and is drawn"
    )
    conflict = OfflineConflictSerializer(default=None, allow_null=True)

    class Meta:
        model = OfflineUse
        fields = (
            "uid", "member", "office", "declaration", "token", "licence", "line", "quantity", "unit", "used_at",
            "reported_at", "confirmed", "conflict",
        )  # fmt: skip


class ToldSerializer(serializers.Serializer[Any]):
    token = serializers.CharField(
        max_length=reconciliation.LONGEST,
        required=False,
        default="",
        allow_blank=True,
        help_text="what was shown: the token, or its number; empty where none was",
    )
    quantity = QuantityField(help_text="what left, in the unit of the token")
    used_at = serializers.DateTimeField(help_text="when the goods were accepted, with its offset")
    office = serializers.CharField(max_length=10)
    declaration = serializers.CharField(max_length=35)
    licence = serializers.CharField(
        max_length=30, required=False, default="", allow_blank=True, help_text="where no token was shown"
    )
    line = serializers.IntegerField(min_value=0, max_value=1000, required=False, default=0)
    unit = serializers.CharField(max_length=3, required=False, default="", allow_blank=True)


class ToTellSerializer(serializers.Serializer[Any]):
    uses = ToldSerializer(many=True, allow_empty=False, max_length=MOST)  # type: ignore[call-arg]


class ReconciledSerializer(serializers.Serializer[Any]):
    uses = OfflineUseSerializer(many=True)


class OfflineTokenViewSet(Listed):
    lookup_field = "uid"
    serializer_class = OfflineTokenSerializer
    filterset_class = filters.OfflineTokenFilters
    ordering_fields = ("made_at", "valid_until")
    scopes = {"list": "drawdown:write", "retrieve": "drawdown:write", "create": "drawdown:write"}

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return OfflineToken.objects.none()
        rows = OfflineToken.objects.visible_to(self.person)  # type: ignore[attr-defined]
        return rows.select_related("reservation__licence", "reservation__licence_line")

    @extend_schema(
        summary="List the tokens of your member",
        responses={200: OfflineTokenSerializer(many=True), **PROBLEMS},
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(
        summary="Read a token",
        parameters=[OpenApiParameter("uid", str, OpenApiParameter.PATH, description="of the token")],
        responses={200: OfflineTokenSerializer, **PROBLEMS},
    )
    def retrieve(self, request: Request, uid: object) -> Response:
        return Response(OfflineTokenSerializer(visible(self.get_queryset(), uid=uid)).data)

    @extend_schema(
        summary="Take a token for an office without a network",
        description="Customs only. The quantity is reserved at once, for ten days; goods leave by the token for "
        "the hours asked for. 409 with `reasons` as for reservations.",
        parameters=[NUMBER],
        request=ToTakeTokenSerializer,
        examples=[OpenApiExample("Two articles for a night", value=OFFLINE_TOKEN, request_only=True)],
        responses={201: OfflineTokenSerializer, **PROBLEMS},
    )
    def create(self, request: Request, number: str) -> Response:
        given = body(request, ToTakeTokenSerializer)
        licence = cover.found_for(self.person, number)
        made = offline_tokens.take_token(actor=self.person, licence=licence, **given)
        return Response(OfflineTokenSerializer(visible(self.get_queryset(), uid=made.uid)).data, status=201)


class OfflineUseViewSet(Listed):
    serializer_class = OfflineUseSerializer
    filterset_class = filters.OfflineUseFilters
    ordering_fields = ("reported_at", "used_at")
    scopes = {"list": "licences:read", "create": "drawdown:write"}

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return OfflineUse.objects.none()
        rows = OfflineUse.objects.visible_to(self.person)  # type: ignore[attr-defined]
        return rows.select_related("token", "conflict")

    @extend_schema(
        summary="List what offices told of uses without a network",
        description="To customs and licensing officers of the members concerned. `conflict`: what is not covered.",
        responses={200: OfflineUseSerializer(many=True), **PROBLEMS},
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(
        summary="Tell what was used without a network",
        description=f"Up to {MOST} uses at once. What a token covers is confirmed. Anything else becomes a "
        "conflict: it takes nothing of any licence, and people settle it at the workbench. The same told again is "
        "the row that was made first. 422 names each use that cannot be read, and then none is taken in.",
        request=ToTellSerializer,
        examples=[OpenApiExample("With a token and without", value=OFFLINE_USES, request_only=True)],
        responses={200: ReconciledSerializer, **PROBLEMS},
    )
    def create(self, request: Request) -> Response:
        given = body(request, ToTellSerializer)
        told = [Told(**one) for one in given["uses"]]
        rows = reconciliation.report_all(actor=self.person, told=told)
        return Response({"uses": OfflineUseSerializer(rows, many=True).data})
