"""Guidance of the crisis unit, as partner systems read, acknowledge and answer it."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_serializer
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api import filters
from api.bodies import body
from api.serializers import shown
from api.views.base import PROBLEMS, Listed, visible
from core.errors import Invalid
from core.references import normalise_reference
from escalation.guidance import reach
from escalation.models import Guidance, GuidedCase
from escalation.services import guidance as services


class GuidedCaseSerializer(serializers.ModelSerializer[GuidedCase]):
    case = serializers.CharField(source="case.reference")

    class Meta:
        model = GuidedCase
        fields = ("case", "because", "matched_at", "acknowledged_at", "answer", "answered_at", "ended_at")


class ReachSerializer(serializers.Serializer[Any]):
    members = serializers.IntegerField()
    read = serializers.IntegerField(help_text="members that have taken note")
    cases = serializers.IntegerField(help_text="cases the notice means")
    acknowledged = serializers.IntegerField(help_text="of these, acknowledged by their lead")
    answered = serializers.IntegerField()


class GuidanceSerializer(serializers.ModelSerializer[Guidance]):
    written_for = serializers.CharField(source="proposed_for_id")
    issued_for = serializers.CharField(source="issued_for_id", allow_null=True)

    class Meta:
        model = Guidance
        fields = (
            "reference", "effect", "status", "items", "destinations", "parties", "text", "legal_basis",
            "written_for", "issued_for", "issued_at", "valid_until", "ended_at", "jws",
        )  # fmt: skip


class GuidanceDetailSerializer(GuidanceSerializer):
    reach = serializers.SerializerMethodField()
    cases = serializers.SerializerMethodField(help_text="Those you may read, at most 200.")

    class Meta(GuidanceSerializer.Meta):
        fields = (*GuidanceSerializer.Meta.fields, "reach", "cases")  # type: ignore[assignment]

    def get_reach(self, guidance: Guidance) -> ReachSerializer:
        return ReachSerializer(reach([guidance])[guidance.pk]).data  # type: ignore[return-value]

    @extend_schema_field(GuidedCaseSerializer(many=True))
    def get_cases(self, guidance: Guidance) -> Any:
        rows = GuidedCase.objects.visible_to(self.context["request"].user).filter(guidance=guidance)  # type: ignore[attr-defined]
        found = rows.select_related("case").order_by("-matched_at", "-pk")[:200]
        return GuidedCaseSerializer(found, many=True).data


@extend_schema_serializer(
    examples=[shown("For the member", {}), shown("For a case", {"case": "EN-7K3M-9QX2"})]
)
class AcknowledgeSerializer(serializers.Serializer[Any]):
    case = serializers.CharField(
        required=False, max_length=20, help_text="Reference; left out, your member takes note of the notice."
    )


@extend_schema_serializer(
    examples=[shown("An answer", {"case": "EN-7K3M-9QX2", "text": "The end-user was visited in October."})]
)
class AnswerGuidanceSerializer(serializers.Serializer[Any]):
    case = serializers.CharField(max_length=20)
    text = serializers.CharField(max_length=4000)


class GuidanceViewSet(Listed):
    lookup_field = "reference"
    serializer_class = GuidanceSerializer
    filterset_class = filters.GuidanceFilters
    scopes = {
        "list": "cases:read",
        "retrieve": "cases:read",
        "acknowledgement": "positions:write",
        "answer": "positions:write",
    }

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Guidance.objects.none()
        return Guidance.objects.visible_to(self.person)  # type: ignore[attr-defined]

    def _answer(self, reference: str) -> Response:
        rows = Guidance.objects.visible_to(self.person)  # type: ignore[attr-defined]
        found = visible(rows, reference=normalise_reference(reference))
        return Response(GuidanceDetailSerializer(found, context=self.get_serializer_context()).data)

    def _guided(self, guidance: Guidance, case: str) -> GuidedCase:
        """Return the notice as it bears on a case the person may read; Invalid where it does not."""
        rows = GuidedCase.objects.visible_to(self.person).filter(guidance=guidance)  # type: ignore[attr-defined]
        found: GuidedCase | None = rows.filter(case__reference=normalise_reference(case)).first()
        if found is None:
            raise Invalid.field("case", "Name a case you may read that this notice means.")
        return found

    @extend_schema(
        summary="List the guidance you may read",
        responses={200: GuidanceSerializer(many=True), **PROBLEMS},
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(
        summary="Read one notice",
        description="`jws` is the signed notice; verify it with the keys at `/.well-known/jwks.json`.",
        responses={200: GuidanceDetailSerializer, **PROBLEMS},
    )
    def retrieve(self, request: Request, reference: str) -> Response:
        return self._answer(reference)

    @extend_schema(
        summary="Acknowledge a notice for your member, or for a case its lead",
        request=AcknowledgeSerializer,
        responses={200: GuidanceDetailSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def acknowledgement(self, request: Request, reference: str) -> Response:
        found = visible(self.get_queryset(), reference=normalise_reference(reference))
        case = body(request, AcknowledgeSerializer).get("case")
        if case:
            services.acknowledge(actor=self.person, guided=self._guided(found, case))
        else:
            services.take_note(actor=self.person, guidance=found)
        return self._answer(reference)

    @extend_schema(
        summary="Answer a question of the crisis unit, or say why the lead departs from a notice to deny",
        request=AnswerGuidanceSerializer,
        responses={200: GuidanceDetailSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def answer(self, request: Request, reference: str) -> Response:
        found = visible(self.get_queryset(), reference=normalise_reference(reference))
        given = body(request, AnswerGuidanceSerializer)
        services.answer(actor=self.person, guided=self._guided(found, given["case"]), text=given["text"])
        return self._answer(reference)
