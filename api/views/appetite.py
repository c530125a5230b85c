"""The register of risk appetite: thresholds, changes that are voted on, and a member's vote through its system."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from alliance import appetite_policies as policies
from alliance import deliberating, register
from alliance.models import ThresholdChange, ThresholdVote
from alliance.thresholds import EVERY, THRESHOLDS
from api.acts import ActSerializer, offer, told
from api.bodies import body
from api.serializers import shown
from api.views.base import PROBLEMS, Scoped, visible
from core.references import normalise_reference

REFERENCE = OpenApiParameter("reference", str, OpenApiParameter.PATH)


class MinuteSerializer(serializers.Serializer[ThresholdChange]):
    body = serializers.CharField(source="minute_body")
    date = serializers.DateField(source="minute_date")
    paragraph = serializers.CharField(source="minute_paragraph")
    document_sha256 = serializers.CharField(allow_blank=True)


class VoteSerializer(serializers.ModelSerializer[ThresholdVote]):
    """What one member says; its reason is for officers."""

    member = serializers.CharField(source="jurisdiction_id")

    class Meta:
        model = ThresholdVote
        fields = ("member", "choice", "reason", "cast_at")


class ChangeSerializer(serializers.ModelSerializer[ThresholdChange]):
    """A change of a threshold with its minute and how each member voted."""

    minute = MinuteSerializer(source="*")
    proposed_by = serializers.CharField(source="proposed_for_id", help_text="the member")
    votes = serializers.SerializerMethodField()
    acts = serializers.SerializerMethodField()

    class Meta:
        model = ThresholdChange
        fields = (
            "reference", "scenario", "threshold", "old_value", "new_value", "reason", "minute", "status",
            "proposed_by", "proposed_at", "closes_at", "closed_at", "effective_from", "quorum", "majority",
            "members", "not_applied_because", "votes", "acts",
        )  # fmt: skip

    @extend_schema_field(ActSerializer(many=True))
    def get_acts(self, change: ThresholdChange) -> Any:
        user, path = self.context["request"].user, f"/api/v1/appetite/{change.reference}/"
        if change.status != ThresholdChange.Status.OPEN or not user.serves:
            return []
        return told(
            [
                offer("vote", _("Vote"), f"{path}vote/", policies.can_vote(user, change)),
                offer("withdraw", _("Withdraw"), f"{path}withdrawal/", policies.can_withdraw(user, change)),
            ]
        )

    def get_votes(self, change: ThresholdChange) -> list[dict[str, Any]]:
        rows = [dict(VoteSerializer(vote).data) for vote in change.votes.all()]
        if not self.context["request"].user.serves:
            for row in rows:
                del row["reason"], row["cast_at"]
        return rows


class ThresholdSerializer(serializers.Serializer[Any]):
    """A threshold in force, and by which change it was agreed; null: as first published."""

    scenario = serializers.CharField(help_text=f"a scenario profile, or {EVERY}")
    threshold = serializers.CharField()
    value = serializers.IntegerField(allow_null=True)
    unit = serializers.CharField()
    reads = serializers.CharField(help_text="what reads it")
    agreed = serializers.CharField(allow_null=True)
    minute = serializers.CharField(allow_null=True)


class ToProposeSerializer(serializers.Serializer[Any]):
    scenario = serializers.CharField(max_length=40, help_text=f"a scenario profile, or {EVERY}")
    threshold = serializers.ChoiceField(choices=list(THRESHOLDS))
    new_value = serializers.IntegerField(allow_null=True, help_text="null: none, where there may be none")
    reason = serializers.CharField(max_length=4000)
    minute_body = serializers.CharField(max_length=200)
    minute_date = serializers.DateField()
    minute_paragraph = serializers.CharField(max_length=50)
    document_sha256 = serializers.CharField(max_length=64, allow_blank=True, required=False)
    effective_from = serializers.DateField(help_text="the first day, UTC, after the vote")


class ToVoteSerializer(serializers.Serializer[Any]):
    choice = serializers.ChoiceField(choices=ThresholdVote.Choice.choices)
    reason = serializers.CharField(max_length=1000)


class ToWithdrawChangeSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=1000, help_text="10 to 1,000 characters")


class AppetiteViewSet(Scoped):
    lookup_field = "reference"
    serializer_class = ChangeSerializer
    scopes = {
        "list": "cases:read",
        "retrieve": "cases:read",
        "thresholds": "cases:read",
        "create": "decisions:write",
        "vote": "decisions:write",
        "withdrawal": "decisions:write",
    }

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return ThresholdChange.objects.none()
        return ThresholdChange.objects.visible_to(self.person).prefetch_related("votes")  # type: ignore[attr-defined]

    def _found(self, reference: str) -> ThresholdChange:
        found: ThresholdChange = visible(self.get_queryset(), reference=normalise_reference(reference)[:20])
        return found

    def _told(self, rows: Any, **more: Any) -> Any:
        return ChangeSerializer(rows, context={"request": self.request}, **more).data

    @extend_schema(
        summary="List changes of thresholds", responses={200: ChangeSerializer(many=True), **PROBLEMS}
    )
    def list(self, request: Request) -> Response:
        return Response(self._told(self.get_queryset()[:100], many=True))

    @extend_schema(
        summary="Read one change", parameters=[REFERENCE], responses={200: ChangeSerializer, **PROBLEMS}
    )
    def retrieve(self, request: Request, reference: str) -> Response:
        return Response(self._told(self._found(reference)))

    @extend_schema(
        summary="Read the thresholds in force",
        responses={200: ThresholdSerializer(many=True), **PROBLEMS},
    )
    @action(detail=False, methods=["get"])
    def thresholds(self, request: Request) -> Response:
        rows = [
            {
                "scenario": one.key[0],
                "threshold": one.key[1],
                "value": one.value,
                "unit": one.about.unit,
                "reads": one.about.sentence,
                "agreed": one.agreed and one.agreed.reference,
                "minute": one.agreed and one.agreed.minute,
            }
            for one in register.entries(self.person)
        ]
        return Response(ThresholdSerializer(rows, many=True).data)

    @extend_schema(
        summary="Propose to change a threshold",
        request=ToProposeSerializer,
        examples=[
            shown(
                "Lower in wartime",
                {
                    "scenario": "wartime",
                    "threshold": "lane_from_score",
                    "new_value": 35,
                    "reason": "Evasion through third countries has grown since the last review.",
                    "minute_body": "Council working party",
                    "minute_date": "2026-11-20",
                    "minute_paragraph": "paragraph 4",
                    "effective_from": "2027-01-15",
                },
            )
        ],
        responses={201: ChangeSerializer, **PROBLEMS},
    )
    def create(self, request: Request) -> Response:
        made = deliberating.propose(actor=self.person, **body(request, ToProposeSerializer))
        return Response(self._told(made), status=201)

    @extend_schema(
        summary="Vote for the member",
        parameters=[REFERENCE],
        request=ToVoteSerializer,
        examples=[
            shown("For it", {"choice": "for", "reason": "The figures of the last review speak for it."})
        ],
        responses={200: VoteSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def vote(self, request: Request, reference: str) -> Response:
        given = body(request, ToVoteSerializer)
        found = deliberating.vote(actor=self.person, change=self._found(reference), **given)
        return Response(VoteSerializer(found).data)

    @extend_schema(
        summary="Take back a change that the member proposed, while the vote is open",
        parameters=[REFERENCE],
        request=ToWithdrawChangeSerializer,
        examples=[shown("Overtaken", {"reason": "The working party looks at it once more in January."})],
        responses={200: ChangeSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def withdrawal(self, request: Request, reference: str) -> Response:
        given = body(request, ToWithdrawChangeSerializer)
        deliberating.withdraw(actor=self.person, change=self._found(reference), **given)
        return Response(self._told(self._found(reference)))
