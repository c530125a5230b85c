"""What stands behind the way out of a crisis: what a fact counts, what a change would touch, before and after."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from alliance.live_facts import BY_NAME
from alliance.models import Declaration
from api.views.base import PROBLEMS
from api.views.exits import REFERENCE, STEP, ExitViewSet
from core.errors import NotFound
from escalation import effectiveness, exit_plan, simulating

MOST = 200  # of each list
NAME = OpenApiParameter("name", str, OpenApiParameter.PATH, description="of a fact that a precondition reads")


class CountedFactSerializer(serializers.Serializer[Any]):
    """What a live fact says now and what it counts: those you may read by name, and how many others."""

    name = serializers.CharField(source="fact.name")
    unit = serializers.CharField(source="fact.unit")
    counted = serializers.CharField(source="fact.sentence")
    value = serializers.JSONField(help_text="null: not known")
    lists = serializers.CharField(source="fact.lists", allow_blank=True, help_text="case, licence or denial")
    named = serializers.ListField(child=serializers.CharField(), help_text="at most 200")
    others = serializers.IntegerField(help_text="that belong to others")


class MemberTouchedSerializer(serializers.Serializer[Any]):
    member = serializers.CharField()
    cases = serializers.IntegerField()
    licences = serializers.IntegerField()


class TouchedAlikeSerializer(serializers.Serializer[Any]):
    """Cases and licences to which the same happens."""

    sentence = serializers.CharField()
    cases = serializers.IntegerField()
    licences = serializers.IntegerField()
    members = serializers.SerializerMethodField()

    @extend_schema_field(MemberTouchedSerializer(many=True))
    def get_members(self, group: exit_plan.Group) -> Any:
        return [dict(zip(("member", "cases", "licences"), row, strict=True)) for row in group.members]


class TouchedSerializer(serializers.Serializer[Any]):
    """What a change would touch now: counts of everything, names of what you may read."""

    sha256 = serializers.CharField(source="touched.sha256", help_text="over all of it")
    cases = serializers.IntegerField(source="all_cases")
    licences = serializers.IntegerField(source="all_licences")
    exporters = serializers.IntegerField()
    groups = TouchedAlikeSerializer(many=True)
    named_cases = serializers.SerializerMethodField(help_text="at most 200")
    named_licences = serializers.SerializerMethodField(help_text="at most 200")

    def get_named_cases(self, found: exit_plan.Simulation) -> list[str]:
        return [row.reference for row in found.cases[:MOST]]

    def get_named_licences(self, found: exit_plan.Simulation) -> list[str]:
        return [row.number for row in found.licences[:MOST]]


class ExitReachViewSet(ExitViewSet):
    scopes = dict.fromkeys(("fact", "touched", "ending", "comparison"), "cases:read")

    @extend_schema(
        summary="Read what a fact of the exit plan says now, and what it counts",
        parameters=[REFERENCE, NAME],
        responses={200: CountedFactSerializer, **PROBLEMS},
    )
    def fact(self, request: Request, reference: str, name: str) -> Response:
        declaration = self._found(reference)
        if name not in BY_NAME:
            raise NotFound()
        count, rows, others = exit_plan.evidence(self.person, declaration, BY_NAME[name])
        told = {
            "fact": BY_NAME[name],
            "value": count.value,
            "named": [getattr(row, "number", None) or row.reference for row in rows[:MOST]],
            "others": others,
        }
        return Response(CountedFactSerializer(told).data)

    @extend_schema(
        summary="Ask what taking a step would touch now; of one that stands applied, reversing it",
        parameters=[REFERENCE, STEP],
        responses={200: TouchedSerializer, **PROBLEMS},
    )
    def touched(self, request: Request, reference: str, step: str) -> Response:
        declaration = self._found(reference)
        view = exit_plan.plan(self.person, declaration).step(step)
        if view is None:
            raise NotFound()
        return self._simulated(declaration, exit_plan.would_touch(declaration, view))

    @extend_schema(
        summary="Ask what ending the crisis would touch now",
        parameters=[REFERENCE],
        responses={200: TouchedSerializer, **PROBLEMS},
    )
    def ending(self, request: Request, reference: str) -> Response:
        declaration = self._found(reference)
        running = declaration.status == Declaration.Status.IN_FORCE
        found = simulating.ended(declaration) if running else simulating.Touched()
        return self._simulated(declaration, found)

    def _simulated(self, declaration: Declaration, found: simulating.Touched) -> Response:
        return Response(TouchedSerializer(exit_plan.simulation(self.person, declaration, found)).data)

    @extend_schema(
        summary="Compare the time before a crisis with the time since, as a review of now would keep it",
        parameters=[REFERENCE],
        responses={200: OpenApiTypes.OBJECT, **PROBLEMS},
    )
    def comparison(self, request: Request, reference: str) -> Response:
        return Response(effectiveness.compare(self._found(reference)))
