"""Licences: the holder's and customs' view, and verification by anyone."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from api import filters
from api.limits import Limited
from api.views.base import PROBLEM, PROBLEMS, Listed, visible
from core import clock
from core.references import normalise_reference
from enforcement.selectors import left_of
from licensing.models import Licence, LicenceLine
from licensing.selectors.standings import standings
from licensing.services import licences


class LicenceLineSerializer(serializers.ModelSerializer[LicenceLine]):
    class Meta:
        model = LicenceLine
        fields = (
            "line", "control_code", "hs_code", "description", "quantity", "unit", "value", "currency",
        )  # fmt: skip


class LicenceSerializer(serializers.ModelSerializer[Licence]):
    case = serializers.CharField(source="case.reference")
    issued_by = serializers.CharField(source="issued_by_id")
    holder = serializers.CharField(source="holder.name")
    lines = LicenceLineSerializer(many=True)
    provisional = serializers.BooleanField(
        help_text="whether the clock granted it and nobody has confirmed it yet"
    )
    replaced_by = serializers.CharField(
        source="replaced_by.number",
        default=None,
        allow_null=True,
        help_text="the licence that took its place",
    )
    effective_status = serializers.SerializerMethodField()
    reason = serializers.SerializerMethodField()

    @extend_schema_field(serializers.CharField(help_text="as it stands now, measures of crises included"))
    def get_effective_status(self, licence: Licence) -> str:
        return str(self.context["standings"][licence.pk].status)

    @extend_schema_field(serializers.CharField(help_text="why it does not hold now, where somebody said"))
    def get_reason(self, licence: Licence) -> str:
        return str(self.context["standings"][licence.pk].reason)

    class Meta:
        model = Licence
        fields = (
            "number", "case", "status", "effective_status", "reason", "holder", "issued_by", "parties",
            "destinations", "territory", "edition", "conditions", "issued_at", "takes_effect_at",
            "valid_from", "valid_until", "renewable", "provisional", "confirm_by", "confirmed_at",
            "lines", "national_reference", "replaced_by",
        )  # fmt: skip


class UsageSerializer(serializers.Serializer[Any]):
    """What shipments and customs have taken of a line; quantities are in its unit."""

    line = serializers.IntegerField(source="line.line")
    unit = serializers.CharField(source="line.unit")
    licensed = serializers.CharField(source="line.quantity")
    declared = serializers.CharField(help_text="in shipments that have not left yet")
    shipped = serializers.CharField(help_text="has left")
    reserved = serializers.CharField(help_text="by customs, for declarations that name no shipment")
    drawn = serializers.CharField(help_text="the same, confirmed")
    left = serializers.CharField()


class VerificationSerializer(serializers.Serializer[Any]):
    """What anyone may know of a licence: whether it holds, not who holds it."""

    number = serializers.CharField()
    status = serializers.CharField(
        help_text="valid, not_valid_here, not_yet_valid, suspended, revoked, expired, exhausted, surrendered, "
        "replaced or unknown"
    )
    issuer = serializers.CharField(allow_null=True)
    valid_from = serializers.DateField(allow_null=True)
    valid_until = serializers.DateField(allow_null=True)
    territory = serializers.ListField(child=serializers.CharField(), help_text="members that have consented")
    edition = serializers.IntegerField(help_text="one more with each change of what it says; 0 when unknown")
    reason = serializers.CharField(
        help_text="which measure of a crisis suspends it, or when it takes effect; empty where neither is so"
    )
    takes_effect_at = serializers.DateTimeField(
        allow_null=True, help_text="the instant it holds from, where that is later than its issue"
    )
    provisional = serializers.BooleanField(
        help_text="whether the clock granted it and nobody has confirmed it: look it up at each shipment"
    )
    confirm_by = serializers.DateTimeField(
        allow_null=True, help_text="of a provisional one, the instant it is revoked at unless it is confirmed"
    )
    checked_at = serializers.DateTimeField()


class LicenceViewSet(Listed):
    lookup_field = "number"
    serializer_class = LicenceSerializer
    filterset_class = filters.LicenceFilters
    ordering_fields = ("issued_at", "valid_until")
    scopes = {"list": "licences:read", "retrieve": "licences:read", "usage": "licences:read"}

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Licence.objects.none()
        return (
            Licence.objects.visible_to(self.person)  # type: ignore[attr-defined]
            .select_related("case", "holder", "issued_by", "replaced_by")
            .prefetch_related("lines")
        )

    @extend_schema(summary="List licences", responses={200: LicenceSerializer(many=True), **PROBLEMS})
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        shown = LicenceSerializer(rows, many=True, context={"standings": standings(rows or [])})
        return self.get_paginated_response(shown.data)

    @extend_schema(summary="Read one licence", responses={200: LicenceSerializer, **PROBLEMS})
    def retrieve(self, request: Request, number: str) -> Response:
        found = visible(self.get_queryset(), number=normalise_reference(number))
        return Response(LicenceSerializer(found, context={"standings": standings([found])}).data)

    @extend_schema(
        summary="Read what is left of a licence",
        description="By line: what is licensed, what declared shipments hold, what has left, what remains.",
        responses={200: UsageSerializer(many=True), **PROBLEMS},
    )
    @action(detail=True, methods=["get"], pagination_class=None, filterset_class=None)
    def usage(self, request: Request, number: str) -> Response:
        found = visible(self.get_queryset(), number=normalise_reference(number))
        return Response(UsageSerializer(left_of(found), many=True).data)


class VerificationView(Limited):
    """Open to everyone: tells whether a licence holds, and nothing of who holds it or for what."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        summary="Verify a licence",
        description="Anyone may ask. A number that was never issued answers `unknown`, with status 200.",
        parameters=[
            OpenApiParameter(
                "member",
                str,
                description="two letters of the member where the goods are",
                examples=[OpenApiExample("France", value="FR")],
            )
        ],
        responses={200: VerificationSerializer, **dict.fromkeys((404, 422, 429), PROBLEM)},
        auth=[],
    )
    def get(self, request: Request, number: str) -> Response:
        member = str(request.query_params.get("member", ""))
        found = licences.verification(normalise_reference(number)[:20], member=member)
        return Response(
            {
                "number": found.number,
                "status": found.status,
                "issuer": found.issuer.code if found.issuer else None,
                "valid_from": found.valid_from,
                "valid_until": found.valid_until,
                "territory": list(found.territory),
                "edition": found.edition,
                "reason": found.reason,
                "takes_effect_at": found.takes_effect_at,
                "provisional": found.confirm_by is not None,
                "confirm_by": found.confirm_by,
                "checked_at": clock.now(),
            }
        )
