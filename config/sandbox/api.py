"""The sandbox over REST: what stands in it, putting it back, moving its clock. For any token of the sandbox."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.limits import Limited
from api.views.base import PROBLEMS
from config.sandbox import tenant
from core import clock
from core.errors import Invalid


class ScenarioSerializer(serializers.Serializer[Any]):
    """What stands there, and under which references."""

    key = serializers.CharField()
    title = serializers.CharField()
    application = serializers.CharField(required=False)
    case = serializers.CharField(required=False)
    licence = serializers.CharField(required=False)
    shipment = serializers.CharField(required=False)
    crisis = serializers.CharField(required=False)
    failed = serializers.CharField(required=False, help_text="Why it could not be played, if it could not.")


class SandboxSerializer(serializers.Serializer[Any]):
    partner = serializers.CharField()
    clock = serializers.DateTimeField(help_text="What the sandbox's clock says.")
    ahead_seconds = serializers.IntegerField(help_text="How far it is before the machine's.")
    reset_at = serializers.DateTimeField()
    took_seconds = serializers.FloatField(help_text="How long the last reset took.")
    scenarios = ScenarioSerializer(many=True)


class MoveSerializer(serializers.Serializer[Any]):
    to = serializers.DateTimeField(required=False, help_text="An instant (RFC 3339).")
    hours = serializers.IntegerField(required=False, min_value=1, max_value=92 * 24)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if unknown := sorted(set(self.initial_data) - set(self.fields)):
            raise serializers.ValidationError({name: [_("There is no such field.")] for name in unknown})
        if len(attrs) != 1:
            raise serializers.ValidationError({"to": [_("Give either an instant or hours.")]})
        return attrs

    @property
    def instant(self) -> datetime:
        given: dict[str, Any] = self.validated_data
        found: datetime = given.get("to") or clock.now() + timedelta(hours=given["hours"])
        return found


def told() -> dict[str, Any]:
    """Return what a sandbox says of itself."""
    known, now = tenant.standing(), clock.now()
    return {
        "partner": known.partner,
        "clock": now,
        "ahead_seconds": round((now - clock.machine()).total_seconds()),
        "reset_at": datetime.fromisoformat(known.reset_at),
        "took_seconds": known.took_seconds,
        "scenarios": known.scenarios,
    }


class Sandboxed(Limited, APIView):
    permission_classes = (IsAuthenticated,)
    scopes: ClassVar[dict[str, str]] = {}  # any will do

    def answer(self) -> Response:
        return Response(SandboxSerializer(told()).data)


class SandboxView(Sandboxed):
    @extend_schema(summary="Read what stands in the sandbox", responses={200: SandboxSerializer, **PROBLEMS})
    def get(self, request: Request) -> Response:
        return self.answer()


class ResetView(Sandboxed):
    @extend_schema(
        summary="Put the sandbox back",
        description="Every row, document and webhook goes, the scenarios are played anew under the same "
        "references, and the clock is the machine's again. Takes seconds; whoever calls meanwhile waits. Tokens "
        "end with it: ask for new ones with the same credentials.",
        request=None,
        responses={200: SandboxSerializer, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        if request.data:
            raise Invalid(
                _("A reset takes nothing."),
                fields={str(name): [_("There is no such field.")] for name in request.data},
            )
        tenant.reset()
        return self.answer()


class ClockView(Sandboxed):
    @extend_schema(
        summary="Move the sandbox's clock on",
        description="To an instant, or by hours; 92 days at most. What falls due on the way happens, each at its "
        "own instant. Tokens, signatures and the timestamps of webhooks go by the machine's clock as ever.",
        request=MoveSerializer,
        responses={200: SandboxSerializer, **PROBLEMS},
        examples=[OpenApiExample("Two days on", {"hours": 48}, request_only=True)],
    )
    def post(self, request: Request) -> Response:
        asked = MoveSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        tenant.move(asked.instant)
        return self.answer()
