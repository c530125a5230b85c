"""The clocks of a case with the files to recompute them, and the stops that made them stand."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api.clocks import ClockSerializer, StopSerializer
from api.serializers import ReasonSerializer
from api.views.base import PROBLEMS, Scoped, body, visible
from deadlines.selectors import file_of
from escalation import selectors
from licensing.models import Case, ClockStop
from licensing.selectors import stops as stop_selectors
from licensing.services import stops


class ClockViewSet(Scoped):
    serializer_class = ClockSerializer
    scopes = {"list": "cases:read", "retrieve": "cases:read"}

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


class StopViewSet(Scoped):
    lookup_field, lookup_value_converter = "uid", "uuid"
    serializer_class = StopSerializer
    scopes = {"retrieve": "cases:read", "end": "positions:write", "voiding": "positions:write"}

    def _stop(self, uid: UUID) -> ClockStop:
        found: ClockStop = visible(stop_selectors.stops(self.person), uid=uid)
        return found

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
