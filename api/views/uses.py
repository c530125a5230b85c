"""Uses of authorisations: read by exporter and officers, judged by whom they wait for, or applied for instead."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api.acts import ActSerializer, Offer, offer, told
from api.bodies import body
from api.judged_filters import UseFilters
from api.serializers import ApplicationSerializer
from api.views.authorisations import FindingSerializer, UseSerializer
from api.views.base import PROBLEMS, Listed, visible
from core.references import normalise_reference
from exemptions import instrument_policies as policies
from exemptions import using as uses
from exemptions.models import Use
from licensing import using
from licensing.policies.applications import can_start

REFERENCE = OpenApiParameter("reference", str, OpenApiParameter.PATH)
JUDGED = {"reason": "The recipient's own letter tells the entry that the list does not name."}
DECLINED = {"reason": "Part of the entry is not covered; apply for a licence."}


class ToJudgeUseSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=1000, help_text="the exporter reads it")


class ListedUseSerializer(UseSerializer):
    key = serializers.CharField(source="registration.key", help_text="of the authorisation")
    exporter = serializers.CharField(source="registration.organisation.name")
    registration_number = serializers.CharField(source="registration.organisation.registration_number")
    member = serializers.CharField(source="registration.organisation.jurisdiction_id")
    status = serializers.CharField(help_text="recorded, refused or in_review: it waits for an officer")

    class Meta(UseSerializer.Meta):
        fields: tuple[str, ...] = (
            *UseSerializer.Meta.fields, "key", "exporter", "registration_number", "member", "judged_at",
        )  # fmt: skip


class UseFileSerializer(ListedUseSerializer):
    """One use as it was declared, with what only officers of the exporter's member read, and what may be done."""

    declared = serializers.JSONField(source="answers", help_text="as it was declared")
    for_officers = serializers.SerializerMethodField(
        help_text="Lists and denials: to officers of the exporter's member alone; empty for everyone else."
    )
    acts = serializers.SerializerMethodField()

    class Meta(ListedUseSerializer.Meta):
        fields: tuple[str, ...] = (*ListedUseSerializer.Meta.fields, "declared", "for_officers", "acts")

    @extend_schema_field(FindingSerializer(many=True))
    def get_for_officers(self, use: Use) -> Any:
        own = use.registration.organisation.jurisdiction_id == self.context["person"].jurisdiction_code
        return FindingSerializer(use.for_officers if own else [], many=True).data

    @extend_schema_field(ActSerializer(many=True))
    def get_acts(self, use: Use) -> Any:
        person, home = self.context["person"], f"/api/v1/uses/{use.reference}/"
        offers: list[Offer] = []
        if use.status == Use.Status.IN_REVIEW:
            verdict = policies.can_judge(person, use)
            offers.append(offer("accept_use", _("Record this use"), f"{home}acceptance/", verdict))
            offers.append(offer("decline_use", _("Refuse this use"), f"{home}refusal/", verdict))
        if use.registration.organisation_id in person.organisation_ids:
            verdict = can_start(person, use.registration.organisation)
            offers.append(
                offer(
                    "apply_instead",
                    _("Apply for a licence with these answers"),
                    f"{home}application/",
                    verdict,
                )
            )
        return told(offers)


class UseViewSet(Listed):
    lookup_field = "reference"
    serializer_class = ListedUseSerializer
    filterset_class = UseFilters
    ordering_fields = ("declared_at",)
    scopes = {
        "list": "licences:read",
        "retrieve": "licences:read",
        "acceptance": "decisions:write",
        "refusal": "decisions:write",
        "application": "applications:write",
    }

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Use.objects.none()
        rows = Use.objects.visible_to(self.person)  # type: ignore[attr-defined]
        return rows.select_related("registration__organisation")

    def _found(self, reference: str) -> Use:
        found: Use = visible(self.get_queryset(), reference=normalise_reference(reference)[:20])
        return found

    @extend_schema(
        summary="List uses of authorisations",
        description="`status=in_review` are those that wait for an officer of the exporter's member.",
        responses={200: ListedUseSerializer(many=True), **PROBLEMS},
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(
        summary="Read a use of an authorisation",
        description="Whether goods may leave under it now is asked at "
        "`/api/v1/authorisations/{key}/uses/{reference}/`.",
        parameters=[REFERENCE],
        responses={200: UseFileSerializer, **PROBLEMS},
    )
    def retrieve(self, request: Request, reference: str) -> Response:
        context = {"person": self.person}
        return Response(UseFileSerializer(self._found(reference), context=context).data)

    @extend_schema(
        summary="Record a use that waits for an officer",
        description="As a decider of the exporter's member. Everything is looked up again: 409 with each rule that "
        "refuses it by now, which no officer lifts.",
        parameters=[REFERENCE],
        request=ToJudgeUseSerializer,
        examples=[OpenApiExample("Why", value=JUDGED, request_only=True)],
        responses={200: UseFileSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def acceptance(self, request: Request, reference: str) -> Response:
        given = body(request, ToJudgeUseSerializer)
        using.accept(actor=self.person, use=self._found(reference), **given)
        return self.retrieve(request, reference)

    @extend_schema(
        summary="Refuse a use that waits for an officer",
        description="As a decider of the exporter's member. The exporter may apply for a licence.",
        parameters=[REFERENCE],
        request=ToJudgeUseSerializer,
        examples=[OpenApiExample("Why", value=DECLINED, request_only=True)],
        responses={200: UseFileSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def refusal(self, request: Request, reference: str) -> Response:
        given = body(request, ToJudgeUseSerializer)
        uses.decline(actor=self.person, use=self._found(reference), **given)
        return self.retrieve(request, reference)

    @extend_schema(
        summary="Apply for a licence with what was declared",
        description="As the exporter: a draft filled in from the use; the rest is still to be filled in.",
        parameters=[REFERENCE],
        request=None,
        responses={201: ApplicationSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def application(self, request: Request, reference: str) -> Response:
        draft = using.apply_instead(actor=self.person, use=self._found(reference))
        return Response(ApplicationSerializer(draft).data, status=201)
