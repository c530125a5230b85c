"""Waivers of crisis measures, as customs and exporters' systems ask for them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api import filters
from api.views.base import PROBLEMS, Listed, body, visible
from core import clock
from core.references import normalise_reference
from exemptions import reporting, selectors
from exemptions.models import Waiver, WaiverReport
from licensing import waived

REFERENCE = OpenApiParameter("reference", str, OpenApiParameter.PATH)
REPORT = {"used": "96000.00", "found": "Each of the four cameras was seen at its place on 3 December."}


class WaiverStatusSerializer(serializers.Serializer[Any]):
    """How a waiver stands at an instant; `holds` says whether goods may leave under it."""

    reference = serializers.CharField()
    status = serializers.CharField(help_text="drafted, granted, suspended, expired or revoked")
    holds = serializers.BooleanField()
    reason = serializers.CharField(allow_blank=True)
    at = serializers.DateTimeField()


class WaiverReportSerializer(serializers.ModelSerializer[WaiverReport]):
    class Meta:
        model = WaiverReport
        fields = ("number", "due_at", "filed_at", "used", "late", "sha256", "reviewed_at")


class ToReportSerializer(serializers.Serializer[Any]):
    used = serializers.DecimalField(
        max_digits=15, decimal_places=3, min_value=0, help_text="since the first day, in the unit of the cap"
    )
    found = serializers.CharField(max_length=4000, help_text="what watching the end-use has found")


class WaiverListSerializer(serializers.ModelSerializer[Waiver]):
    crisis = serializers.CharField(source="declaration.reference")
    holder = serializers.CharField(source="holder.name")
    member = serializers.CharField(source="holder.jurisdiction_id")
    status = serializers.SerializerMethodField()

    class Meta:
        model = Waiver
        fields: tuple[str, ...] = (
            "reference", "crisis", "measures", "holder", "member", "status", "control_codes", "destinations",
            "cap_of", "cap", "unit", "first_day", "last_day", "granted_at",
        )  # fmt: skip

    def get_status(self, waiver: Waiver) -> str:
        return selectors.status_now(waiver, waiver.pk in self.context["missing"], clock.now())


class WaiverSerializer(WaiverListSerializer):
    used = serializers.SerializerMethodField(help_text="of the cap, by licences issued under it")
    reports = WaiverReportSerializer(many=True)

    class Meta(WaiverListSerializer.Meta):
        fields: tuple[str, ...] = (
            *WaiverListSerializer.Meta.fields, "monitoring", "precondition", "report_every_days", "used", "reports",
        )  # fmt: skip

    def get_used(self, waiver: Waiver) -> str:
        return f"{waived.used(waiver):f}"


class WaiverViewSet(Listed):
    lookup_field = "reference"
    serializer_class = WaiverListSerializer
    filterset_class = filters.WaiverFilters
    scopes = {
        "list": "licences:read",
        "retrieve": "licences:read",
        "status": "licences:read",
        "report": "applications:write",
    }

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Waiver.objects.none()
        rows = Waiver.objects.visible_to(self.person)  # type: ignore[attr-defined]
        return rows.select_related("declaration", "holder").prefetch_related("reports")

    def _found(self, reference: str) -> Waiver:
        found: Waiver = visible(self.get_queryset(), reference=normalise_reference(reference)[:20])
        return found

    @extend_schema(summary="List waivers", responses={200: WaiverListSerializer(many=True), **PROBLEMS})
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        context = {"missing": selectors.missing_reports(rows or [])}
        return self.get_paginated_response(WaiverListSerializer(rows, many=True, context=context).data)

    @extend_schema(
        summary="Read a waiver", parameters=[REFERENCE], responses={200: WaiverSerializer, **PROBLEMS}
    )
    def retrieve(self, request: Request, reference: str) -> Response:
        found = self._found(reference)
        context = {"missing": selectors.missing_reports([found])}
        return Response(WaiverSerializer(found, context=context).data)

    @extend_schema(
        summary="Ask whether a waiver holds now",
        parameters=[REFERENCE],
        responses={200: WaiverStatusSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["get"])
    def status(self, request: Request, reference: str) -> Response:
        found, now = self._found(reference), clock.now()
        missing = found.pk in selectors.missing_reports([found])
        status = selectors.status_now(found, missing, now)
        holds = status == "granted" and found.valid_from is not None and found.valid_from <= now
        answer = {
            "reference": found.reference,
            "status": status,
            "holds": holds,
            "reason": "" if holds or found.granted_at is None else waived.held_up_because(found),
            "at": now,
        }
        return Response(WaiverStatusSerializer(answer).data)

    @extend_schema(
        summary="File the next report on a waiver",
        parameters=[REFERENCE],
        request=ToReportSerializer,
        examples=[OpenApiExample("First month", value=REPORT, request_only=True)],
        responses={201: WaiverReportSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"], url_path="reports")
    def report(self, request: Request, reference: str) -> Response:
        given = body(request, ToReportSerializer)
        filed = reporting.file(actor=self.person, waiver=self._found(reference), **given)
        return Response(WaiverReportSerializer(filed).data, status=201)
