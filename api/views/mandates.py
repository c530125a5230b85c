"""Mandates as both sides read them; they are given, answered and ended by people who sign in."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.views.base import PROBLEMS, Listed, visible
from core.references import normalise_reference
from members.models import Mandate, Organisation


class SideSerializer(serializers.ModelSerializer[Organisation]):
    id = serializers.UUIDField(source="uid")
    member = serializers.CharField(source="jurisdiction_id")

    class Meta:
        model = Organisation
        fields = ("id", "name", "registration_number", "member")


class MandateSerializer(serializers.ModelSerializer[Mandate]):
    exporter = SideSerializer(source="principal")
    agent = SideSerializer()
    acts = serializers.ListField(child=serializers.CharField(), help_text="what the agent may do")
    destinations = serializers.ListField(child=serializers.CharField(), help_text="ISO 3166-1; empty: any")
    starts_at = serializers.DateTimeField(
        help_text="the first instant of the first day where the exporter is"
    )
    ends_at = serializers.DateTimeField(help_text="the first instant after the last day")
    standing = serializers.ChoiceField(choices=Mandate.Standing.choices, help_text="how it stands now")

    class Meta:
        model = Mandate
        fields = (
            "reference", "exporter", "agent", "acts", "destinations", "starts_on", "ends_on", "starts_at",
            "ends_at", "standing", "given_at", "answered_at", "ended_at", "reason",
        )  # fmt: skip


class MandateViewSet(Listed):
    lookup_field = "reference"
    serializer_class = MandateSerializer
    ordering_fields = ("given_at",)
    scopes = {"list": "applications:read", "retrieve": "applications:read"}

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Mandate.objects.none()
        return Mandate.objects.visible_to(self.person).select_related("principal", "agent")

    @extend_schema(
        summary="List the mandates you gave or hold",
        description="The `id` of the exporter is what `on_behalf_of` names when you start a draft for it.",
        responses={200: MandateSerializer(many=True), **PROBLEMS},
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(summary="Read one mandate", responses={200: MandateSerializer, **PROBLEMS})
    def retrieve(self, request: Request, reference: str) -> Response:
        found = visible(self.get_queryset(), reference=normalise_reference(reference))
        return Response(MandateSerializer(found).data)
