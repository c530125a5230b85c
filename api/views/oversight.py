"""How the alliance stands: the situation, readiness, coordination, shared intermediaries, what control costs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.views.base import PROBLEMS, Scoped
from core.errors import NotFound
from core.policies import require
from enforcement import burden
from escalation import coordination, intermediaries
from escalation.policies import liaison as liaison_policies
from escalation.policies import situation as policies
from escalation.readiness import readiness
from escalation.situation import situation
from licensing.models import Consultation


@extend_schema_field(OpenApiTypes.FLOAT)
class HoursField(serializers.Field[Any, Any, Any, Any]):
    """A length of time in hours."""

    def to_representation(self, value: timedelta) -> float:
        return round(value.total_seconds() / 3600, 1)


class Oversight(Scoped):
    """Figures that every officer reads, unless a policy says who; an exporter finds none here."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if not self.person.serves:
            raise NotFound()


class ReadinessPartSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    title = serializers.CharField()
    score = serializers.IntegerField(help_text="percent of what it counts that is ready")
    missing = serializers.SerializerMethodField(help_text="what is not")

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_missing(self, part: Any) -> list[str]:
        return [one.text for one in part.missing]


class ReadinessSerializer(serializers.Serializer[Any]):
    member = serializers.CharField(source="member.code")
    score = serializers.IntegerField()
    parts = ReadinessPartSerializer(many=True)


class ReadinessViewSet(Oversight):
    serializer_class = ReadinessSerializer
    scopes = {"list": "cases:read"}

    @extend_schema(
        summary="Read how ready each member is for a crisis",
        description="The score, its parts, and what is missing: what is missing in one member is a risk to all.",
        responses={200: ReadinessSerializer(many=True), **PROBLEMS},
    )
    def list(self, request: Request) -> Response:
        return Response(ReadinessSerializer(readiness(), many=True).data)


class CoordinationSerializer(serializers.Serializer[Any]):
    """A figure is null where nothing is there to count."""

    cases = serializers.IntegerField()
    aligned = serializers.IntegerField()
    align_hours = serializers.FloatField(allow_null=True)
    pairs = serializers.IntegerField()
    spread_percent = serializers.FloatField(allow_null=True)
    windows = serializers.IntegerField()
    in_window_percent = serializers.FloatField(allow_null=True)


class OccasionSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField(help_text="crisis or exercise")
    title = serializers.CharField()
    at = serializers.DateTimeField()
    key = serializers.CharField(help_text="reference of the crisis or uid of the exercise")
    found = CoordinationSerializer(allow_null=True)
    adoption_hours = HoursField(
        source="adoption", allow_null=True, help_text="from the second key to the last adoption so far"
    )


class CoordinationViewSet(Oversight):
    serializer_class = OccasionSerializer
    scopes = {"list": "cases:read"}

    @extend_schema(
        summary="Read how well members coordinate",
        description="Counted alike for crises and exercises; docs/reviews.md tells how.",
        responses={200: OccasionSerializer(many=True), **PROBLEMS},
    )
    def list(self, request: Request) -> Response:
        return Response(OccasionSerializer(coordination.trend(self.person), many=True).data)


class SharedCaseSerializer(serializers.Serializer[Any]):
    role = serializers.CharField()
    lead = serializers.CharField(source="member", help_text="the member that leads it")
    case = serializers.SerializerMethodField(help_text="only where you may read it")

    def get_case(self, other: intermediaries.Elsewhere) -> str | None:
        return other.reference or None


class IntermediarySerializer(serializers.Serializer[Any]):
    party = serializers.UUIDField(source="party.uid")
    name = serializers.CharField(source="party.name")
    country = serializers.CharField(source="party.country")
    roles = serializers.ListField(child=serializers.CharField())
    by_lead = serializers.DictField(
        source="by_member", child=serializers.IntegerField(), help_text="cases by the member that leads them"
    )
    exporters = serializers.IntegerField()
    cases = SharedCaseSerializer(many=True, help_text="the oldest of them")


class IntermediaryViewSet(Oversight):
    serializer_class = IntermediarySerializer
    scopes = {"list": "cases:read"}

    @extend_schema(
        summary="Read which intermediaries several cases share",
        description="Of different members or exporters, those in most cases first. Of cases that you may not read "
        "you learn who leads them, and no more.",
        responses={200: IntermediarySerializer(many=True), **PROBLEMS},
    )
    def list(self, request: Request) -> Response:
        require(liaison_policies.can_watch, self.person)
        return Response(IntermediarySerializer(intermediaries.watched(self.person), many=True).data)


class CohortSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    decided = serializers.IntegerField()
    hours = serializers.FloatField(allow_null=True, help_text="median from filing to decision")
    shipments = serializers.IntegerField()
    questions = serializers.IntegerField()
    checks = serializers.IntegerField()
    stopped = serializers.IntegerField()
    per_hundred = serializers.FloatField(
        allow_null=True, help_text="interventions per 100 applications and shipments"
    )
    within = serializers.BooleanField(help_text="whether that is within the budget")


@extend_schema_serializer(many=False)
class BurdenSerializer(serializers.Serializer[Any]):
    budget = serializers.FloatField()
    days = serializers.IntegerField(help_text="the last days that are counted")
    cohorts = CohortSerializer(many=True)


class BurdenViewSet(Oversight):
    serializer_class = BurdenSerializer
    scopes = {"list": "cases:read"}

    @extend_schema(
        summary="Read what control costs those who comply",
        description="Trusted traders beside other clean operators, held against the budget of interventions.",
        responses={200: BurdenSerializer, **PROBLEMS},
    )
    def list(self, request: Request) -> Response:
        told = {"budget": burden.BUDGET, "days": burden.WINDOW.days, "cohorts": burden.cohorts()}
        return Response(BurdenSerializer(told).data)


class PlaceSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    cases = serializers.IntegerField(help_text="open ones that go there")
    lapses = serializers.IntegerField(help_text="windows that its member let lapse in 30 days")


class WindowSerializer(serializers.Serializer[Any]):
    case = serializers.CharField(allow_null=True, help_text="only where you may read it")
    lead = serializers.CharField()
    addressee = serializers.CharField()
    due_at = serializers.DateTimeField()


class SilentSerializer(serializers.Serializer[Any]):
    member = serializers.CharField(allow_null=True, help_text="null: the crisis unit")
    lapses = serializers.IntegerField()


class LeakageSerializer(serializers.Serializer[Any]):
    confirmed = serializers.IntegerField()
    strong = serializers.IntegerField()
    stopped = serializers.IntegerField()
    licensed = serializers.IntegerField()
    intermediaries = serializers.IntegerField()


class ReliefSpeedSerializer(serializers.Serializer[Any]):
    decided = serializers.IntegerField(help_text="humanitarian cases, in 30 days")
    median_hours = HoursField(source="median", allow_null=True)
    p95_hours = HoursField(source="p95", allow_null=True)
    waiting = serializers.IntegerField()


class StandsSerializer(serializers.Serializer[Any]):
    crisis = serializers.CharField(source="declaration.reference")
    adopted = serializers.IntegerField()
    pending = serializers.IntegerField()
    opted_out = serializers.IntegerField()


class SecondKeysSerializer(serializers.Serializer[Any]):
    """References of what waits for the second key of a seat of another member; of a step, its crisis."""

    declarations = serializers.ListField(child=serializers.CharField())
    endings = serializers.ListField(child=serializers.CharField())
    renewals = serializers.ListField(child=serializers.CharField())
    steps = serializers.ListField(child=serializers.CharField())
    guidance = serializers.ListField(child=serializers.CharField())
    joint = serializers.ListField(child=serializers.CharField())


class OfflineMemberSerializer(serializers.Serializer[Any]):
    member = serializers.CharField(source="jurisdiction_id")
    until = serializers.DateTimeField(help_text="at the latest")


@extend_schema_serializer(many=False)
class SituationSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    open_cases = serializers.IntegerField()
    places = PlaceSerializer(many=True)
    silent = SilentSerializer(many=True)
    windows = WindowSerializer(many=True, help_text="the next that fall due, the soonest first")
    windows_all = serializers.IntegerField()
    unit = WindowSerializer(many=True, help_text="what is asked of the crisis unit")
    unit_all = serializers.IntegerField()
    second_keys = SecondKeysSerializer()
    crises = StandsSerializer(many=True)
    relief = ReliefSpeedSerializer()
    leakage = LeakageSerializer()
    guidance = serializers.ListField(child=serializers.CharField(), help_text="in force, by reference")
    offline = OfflineMemberSerializer(many=True)
    gaps = serializers.ListField(
        child=serializers.CharField(), help_text="authorities with a gap in their rota"
    )


def _window(asked: Consultation) -> dict[str, Any]:
    named = asked.named  # type: ignore[attr-defined]
    return {
        "case": asked.case.reference if named else None,
        "lead": asked.case.lead_id,
        "addressee": asked.addressee,
        "due_at": asked.due_at,
    }


class SituationViewSet(Oversight):
    serializer_class = SituationSerializer
    volatile = ("at",)
    scopes = {"list": "cases:read"}

    @extend_schema(
        summary="Read the situation as it is now",
        description="For seats of the crisis unit and auditors. Situation reports are kept under "
        "`/api/v1/situation-reports/`.",
        responses={200: SituationSerializer, **PROBLEMS},
    )
    def list(self, request: Request) -> Response:
        require(policies.can_watch, self.person)
        now = situation(self.person)
        keys = now.keys
        told = {
            "at": now.at,
            "open_cases": now.open_cases,
            "places": now.places,
            "silent": [
                {"member": member.code if member else None, "lapses": lapses} for member, lapses in now.silent
            ],
            "windows": [_window(one) for one in now.windows],
            "windows_all": now.windows_all,
            "unit": [_window(one) for one in now.queue],
            "unit_all": now.queue_all,
            "second_keys": {
                "declarations": [one.reference for one in keys.declarations],
                "endings": [one.reference for one in keys.endings],
                "renewals": [one.declaration.reference for one in keys.renewals],
                "steps": [one.declaration.reference for one in keys.steps],
                "guidance": [one.reference for one in keys.guidance],
                "joint": [one.reference for one in keys.joint],
            },
            "crises": now.crises,
            "relief": now.speed,
            "leakage": now.leakage,
            "guidance": [notice.reference for notice, _reach in now.guidance],
            "offline": now.offline,
            "gaps": [event.subject_label for event in now.gaps],
        }
        return Response(SituationSerializer(told).data)
