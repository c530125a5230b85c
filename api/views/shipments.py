"""Shipments under licences: declared and confirmed by the holder's systems, let go by customs' or the holder's."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api import filters
from api.bodies import body
from api.examples import DELIVERY, MONITOR, SHIPMENT
from api.files import decoded
from api.views.base import PROBLEMS, Listed, visible
from core.errors import Conflict, Invalid
from core.references import normalise_reference
from enforcement import selectors
from enforcement.models import DeliveryVerification, MonitorLink, Shipment
from enforcement.services import deliveries, monitors, shipments
from enforcement.services.deliveries import ThirdParty, Upload
from licensing.models import Licence

BECAUSE = {"reason": "The buyer has postponed the work at the site."}
REFERENCE = OpenApiParameter("reference", str, OpenApiParameter.PATH)


class QuantitySerializer(serializers.Serializer[Any]):
    """How much of a line of the licence, in the line's unit."""

    line = serializers.IntegerField(min_value=1, max_value=1000)
    quantity = serializers.DecimalField(max_digits=15, decimal_places=3, min_value=0)


class ShipmentPartySerializer(serializers.Serializer[Any]):
    role = serializers.CharField(help_text="consignee, carrier or vessel")
    name = serializers.CharField()
    country = serializers.CharField()


class ConfirmationSerializer(serializers.ModelSerializer[DeliveryVerification]):
    """A confirmation of a delivery; `sha256` is that of what was said, the hashes of its documents included."""

    monitored = serializers.SerializerMethodField(
        help_text="said by a third-party monitor through a link, and not by the holder"
    )

    class Meta:
        model = DeliveryVerification
        fields: tuple[str, ...] = (
            "number", "status", "delivered_at", "place", "signed_by", "third_party", "third_person",
            "explanation", "sha256", "confirmed_at", "late", "judged_at", "remark", "monitored",
        )  # fmt: skip

    def get_monitored(self, found: DeliveryVerification) -> bool:
        return found.monitor_id is not None


class MonitorLinkSerializer(serializers.ModelSerializer[MonitorLink]):
    """A link sent to a third-party monitor; who it is, is on the pages of those who asked."""

    state = serializers.ChoiceField(choices=MonitorLink.State.choices)

    class Meta:
        model = MonitorLink
        fields = ("state", "by_holder", "asked_at", "expires_at")


class ShipmentSerializer(serializers.ModelSerializer[Shipment]):
    licence = serializers.CharField(source="licence.number")
    leaves_from = serializers.CharField(source="leaves_from_id")
    lines = serializers.SerializerMethodField()
    parties = ShipmentPartySerializer(many=True)
    verification = serializers.CharField(
        help_text="why its delivery has to be verified: waiver, humanitarian, provisional; empty where it need not"
    )
    verification_state = serializers.SerializerMethodField()
    confirmations = ConfirmationSerializer(source="verifications", many=True)
    monitors = MonitorLinkSerializer(source="monitor_links", many=True)

    class Meta:
        model = Shipment
        fields = (
            "reference", "licence", "status", "own_reference", "containers", "leaves_from", "via", "destination",
            "planned_departure", "planned_arrival", "declared_at", "departed_at", "delivered_at", "ended_at",
            "ended_because", "lines", "parties", "verification", "verify_by", "verification_state",
            "confirmations", "monitors",
        )  # fmt: skip

    @extend_schema_field(QuantitySerializer(many=True))
    def get_lines(self, shipment: Shipment) -> list[dict[str, Any]]:
        return [
            {"line": row.licence_line.line, "quantity": f"{row.quantity:f}"} for row in shipment.lines.all()
        ]

    @extend_schema_field(
        serializers.CharField(
            help_text="unneeded, to_come, due, overdue, confirmed or accepted, as it stands now"
        )
    )
    def get_verification_state(self, shipment: Shipment) -> str:
        return selectors.verification_state(shipment, list(shipment.verifications.all()))


class ToDeclareSerializer(serializers.Serializer[Any]):
    licence = serializers.CharField(max_length=30)
    lines = QuantitySerializer(many=True, allow_empty=False)
    consignee = serializers.CharField(max_length=300, help_text="a consignee or end-user of the licence")
    destination = serializers.CharField(min_length=2, max_length=2)
    carrier = serializers.CharField(max_length=300)
    carrier_country = serializers.CharField(min_length=2, max_length=2)
    vessel = serializers.CharField(max_length=300, required=False, default="", allow_blank=True)
    flag = serializers.CharField(
        max_length=2,
        required=False,
        default="",
        allow_blank=True,
        help_text="of the vessel, where there is one",
    )
    imo = serializers.CharField(max_length=20, required=False, default="", allow_blank=True)
    leaves_from = serializers.CharField(
        min_length=2, max_length=2, help_text="a member in which the licence holds"
    )
    via = serializers.ListField(
        child=serializers.CharField(min_length=2, max_length=2), max_length=10, required=False, default=list
    )
    planned_departure = serializers.DateField()
    planned_arrival = serializers.DateField()
    own_reference = serializers.CharField(max_length=60, required=False, default="", allow_blank=True)
    containers = serializers.ListField(
        child=serializers.CharField(max_length=20),
        max_length=100,
        required=False,
        default=list,
        help_text="numbers of freight containers (ISO 6346), such as CSQU3054383",
    )


class PhotoSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=150)
    content = serializers.CharField(help_text="of the file, in base64; the request is at most two megabytes")


class ToConfirmSerializer(serializers.Serializer[Any]):
    received = QuantitySerializer(many=True, allow_empty=False)
    delivered_at = serializers.DateTimeField()
    place = serializers.CharField(max_length=300)
    signed_by = serializers.CharField(max_length=200, help_text="of the holder's own people")
    third_party = serializers.CharField(
        max_length=300,
        required=False,
        default="",
        allow_blank=True,
        help_text="who signed and is not the holder",
    )
    third_person = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)
    third_contact = serializers.CharField(max_length=200, required=False, default="", allow_blank=True)
    explanation = serializers.CharField(
        max_length=2000, required=False, default="", allow_blank=True, help_text="where less was received"
    )
    documents = PhotoSerializer(many=True, required=False, default=list)


class ToNameSerializer(serializers.Serializer[Any]):
    person = serializers.CharField(max_length=200)
    organisation = serializers.CharField(max_length=300, help_text="a third party, and not the holder")
    email = serializers.EmailField(
        max_length=200, help_text="at that organisation; the link goes there alone"
    )


class BecauseSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=500)


def _quantities(rows: list[dict[str, Any]], field: str) -> dict[int, Decimal]:
    found = {row["line"]: row["quantity"] for row in rows}
    if len(found) < len(rows):
        raise Invalid.field(field, "Name each line once.")
    return found


def _renamed(error: Invalid, name: str, field: str, rows: list[dict[str, Any]]) -> Invalid:
    """Name quantities by their place in what was sent: the services name them by the line's number."""
    places = {f"{name}.{row['line']}": f"{field}.{place}.quantity" for place, row in enumerate(rows)}
    return Invalid(error.detail, fields={places.get(key, key): told for key, told in error.fields.items()})


def _upload(number: int, given: dict[str, Any]) -> Upload:
    return Upload(given["name"], decoded(given["content"], f"documents.{number}.content"))


class ShipmentViewSet(Listed):
    lookup_field = "reference"
    serializer_class = ShipmentSerializer
    filterset_class = filters.ShipmentFilters
    ordering_fields = ("declared_at", "planned_departure")
    scopes = {
        "list": "licences:read",
        "retrieve": "licences:read",
        "create": "shipments:write",
        "departure": "shipments:write",
        "cancellation": "shipments:write",
        "stop": "shipments:write",
        "delivery": "shipments:write",
        "monitor": "shipments:write",
        "send_again": "shipments:write",
        "revoke_monitor": "shipments:write",
    }

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Shipment.objects.none()
        rows = Shipment.objects.visible_to(self.person).select_related("licence__case")  # type: ignore[attr-defined]
        return rows.prefetch_related("lines__licence_line", "parties", "verifications", "monitor_links")

    def _found(self, reference: str) -> Shipment:
        found: Shipment = visible(self.get_queryset(), reference=normalise_reference(reference)[:20])
        return found

    def _shown(self, shipment: Shipment, status: int = 200) -> Response:
        return Response(ShipmentSerializer(self._found(shipment.reference)).data, status=status)

    @extend_schema(summary="List shipments", responses={200: ShipmentSerializer(many=True), **PROBLEMS})
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(
        summary="Read a shipment", parameters=[REFERENCE], responses={200: ShipmentSerializer, **PROBLEMS}
    )
    def retrieve(self, request: Request, reference: str) -> Response:
        return self._shown(self._found(reference))

    @extend_schema(
        summary="Declare a shipment under a licence",
        description="409 where the licence does not hold now, 422 where an answer does not fit it.",
        request=ToDeclareSerializer,
        examples=[OpenApiExample("Two of four", value=SHIPMENT, request_only=True)],
        responses={201: ShipmentSerializer, **PROBLEMS},
    )
    def create(self, request: Request) -> Response:
        given = body(request, ToDeclareSerializer)
        number = normalise_reference(given.pop("licence"))[:20]
        licence = visible(Licence.objects.visible_to(self.person), number=number)  # type: ignore[attr-defined]
        lines = given.pop("lines")
        quantities = _quantities(lines, "lines")
        try:
            made = shipments.declare(actor=self.person, licence=licence, quantities=quantities, **given)
        except Invalid as error:
            raise _renamed(error, "quantities", "lines", lines) from None
        return self._shown(made, 201)

    @extend_schema(
        summary="Say that a shipment leaves now",
        parameters=[REFERENCE],
        request=None,
        responses={200: ShipmentSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def departure(self, request: Request, reference: str) -> Response:
        return self._shown(shipments.depart(actor=self.person, shipment=self._found(reference)))

    @extend_schema(
        summary="Cancel a shipment that has not left",
        parameters=[REFERENCE],
        request=BecauseSerializer,
        examples=[OpenApiExample("Why", value=BECAUSE, request_only=True)],
        responses={200: ShipmentSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def cancellation(self, request: Request, reference: str) -> Response:
        given = body(request, BecauseSerializer)
        return self._shown(shipments.cancel(actor=self.person, shipment=self._found(reference), **given))

    @extend_schema(
        summary="Stop a shipment before it leaves",
        parameters=[REFERENCE],
        request=BecauseSerializer,
        examples=[OpenApiExample("Why", value=BECAUSE, request_only=True)],
        responses={200: ShipmentSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def stop(self, request: Request, reference: str) -> Response:
        given = body(request, BecauseSerializer)
        return self._shown(shipments.stop(actor=self.person, shipment=self._found(reference), **given))

    @extend_schema(
        summary="Confirm a delivery",
        parameters=[REFERENCE],
        request=ToConfirmSerializer,
        examples=[OpenApiExample("All of it", value=DELIVERY, request_only=True)],
        responses={201: ShipmentSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def delivery(self, request: Request, reference: str) -> Response:
        shipment, given = self._found(reference), body(request, ToConfirmSerializer)
        try:
            made = deliveries.confirm(
                actor=self.person,
                shipment=shipment,
                received=_quantities(given["received"], "received"),
                delivered_at=given["delivered_at"],
                place=given["place"],
                signed_by=given["signed_by"],
                third_party=ThirdParty(given["third_party"], given["third_person"], given["third_contact"]),
                uploads=[_upload(number, one) for number, one in enumerate(given["documents"])],
                explanation=given["explanation"],
            )
        except Invalid as error:
            raise _renamed(error, "received", "received", given["received"]) from None
        return self._shown(made.shipment, 201)

    @extend_schema(
        summary="Ask a third-party monitor to confirm a delivery",
        description="A link that works once goes to the address; an earlier one of the shipment opens nothing from "
        "then on. What the monitor says is among the confirmations, and in the event feed as `delivery.monitored`.",
        parameters=[REFERENCE],
        request=ToNameSerializer,
        examples=[OpenApiExample("A survey firm", value=MONITOR, request_only=True)],
        responses={201: ShipmentSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def monitor(self, request: Request, reference: str) -> Response:
        shipment, given = self._found(reference), body(request, ToNameSerializer)
        monitors.name(actor=self.person, shipment=shipment, **given)
        return self._shown(shipment, 201)

    @extend_schema(
        summary="Send the monitor of a delivery another link",
        description="To the same address, and valid anew; the former opens nothing from then on. Also "
        "where that is past its date.",
        parameters=[REFERENCE],
        request=None,
        responses={201: ShipmentSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"], url_path="monitor/renewal")
    def send_again(self, request: Request, reference: str) -> Response:
        shipment = self._found(reference)
        link = shipment.monitor_links.order_by("-pk").first()
        if link is None:
            raise Conflict("Nobody was asked to confirm this delivery yet.")
        monitors.send_again(actor=self.person, link=link)
        return self._shown(shipment, 201)

    @extend_schema(
        summary="Revoke the link of a third-party monitor",
        parameters=[REFERENCE],
        request=None,
        responses={200: ShipmentSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"], url_path="monitor/revocation")
    def revoke_monitor(self, request: Request, reference: str) -> Response:
        shipment = self._found(reference)
        link = shipment.monitor_links.open().first()  # type: ignore[attr-defined]
        if link is None:
            raise Conflict("No link of a monitor is open for this delivery.")
        monitors.revoke(actor=self.person, link=link)
        return self._shown(shipment)
