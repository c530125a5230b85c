"""Denials as partner systems read and bring them in, and the question whether a case is what was denied."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api import filters
from api.bodies import body
from api.serializers import ReasonSerializer, shown
from api.views.base import PROBLEMS, Listed, visible
from core import audience
from core.references import normalise_reference
from intelligence import imports
from intelligence import services as intelligence
from intelligence.importing import MOST_BYTES
from intelligence.models import Denial, DenialImport, DenialParty
from licensing.models import UndercutCheck
from licensing.services import undercut


class DenialPartySerializer(serializers.ModelSerializer[DenialParty]):
    name = serializers.CharField(source="sharedparty.name")
    country = serializers.CharField(source="sharedparty.country")

    class Meta:
        model = DenialParty
        fields = ("name", "country", "entity_type", "address")


class DenialLineSerializer(serializers.Serializer[Any]):
    code = serializers.CharField(allow_blank=True)
    description = serializers.CharField(allow_blank=True)
    quantity = serializers.CharField(allow_blank=True, help_text="empty where the notice does not say")
    unit = serializers.CharField(allow_blank=True, help_text="UN/ECE Recommendation 20")


class DenialSerializer(serializers.ModelSerializer[Denial]):
    member = serializers.CharField(source="jurisdiction_id", help_text="the member that recorded it")
    denied_by = serializers.CharField(help_text="the government that denied, where that is no member another")
    parties = DenialPartySerializer(source="named", many=True)
    lines = DenialLineSerializer(many=True)
    releasable_to = serializers.ListField(child=serializers.CharField(), help_text="empty: every member")

    class Meta:
        model = Denial
        fields = (
            "reference", "status", "member", "denied_by", "regime_reference", "national_reference", "parties",
            "control_codes", "lines", "destination", "end_use", "ground_code", "summary", "releasable_to",
            "decided_at", "takes_effect_at", "review_due", "reviews", "withdrawn_at", "withdrawn_because",
        )  # fmt: skip


KEPT = {"outcome": "keep", "explanation": "The end-user still works for the programme."}


@extend_schema_serializer(examples=[shown("Kept", KEPT)])
class DenialReviewSerializer(serializers.Serializer[Any]):
    outcome = serializers.ChoiceField(choices=["keep", "withdraw"])
    explanation = serializers.CharField(max_length=4000, required=False, allow_blank=True, default="")


@extend_schema_serializer(examples=[shown("To one more member", {"releasable_to": ["FR"]})])
class ReleaseSerializer(serializers.Serializer[Any]):
    releasable_to = serializers.ListField(
        child=serializers.CharField(max_length=2), help_text="codes of members; empty for all"
    )


class DenialViewSet(Listed):
    lookup_field = "reference"
    serializer_class = DenialSerializer
    filterset_class = filters.DenialFilters
    ordering_fields = ("decided_at", "review_due")
    scopes = {
        "list": "denials:read",
        "retrieve": "denials:read",
        "withdrawal": "denials:write",
        "release": "denials:write",
        "review": "denials:write",
    }

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Denial.objects.none()
        rows = Denial.objects.visible_to(self.person)  # type: ignore[attr-defined]
        return rows.select_related("jurisdiction").prefetch_related("named__sharedparty")

    def _denial(self, reference: str) -> Denial:
        found: Denial = visible(self.get_queryset(), reference=normalise_reference(reference)[:20])
        return found

    @extend_schema(
        summary="List denials, the newest first", responses={200: DenialSerializer(many=True), **PROBLEMS}
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(summary="Read a denial", responses={200: DenialSerializer, **PROBLEMS})
    def retrieve(self, request: Request, reference: str) -> Response:
        return Response(DenialSerializer(self._denial(reference)).data)

    @extend_schema(
        summary="Withdraw a denial",
        description="As a decider of the member that denied. Cases that wait for an answer about it go on.",
        request=ReasonSerializer,
        responses={200: DenialSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def withdrawal(self, request: Request, reference: str) -> Response:
        data = body(request, ReasonSerializer)
        denial = self._denial(reference)
        intelligence.withdraw_denial(actor=self.person, denial=denial, reason=data["reason"])
        return Response(DenialSerializer(self._denial(reference)).data)

    @extend_schema(
        summary="Keep or withdraw a denial whose review is due",
        description="As a decider of the member that denied, every three years; from the third review on, keeping "
        "it asks for an explanation.",
        request=DenialReviewSerializer,
        responses={200: DenialSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def review(self, request: Request, reference: str) -> Response:
        data = body(request, DenialReviewSerializer)
        intelligence.review_denial(
            actor=self.person,
            denial=self._denial(reference),
            keep=data["outcome"] == "keep",
            explanation=data["explanation"],
        )
        return Response(DenialSerializer(self._denial(reference)).data)

    @extend_schema(
        summary="Release a denial to further members",
        request=ReleaseSerializer,
        responses={200: DenialSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def release(self, request: Request, reference: str) -> Response:
        data = body(request, ReleaseSerializer)
        denial = self._denial(reference)
        intelligence.release_denial(actor=self.person, denial=denial, releasable_to=data["releasable_to"])
        return Response(DenialSerializer(self._denial(reference)).data)


NOTICES = (
    "reference,regime_reg_ref,name,address,notifying_government,country,denial_cle,item_description,end_use,"
    "reason_for_refusal,entity_type\n"
    'DN2000/0000,AB-CD-EF-000,Organisation Name,"1000 Street Name, City Name",DE,KZ,6A003,Camera,'
    "Used in industry,Risk of diversion,end_user\n"
)


@extend_schema_serializer(examples=[shown("One notice", {"filename": "denials.csv", "content": NOTICES})])
class NoticesSerializer(serializers.Serializer[Any]):
    filename = serializers.CharField(max_length=200)
    content = serializers.CharField(
        max_length=MOST_BYTES,
        trim_whitespace=False,
        help_text="the CSV file; its columns are in docs/denials.md",
    )
    releasable_to = serializers.ListField(
        child=serializers.CharField(max_length=2), required=False, help_text="codes of members; empty for all"
    )


class DenialImportSerializer(serializers.ModelSerializer[DenialImport]):
    member = serializers.CharField(source="jurisdiction_id")
    denials = serializers.SerializerMethodField()
    releasable_to = serializers.SerializerMethodField(help_text="empty: every member")
    proposed_by = serializers.CharField(source="proposed_by.name")
    seconded_by = serializers.CharField(source="seconded_by.name", default=None, allow_null=True)

    class Meta:
        model = DenialImport
        fields = (
            "uid", "member", "filename", "sha256", "status", "denials", "releasable_to", "proposed_by",
            "proposed_at", "seconded_by", "seconded_at", "remark",
        )  # fmt: skip

    def get_denials(self, row: DenialImport) -> int:
        return len(row.notices)

    def get_releasable_to(self, row: DenialImport) -> list[str]:
        return [key.removeprefix("jurisdiction:") for key in row.audience if key != audience.ALLIANCE]


class DenialImportViewSet(Listed):
    lookup_field, lookup_value_converter = "uid", "uuid"
    serializer_class = DenialImportSerializer
    filterset_class = filters.DenialImportFilters
    scopes = {
        "list": "denials:read",
        "retrieve": "denials:read",
        "create": "denials:write",
        "confirmation": "denials:write",
        "rejection": "denials:write",
    }

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return DenialImport.objects.none()
        rows = DenialImport.objects.visible_to(self.person)  # type: ignore[attr-defined]
        return rows.select_related("proposed_by", "seconded_by")

    def _row(self, uid: UUID) -> DenialImport:
        found: DenialImport = visible(self.get_queryset(), uid=uid)
        return found

    @extend_schema(
        summary="List the files of denials of your member",
        responses={200: DenialImportSerializer(many=True), **PROBLEMS},
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(summary="Read one of them", responses={200: DenialImportSerializer, **PROBLEMS})
    def retrieve(self, request: Request, uid: UUID) -> Response:
        return Response(DenialImportSerializer(self._row(uid)).data)

    @extend_schema(
        summary="Bring a file of denials in",
        description=(
            "Read whole or not at all: each error is told with its row and column. Nothing is a denial before "
            "another officer confirms it. A file that was brought in before is a conflict."
        ),
        request=NoticesSerializer,
        responses={201: DenialImportSerializer, **PROBLEMS},
    )
    def create(self, request: Request) -> Response:
        data = body(request, NoticesSerializer)
        row = imports.propose(
            actor=self.person,
            filename=data["filename"],
            content=data["content"].encode(),
            releasable_to=data.get("releasable_to", ()),
        )
        return Response(DenialImportSerializer(row).data, status=201)

    @extend_schema(
        summary="Record the denials of a file, as a second officer",
        request=None,
        responses={200: DenialSerializer(many=True), **PROBLEMS},
    )
    @action(detail=True, methods=["post"], pagination_class=None)
    def confirmation(self, request: Request, uid: UUID) -> Response:
        found = imports.confirm(actor=self.person, row=self._row(uid))
        return Response(DenialSerializer(found, many=True).data)

    @extend_schema(
        summary="Send a file back",
        request=ReasonSerializer,
        responses={200: DenialImportSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def rejection(self, request: Request, uid: UUID) -> Response:
        data = body(request, ReasonSerializer)
        row = imports.send_back(actor=self.person, row=self._row(uid), remark=data["reason"])
        return Response(DenialImportSerializer(row).data)


class ComparedPartSerializer(serializers.Serializer[Any]):
    name = serializers.ChoiceField(choices=["item", "party", "destination", "quantity"])
    outcome = serializers.ChoiceField(choices=["same", "near", "differs", "unknown"])
    sentence = serializers.CharField()


class UndercutCheckSerializer(serializers.ModelSerializer[UndercutCheck]):
    case = serializers.CharField(source="case.reference")
    denial = serializers.CharField(source="denial.reference")
    member = serializers.CharField(source="jurisdiction_id", help_text="who is asked")
    compared = ComparedPartSerializer(source="matched", many=True)

    class Meta:
        model = UndercutCheck
        fields = (
            "uid", "case", "denial", "member", "rule", "status", "exact", "compared", "asked_at", "due_at",
            "answered_at", "reason", "explanation", "told_at",
        )  # fmt: skip


@extend_schema_serializer(
    examples=[shown("Not identical", {"answer": "not_identical", "reason": "Another site, another use."})]
)
class UndercutAnswerSerializer(serializers.Serializer[Any]):
    answer = serializers.ChoiceField(choices=["identical", "not_identical", "no_objection", "withdrawn"])
    reason = serializers.CharField(max_length=4000)


@extend_schema_serializer(
    examples=[shown("Why", {"explanation": "The site was visited; the use is civil and monitored."})]
)
class ExplanationSerializer(serializers.Serializer[Any]):
    explanation = serializers.CharField(max_length=4000)


class UndercutCheckViewSet(Listed):
    lookup_field, lookup_value_converter = "uid", "uuid"
    serializer_class = UndercutCheckSerializer
    filterset_class = filters.UndercutCheckFilters
    scopes = {
        "list": "denials:read",
        "retrieve": "denials:read",
        "answer": "positions:write",
        "explanation": "decisions:write",
    }

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return UndercutCheck.objects.none()
        rows = UndercutCheck.objects.visible_to(self.person)  # type: ignore[attr-defined]
        return rows.select_related("case", "denial")

    def _check(self, uid: UUID) -> UndercutCheck:
        found: UndercutCheck = visible(self.get_queryset(), uid=uid)
        return found

    @extend_schema(
        summary="List the denials that cases resemble",
        responses={200: UndercutCheckSerializer(many=True), **PROBLEMS},
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(summary="Read one of them", responses={200: UndercutCheckSerializer, **PROBLEMS})
    def retrieve(self, request: Request, uid: UUID) -> Response:
        return Response(UndercutCheckSerializer(self._check(uid)).data)

    @extend_schema(
        summary="Say whether a case is what your member denied",
        description="Silence until `due_at` means not identical. `withdrawn` withdraws the denial, as a decider.",
        request=UndercutAnswerSerializer,
        responses={200: UndercutCheckSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def answer(self, request: Request, uid: UUID) -> Response:
        data = body(request, UndercutAnswerSerializer)
        found = undercut.answer(actor=self.person, check=self._check(uid), **data)
        return Response(UndercutCheckSerializer(found).data)

    @extend_schema(
        summary="Explain a grant of what another member denied",
        request=ExplanationSerializer,
        responses={200: UndercutCheckSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def explanation(self, request: Request, uid: UUID) -> Response:
        data = body(request, ExplanationSerializer)
        found = undercut.explain(actor=self.person, check=self._check(uid), **data)
        return Response(UndercutCheckSerializer(found).data)
