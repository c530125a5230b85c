"""The shapes of clocks and of what stops, extends or voids: part of API v1."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from api import examples
from api.serializers import shown
from licensing.models import ClockStop
from licensing.selectors.stops import StopTally


class ClockSerializer(serializers.Serializer[Any]):
    """Something that falls due, or fell due before; its file lets anyone recompute it."""

    uid = serializers.UUIDField()
    kind = serializers.CharField(source="row.kind")
    owner = serializers.CharField(source="row.owner_label", allow_blank=True)
    state = serializers.CharField(source="row.state", help_text="open, done, cancelled or parked.")
    due_at = serializers.DateTimeField(source="row.due_at")
    newer_calendar = serializers.CharField(
        allow_blank=True, help_text="the calendar version in force now, where another one counts: see recount"
    )
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


class TallyOfStopsSerializer(serializers.Serializer[Any]):
    """Void stops are counted in `voided` and nowhere else."""

    officer = serializers.CharField(allow_blank=True)
    stops = serializers.IntegerField()
    stood_hours = serializers.SerializerMethodField()
    late = serializers.IntegerField()
    repeated = serializers.IntegerField()
    answered = serializers.IntegerField(help_text="for what had been answered before")
    voided = serializers.IntegerField()
    avoidable = serializers.IntegerField(help_text="percent that came late, again, or for what was answered")

    def get_stood_hours(self, tally: StopTally) -> float:
        return round(tally.stood.total_seconds() / 3600, 1)


class StopTallySerializer(serializers.Serializer[Any]):
    authority = serializers.CharField(source="whole.authority")
    whole = TallyOfStopsSerializer()
    officers = TallyOfStopsSerializer(many=True)


class SinceSerializer(serializers.Serializer[Any]):
    opened_after = serializers.DateTimeField(required=False)


@extend_schema_serializer(examples=[shown("A check at the end-user", examples.STOP)])
class StopClockSerializer(serializers.Serializer[Any]):
    reason_code = serializers.CharField(max_length=40)
    days = serializers.IntegerField(min_value=1, max_value=365)
    basis = serializers.CharField(max_length=200, help_text="The order, note or notice that proves it.")


@extend_schema_serializer(examples=[shown("Five more", examples.EXTENSION)])
class ExtensionSerializer(serializers.Serializer[Any]):
    amount = serializers.IntegerField(min_value=1, max_value=100_000, help_text="In the unit of the window.")
    reason = serializers.CharField(max_length=500)
