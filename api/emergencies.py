"""Emergency requests as API v1 shows and triages them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from api import examples
from licensing.models import EmergencyRequest


class EmergencySerializer(serializers.ModelSerializer[EmergencyRequest]):
    """An emergency request and what came of it."""

    class Meta:
        model = EmergencyRequest
        fields = ("status", "needed_by", "requested_at", "due_at", "overdue_at", "triaged_at", "answer")


@extend_schema_serializer(examples=[OpenApiExample("An emergency", value=examples.TRIAGE, request_only=True)])
class TriageSerializer(serializers.Serializer[Any]):
    outcome = serializers.ChoiceField(choices=["accepted", "declined"])
    answer = serializers.CharField(
        max_length=2000, help_text="Why, for the exporter, who reads it as written."
    )
