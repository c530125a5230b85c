"""The shapes of clocks and of what stops, extends or voids: part of API v1."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from api import examples
from api.serializers import shown
from licensing.models import ClockStop


class ClockSerializer(serializers.Serializer[Any]):
    """Something that falls due, or fell due before; its file lets anyone recompute it."""

    uid = serializers.UUIDField()
    kind = serializers.CharField(source="row.kind")
    owner = serializers.CharField(source="row.owner_label", allow_blank=True)
    state = serializers.CharField(source="row.state", help_text="open, done, cancelled or parked.")
    due_at = serializers.DateTimeField(source="row.due_at")
    steps = serializers.ListField(source="row.explanation", child=serializers.CharField())


class StopSerializer(serializers.ModelSerializer[ClockStop]):
    case = serializers.CharField(source="case.reference")
    owner = serializers.CharField(source="owner.name")
    authority = serializers.CharField(source="authority.name")
    late = serializers.BooleanField(source="is_late")

    class Meta:
        model = ClockStop
        fields = (
            "uid", "case", "reason_code", "basis", "owner", "authority", "opened_at", "expires_at", "closed_at",
            "used_percent", "late", "repeated", "answered_before", "voided_at", "void_reason",
        )  # fmt: skip


@extend_schema_serializer(examples=[shown("A check at the end-user", examples.STOP)])
class StopClockSerializer(serializers.Serializer[Any]):
    reason_code = serializers.CharField(max_length=40)
    days = serializers.IntegerField(min_value=1, max_value=365)
    basis = serializers.CharField(max_length=200, help_text="The order, note or notice that proves it.")


@extend_schema_serializer(examples=[shown("Five more", examples.EXTENSION)])
class ExtensionSerializer(serializers.Serializer[Any]):
    amount = serializers.IntegerField(min_value=1, max_value=100_000, help_text="In the unit of the window.")
    reason = serializers.CharField(max_length=500)
