"""Decisions that take effect together, as partner systems read them; seats agree to them in person."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api import filters
from api.views.base import PROBLEMS, Listed, visible
from core.references import normalise_reference
from escalation.joint import local_times, told
from escalation.models import JointEffect


class JointEffectSerializer(serializers.ModelSerializer[JointEffect]):
    crisis = serializers.CharField(source="declaration.reference")
    proposed_for = serializers.CharField(source="proposed_for_id")
    agreed_for = serializers.CharField(source="agreed_for_id", allow_null=True)

    class Meta:
        model = JointEffect
        fields = (
            "reference", "crisis", "status", "reason", "takes_effect_at", "proposed_for", "proposed_at",
            "agreed_for", "agreed_at", "took_effect_at", "ended_at", "ended_because",
        )  # fmt: skip


class LocalTimeSerializer(serializers.Serializer[Any]):
    member = serializers.CharField()
    at = serializers.DateTimeField(help_text="the same instant, with the member's offset then")


class JointCaseSerializer(serializers.Serializer[Any]):
    case = serializers.CharField()
    lead = serializers.CharField()
    decision = serializers.CharField(
        allow_null=True, help_text="kind of the decision that takes effect at the instant"
    )


class JointEffectDetailSerializer(JointEffectSerializer):
    local_times = LocalTimeSerializer(many=True)
    cases = JointCaseSerializer(many=True, help_text="those you may read")
    all = serializers.IntegerField(help_text="cases in all")
    decided = serializers.IntegerField(help_text="of these, decided under it")

    class Meta(JointEffectSerializer.Meta):
        fields = (*JointEffectSerializer.Meta.fields, "local_times", "cases", "all", "decided")  # type: ignore[assignment]


class JointEffectViewSet(Listed):
    lookup_field = "reference"
    serializer_class = JointEffectSerializer
    filterset_class = filters.JointEffectFilters
    scopes = {"list": "cases:read", "retrieve": "cases:read"}

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return JointEffect.objects.none()
        return JointEffect.objects.visible_to(self.person).select_related("declaration")  # type: ignore[attr-defined]

    @extend_schema(
        summary="List the instants at which decisions of several cases take effect together",
        responses={200: JointEffectSerializer(many=True), **PROBLEMS},
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(
        summary="Read one such instant and the cases you may read",
        responses={200: JointEffectDetailSerializer, **PROBLEMS},
    )
    def retrieve(self, request: Request, reference: str) -> Response:
        rows = JointEffect.objects.visible_to(self.person).select_related("declaration")  # type: ignore[attr-defined]
        found = visible(rows, reference=normalise_reference(reference))
        known = told(self.person, found)
        return Response(
            {
                **JointEffectSerializer(found).data,
                "local_times": [
                    {"member": one.member.code, "at": one.at.isoformat()} for one in local_times(found)
                ],
                "cases": [
                    {
                        "case": case.reference,
                        "lead": case.lead_id,
                        "decision": decision.kind if decision else None,
                    }
                    for case, decision in known.rows
                ],
                "all": known.all,
                "decided": known.decided,
            }
        )
