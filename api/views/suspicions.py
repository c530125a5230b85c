"""Suspicious orders: exporters' systems report them, those of authorities review what concerns their member."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_serializer
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api import examples, filters
from api.bodies import body
from api.serializers import shown
from api.views.base import PROBLEMS, Listed, visible
from core.errors import Forbidden, Invalid
from core.references import normalise_reference
from licensing.models import (
    Application,
    SuspiciousOrder,
    SuspiciousOrderMatch,
    SuspiciousOrderReview,
)
from licensing.selectors import suspicions as selectors
from licensing.services import suspicions
from licensing.suspicions import RED_FLAGS
from members.models import Organisation

MEMBER_ONLY = "empty for exporters"


class NumberSerializer(serializers.Serializer[Any]):
    scheme = serializers.CharField(max_length=20, help_text="lei, vat, imo or registration")
    value = serializers.CharField(max_length=60)


class SuspicionReviewSerializer(serializers.ModelSerializer[SuspiciousOrderReview]):
    by = serializers.CharField(source="by.name")
    passed_to = serializers.ListField(child=serializers.CharField(), help_text="codes of members")

    class Meta:
        model = SuspiciousOrderReview
        fields = ("outcome", "reason", "passed_to", "by", "at")


class SuspicionMatchSerializer(serializers.ModelSerializer[SuspiciousOrderMatch]):
    case = serializers.CharField(source="case.reference")
    because = serializers.CharField(source="sentence")

    class Meta:
        model = SuspiciousOrderMatch
        fields = ("case", "because", "found_at")


class SuspiciousOrderSerializer(serializers.ModelSerializer[SuspiciousOrder]):
    """A report as it was filed. What became of it is shown to the members that read it, each its own."""

    organisation = serializers.CharField(source="organisation.name")
    member = serializers.CharField(
        source="organisation.jurisdiction_id", help_text="where the exporter is established"
    )
    identifiers = NumberSerializer(many=True)
    red_flags = serializers.ListField(child=serializers.CharField())
    application = serializers.CharField(source="application.reference", default=None, allow_null=True)
    read_because = serializers.SerializerMethodField(
        help_text="establishment, open_case or passed_on; " + MEMBER_ONLY
    )
    matches = serializers.SerializerMethodField(help_text="cases that your member leads; " + MEMBER_ONLY)
    reviews = serializers.SerializerMethodField(help_text="of your member; " + MEMBER_ONLY)

    class Meta:
        model = SuspiciousOrder
        fields = (
            "reference", "filed_at", "organisation", "member", "goods", "party_name", "party_country",
            "party_address", "identifiers", "red_flags", "reasons", "outcome", "application", "read_because",
            "matches", "reviews",
        )  # fmt: skip

    @property
    def _user(self) -> Any:
        return self.context["request"].user

    def get_read_because(self, report: SuspiciousOrder) -> str:
        share = selectors.share_of(self._user, report) if self._user.is_officer else None
        return share.why if share else ""

    @extend_schema_field(SuspicionMatchSerializer(many=True))
    def get_matches(self, report: SuspiciousOrder) -> Any:
        found = list(selectors.matches_of(self._user, report)) if self._user.is_officer else []
        return SuspicionMatchSerializer(found, many=True).data

    @extend_schema_field(SuspicionReviewSerializer(many=True))
    def get_reviews(self, report: SuspiciousOrder) -> Any:
        found = selectors.reviews_of(self._user, report) if self._user.is_officer else []
        return SuspicionReviewSerializer(found, many=True).data


@extend_schema_serializer(examples=[shown("An order that was declined", examples.SUSPICION)])
class SuspicionToReportSerializer(serializers.Serializer[Any]):
    organisation = serializers.UUIDField(
        required=False, help_text="For which organisation, where you belong to more than one."
    )
    goods = serializers.CharField(max_length=2000, help_text="what was ordered")
    party_name = serializers.CharField(max_length=300, help_text="who ordered it")
    party_country = serializers.CharField(max_length=2, help_text="ISO 3166-1 alpha-2")
    party_address = serializers.CharField(required=False, allow_blank=True, max_length=500, default="")
    identifiers = NumberSerializer(many=True, required=False, default=list)
    red_flags = serializers.ListField(
        child=serializers.CharField(max_length=20), max_length=50,
        help_text="of " + ", ".join(RED_FLAGS) + "; docs/suspicious-orders.md says what each means",
    )  # fmt: skip
    reasons = serializers.CharField(max_length=4000, help_text="at least 20 characters")
    outcome = serializers.ChoiceField(choices=SuspiciousOrder.Outcome.choices)
    application = serializers.CharField(
        required=False, allow_blank=True, max_length=20, default="", help_text="reference of one of yours"
    )


@extend_schema_serializer(examples=[shown("Noted", examples.REVIEWED)])
class ToReviewSerializer(serializers.Serializer[Any]):
    outcome = serializers.ChoiceField(choices=SuspiciousOrderReview.Outcome.choices)
    reason = serializers.CharField(required=False, allow_blank=True, max_length=4000, default="")
    to = serializers.ListField(
        child=serializers.CharField(max_length=2), required=False, max_length=50, default=list,
        help_text="codes of members, where it is passed on",
    )  # fmt: skip


class SuspiciousOrderViewSet(Listed):
    lookup_field = "reference"
    serializer_class = SuspiciousOrderSerializer
    filterset_class = filters.SuspiciousOrderFilters
    ordering_fields = ("filed_at",)
    scopes = {
        "list": "cases:read",
        "retrieve": "cases:read",
        "create": "applications:write",
        "review": "positions:write",
    }

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return SuspiciousOrder.objects.none()
        return selectors.reports(self.person)

    def _report(self, reference: str) -> SuspiciousOrder:
        found: SuspiciousOrder = visible(self.get_queryset(), reference=normalise_reference(reference)[:20])
        return found

    def _answer(self, reference: str, code: int = status.HTTP_200_OK) -> Response:
        report = self._report(reference)
        context = self.get_serializer_context()
        return Response(SuspiciousOrderSerializer(report, context=context).data, status=code)

    @extend_schema(
        summary="List suspicious orders",
        description="Exporters: their own reports. Authorities: those shared with their member.",
        responses={200: SuspiciousOrderSerializer(many=True), **PROBLEMS},
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(summary="Read a suspicious order", responses={200: SuspiciousOrderSerializer, **PROBLEMS})
    def retrieve(self, request: Request, reference: str) -> Response:
        return self._answer(reference)

    @extend_schema(
        summary="Report a suspicious order",
        description="The answer is the receipt: reference and time. What members make of it they alone are told.",
        request=SuspicionToReportSerializer,
        responses={201: SuspiciousOrderSerializer, **PROBLEMS},
    )
    def create(self, request: Request) -> Response:
        data = body(request, SuspicionToReportSerializer)
        filed = suspicions.file(
            actor=self.person,
            organisation=self._organisation(data.pop("organisation", None)),
            application=self._application(data.pop("application")),
            **data,
        )
        return self._answer(filed.reference, status.HTTP_201_CREATED)

    def _organisation(self, uid: Any) -> Organisation:
        own = Organisation.objects.filter(pk__in=self.person.organisation_ids)
        if not own:
            raise Forbidden(_("Only an exporter's own people report what it was ordered."))
        found = own.filter(uid=uid).first() if uid else own.first()
        if found is None or (uid is None and len(own) > 1):
            raise Invalid.field("organisation", _("Say for which of your organisations."))
        return found

    def _application(self, reference: str) -> Application | None:
        if not reference:
            return None
        own = Application.objects.visible_to(self.person)  # type: ignore[attr-defined]
        found: Application | None = own.filter(reference=normalise_reference(reference)[:20]).first()
        if found is None:
            raise Invalid.field("application", _("Name an application of the organisation you report for."))
        return found

    @extend_schema(
        summary="Review a suspicious order",
        description="For your member: `noted`, `closed` with a reason, or `passed_on` to the members named, by a "
        "decider of the exporter's own member.",
        request=ToReviewSerializer,
        responses={200: SuspiciousOrderSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def review(self, request: Request, reference: str) -> Response:
        data = body(request, ToReviewSerializer)
        suspicions.review(actor=self.person, report=self._report(reference), **data)
        return self._answer(reference)
