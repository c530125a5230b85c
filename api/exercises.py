"""The shapes of exercises: plan, progress, what waits for people, answers, scorecard, what is to be done."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from api.acts import ActSerializer, offer, told
from api.serializers import shown
from core.policies import Verdict
from escalation.asking import Asked, questions_of, table_of
from escalation.models import Answer, Exercise, Improvement
from escalation.policies import exercises as policies
from members.models import User

FULL = {
    "title": "Autumn drill",
    "kind": "full",
    "members": 5,
    "number": 7,
    "cases": 200,
    "injects": ["surge:10@24", "silent:FR@24-72"],
}
TABLE_TOP = {
    "title": "Port closed",
    "kind": "table_top",
    "members": 3,
    "situations": ["0-24 The port of Singapore closes for a week.", "30-60 The list of OFAC is a day late."],
}
SAID = {
    "question": "T01",
    "hour": "6",
    "kind": "object",
    "reason_code": "intended_end_use",
    "legal_basis": "Regulation (EU) 2021/821, Article 4",
    "summary": "We ask the port and let the goods wait for it.",
}
FOUND = {"findings": "France was silent for two days: nobody had named a deputy for the night."}
TO_DO = {
    "text": "Name a deputy for the nights of the trade ministry.",
    "owner": "00000000-0000-4000-8000-000000000001",
    "due_at": "2027-01-15T17:00:00Z",
}
NOT_DONE = {"outcome": "The rota names a deputy for each night since October."}
DONE = {"outcome": "Two deputies are named, and the rota of December has them."}


class AnswerSerializer(serializers.ModelSerializer[Answer]):
    """What an authority said, at an hour of the exercise; `complete`: with its grounds."""

    authority = serializers.CharField(source="authority.name")
    member = serializers.CharField(source="authority.jurisdiction_id")
    complete = serializers.BooleanField(source="is_complete")
    given_by = serializers.CharField(source="given_by.name")

    class Meta:
        model = Answer
        fields = (
            "question", "authority", "member", "hour", "kind", "reason_code", "legal_basis", "summary", "complete",
            "given_by", "given_at",
        )  # fmt: skip


class AskedSerializer(serializers.Serializer[Any]):
    """A situation of a table-top, or a question of a functional exercise; hours are those of the exercise."""

    question = serializers.CharField()
    title = serializers.CharField()
    text = serializers.CharField()
    start = serializers.FloatField()
    end = serializers.FloatField(help_text="until when it has to be answered")
    open = serializers.BooleanField()
    about = serializers.DictField(help_text="of a question: the trade, who is asked, and whether it binds")
    may_answer = serializers.SerializerMethodField(help_text="whether you may; null once it is closed")
    why_not = serializers.SerializerMethodField()
    answered_by = serializers.ListField(source="by", child=serializers.CharField())
    answers = AnswerSerializer(
        many=True, help_text="of an open situation your own; what others say shows once it is closed"
    )

    def get_may_answer(self, one: Asked) -> bool | None:
        return None if one.may_answer is None else one.may_answer.allowed

    def get_why_not(self, one: Asked) -> str:
        return "" if one.may_answer is None else one.may_answer.reason


class PlanShownSerializer(serializers.Serializer[Any]):
    """What is exercised. `until`: the hour at which the clock stops, or first waits for people."""

    members = serializers.ListField(child=serializers.CharField())
    cases = serializers.IntegerField()
    injects = serializers.ListField(child=serializers.CharField())
    begins = serializers.DateTimeField(help_text="where the clock of the exercise begins")
    until = serializers.IntegerField()
    by_hand = serializers.ListField(child=serializers.CharField(), help_text="members whose people answer")


class ProgressSerializer(serializers.Serializer[Any]):
    hour = serializers.FloatField()
    until = serializers.FloatField()
    filed = serializers.IntegerField(help_text="applications that have arrived")


class WaitsForSerializer(serializers.Serializer[Any]):
    """What the exercise waits for: the situation that is open, or the hour at which the clock stands."""

    situation = serializers.IntegerField(allow_null=True)
    hour = serializers.IntegerField(allow_null=True)


class ImprovementSerializer(serializers.ModelSerializer[Improvement]):
    """Something to do because of an exercise."""

    exercise = serializers.UUIDField(source="exercise.uid")
    owner = serializers.CharField(source="owner.name")
    member = serializers.CharField(source="owner.jurisdiction_code", allow_null=True)
    entered_by = serializers.CharField(source="entered_by.name")
    overdue = serializers.BooleanField(source="is_overdue")
    settled_by = serializers.CharField(source="settled_by.name", default=None, allow_null=True)
    acts = serializers.SerializerMethodField()

    class Meta:
        model = Improvement
        fields = (
            "uid", "exercise", "text", "owner", "member", "entered_by", "entered_at", "due_at", "overdue", "status",
            "outcome", "settled_by", "settled_at", "acts",
        )  # fmt: skip

    @extend_schema_field(ActSerializer(many=True))
    def get_acts(self, one: Improvement) -> Any:
        user, path = self.context["request"].user, f"/api/v1/improvements/{one.uid}/"
        if one.status != Improvement.Status.OPEN:
            return []
        return told(
            [
                offer(
                    "complete", str(_("Say what was done")), f"{path}completion/", policies.can_do(user, one)
                ),
                offer("reject", str(_("Say why not")), f"{path}rejection/", policies.can_reject(user, one)),
            ]
        )


class ImprovementOwnerSerializer(serializers.ModelSerializer[User]):
    """An officer who can be given something to do."""

    authority = serializers.CharField(source="authority.name")
    member = serializers.CharField(source="jurisdiction_code")

    class Meta:
        model = User
        fields = ("uid", "name", "authority", "member")


class PathSerializer(serializers.Serializer[Any]):
    """A way through a charter in force, and when an exercise last led through it; null: never."""

    path = serializers.CharField()
    charter = serializers.CharField(help_text="its title")
    tier = serializers.CharField(allow_blank=True)
    way = serializers.CharField(help_text="what happens on it")
    rehearsed_at = serializers.DateTimeField(source="at", allow_null=True)
    within_days = serializers.IntegerField()
    missing = serializers.BooleanField()


class ExerciseListSerializer(serializers.ModelSerializer[Exercise]):
    planned_by = serializers.CharField(source="planned_by.name")
    members = serializers.ListField(source="plan.members", child=serializers.CharField())

    class Meta:
        model = Exercise
        fields: tuple[str, ...] = (
            "uid", "title", "kind", "status", "number", "members", "planned_by", "planned_at", "started_at",
            "ran_at", "evaluated_at", "closed_at",
        )  # fmt: skip


class ExerciseSerializer(ExerciseListSerializer):
    """One exercise. While it runs ask again for `progress`; while it waits, `questions` or the open one of
    `situations` say for whom."""

    plan = serializers.SerializerMethodField()
    progress = serializers.SerializerMethodField(help_text="while it runs; null until a worker has begun")
    waits_for = serializers.SerializerMethodField()
    situations = serializers.SerializerMethodField(help_text="of a table-top: those that were put")
    questions = serializers.SerializerMethodField(help_text="of a functional one that waits: your own first")
    evaluated_by = serializers.CharField(source="evaluated_by.name", default=None, allow_null=True)
    scorecard = serializers.JSONField(help_text="null before it has run")
    improvements = ImprovementSerializer(many=True)
    acts = serializers.SerializerMethodField()

    class Meta(ExerciseListSerializer.Meta):
        fields: tuple[str, ...] = (
            *ExerciseListSerializer.Meta.fields,
            "plan", "progress", "failure", "waits_for", "situations", "questions", "scorecard", "findings",
            "evaluated_by", "improvements", "acts",
        )  # fmt: skip

    @property
    def _user(self) -> User:
        user: User = self.context["request"].user
        return user

    @extend_schema_field(PlanShownSerializer)
    def get_plan(self, exercise: Exercise) -> Any:
        return PlanShownSerializer(exercise.plan).data

    @extend_schema_field(ProgressSerializer(allow_null=True))
    def get_progress(self, exercise: Exercise) -> Any:
        runs = exercise.status == Exercise.Status.RUNNING and exercise.progress
        return ProgressSerializer(exercise.progress).data if runs else None

    @extend_schema_field(WaitsForSerializer(allow_null=True))
    def get_waits_for(self, exercise: Exercise) -> Any:
        if exercise.status != Exercise.Status.WAITING:
            return None
        halted = exercise.halted or {}
        return {"situation": halted.get("situation"), "hour": halted.get("hour")}

    @extend_schema_field(AskedSerializer(many=True))
    def get_situations(self, exercise: Exercise) -> Any:
        return AskedSerializer(table_of(self._user, exercise), many=True).data

    @extend_schema_field(AskedSerializer(many=True))
    def get_questions(self, exercise: Exercise) -> Any:
        return AskedSerializer(questions_of(self._user, exercise), many=True).data

    @extend_schema_field(ActSerializer(many=True))
    def get_acts(self, exercise: Exercise) -> Any:
        return told(
            [
                offer(name, str(TITLES[name]), f"/api/v1/exercises/{exercise.uid}/{path}/", verdict)
                for name, verdict, path in acts_on(self._user, exercise)
            ]
        )


TITLES = {
    "start": _("Start it"),
    "answer": _("Answer"),
    "close_situation": _("Close the situation"),
    "continue": _("Let it go on"),
    "evaluate": _("Evaluate it"),
    "improve": _("Enter something to do"),
    "close": _("Close it"),
}


def acts_on(user: User, exercise: Exercise) -> list[tuple[str, Verdict, str]]:
    """Return the acts that belong to the state of an exercise: name, verdict, and where it is sent."""
    status = exercise.status
    if status == Exercise.Status.PLANNED:
        return [("start", policies.can_start(user, exercise), "start")]
    if status == Exercise.Status.WAITING:
        return _while_it_waits(user, exercise)
    if status == Exercise.Status.RAN:
        return [("evaluate", policies.can_evaluate(user, exercise), "evaluation")]
    if status == Exercise.Status.EVALUATED:
        return [
            ("improve", policies.can_improve(user, exercise), "improvements"),
            ("close", policies.can_close(user, exercise), "closure"),
        ]
    return []


def _while_it_waits(user: User, exercise: Exercise) -> list[tuple[str, Verdict, str]]:
    lead = policies.can_record(user, exercise)
    if exercise.kind == Exercise.Kind.TABLE_TOP:
        number = (exercise.halted or {})["situation"]
        asked: list[Asked] = [one for one in table_of(user, exercise) if one.open]
        led = ("close_situation", lead, f"situations/{number}/closure")
    else:
        asked = questions_of(user, exercise)[:1]  # one's own come first
        led = ("continue", lead, "continuation")
    return [*(("answer", one.may_answer, "answers") for one in asked if one.may_answer is not None), led]


@extend_schema_serializer(examples=[shown("A full drill", FULL), shown("A table-top", TABLE_TOP)])
class ToPlanSerializer(serializers.Serializer[Any]):
    """A plan; docs/exercises.md says how injects and situations are written."""

    title = serializers.CharField(max_length=120, help_text="3 to 120 characters")
    kind = serializers.ChoiceField(choices=Exercise.Kind.choices, default=Exercise.Kind.FULL)
    members = serializers.IntegerField(help_text="how many take part: 3 to 10")
    number = serializers.IntegerField(default=0, help_text="everything is drawn from it; none of a table-top")
    cases = serializers.IntegerField(default=0, help_text="1 to 500; none of a table-top")
    injects = serializers.ListField(
        child=serializers.CharField(max_length=100),
        default=list,
        max_length=50,
        help_text="what goes wrong, as silent:FR@24-72",
    )
    by_hand = serializers.ListField(
        child=serializers.CharField(max_length=2),
        default=list,
        max_length=20,
        help_text="of a functional one: the members whose people answer",
    )
    until = serializers.IntegerField(
        required=False, help_text="of a functional one: the hour at which the clock first waits"
    )
    situations = serializers.ListField(
        child=serializers.CharField(max_length=1100),
        default=list,
        max_length=100,
        help_text="of a table-top: what is put, hours first, as 24-72 The port closes.",
    )


@extend_schema_serializer(examples=[shown("An objection", SAID)])
class ToAnswerSerializer(serializers.Serializer[Any]):
    question = serializers.CharField(max_length=40, help_text="as `situations` or `questions` names it")
    hour = serializers.DecimalField(max_digits=5, decimal_places=1, help_text="at which it counts")
    kind = serializers.ChoiceField(choices=Answer.Kind.choices)
    reason_code = serializers.CharField(required=False, allow_blank=True, max_length=40, default="")
    legal_basis = serializers.CharField(required=False, allow_blank=True, max_length=200, default="")
    summary = serializers.CharField(required=False, allow_blank=True, max_length=4000, default="")


@extend_schema_serializer(examples=[shown("Two days on", {"hour": 48})])
class GoOnSerializer(serializers.Serializer[Any]):
    hour = serializers.IntegerField(help_text="at which the clock waits again; after 504 it is over")


@extend_schema_serializer(examples=[shown("A silent member", FOUND)])
class FindingsSerializer(serializers.Serializer[Any]):
    findings = serializers.CharField(max_length=10_000, help_text="20 to 10,000 characters")


@extend_schema_serializer(examples=[shown("A deputy", TO_DO)])
class ToImproveSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=500, help_text="10 to 500 characters")
    owner = serializers.UUIDField(help_text="an officer of /api/v1/improvements/owners/")
    due_at = serializers.DateTimeField(help_text="within two years")


@extend_schema_serializer(examples=[shown("Done", DONE)])
class OutcomeSerializer(serializers.Serializer[Any]):
    outcome = serializers.CharField(max_length=1000, help_text="what was done: 10 to 1,000 characters")


@extend_schema_serializer(examples=[shown("Done before", NOT_DONE)])
class ToRejectImprovementSerializer(serializers.Serializer[Any]):
    outcome = serializers.CharField(max_length=1000, help_text="why not: 10 to 1,000 characters")
