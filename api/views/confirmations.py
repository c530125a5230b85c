"""Confirmations of deliveries, as officers' systems read and judge them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api.acts import ActSerializer, offer, told
from api.bodies import body
from api.judged_filters import ConfirmationFilters
from api.views.base import PROBLEMS, Listed, visible
from api.views.documents import DocumentSerializer
from api.views.shipments import ConfirmationSerializer
from core.models import ref
from correspondence.models import Document
from enforcement import policies
from enforcement.models import DeliveryVerification
from enforcement.services import deliveries

LOOKED_AT = {
    "remark": "The photo shows both cameras at their place, and the survey firm answered by telephone."
}
NOT_ENOUGH = {"remark": "The photo shows another berth. Confirm again with one of the place that is named."}


class ReceivedLineSerializer(serializers.Serializer[Any]):
    """How much was received of a line of the licence, in the line's unit."""

    line = serializers.IntegerField(source="shipment_line.licence_line.line")
    received = serializers.DecimalField(source="quantity", max_digits=18, decimal_places=3)
    shipped = serializers.DecimalField(source="shipment_line.quantity", max_digits=18, decimal_places=3)
    unit = serializers.CharField(source="shipment_line.licence_line.unit")


class DeliveryConfirmationSerializer(ConfirmationSerializer):
    status = serializers.CharField(help_text="confirmed: it waits for an officer; accepted or rejected")
    shipment = serializers.CharField(source="shipment.reference")
    licence = serializers.CharField(source="shipment.licence.number")
    exporter = serializers.CharField(source="shipment.licence.holder.name")
    member = serializers.CharField(
        source="shipment.licence.issued_by_id", help_text="that issued the licence"
    )
    verify_by = serializers.DateTimeField(source="shipment.verify_by", allow_null=True)

    class Meta(ConfirmationSerializer.Meta):
        fields: tuple[str, ...] = (
            "uid", "shipment", "licence", "exporter", "member", "verify_by", *ConfirmationSerializer.Meta.fields,
        )  # fmt: skip


class ConfirmationFileSerializer(DeliveryConfirmationSerializer):
    """One confirmation with what is looked at: quantities, the third party's contact, photos and papers."""

    lines = ReceivedLineSerializer(many=True)
    third_contact = serializers.SerializerMethodField(
        help_text="Of who signed; of a monitor that an authority named, for officers alone."
    )
    documents = serializers.SerializerMethodField(
        help_text="Of the whole shipment; read them at /api/v1/documents/{uid}/content/."
    )
    acts = serializers.SerializerMethodField()

    class Meta(DeliveryConfirmationSerializer.Meta):
        fields: tuple[str, ...] = (
            *DeliveryConfirmationSerializer.Meta.fields, "lines", "third_contact", "documents", "acts",
        )  # fmt: skip

    def get_third_contact(self, found: DeliveryVerification) -> str:
        told = self.context["person"].serves or found.monitor is None or found.monitor.by_holder
        return found.third_contact if told else ""

    @extend_schema_field(DocumentSerializer(many=True))
    def get_documents(self, found: DeliveryVerification) -> Any:
        rows = Document.objects.visible_to(self.context["person"])  # type: ignore[attr-defined]
        return DocumentSerializer(rows.filter(aggregate=ref(found.shipment)), many=True).data

    @extend_schema_field(ActSerializer(many=True))
    def get_acts(self, found: DeliveryVerification) -> Any:
        person, home = self.context["person"], f"/api/v1/confirmations/{found.uid}/"
        if found.status != DeliveryVerification.Status.CONFIRMED or not person.serves:
            return []
        verdict = policies.can_judge(person, found)
        return told(
            [
                offer("accept_delivery", _("Accept the confirmation"), f"{home}acceptance/", verdict),
                offer("reject_delivery", _("Do not accept it"), f"{home}rejection/", verdict),
            ]
        )


class ToJudgeDeliverySerializer(serializers.Serializer[Any]):
    remark = serializers.CharField(
        max_length=1000, help_text="what was looked at and found; the holder reads it"
    )


class ConfirmationViewSet(Listed):
    lookup_field = "uid"
    lookup_value_converter = "uuid"
    serializer_class = DeliveryConfirmationSerializer
    filterset_class = ConfirmationFilters
    ordering_fields = ("confirmed_at",)
    scopes = {
        "list": "licences:read",
        "retrieve": "licences:read",
        "acceptance": "shipments:write",
        "rejection": "shipments:write",
    }

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return DeliveryVerification.objects.none()
        rows = DeliveryVerification.objects.visible_to(self.person)  # type: ignore[attr-defined]
        rows = rows.select_related("shipment__licence__holder", "monitor")
        if self.action == "list":
            return rows
        rows = rows.select_related("shipment__licence__case__application")
        return rows.prefetch_related("lines__shipment_line__licence_line")

    def _found(self, uid: UUID) -> DeliveryVerification:
        found: DeliveryVerification = visible(self.get_queryset(), uid=uid)
        return found

    @extend_schema(
        summary="List confirmations of deliveries",
        description="`status=confirmed` are those that wait for an officer or inspector of the issuing member.",
        responses={200: DeliveryConfirmationSerializer(many=True), **PROBLEMS},
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(
        summary="Read a confirmation of a delivery", responses={200: ConfirmationFileSerializer, **PROBLEMS}
    )
    def retrieve(self, request: Request, uid: UUID) -> Response:
        context = {"person": self.person}
        return Response(ConfirmationFileSerializer(self._found(uid), context=context).data)

    def _judged(self, service: Callable[..., object], request: Request, uid: UUID) -> Response:
        given = body(request, ToJudgeDeliverySerializer)
        service(actor=self.person, verification=self._found(uid), **given)
        return self.retrieve(request, uid)

    @extend_schema(
        summary="Accept a confirmation: the delivery is verified",
        description="As a licensing officer, decider or inspector of the issuing member, who neither confirmed it "
        "nor named its monitor.",
        request=ToJudgeDeliverySerializer,
        examples=[OpenApiExample("Looked at", value=LOOKED_AT, request_only=True)],
        responses={200: ConfirmationFileSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def acceptance(self, request: Request, uid: UUID) -> Response:
        return self._judged(deliveries.accept, request, uid)

    @extend_schema(
        summary="Do not accept a confirmation",
        description="It counts for nothing: past its date, where no other stands, the delivery is unverified.",
        request=ToJudgeDeliverySerializer,
        examples=[OpenApiExample("Not enough", value=NOT_ENOUGH, request_only=True)],
        responses={200: ConfirmationFileSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def rejection(self, request: Request, uid: UUID) -> Response:
        return self._judged(deliveries.reject, request, uid)
