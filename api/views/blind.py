"""Matching denials blind, as the systems of the two members do it; pairs are agreed on in person."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api.serializers import shown
from api.views.base import PROBLEMS, Listed, body, visible
from intelligence import blind, blinding
from intelligence.models import BlindPair


class BlindPairSerializer(serializers.ModelSerializer[BlindPair]):
    members = serializers.SerializerMethodField()

    class Meta:
        model = BlindPair
        fields = ("uid", "members", "key_id", "status", "proposed_at", "agreed_at", "ended_at")

    def get_members(self, pair: BlindPair) -> list[str]:
        return [pair.first_id, pair.second_id]


FILLED = [f"{number:064x}" for number in range(blind.QUERY_SIZE)]


@extend_schema_serializer(examples=[shown("A question", {"fingerprints": FILLED})])
class FingerprintsSerializer(serializers.Serializer[Any]):
    fingerprints = serializers.ListField(
        child=serializers.CharField(max_length=64),
        max_length=blind.DENIALS_SIZES[-1],
        help_text="as `./entente blind` writes them: sorted, each once, and as many as the operation asks for",
    )


class BlindMatchSerializer(serializers.Serializer[Any]):
    asked_position = serializers.IntegerField(help_text="line of your question, from 1")


class BlindAnswerSerializer(serializers.Serializer[Any]):
    query = serializers.UUIDField()
    matches = BlindMatchSerializer(many=True)


class HandedInSerializer(serializers.Serializer[Any]):
    count = serializers.IntegerField()


class BlindPairViewSet(Listed):
    lookup_field, lookup_value_converter = "uid", "uuid"
    serializer_class = BlindPairSerializer
    scopes = {
        "list": "denials:read",
        "retrieve": "denials:read",
        "denials": "denials:write",
        "questions": "denials:write",
    }

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return BlindPair.objects.none()
        return BlindPair.objects.visible_to(self.person)  # type: ignore[attr-defined]

    def _pair(self, uid: UUID) -> BlindPair:
        found: BlindPair = visible(self.get_queryset(), uid=uid)
        return found

    @extend_schema(
        summary="List the members with which yours matches denials blind",
        responses={200: BlindPairSerializer(many=True), **PROBLEMS},
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(summary="Read one such pair", responses={200: BlindPairSerializer, **PROBLEMS})
    def retrieve(self, request: Request, uid: UUID) -> Response:
        return Response(BlindPairSerializer(self._pair(uid)).data)

    @extend_schema(
        summary="Hand in the fingerprints of your denials",
        description="256, 1024, 4096 or 16384 of them, in place of those before.",
        request=FingerprintsSerializer,
        responses={200: HandedInSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def denials(self, request: Request, uid: UUID) -> Response:
        data = body(request, FingerprintsSerializer)
        return Response({"count": blinding.hand_in(actor=self.person, pair=self._pair(uid), **data)})

    @extend_schema(
        summary="Ask whether one of 64 fingerprints is one of the other member's denials",
        description="They are not kept. A match is told to both members and to nobody else.",
        request=FingerprintsSerializer,
        responses={200: BlindAnswerSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def questions(self, request: Request, uid: UUID) -> Response:
        data = body(request, FingerprintsSerializer)
        query = blinding.ask(actor=self.person, pair=self._pair(uid), **data)
        return Response({"query": str(query.uid), "matches": list(query.matches.values("asked_position"))})
