"""Positions deposited under seal: what every member knows of them, and the check of one that has opened."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api import examples, filters
from api.bodies import body
from api.serializers import shown
from api.views.base import PROBLEMS, Listed, visible
from core.references import normalise_reference
from escalation import prepositions, sealing
from escalation.models import Preposition


class PrepositionListSerializer(serializers.ModelSerializer[Preposition]):
    """What every member knows: whose it is, its commitment and its dates."""

    authority = serializers.CharField(source="authority.name")
    jurisdiction = serializers.CharField(source="authority.jurisdiction_id")
    deposited_at = serializers.DateTimeField(source="countersigned_at", allow_null=True)

    class Meta:
        model = Preposition
        fields: tuple[str, ...] = (
            "reference", "jurisdiction", "authority", "status", "commitment", "deposited_at", "expires_at",
            "ended_at",
        )  # fmt: skip


class OpeningSerializer(serializers.Serializer[Any]):
    case = serializers.CharField(source="consultation.case.reference")
    addressee = serializers.CharField(source="consultation.addressee")
    revision = serializers.IntegerField()
    at = serializers.DateTimeField()
    position = serializers.UUIDField(source="position.uid", default=None, allow_null=True)
    held_back_because = serializers.CharField(allow_blank=True)


class PrepositionSerializer(PrepositionListSerializer):
    """The same and, for whoever may read it, what is under the seal; null for everybody else."""

    salt = serializers.CharField(source="opened.salt", allow_null=True)
    content = serializers.SerializerMethodField()
    verifies = serializers.BooleanField(source="opened.verifies", allow_null=True)
    openings = OpeningSerializer(many=True, source="seen")

    class Meta(PrepositionListSerializer.Meta):
        fields: tuple[str, ...] = (
            *PrepositionListSerializer.Meta.fields, "salt", "content", "verifies", "openings",
        )  # fmt: skip

    @extend_schema_field({"type": "object", "nullable": True, "additionalProperties": True})
    def get_content(self, preposition: Any) -> Any:
        return preposition.opened.content


class ToVerifySerializer(serializers.Serializer[Any]):
    salt = serializers.CharField(max_length=200, help_text="As the event or the file has it, hexadecimal.")
    content = serializers.DictField()


class VerifiedSerializer(serializers.Serializer[Any]):
    commitment = serializers.CharField(help_text="What all members were told when it was deposited.")
    verifies = serializers.BooleanField()


class PrepositionViewSet(Listed):
    lookup_field = "reference"
    serializer_class = PrepositionListSerializer
    filterset_class = filters.PrepositionFilters
    scopes = {"list": "cases:read", "retrieve": "cases:read", "verification": "cases:read"}

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Preposition.objects.none()
        rows = Preposition.objects.visible_to(self.person)  # type: ignore[attr-defined]
        return rows.select_related("authority")

    def _found(self, reference: str) -> Preposition:
        found: Preposition = visible(self.get_queryset(), reference=normalise_reference(reference))
        return found

    @extend_schema(
        summary="List the pre-positions that members have deposited",
        responses={200: PrepositionListSerializer(many=True), **PROBLEMS},
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(
        summary="Read one pre-position",
        description="Its content and salt are null until it has opened in a case that you may read.",
        parameters=[OpenApiParameter("reference", str, OpenApiParameter.PATH)],
        responses={200: PrepositionSerializer, **PROBLEMS},
    )
    def retrieve(self, request: Request, reference: str) -> Response:
        found: Any = self._found(reference)
        found.opened = prepositions.read(self.person, found)
        found.seen = prepositions.openings(self.person, found)
        return Response(PrepositionSerializer(found).data)

    @extend_schema(
        summary="Check a content and salt against the commitment",
        request=ToVerifySerializer,
        examples=[shown("What the event preposition.opened tells", examples.OPENED)],
        parameters=[OpenApiParameter("reference", str, OpenApiParameter.PATH)],
        responses={200: VerifiedSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def verification(self, request: Request, reference: str) -> Response:
        found = self._found(reference)
        data = body(request, ToVerifySerializer)
        verifies = sealing.verifies(found.commitment, data["salt"], data["content"])
        return Response({"commitment": found.commitment, "verifies": verifies})
