"""Matching denials blind, as the systems of the two members do it: agreeing on a pair, handing in, asking."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_serializer
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api.acts import ActSerializer, offer, told
from api.bodies import body
from api.serializers import shown
from api.views.base import PROBLEMS, Listed, visible
from intelligence import blind, blinding, policies
from intelligence.models import BlindPair, BlindQuery

MOST_SHOWN = 50  # questions


class BlindPairSerializer(serializers.ModelSerializer[BlindPair]):
    members = serializers.SerializerMethodField()

    class Meta:
        model = BlindPair
        fields = ("uid", "members", "key_id", "status", "proposed_at", "agreed_at", "ended_at")

    def get_members(self, pair: BlindPair) -> list[str]:
        return [pair.first_id, pair.second_id]


class HandedInByMemberSerializer(serializers.Serializer[Any]):
    member = serializers.CharField()
    count = serializers.IntegerField()


class BlindQuestionSerializer(serializers.ModelSerializer[BlindQuery]):
    """A question that was put, and what met; what a line means stands in the legend of whoever wrote it."""

    asked_by = serializers.CharField(source="asker_id", help_text="the member")
    matches = serializers.SerializerMethodField(help_text="how many lines met")
    lines = serializers.SerializerMethodField(
        help_text="which of your own lines met, from 1: of your question, or of your denials where you were asked"
    )

    class Meta:
        model = BlindQuery
        fields = ("uid", "asked_by", "asked_at", "matches", "lines")

    def get_matches(self, query: BlindQuery) -> int:
        return len(query.matches.all())

    def get_lines(self, query: BlindQuery) -> list[int]:
        asked = query.asker_id == self.context["request"].user.jurisdiction_code
        return [one.asked_position if asked else one.denied_position for one in query.matches.all()]


class BlindPairDetailSerializer(BlindPairSerializer):
    handed_in = serializers.SerializerMethodField()
    questions = serializers.SerializerMethodField(help_text="the latest 50")
    acts = serializers.SerializerMethodField()

    class Meta(BlindPairSerializer.Meta):
        fields = (*BlindPairSerializer.Meta.fields, "handed_in", "questions", "acts")  # type: ignore[assignment]

    @extend_schema_field(HandedInByMemberSerializer(many=True))
    def get_handed_in(self, pair: BlindPair) -> Any:
        return [
            {"member": code, "count": pair.fingerprints.filter(denier=code).count()}
            for code in (pair.first_id, pair.second_id)
        ]

    @extend_schema_field(BlindQuestionSerializer(many=True))
    def get_questions(self, pair: BlindPair) -> Any:
        rows = pair.queries.prefetch_related("matches")[:MOST_SHOWN]
        return BlindQuestionSerializer(rows, many=True, context=self.context).data

    @extend_schema_field(ActSerializer(many=True))
    def get_acts(self, pair: BlindPair) -> Any:
        user, path = self.context["request"].user, f"/api/v1/blind-pairs/{pair.uid}/"
        proposed, agreed = BlindPair.Status.PROPOSED, BlindPair.Status.AGREED
        may_match = policies.can_match_blind
        offered = [
            ("agree", _("Agree"), policies.can_agree_to_pair, "agreement", (proposed,)),
            ("hand_in", _("Hand denials in"), may_match, "denials", (agreed,)),
            ("ask", _("Ask about an application"), may_match, "questions", (agreed,)),
            ("end", _("End this pair"), policies.can_end_pair, "end", (proposed, agreed)),
        ]
        return told(
            [
                offer(name, title, f"{path}{place}/", may(user, pair))
                for name, title, may, place, states in offered
                if pair.status in states
            ]
        )


@extend_schema_serializer(examples=[shown("To France", {"member": "FR", "key_id": "0f2a9c417be35d68"})])
class ToPairSerializer(serializers.Serializer[Any]):
    member = serializers.CharField(max_length=2, help_text="the other member")
    key_id = serializers.CharField(
        max_length=16,
        help_text="the 16 hexadecimal digits that the key says of itself (`./entente blind key`)",
    )


@extend_schema_serializer(examples=[shown("The same key", {"key_id": "0f2a9c417be35d68"})])
class KeyIdSerializer(serializers.Serializer[Any]):
    key_id = serializers.CharField(max_length=16, help_text="of the key you hold: it has to be the same")


FILLED = [f"{number:064x}" for number in range(blind.QUERY_SIZE)]


@extend_schema_serializer(examples=[shown("A question", {"fingerprints": FILLED})])
class FingerprintsSerializer(serializers.Serializer[Any]):
    fingerprints = serializers.ListField(
        child=serializers.CharField(max_length=64),
        max_length=blind.DENIALS_SIZES[-1],
        help_text="the lines of the file that `./entente blind` wrote, in its order: sorted, each once, and as "
        "many as the operation asks for",
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
        "create": "denials:write",
        "agreement": "denials:write",
        "end": "denials:write",
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

    def _told(self, uid: UUID, status: int = 200) -> Response:
        shape = BlindPairDetailSerializer(self._pair(uid), context={"request": self.request})
        return Response(shape.data, status=status)

    @extend_schema(
        summary="Read one such pair: what was handed in by number, what was asked, what may be done",
        responses={200: BlindPairDetailSerializer, **PROBLEMS},
    )
    def retrieve(self, request: Request, uid: UUID) -> Response:
        return self._told(uid)

    @extend_schema(
        summary="Propose to another member to match denials blind",
        description="The key itself goes to the other member on a way of your own, never here.",
        request=ToPairSerializer,
        responses={201: BlindPairDetailSerializer, **PROBLEMS},
    )
    def create(self, request: Request) -> Response:
        made = blinding.propose(actor=self.person, **body(request, ToPairSerializer))
        return self._told(made.uid, 201)

    @extend_schema(
        summary="Agree to a pair that the other member proposed",
        request=KeyIdSerializer,
        responses={200: BlindPairDetailSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def agreement(self, request: Request, uid: UUID) -> Response:
        given = body(request, KeyIdSerializer)
        blinding.agree(actor=self.person, pair=self._pair(uid), **given)
        return self._told(uid)

    @extend_schema(
        summary="End a pair at once; its fingerprints are deleted",
        request=None,
        responses={200: BlindPairDetailSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def end(self, request: Request, uid: UUID) -> Response:
        blinding.end(actor=self.person, pair=self._pair(uid))
        return self._told(uid)

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
