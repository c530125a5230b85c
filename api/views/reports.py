"""Situation reports, as partner systems of every member read them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api import filters
from api.views.base import PROBLEMS, Listed, visible
from core.references import normalise_reference
from escalation.models import SituationReport


class SituationReportSerializer(serializers.ModelSerializer[SituationReport]):
    crisis = serializers.CharField(source="declaration.reference")

    class Meta:
        model = SituationReport
        fields = ("reference", "crisis", "number", "starts_at", "ends_at", "made_at", "final", "sha256")


class ByKindSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField()
    decided = serializers.IntegerField()
    decided_since = serializers.IntegerField()


class CasesSerializer(serializers.Serializer[Any]):
    opened = serializers.IntegerField()
    opened_since = serializers.IntegerField()
    decided = serializers.IntegerField()
    decided_since = serializers.IntegerField()
    withdrawn = serializers.IntegerField()
    open = serializers.IntegerField(help_text="at the end of the period")
    by_kind = ByKindSerializer(many=True)


class HumanitarianSerializer(serializers.Serializer[Any]):
    decided = serializers.IntegerField()
    median_minutes = serializers.IntegerField(allow_null=True, help_text="from filing to decision")
    p95_minutes = serializers.IntegerField(allow_null=True)
    open = serializers.IntegerField()


class MemberSerializer(serializers.Serializer[Any]):
    member = serializers.CharField(allow_blank=True, help_text="code; empty for the seats of the crisis unit")
    adoption = serializers.CharField(
        allow_blank=True, help_text="pending, adopted, opted_out; empty for who is not asked"
    )
    adoption_since = serializers.DateTimeField(allow_null=True)
    lapses = serializers.IntegerField(help_text="windows and times to decide that passed")
    lapses_since = serializers.IntegerField()


class AlignmentSerializer(serializers.Serializer[Any]):
    first_seconds = serializers.IntegerField(allow_null=True)
    last_seconds = serializers.IntegerField(allow_null=True)


class GuidanceReachSerializer(serializers.Serializer[Any]):
    reference = serializers.CharField()
    effect = serializers.CharField()
    members = serializers.IntegerField()
    read = serializers.IntegerField()
    cases = serializers.IntegerField()
    acknowledged = serializers.IntegerField()
    answered = serializers.IntegerField()


class StepSerializer(serializers.Serializer[Any]):
    step = serializers.CharField()
    what = serializers.CharField(help_text="applied or reversed")
    at = serializers.DateTimeField()


class JointEffectsSerializer(serializers.Serializer[Any]):
    instants = serializers.IntegerField(help_text="at which decisions of several cases took effect together")
    decisions = serializers.IntegerField()


class DrillSerializer(serializers.Serializer[Any]):
    title = serializers.CharField()
    ran_at = serializers.DateTimeField()


class AlertsSerializer(serializers.Serializer[Any]):
    hits_raised = serializers.IntegerField()
    hits_confirmed = serializers.IntegerField()
    intermediaries_shared = serializers.IntegerField()
    hard_stops = serializers.IntegerField(help_text="assessments that found one")


class ReportContentSerializer(serializers.Serializer[Any]):
    """What a report says. `…_since` counts from the declaration, all else in the period."""

    reference = serializers.CharField()
    declaration = serializers.CharField()
    title = serializers.CharField()
    scenario = serializers.CharField()
    measures = serializers.CharField()
    number = serializers.IntegerField()
    in_force_at = serializers.DateTimeField()
    until = serializers.DateTimeField()
    made_at = serializers.DateTimeField()
    final = serializers.BooleanField()
    ended_because = serializers.CharField(allow_blank=True)
    cases = CasesSerializer()
    humanitarian = HumanitarianSerializer()
    members = MemberSerializer(many=True)
    alignment = AlignmentSerializer()
    guidance = GuidanceReachSerializer(many=True)
    exit_steps = StepSerializer(many=True)
    joint_effects = JointEffectsSerializer()
    exercises = DrillSerializer(many=True)
    alerts = AlertsSerializer()

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        fields["from"] = serializers.DateTimeField()  # a word of the language
        return fields


class SituationReportDetailSerializer(SituationReportSerializer):
    content = serializers.SerializerMethodField(
        help_text="As it was made: its canonical JSON (sorted keys, no spaces, UTF-8) has the SHA-256 given."
    )

    class Meta(SituationReportSerializer.Meta):
        fields = (*SituationReportSerializer.Meta.fields, "content")  # type: ignore[assignment]

    def get_content(self, report: SituationReport) -> ReportContentSerializer:
        return report.content  # type: ignore[no-any-return]


class SituationReportViewSet(Listed):
    lookup_field = "reference"
    serializer_class = SituationReportSerializer
    filterset_class = filters.SituationReportFilters
    scopes = {"list": "cases:read", "retrieve": "cases:read"}

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return SituationReport.objects.none()
        return SituationReport.objects.visible_to(self.person).select_related("declaration")  # type: ignore[attr-defined]

    @extend_schema(
        summary="List the situation reports, the newest first",
        responses={200: SituationReportSerializer(many=True), **PROBLEMS},
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(
        summary="Read one situation report",
        responses={200: SituationReportDetailSerializer, **PROBLEMS},
    )
    def retrieve(self, request: Request, reference: str) -> Response:
        rows = SituationReport.objects.visible_to(self.person).select_related("declaration")  # type: ignore[attr-defined]
        found = visible(rows, reference=normalise_reference(reference))
        return Response(SituationReportDetailSerializer(found).data)
