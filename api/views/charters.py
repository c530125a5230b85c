"""The charters in force, and the check of one that is being written."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from alliance import authoring, charter_text, policies, selectors
from api import examples
from api.bodies import body
from api.views.base import PROBLEMS, Scoped
from core.policies import require


class HoleSerializer(serializers.Serializer[Any]):
    """Something a charter would let happen that may not happen."""

    kind = serializers.CharField(help_text="deadlock, limbo, silence, outer_limit, cover or seat")
    path = serializers.CharField(help_text="where in the charter to mend it")
    sentence = serializers.CharField()
    trace = serializers.ListField(
        child=serializers.CharField(), help_text="the shortest path that leads there"
    )


class CheckSerializer(serializers.Serializer[Any]):
    """What the check of a charter found."""

    sound = serializers.BooleanField()
    states = serializers.IntegerField(help_text="how many counts of answers and places were tried")
    proofs = serializers.ListField(child=serializers.CharField())
    holes = HoleSerializer(many=True)


class ToCheckSerializer(serializers.Serializer[Any]):
    """A charter as `charter` of one in force shows it."""

    charter = serializers.DictField()


class CharterSerializer(serializers.Serializer[Any]):
    """A charter in force. `charter` is what the check takes, and what `?format=json` publishes."""

    key = serializers.CharField()
    version = serializers.CharField()
    title = serializers.CharField()
    critical = serializers.BooleanField()
    silence_may_approve = serializers.BooleanField()
    if_nobody_answers = serializers.CharField()
    charter = serializers.DictField()


def _shown(charter: Any) -> dict[str, Any]:
    return dict(
        CharterSerializer(
            {
                "key": charter.key,
                "version": charter.version,
                "title": charter.title,
                "critical": charter.critical,
                "silence_may_approve": charter.silence_may_approve,
                "if_nobody_answers": charter.if_nobody_answers,
                "charter": selectors.charter_payload(charter.key),
            }
        ).data
    )


class CharterViewSet(Scoped):
    lookup_field = "key"
    lookup_value_converter = "slug"
    serializer_class = CharterSerializer
    scopes = {"list": "cases:read", "retrieve": "cases:read", "check": "cases:read"}

    @extend_schema(
        summary="List the charters in force", responses={200: CharterSerializer(many=True), **PROBLEMS}
    )
    def list(self, request: Request) -> Response:
        return Response([_shown(charter) for charter in selectors.all_charters()])

    @extend_schema(
        summary="Read one charter in force",
        parameters=[OpenApiParameter("key", str, OpenApiParameter.PATH)],
        responses={200: CharterSerializer, **PROBLEMS},
    )
    def retrieve(self, request: Request, key: str) -> Response:
        return Response(_shown(selectors.charter(key)))

    @extend_schema(
        summary="Check a charter for holes",
        description="Nothing is kept. A charter that is not well formed answers 422 with the path of what is "
        "wrong; one with a hole answers 200 with `sound` false and, for each hole, the shortest path there.",
        request=ToCheckSerializer,
        examples=[OpenApiExample("The lead alone", value={"charter": examples.CHARTER}, request_only=True)],
        responses={200: CheckSerializer, **PROBLEMS},
    )
    @action(detail=False, methods=["post"])
    def check(self, request: Request) -> Response:
        require(policies.can_check, self.person)
        payload = body(request, ToCheckSerializer)["charter"]
        charter_text.refuse_what_cannot_be_stored(payload)
        _charter, report = authoring.judge(payload)
        return Response(
            CheckSerializer(
                {
                    "sound": report.sound,
                    "states": report.states,
                    "proofs": report.proofs,
                    "holes": report.holes,
                }
            ).data
        )
