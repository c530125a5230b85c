"""Crises and where members stand; an authority's system passes its decider's decision on."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from alliance import adopting
from alliance.models import Adoption, Declaration
from api.bodies import body
from api.views.base import PROBLEMS, Scoped, visible
from core.references import normalise_reference

REFERENCE = OpenApiParameter("reference", str, OpenApiParameter.PATH)


class AdoptionSerializer(serializers.ModelSerializer[Adoption]):
    """Where one member stands."""

    member = serializers.CharField(source="jurisdiction_id")

    class Meta:
        model = Adoption
        fields = ("member", "status", "legal_reference", "reason", "decided_at")


class CrisisSerializer(serializers.ModelSerializer[Declaration]):
    """A declaration with its measures, its exit plan and where members stand."""

    adoptions = AdoptionSerializer(many=True)
    measures = serializers.SerializerMethodField()
    exit = serializers.SerializerMethodField()

    class Meta:
        model = Declaration
        fields = (
            "reference", "title", "objective", "legal_basis", "scenario", "scope", "status", "set_key",
            "set_version", "declared_at", "in_force_at", "takes_effect_at", "renewed_at", "sunset_at", "ended_at",
            "ended_because", "adoptions", "measures", "exit",
        )  # fmt: skip

    def get_measures(self, declaration: Declaration) -> list[dict[str, Any]]:
        return list(declaration.payload["measures"])

    def get_exit(self, declaration: Declaration) -> list[dict[str, Any]]:
        return list(declaration.payload["exit"])


class ToAdoptSerializer(serializers.Serializer[Any]):
    legal_reference = serializers.CharField(max_length=300, help_text="the national instrument")


class ToOptOutSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=1000)


class CrisisViewSet(Scoped):
    lookup_field = "reference"
    serializer_class = CrisisSerializer
    scopes = {
        "list": "cases:read",
        "retrieve": "cases:read",
        "adopt": "decisions:write",
        "opt_out": "decisions:write",
    }

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Declaration.objects.none()
        return Declaration.objects.visible_to(self.person).prefetch_related("adoptions")  # type: ignore[attr-defined]

    def _found(self, reference: str) -> Declaration:
        found: Declaration = visible(self.get_queryset(), reference=normalise_reference(reference)[:20])
        return found

    @extend_schema(summary="List crises", responses={200: CrisisSerializer(many=True), **PROBLEMS})
    def list(self, request: Request) -> Response:
        return Response(CrisisSerializer(self.get_queryset()[:100], many=True).data)

    @extend_schema(
        summary="Read one crisis", parameters=[REFERENCE], responses={200: CrisisSerializer, **PROBLEMS}
    )
    def retrieve(self, request: Request, reference: str) -> Response:
        return Response(CrisisSerializer(self._found(reference)).data)

    @extend_schema(
        summary="Adopt the measures for the member",
        parameters=[REFERENCE],
        request=ToAdoptSerializer,
        examples=[
            OpenApiExample(
                "By an order", value={"legal_reference": "Order 7/2026, section 2"}, request_only=True
            )
        ],
        responses={200: AdoptionSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def adopt(self, request: Request, reference: str) -> Response:
        given = body(request, ToAdoptSerializer)
        adoption = adopting.adopt(actor=self.person, declaration=self._found(reference), **given)
        return Response(AdoptionSerializer(adoption).data)

    @extend_schema(
        summary="Opt out for the member",
        parameters=[REFERENCE],
        request=ToOptOutSerializer,
        examples=[
            OpenApiExample(
                "Not yet", value={"reason": "Parliament has to be heard first."}, request_only=True
            )
        ],
        responses={200: AdoptionSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"], url_path="opt-out")
    def opt_out(self, request: Request, reference: str) -> Response:
        given = body(request, ToOptOutSerializer)
        adoption = adopting.opt_out(actor=self.person, declaration=self._found(reference), **given)
        return Response(AdoptionSerializer(adoption).data)
