"""Exercises, as partner systems plan, run, answer and evaluate them, and what is to be done because of them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api.bodies import body
from api.crisis_filters import ExerciseFilters, ImprovementFilters
from api.exercises import (
    AnswerSerializer,
    ExerciseListSerializer,
    ExerciseSerializer,
    FindingsSerializer,
    GoOnSerializer,
    ImprovementOwnerSerializer,
    ImprovementSerializer,
    OutcomeSerializer,
    PathSerializer,
    ToAnswerSerializer,
    ToImproveSerializer,
    ToPlanSerializer,
    ToRejectImprovementSerializer,
)
from api.views.base import PROBLEMS, Listed, visible
from core.errors import Invalid
from core.policies import require
from escalation import rehearsals
from escalation.models import Exercise, Improvement
from escalation.policies import exercises as policies
from escalation.services import answering
from escalation.services import exercises as services

UID = OpenApiParameter("uid", UUID, OpenApiParameter.PATH)


class ExerciseViewSet(Listed):
    """All members learn from an exercise: officers in office read every one."""

    lookup_field, lookup_value_converter = "uid", "uuid"
    serializer_class = ExerciseListSerializer
    filterset_class = ExerciseFilters
    scopes = {
        "list": "cases:read",
        "retrieve": "cases:read",
        "paths": "cases:read",
        "create": "crises:write",
        "start": "crises:write",
        "answers": "crises:write",
        "situation_closure": "crises:write",
        "continuation": "crises:write",
        "evaluation": "crises:write",
        "improvements": "crises:write",
        "closure": "crises:write",
    }

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Exercise.objects.none()
        rows = Exercise.objects.visible_to(self.person)  # type: ignore[attr-defined]
        return rows.select_related("planned_by", "evaluated_by")

    def _found(self, uid: UUID) -> Exercise:
        found: Exercise = visible(self.get_queryset(), uid=uid)
        return found

    def _told(self, exercise: Exercise, status: int = 200) -> Response:
        # From the row: what a service returns is locked and lacks what is shown with it.
        rows = self.get_queryset().prefetch_related(
            "improvements__owner__authority", "improvements__entered_by", "improvements__settled_by"
        )
        found: Exercise = visible(rows, uid=exercise.uid)
        return Response(ExerciseSerializer(found, context={"request": self.request}).data, status=status)

    @extend_schema(
        summary="List the exercises, the newest first",
        responses={200: ExerciseListSerializer(many=True), **PROBLEMS},
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(
        summary="Read one exercise: plan, progress, answers, scorecard, evaluation",
        parameters=[UID],
        responses={200: ExerciseSerializer, **PROBLEMS},
    )
    def retrieve(self, request: Request, uid: UUID) -> Response:
        return self._told(self._found(uid))

    @extend_schema(
        summary="Read which paths of charters in force were rehearsed, and when",
        responses={200: PathSerializer(many=True), **PROBLEMS},
    )
    @action(detail=False, methods=["get"], pagination_class=None, filterset_class=None)
    def paths(self, request: Request) -> Response:
        require(policies.can_read, self.person)
        return Response(PathSerializer(rehearsals.paths(), many=True).data)

    @extend_schema(
        summary="Plan an exercise",
        request=ToPlanSerializer,
        responses={201: ExerciseSerializer, **PROBLEMS},
    )
    def create(self, request: Request) -> Response:
        made = services.plan(actor=self.person, **body(request, ToPlanSerializer))
        return self._told(made, 201)

    @extend_schema(
        summary="Start a planned exercise",
        description="A worker takes it within seconds; ask for the exercise again to see how far it is. A "
        "table-top puts its first situation. 409 while another runs.",
        parameters=[UID],
        request=None,
        responses={200: ExerciseSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def start(self, request: Request, uid: UUID) -> Response:
        return self._told(services.start(actor=self.person, exercise=self._found(uid)))

    @extend_schema(
        summary="Answer a situation or a question for the authority",
        description="Once for each. To a question the answer is whole, as a position is; to a situation it may "
        "lack its grounds, which the scorecard shows.",
        parameters=[UID],
        request=ToAnswerSerializer,
        responses={201: AnswerSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def answers(self, request: Request, uid: UUID) -> Response:
        given = body(request, ToAnswerSerializer)
        made = answering.answer(actor=self.person, exercise=self._found(uid), **given)
        return Response(AnswerSerializer(made).data, status=201)

    @extend_schema(
        summary="Close the situation that is open, which puts the next",
        parameters=[UID, OpenApiParameter("number", int, OpenApiParameter.PATH)],
        request=None,
        responses={200: ExerciseSerializer, **PROBLEMS},
    )
    def situation_closure(self, request: Request, uid: UUID, number: int) -> Response:
        found = answering.close_situation(actor=self.person, exercise=self._found(uid), number=number)
        return self._told(found)

    @extend_schema(
        summary="Let a functional exercise go on, with what was answered, until an hour",
        parameters=[UID],
        request=GoOnSerializer,
        responses={200: ExerciseSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def continuation(self, request: Request, uid: UUID) -> Response:
        given = body(request, GoOnSerializer)
        return self._told(answering.go_on(actor=self.person, exercise=self._found(uid), **given))

    @extend_schema(
        summary="Write down what the hot wash found",
        parameters=[UID],
        request=FindingsSerializer,
        responses={200: ExerciseSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def evaluation(self, request: Request, uid: UUID) -> Response:
        given = body(request, FindingsSerializer)
        return self._told(services.evaluate(actor=self.person, exercise=self._found(uid), **given))

    @extend_schema(
        summary="Enter something to do, with an owner and a day",
        parameters=[UID],
        request=ToImproveSerializer,
        responses={201: ImprovementSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def improvements(self, request: Request, uid: UUID) -> Response:
        given, found = body(request, ToImproveSerializer), self._found(uid)
        owner = rehearsals.owners().filter(uid=given.pop("owner")).first()
        if owner is None:
            raise Invalid.field("owner", _("Choose an officer in office."))
        made = services.improve(actor=self.person, exercise=found, owner=owner, **given)
        context = {"request": request}
        return Response(ImprovementSerializer(made, context=context).data, status=201)

    @extend_schema(
        summary="Close an exercise of which nothing is left to do",
        parameters=[UID],
        request=None,
        responses={200: ExerciseSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def closure(self, request: Request, uid: UUID) -> Response:
        return self._told(services.close(actor=self.person, exercise=self._found(uid)))


class ImprovementViewSet(Listed):
    lookup_field, lookup_value_converter = "uid", "uuid"
    serializer_class = ImprovementSerializer
    filterset_class = ImprovementFilters
    ordering_fields = ("due_at",)
    scopes = {
        "list": "cases:read",
        "retrieve": "cases:read",
        "owners": "cases:read",
        "completion": "crises:write",
        "rejection": "crises:write",
    }

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Improvement.objects.none()
        rows = Improvement.objects.filter(
            exercise__in=Exercise.objects.visible_to(self.person)  # type: ignore[attr-defined]
        )
        return rows.select_related("exercise", "owner__authority", "entered_by", "settled_by")

    def _found(self, uid: UUID) -> Improvement:
        found: Improvement = visible(self.get_queryset(), uid=uid)
        return found

    def _told(self, uid: UUID) -> Response:
        return Response(ImprovementSerializer(self._found(uid), context={"request": self.request}).data)

    @extend_schema(
        summary="List what is to be done because of exercises",
        responses={200: ImprovementSerializer(many=True), **PROBLEMS},
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(
        summary="Read something to do", parameters=[UID], responses={200: ImprovementSerializer, **PROBLEMS}
    )
    def retrieve(self, request: Request, uid: UUID) -> Response:
        return self._told(uid)

    @extend_schema(
        summary="List who can be given something to do",
        description="As a decider or a seat of the crisis unit, who enter it.",
        responses={200: ImprovementOwnerSerializer(many=True), **PROBLEMS},
    )
    @action(detail=False, methods=["get"], pagination_class=None, filterset_class=None)
    def owners(self, request: Request) -> Response:
        require(policies.can_plan, self.person)  # who gives something to do: nobody else is told their names
        return Response(ImprovementOwnerSerializer(rehearsals.owners(), many=True).data)

    @extend_schema(
        summary="Say what was done, as its owner",
        parameters=[UID],
        request=OutcomeSerializer,
        responses={200: ImprovementSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def completion(self, request: Request, uid: UUID) -> Response:
        given = body(request, OutcomeSerializer)
        services.do(actor=self.person, improvement=self._found(uid), **given)
        return self._told(uid)

    @extend_schema(
        summary="Say why it is not done, as another person than its owner",
        parameters=[UID],
        request=ToRejectImprovementSerializer,
        responses={200: ImprovementSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def rejection(self, request: Request, uid: UUID) -> Response:
        given = body(request, ToRejectImprovementSerializer)
        services.reject(actor=self.person, improvement=self._found(uid), **given)
        return self._told(uid)
