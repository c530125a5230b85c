"""Hits of screening and the acts of officers on them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api.bodies import body
from api.hits import (
    HitFilters,
    JudgedHitSerializer,
    RaisedHitSerializer,
    TallySerializer,
    ToClearSerializer,
    ToSecondSerializer,
)
from api.serializers import ClearanceSerializer, ReasonSerializer
from api.views.base import PROBLEMS, Listed, visible
from core.errors import Invalid
from licensing.selectors.hits import references
from screening import services as screening
from screening.models import Hit
from screening.statistics import tallies


class HitViewSet(Listed):
    lookup_field, lookup_value_converter = "uid", "uuid"
    serializer_class = RaisedHitSerializer
    filterset_class = HitFilters
    ordering_fields = ("score", "raised_at")
    scopes = {
        "list": "cases:read",
        "retrieve": "cases:read",
        "statistics": "cases:read",
        "clearances": "screening:write",
        "confirmations": "screening:write",
        "clearance": "screening:write",
        "confirmation": "screening:write",
        "rejection": "screening:write",
        "match": "screening:write",
        "unsure": "screening:write",
    }

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Hit.objects.none()
        rows = Hit.objects.visible_to(self.person)  # type: ignore[attr-defined]
        return rows.select_related(
            "snapshot__source_list", "shared_party", "proposed_by", "resolved_by", "pair"
        )

    def _hit(self, uid: UUID) -> Hit:
        found: Hit = visible(self.get_queryset(), uid=uid)
        return found

    def _answer(self, hit: Hit) -> Response:
        return Response({"uid": str(hit.uid), "status": hit.status})

    def _written(self, hits: Sequence[Hit]) -> Any:
        return RaisedHitSerializer(hits, many=True, context={"references": references(hits)}).data

    @extend_schema(
        summary="List hits",
        description="Those of cases that your member has a part in. What your own officers have to judge: "
        "`waiting=true`, narrowed to an entry or a party to clear several at once.",
        responses={200: RaisedHitSerializer(many=True), **PROBLEMS},
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        return self.get_paginated_response(self._written(rows))

    @extend_schema(summary="Read one hit", responses={200: RaisedHitSerializer, **PROBLEMS})
    def retrieve(self, request: Request, uid: UUID) -> Response:
        return Response(self._written([self._hit(uid)])[0])

    @extend_schema(
        summary="Read how often hits are false alarms",
        description="By list and rule, of the hits that your jurisdiction leads.",
        responses={200: TallySerializer(many=True), **PROBLEMS},
    )
    @action(detail=False, methods=["get"], pagination_class=None, filterset_class=None)
    def statistics(self, request: Request) -> Response:
        found = tallies(self.person) if self.person.serves else []
        return Response(TallySerializer(found, many=True).data)

    def _hits(self, uids: Sequence[UUID]) -> Sequence[Hit]:
        rows = {hit.uid: hit for hit in self.get_queryset().filter(uid__in=uids)}
        if missing := [at for at, uid in enumerate(uids) if uid not in rows]:
            told = _("There is no such hit that you may see.")
            raise Invalid(_("Nothing was changed."), fields={f"hits[{at}]": [told] for at in missing})
        return list(rows.values())

    @extend_schema(
        summary="Clear several hits for one reason",
        description="All of them, or none. Strong ones are proposed to a second officer, as one by one.",
        request=ToClearSerializer,
        responses={200: JudgedHitSerializer(many=True), **PROBLEMS},
    )
    @action(detail=False, methods=["post"], pagination_class=None, filterset_class=None)
    def clearances(self, request: Request) -> Response:
        data = body(request, ToClearSerializer)
        judged = screening.clear_many(actor=self.person, **{**data, "hits": self._hits(data["hits"])})
        return Response(JudgedHitSerializer(judged, many=True).data)

    @extend_schema(
        summary="Confirm that several hits are cleared",
        description="As the second officer: all of them, or none.",
        request=ToSecondSerializer,
        responses={200: JudgedHitSerializer(many=True), **PROBLEMS},
    )
    @action(
        detail=False,
        methods=["post"],
        url_path="clearances/confirmation",
        pagination_class=None,
        filterset_class=None,
    )
    def confirmations(self, request: Request) -> Response:
        data = body(request, ToSecondSerializer)
        judged = screening.confirm_many(actor=self.person, hits=self._hits(data["hits"]))
        return Response(JudgedHitSerializer(judged, many=True).data)

    @extend_schema(
        summary="Clear a hit",
        description="A strong hit is proposed to a second officer; another is cleared at once.",
        request=ClearanceSerializer,
        responses={200: dict, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def clearance(self, request: Request, uid: UUID) -> Response:
        data = body(request, ClearanceSerializer)
        return self._answer(screening.clear(actor=self.person, hit=self._hit(uid), **data))

    @extend_schema(summary="Confirm that a hit is cleared", request=None, responses={200: dict, **PROBLEMS})
    @action(detail=True, methods=["post"], url_path="clearance/confirmation")
    def confirmation(self, request: Request, uid: UUID) -> Response:
        return self._answer(screening.confirm_clear(actor=self.person, hit=self._hit(uid)))

    @extend_schema(
        summary="Reject a proposed clearance", request=ReasonSerializer, responses={200: dict, **PROBLEMS}
    )
    @action(detail=True, methods=["post"], url_path="clearance/rejection")
    def rejection(self, request: Request, uid: UUID) -> Response:
        data = body(request, ReasonSerializer)
        return self._answer(
            screening.reject_clear(actor=self.person, hit=self._hit(uid), reason=data["reason"])
        )

    @extend_schema(
        summary="Say what is missing to judge a hit",
        request=ReasonSerializer,
        responses={200: dict, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def unsure(self, request: Request, uid: UUID) -> Response:
        data = body(request, ReasonSerializer)
        return self._answer(
            screening.mark_unsure(actor=self.person, hit=self._hit(uid), reason=data["reason"])
        )

    @extend_schema(
        summary="Confirm that a hit is a true match",
        request=ReasonSerializer,
        responses={200: dict, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def match(self, request: Request, uid: UUID) -> Response:
        data = body(request, ReasonSerializer)
        return self._answer(
            screening.confirm_match(actor=self.person, hit=self._hit(uid), reason=data["reason"])
        )
