"""Who acts for whom, who is on duty and which members are offline, as systems of an authority read it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.views.base import PROBLEMS, Scoped
from core import clock
from members import selectors
from members.models import Absence, Delegation, Shift

AHEAD = timedelta(days=14)


class DelegationSerializer(serializers.ModelSerializer[Delegation]):
    person = serializers.CharField(source="person.name")
    deputy = serializers.CharField(source="deputy.name")
    authority = serializers.CharField(source="person.authority.name")

    class Meta:
        model = Delegation
        fields = ("uid", "person", "deputy", "authority", "starts_at", "ends_at")


class ShiftSerializer(serializers.ModelSerializer[Shift]):
    person = serializers.CharField(source="person.name")
    authority = serializers.CharField(source="authority.name")

    class Meta:
        model = Shift
        fields = ("uid", "person", "authority", "post", "starts_at", "ends_at")


class AbsenceSerializer(serializers.ModelSerializer[Absence]):
    jurisdiction = serializers.CharField(source="jurisdiction_id")

    class Meta:
        model = Absence
        fields = ("uid", "jurisdiction", "reason", "declared_at", "until")


class DelegationViewSet(Scoped):
    serializer_class = DelegationSerializer
    scopes = {"list": "cases:read"}

    @extend_schema(
        summary="List who acts for whom in the jurisdiction, now or later",
        responses={200: DelegationSerializer(many=True), **PROBLEMS},
    )
    def list(self, request: Request) -> Response:
        return Response(DelegationSerializer(selectors.delegations_of(self.person), many=True).data)


class ShiftViewSet(Scoped):
    serializer_class = ShiftSerializer
    scopes = {"list": "cases:read"}

    @extend_schema(
        summary="List who is on duty in the jurisdiction in the next 14 days",
        responses={200: ShiftSerializer(many=True), **PROBLEMS},
    )
    def list(self, request: Request) -> Response:
        now = clock.now()
        rows: Any = Shift.objects.visible_to(self.person).filter(ends_at__gt=now, starts_at__lt=now + AHEAD)
        return Response(ShiftSerializer(rows.select_related("person", "authority"), many=True).data)


class AbsenceViewSet(Scoped):
    serializer_class = AbsenceSerializer
    scopes = {"list": "cases:read"}

    @extend_schema(
        summary="List the members that are offline", responses={200: AbsenceSerializer(many=True), **PROBLEMS}
    )
    def list(self, request: Request) -> Response:
        rows = selectors.absences() if self.person.serves else Absence.objects.none()
        return Response(AbsenceSerializer(rows, many=True).data)
