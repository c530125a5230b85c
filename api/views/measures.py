"""The library of prepared measures: what can be declared, who is prepared for it, and what it would bear on."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from alliance import adopting, crisis_policies, library, measures, preparing
from alliance.models import Declaration, Preparedness, Relaxation
from api import examples
from api.bodies import body
from api.serializers import shown
from api.views.base import PROBLEMS, Scoped, visible
from api.views.written import TextSerializer, faults_of_text
from core.policies import require
from core.references import normalise_reference
from escalation import simulating

KEY = OpenApiParameter("key", str, OpenApiParameter.PATH)
REFERENCE = OpenApiParameter("reference", str, OpenApiParameter.PATH)


class PreparednessSerializer(serializers.ModelSerializer[Preparedness]):
    """A member's word that it adopts this version in the instant in which it is declared."""

    member = serializers.CharField(source="jurisdiction_id")

    class Meta:
        model = Preparedness
        fields = ("member", "legal_reference", "stated_at")


class PreparedMeasuresListSerializer(serializers.Serializer[Any]):
    key = serializers.CharField(source="set.key")
    version = serializers.CharField(source="set.version")
    title = serializers.CharField(source="set.title")
    scenario = serializers.CharField(source="set.scenario")
    objective = serializers.CharField(source="set.objective")
    legal_basis = serializers.CharField(source="set.legal_basis")
    written = serializers.UUIDField(
        source="written.uid",
        default=None,
        allow_null=True,
        help_text="its /measure-versions/, if written here",
    )
    prepared = serializers.SerializerMethodField(help_text="members that have said so of this version")

    def words(self, one: library.Prepared) -> list[Preparedness]:
        wanted = (one.set.key, one.set.version)
        return [word for (_member, *of), word in self.context["words"].items() if tuple(of) == wanted]

    def get_prepared(self, one: library.Prepared) -> list[str]:
        return sorted(word.jurisdiction_id for word in self.words(one))


class PreparedMeasuresSerializer(PreparedMeasuresListSerializer):
    preparedness = serializers.SerializerMethodField()
    set = serializers.DictField(source="payload", help_text="what /measure-versions/ takes as JSON text")

    @extend_schema_field(PreparednessSerializer(many=True))
    def get_preparedness(self, one: library.Prepared) -> Any:
        return PreparednessSerializer(self.words(one), many=True).data


class SoundMeasuresSerializer(serializers.Serializer[Any]):
    """What a text that fits says."""

    key = serializers.CharField()
    version = serializers.CharField()
    title = serializers.CharField()


class MeasureReachSerializer(serializers.Serializer[Any]):
    """What measures bear on in one member, had it adopted them; an exporter with cases and licences counts once."""

    member = serializers.CharField(source="member.code")
    cases = serializers.IntegerField(source="all_cases", help_text="open cases")
    cases_by_effect = serializers.DictField(source="cases", child=serializers.IntegerField())
    licences = serializers.IntegerField(help_text="that would be suspended")
    exporters = serializers.IntegerField()


class MeasuresViewSet(Scoped):
    lookup_field, lookup_value_converter = "key", "slug"
    serializer_class = PreparedMeasuresSerializer
    scopes = {
        "list": "cases:read",
        "retrieve": "cases:read",
        "reach": "cases:read",
        "check": "cases:read",
    }

    def _of(self, key: str) -> library.Prepared:
        require(crisis_policies.can_read_library, self.person)
        return library.prepared(key)

    @property
    def _context(self) -> dict[str, Any]:
        return {"words": adopting.standing_words()}

    @extend_schema(
        summary="List the sets of measures that can be declared",
        responses={200: PreparedMeasuresListSerializer(many=True), **PROBLEMS},
    )
    def list(self, request: Request) -> Response:
        require(crisis_policies.can_read_library, self.person)
        rows = library.library()
        return Response(PreparedMeasuresListSerializer(rows, many=True, context=self._context).data)

    @extend_schema(
        summary="Read one set with its exit plan, and who is prepared by which law",
        parameters=[KEY],
        responses={200: PreparedMeasuresSerializer, **PROBLEMS},
    )
    def retrieve(self, request: Request, key: str) -> Response:
        return Response(PreparedMeasuresSerializer(self._of(key), context=self._context).data)

    @extend_schema(
        summary="Ask what a set would bear on today, member by member",
        description="Had all adopted it and were nothing else in force. Nothing is written.",
        parameters=[KEY],
        responses={200: MeasureReachSerializer(many=True), **PROBLEMS},
    )
    @action(detail=True, methods=["get"])
    def reach(self, request: Request, key: str) -> Response:
        rows = simulating.dry_run(self._of(key).set, measures.Scope())
        return Response(MeasureReachSerializer(rows, many=True).data)

    @extend_schema(
        summary="Check a text of measures",
        description="Nothing is kept. What does not fit answers 422 with its path in the text.",
        request=TextSerializer,
        examples=[shown("Cameras to Singapore", {"text": examples.MEASURES_TEXT})],
        responses={200: SoundMeasuresSerializer, **PROBLEMS},
    )
    @action(detail=False, methods=["post"])
    def check(self, request: Request) -> Response:
        require(crisis_policies.can_author, self.person)
        given = body(request, TextSerializer)
        with faults_of_text():
            found, _payload = preparing.read(given["text"])
        return Response(SoundMeasuresSerializer(found).data)


class CrisisReachViewSet(Scoped):
    serializer_class = MeasureReachSerializer
    scopes = {"list": "cases:read"}

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Declaration.objects.none()
        rows = Declaration.objects.visible_to(self.person)  # type: ignore[attr-defined]
        return (rows if self.person.serves else rows.none()).prefetch_related("relaxations")

    @extend_schema(
        summary="Ask what the measures of a crisis bear on today, member by member",
        description="In every member, also where they are not adopted, without what steps of the exit plan lift.",
        parameters=[REFERENCE],
        responses={200: MeasureReachSerializer(many=True), **PROBLEMS},
    )
    def list(self, request: Request, reference: str) -> Response:
        found: Declaration = visible(self.get_queryset(), reference=normalise_reference(reference)[:20])
        applied = [row.step for row in found.relaxations.all() if row.status == Relaxation.Status.APPLIED]
        rows = simulating.dry_run(
            measures.parse(found.payload), measures.parse_scope(found.scope), tuple(applied)
        )
        return Response(MeasureReachSerializer(rows, many=True).data)
