"""The clocks of a case with the files to recompute them, and the stops that made them stand."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api import filters
from api.bodies import body
from api.clocks import ClockSerializer, SinceSerializer, StopSerializer, StopTallySerializer
from api.serializers import ReasonSerializer
from api.views.base import PROBLEMS, Listed, Scoped, visible
from core import clock
from core.policies import require
from deadlines.selectors import file_of
from escalation import selectors
from escalation.services import clocks
from licensing.models import Case, ClockStop
from licensing.policies import stops as policies
from licensing.selectors import stops as stop_selectors
from licensing.services import stops

YEAR = timedelta(days=365)


class ClockViewSet(Scoped):
    serializer_class = ClockSerializer
    scopes = {"list": "cases:read", "retrieve": "cases:read", "recount": "positions:write"}

    def _case(self, reference: str) -> Case:
        rows: Any = Case.objects.visible_to(self.person)  # type: ignore[attr-defined]
        found: Case = visible(rows.select_related("lead"), reference=reference)
        return found

    @extend_schema(
        summary="List the clocks of a case",
        description="Those that run, then those that were. An exporter reads those that concern it.",
        responses={200: ClockSerializer(many=True), **PROBLEMS},
    )
    def list(self, request: Request, reference: str) -> Response:
        found = selectors.clocks(self.person, self._case(reference))
        return Response(ClockSerializer(found, many=True).data)

    @extend_schema(
        summary="Fetch the file that explains a clock",
        description="Recompute it with `docs/verify_deadline.py`, or `./entente deadline verify`. Its bytes count:"
        " keep the file as it comes.",
        responses={200: dict, **PROBLEMS},
    )
    def retrieve(self, request: Request, reference: str, uid: UUID) -> HttpResponse:
        case = self._case(reference)
        item = selectors.clock_of(self.person, case, uid)
        return HttpResponse(file_of(item, case.reference), content_type="application/json")

    @extend_schema(
        summary="Count a running clock anew under the calendar in force",
        description="Where a holiday was declared later: `newer_calendar` says so. 409 where no other version is "
        "in force, or where it would take time away. The old explanation is kept.",
        request=ReasonSerializer,
        responses={200: ClockSerializer, **PROBLEMS},
    )
    def recount(self, request: Request, reference: str, uid: UUID) -> Response:
        case, data = self._case(reference), body(request, ReasonSerializer)
        item = selectors.clock_of(self.person, case, uid)
        moved = clocks.recount(actor=self.person, case=case, due=item.row, reason=data["reason"])
        found = next(one for one in selectors.clocks(self.person, case) if one.row.pk == moved.pk)
        return Response(ClockSerializer(found).data)


class StopViewSet(Listed):
    lookup_field, lookup_value_converter = "uid", "uuid"
    serializer_class = StopSerializer
    filterset_class = filters.StopFilters
    ordering_fields = ("opened_at",)
    scopes = {
        "list": "cases:read",
        "statistics": "cases:read",
        "retrieve": "cases:read",
        "end": "positions:write",
        "voiding": "positions:write",
    }
    query_names = {"statistics": ("opened_after",)}

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return ClockStop.objects.none()
        return stop_selectors.stops(self.person)

    def _stop(self, uid: UUID) -> ClockStop:
        found: ClockStop = visible(stop_selectors.stops(self.person), uid=uid)
        return found

    @extend_schema(
        summary="List who stopped clocks",
        description="As an auditor or a countersigner, of the cases you may read. "
        "Those of one case are read there.",
        responses={200: StopSerializer(many=True), **PROBLEMS},
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        answer = super().list(request, *args, **kwargs)  # what is asked for wrongly is told to everyone
        require(policies.can_read_statistic, self.person)
        return answer

    @extend_schema(
        summary="Read how often and how long clocks were stopped",
        description="By authority and officer, the longest first; what came late, again, or for what had been "
        "answered was avoidable. Of the last year, or from `opened_after` on.",
        parameters=[OpenApiParameter("opened_after", OpenApiTypes.DATETIME)],
        responses={200: StopTallySerializer(many=True), **PROBLEMS},
    )
    @action(detail=False, methods=["get"], pagination_class=None, filterset_class=None)
    def statistics(self, request: Request) -> Response:
        require(policies.can_read_statistic, self.person)
        asked = SinceSerializer(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        since = asked.validated_data.get("opened_after", clock.now() - YEAR)
        found = [
            {"whole": whole, "officers": officers}
            for whole, officers in stop_selectors.statistic(self.person, since=since)
        ]
        return Response(StopTallySerializer(found, many=True).data)

    @extend_schema(summary="Read a stop of the clock", responses={200: StopSerializer, **PROBLEMS})
    def retrieve(self, request: Request, uid: UUID) -> Response:
        return Response(StopSerializer(self._stop(uid)).data)

    @extend_schema(
        summary="Let the clock run again",
        description="For a stop prescribed by law. A question's ends with its answer.",
        request=None,
        responses={200: StopSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def end(self, request: Request, uid: UUID) -> Response:
        return Response(StopSerializer(stops.resume_clock(actor=self.person, stop=self._stop(uid))).data)

    @extend_schema(
        summary="Void a stop on review",
        description="Everything is due as if it had never been; what would be over lapses at once.",
        request=ReasonSerializer,
        responses={200: StopSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def voiding(self, request: Request, uid: UUID) -> Response:
        data = body(request, ReasonSerializer)
        voided = stops.void_stop(actor=self.person, stop=self._stop(uid), reason=data["reason"])
        return Response(StopSerializer(voided).data)
