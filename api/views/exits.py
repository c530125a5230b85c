"""The way out of a crisis: its plan on live data, and the acts of a seat that its system may pass on."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from alliance.models import Declaration
from api.bodies import body
from api.views.base import PROBLEMS, Scoped, visible
from core.references import normalise_reference
from escalation import exit_plan
from escalation.services import exits

REFERENCE = OpenApiParameter("reference", str, OpenApiParameter.PATH)
STEP = OpenApiParameter("step", str, OpenApiParameter.PATH, description="key of the step in the plan")
WHY = {"reason": "Goods under a licence were found at the front."}


class ReadingSerializer(serializers.Serializer[Any]):
    """A live fact that a precondition read; `value` null where it cannot be said."""

    name = serializers.CharField()
    unit = serializers.CharField()
    counted = serializers.CharField(help_text="how it is counted")
    value = serializers.JSONField(help_text="null: not known")


class JudgedSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    sentence = serializers.CharField()
    expression = serializers.CharField()
    green = serializers.BooleanField()
    reason = serializers.CharField(help_text="why it is red, where the expression gave no answer")
    facts = ReadingSerializer(many=True)


class ExitStepSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    title = serializers.CharField()
    sector = serializers.CharField()
    state = serializers.CharField(help_text="applied, wind_down, proposed, possible, blocked or over")
    waits_for = serializers.ListField(child=serializers.CharField())
    wind_down_days = serializers.IntegerField()
    takes_effect_at = serializers.DateTimeField(allow_null=True)
    preconditions = JudgedSerializer(many=True)


class ExitPlanSerializer(serializers.Serializer[Any]):
    """An exit plan with every precondition judged at `judged_at`."""

    reference = serializers.CharField()
    judged_at = serializers.DateTimeField()
    steps = ExitStepSerializer(many=True)


class WhySerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=1000, help_text="10 to 1,000 characters")


def _shown(plan: exit_plan.Plan) -> dict[str, Any]:
    steps = [
        {
            "key": view.step.key,
            "title": view.step.title,
            "sector": view.step.sector,
            "state": view.state,
            "waits_for": view.waits_for,
            "wind_down_days": view.step.wind_down_days,
            "takes_effect_at": view.row.takes_effect_at if view.row else None,
            "preconditions": [
                {
                    "key": one.finding.precondition.key,
                    "sentence": one.finding.precondition.sentence,
                    "expression": one.finding.precondition.expression,
                    "green": one.finding.green,
                    "reason": one.finding.reason,
                    "facts": [
                        {
                            "name": reading.fact.name,
                            "unit": reading.fact.unit,
                            "counted": reading.fact.sentence,
                            "value": reading.value,
                        }
                        for reading in one.readings
                    ],
                }
                for one in view.judged
            ],
        }
        for view in plan.steps
    ]
    shown = {"reference": plan.declaration.reference, "judged_at": plan.at, "steps": steps}
    return dict(ExitPlanSerializer(shown).data)


class ExitViewSet(Scoped):
    """The second key is turned in person, on the workbench: two systems relax nothing between them."""

    serializer_class = ExitPlanSerializer
    scopes = {
        "retrieve": "cases:read",
        "propose": "decisions:write",
        "withdraw": "decisions:write",
        "reverse": "decisions:write",
    }

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Declaration.objects.none()
        rows = Declaration.objects.visible_to(self.person)  # type: ignore[attr-defined]
        return (rows if self.person.serves else rows.none()).filter(in_force_at__isnull=False)

    def _found(self, reference: str) -> Declaration:
        found: Declaration = visible(self.get_queryset(), reference=normalise_reference(reference)[:20])
        return found

    def _plan(self, declaration: Declaration) -> Response:
        return Response(_shown(exit_plan.plan(self.person, self._found(declaration.reference), fresh=False)))

    @extend_schema(
        summary="Read the exit plan of a crisis, judged on live data of the last 20 seconds",
        parameters=[REFERENCE],
        responses={200: ExitPlanSerializer, **PROBLEMS},
    )
    def retrieve(self, request: Request, reference: str) -> Response:
        return self._plan(self._found(reference))

    @extend_schema(
        summary="Propose a step of the exit plan",
        parameters=[REFERENCE, STEP],
        request=None,
        responses={200: ExitPlanSerializer, **PROBLEMS},
    )
    def propose(self, request: Request, reference: str, step: str) -> Response:
        declaration = self._found(reference)
        exits.propose(actor=self.person, declaration=declaration, step=step)
        return self._plan(declaration)

    @extend_schema(
        summary="Withdraw a step that has not taken effect",
        parameters=[REFERENCE, STEP],
        request=WhySerializer,
        examples=[OpenApiExample("Too early", value=WHY, request_only=True)],
        responses={200: ExitPlanSerializer, **PROBLEMS},
    )
    def withdraw(self, request: Request, reference: str, step: str) -> Response:
        given, declaration = body(request, WhySerializer), self._found(reference)
        exits.withdraw(actor=self.person, declaration=declaration, step=step, **given)
        return self._plan(declaration)

    @extend_schema(
        summary="Reverse a step that stands applied, with whatever rests on it",
        parameters=[REFERENCE, STEP],
        request=WhySerializer,
        examples=[OpenApiExample("Diverted", value=WHY, request_only=True)],
        responses={200: ExitPlanSerializer, **PROBLEMS},
    )
    def reverse(self, request: Request, reference: str, step: str) -> Response:
        given, declaration = body(request, WhySerializer), self._found(reference)
        exits.reverse(actor=self.person, declaration=declaration, step=step, **given)
        return self._plan(declaration)
