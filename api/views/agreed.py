"""What the members have agreed and systems ask for: criteria and grounds of aid."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from alliance import selectors
from alliance.models import Bundle, Criterion
from api.bodies import body
from api.grounds import CitedSerializer
from api.serializers import shown
from api.views.base import PROBLEMS, Scoped
from core.errors import Invalid, NotFound
from exemptions import guiding
from exemptions.grounds import Provider, Supply
from members.selectors import jurisdictions


class CriterionSerializer(serializers.ModelSerializer[Criterion]):
    outcome = serializers.DictField(help_text="lane and charter, members with a stake, or keys")

    class Meta:
        model = Criterion
        fields = (
            "key", "kind", "rank", "sentence", "expression", "legal_basis", "owner", "review_date", "outcome",
        )  # fmt: skip


@extend_schema_serializer(many=False)
class CriteriaSerializer(serializers.Serializer[Any]):
    """The criteria in force; what an expression may name is told by the public page of criteria."""

    version = serializers.CharField()
    effective_from = serializers.DateField()
    sha256 = serializers.CharField(help_text="of the bundle as the members agreed it")
    criteria = CriterionSerializer(many=True)


class CriterionViewSet(Scoped):
    lookup_field, lookup_value_converter = "key", "slug"
    serializer_class = CriterionSerializer
    scopes = {"list": "cases:read", "retrieve": "cases:read"}

    @extend_schema(
        summary="Read the routing criteria in force", responses={200: CriteriaSerializer, **PROBLEMS}
    )
    def list(self, request: Request) -> Response:
        bundle = selectors.in_force(Bundle.Kind.CRITERIA)
        told = {
            "version": bundle.version,
            "effective_from": bundle.effective_from,
            "sha256": bundle.sha256,
            "criteria": selectors.criteria(),
        }
        return Response(CriteriaSerializer(told).data)

    @extend_schema(summary="Read one criterion", responses={200: CriterionSerializer, **PROBLEMS})
    def retrieve(self, request: Request, key: str) -> Response:
        found = next((rule for rule in selectors.criteria() if rule.key == key), None)
        if found is None:
            raise NotFound()
        return Response(CriterionSerializer(found).data)


class GroundRowSerializer(serializers.Serializer[Any]):
    """A row of the decision table of humanitarian grounds."""

    key = serializers.CharField()
    regime = serializers.CharField()
    sentence = serializers.CharField()
    providers = serializers.ListField(child=serializers.ChoiceField(Provider.choices), help_text="empty: any")
    supplies = serializers.ListField(child=serializers.ChoiceField(Supply.choices), help_text="empty: any")
    carve_out = serializers.CharField(source="carve_out.outcome")
    licence = serializers.CharField(source="licence.outcome")
    documents = serializers.ListField(child=serializers.CharField())
    needs_reference = serializers.BooleanField(help_text="the claim names a plan or an appeal")
    owner = serializers.CharField()
    review_date = serializers.DateField()


@extend_schema_serializer(many=False)
class GroundsSerializer(serializers.Serializer[Any]):
    version = serializers.CharField()
    rows = GroundRowSerializer(many=True)


@extend_schema_serializer(
    examples=[
        shown(
            "Medical equipment of a United Nations body",
            {"provider": "un_agency", "supply": "medical", "member": "DE", "place": "SY"},
        )
    ]
)
class AdviceAskedSerializer(serializers.Serializer[Any]):
    provider = serializers.ChoiceField(Provider.choices)
    supply = serializers.ChoiceField(Supply.choices)
    member = serializers.CharField(max_length=2, help_text="in which the exporter is established")
    place = serializers.CharField(max_length=10, help_text="a country, or an area where a country is divided")
    reference = serializers.CharField(
        max_length=100, required=False, default="", allow_blank=True, help_text="of a plan or an appeal"
    )


class AdviceSerializer(serializers.Serializer[Any]):
    state = serializers.CharField()
    reason = serializers.CharField()
    row = serializers.CharField(allow_blank=True)
    carve_out = serializers.CharField(allow_blank=True)
    licence = serializers.CharField(allow_blank=True)
    cited = CitedSerializer(many=True)
    documents = serializers.ListField(child=serializers.CharField())
    charter = serializers.CharField(
        allow_null=True, help_text="of the humanitarian lane, where it leads there"
    )
    hours = serializers.IntegerField(allow_null=True, help_text="in which that charter answers at the latest")
    version = serializers.CharField()


class GroundViewSet(Scoped):
    serializer_class = GroundRowSerializer
    scopes = {"list": "cases:read", "advice": "cases:read"}

    @extend_schema(
        summary="Read the table of humanitarian grounds in force",
        responses={200: GroundsSerializer, **PROBLEMS},
    )
    def list(self, request: Request) -> Response:
        table = selectors.aid_table()
        told = {"version": selectors.in_force(Bundle.Kind.GROUNDS).version, "rows": table.rows}
        return Response(GroundsSerializer(told).data)

    @extend_schema(
        summary="Ask whether something is aid, and which way it goes",
        description="The answer of the decision table, as `/aid/` gives it. Nothing is kept of the question.",
        request=AdviceAskedSerializer,
        responses={200: AdviceSerializer, **PROBLEMS},
    )
    @action(detail=False, methods=["post"])
    def advice(self, request: Request) -> Response:
        asked = body(request, AdviceAskedSerializer)
        if not jurisdictions().filter(code=asked["member"]).exists():
            raise Invalid.field("member", _("Two capital letters of a member of the alliance, e.g. DE."))
        if asked["place"] not in dict(guiding.destinations()):
            raise Invalid.field(
                "place",
                _("An ISO 3166-1 alpha-2 code; of a divided country, the ISO 3166-2 code of the area."),
            )
        advice = guiding.advise(**asked)
        finding = advice.finding
        told = {
            "state": finding.state,
            "reason": finding.reason,
            "row": finding.row,
            "carve_out": finding.carve_out,
            "licence": finding.licence,
            "cited": finding.cited,
            "documents": advice.documents,
            "charter": advice.charter and advice.charter.key,
            "hours": advice.hours,
            "version": finding.version,
        }
        return Response(AdviceSerializer(told).data)
