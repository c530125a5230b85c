"""Pairs of a party and a list entry that officers cleared for new cases too."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api.acts import ActSerializer, offer, told
from api.bodies import body
from api.hits import ClearedPairFilters
from api.serializers import ReasonSerializer
from api.views.base import PROBLEMS, Listed, visible
from licensing.selectors import hits as selectors
from screening import policies
from screening import services as screening
from screening.models import ClearedPair


class ClearedPairSerializer(serializers.ModelSerializer[ClearedPair]):
    """Who stands for whom: the party is not the entry, until a side changes, it expires, or somebody ends it."""

    party = serializers.UUIDField(source="shared_party.uid")
    name = serializers.CharField(source="shared_party.name")
    list = serializers.CharField(source="list_key")
    entry_name = serializers.CharField(source="hit.entry_name")
    state = serializers.SerializerMethodField()
    cleared_by = serializers.CharField(source="cleared_by.name")
    seconded_by = serializers.CharField(source="seconded_by.name", default=None, allow_null=True)
    ended_by = serializers.CharField(source="ended_by.name", default=None, allow_null=True)
    acts = serializers.SerializerMethodField(help_text="what you may do with it, and, where you may not, why")

    class Meta:
        model = ClearedPair
        fields = (
            "uid", "party", "name", "list", "entry_id", "entry_name", "strong", "state", "reason", "cleared_by",
            "seconded_by", "cleared_at", "expires_at", "ended_at", "ended_by", "ended_reason", "acts",
        )  # fmt: skip

    @extend_schema_field(serializers.CharField(help_text="standing, expired or ended, as it is now"))
    def get_state(self, pair: ClearedPair) -> str:
        if pair.ended_at is not None:
            return "ended"
        return "standing" if pair.stands else "expired"

    @extend_schema_field(ActSerializer(many=True))
    def get_acts(self, pair: ClearedPair) -> Any:
        verdict = policies.can_end_pair(self.context["request"].user, pair)
        return told([offer("end_pair", _("End the pair"), f"/api/v1/cleared-pairs/{pair.uid}/end/", verdict)])


class ClearedPairViewSet(Listed):
    lookup_field, lookup_value_converter = "uid", "uuid"
    serializer_class = ClearedPairSerializer
    filterset_class = ClearedPairFilters
    ordering_fields = ("cleared_at", "expires_at")
    scopes = {"list": "cases:read", "retrieve": "cases:read", "end": "screening:write"}

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return ClearedPair.objects.none()
        return selectors.pairs(self.person).select_related("ended_by")

    def _pair(self, uid: UUID) -> ClearedPair:
        found: ClearedPair = visible(self.get_queryset(), uid=uid)
        return found

    def _shown(self, uid: UUID) -> Response:
        context = self.get_serializer_context()
        return Response(ClearedPairSerializer(self._pair(uid), context=context).data)

    @extend_schema(
        summary="List cleared pairs",
        description="Those that your jurisdiction remembers, or remembered. "
        "What one cleared: `/api/v1/hits/?pair=`.",
        responses={200: ClearedPairSerializer(many=True), **PROBLEMS},
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(summary="Read a cleared pair", responses={200: ClearedPairSerializer, **PROBLEMS})
    def retrieve(self, request: Request, uid: UUID) -> Response:
        return self._shown(uid)

    @extend_schema(
        summary="End a cleared pair",
        description="It clears nothing more, and what rested on it is opened again in open cases and under live "
        "licences.",
        request=ReasonSerializer,
        responses={200: ClearedPairSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def end(self, request: Request, uid: UUID) -> Response:
        data = body(request, ReasonSerializer)
        screening.end_pair(actor=self.person, pair=self._pair(uid), reason=data["reason"])
        return self._shown(uid)
