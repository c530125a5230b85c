"""Trusted traders, as other members' systems ask for them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api import filters
from api.views.base import PROBLEMS, Listed, visible
from core import clock
from core.references import normalise_reference
from exemptions import trust
from exemptions.models import TrustedTrader
from licensing import trusted

REFERENCE = OpenApiParameter("reference", str, OpenApiParameter.PATH)


class TraderListSerializer(serializers.ModelSerializer[TrustedTrader]):
    """A standing as it was last decided; whether it holds in this moment is read at its own address."""

    organisation = serializers.CharField(source="organisation.name")
    registration_number = serializers.CharField(source="organisation.registration_number")
    member = serializers.CharField(source="organisation.jurisdiction_id")
    status = serializers.CharField(help_text="applied, under_audit, granted, suspended, refused or ended")
    suspended_in = serializers.CharField(
        source="suspended_in_id",
        allow_null=True,
        help_text="the member that suspended it for all; null where its record did",
    )

    class Meta:
        model = TrustedTrader
        fields: tuple[str, ...] = (
            "reference", "organisation", "registration_number", "member", "status", "granted_at", "valid_until",
            "suspended_at", "suspended_in",
        )  # fmt: skip


class LineSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField()
    count = serializers.IntegerField()
    points = serializers.IntegerField(help_text="of 100, taken away")


class TraderSerializer(TraderListSerializer):
    """A standing as it holds at `at`: read from status, dates and record, wherever the clock is."""

    level = serializers.SerializerMethodField(help_text="1 to 3; 0 where the fast lane is closed now")
    why = serializers.SerializerMethodField(help_text="why it is closed; empty where it is open")
    limit = serializers.SerializerMethodField(help_text="of one application, in whole units of its currency")
    score = serializers.SerializerMethodField(help_text="points left of 100")
    lines = serializers.SerializerMethodField()
    at = serializers.SerializerMethodField()

    class Meta(TraderListSerializer.Meta):
        fields: tuple[str, ...] = (
            *TraderListSerializer.Meta.fields, "level", "why", "limit", "score", "lines", "at",
        )  # fmt: skip

    def get_level(self, trader: TrustedTrader) -> int:
        return int(self.context["standing"].level)

    def get_why(self, trader: TrustedTrader) -> str:
        return str(self.context["standing"].why)

    def get_limit(self, trader: TrustedTrader) -> int:
        return int(self.context["standing"].limit)

    def get_score(self, trader: TrustedTrader) -> int:
        return int(self.context["score"].points)

    def get_lines(self, trader: TrustedTrader) -> list[dict[str, Any]]:
        return list(LineSerializer(self.context["score"].lines, many=True).data)

    def get_at(self, trader: TrustedTrader) -> str:
        return clock.now().isoformat()


class TraderViewSet(Listed):
    lookup_field = "reference"
    serializer_class = TraderListSerializer
    filterset_class = filters.TraderFilters
    scopes = {"list": "licences:read", "retrieve": "licences:read"}
    volatile = ("at",)

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return TrustedTrader.objects.none()
        rows = TrustedTrader.objects.visible_to(self.person)  # type: ignore[attr-defined]
        return rows.select_related("organisation").order_by("pk")

    @extend_schema(
        summary="List trusted traders",
        responses={200: TraderListSerializer(many=True), **PROBLEMS},
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(
        summary="Ask whether a trader is trusted now",
        parameters=[REFERENCE],
        responses={200: TraderSerializer, **PROBLEMS},
    )
    def retrieve(self, request: Request, reference: str) -> Response:
        found = visible(self.get_queryset(), reference=normalise_reference(reference)[:20])
        score = trust.score_of(trusted.record_of(found.organisation))
        context = {"score": score, "standing": trusted.standing_of(found, score)}
        return Response(TraderSerializer(found, context=context).data)
