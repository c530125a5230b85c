"""Customs' drawdown of licences, and the check before goods leave that anyone concerned may ask for."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api import filters
from api.bodies import body
from api.examples import CORRECTION, DRAWN, PRE_SHIPMENT, RESERVATION
from api.views.base import PROBLEMS, Listed, Scoped, visible
from core import clock
from core.references import normalise_reference
from enforcement import cover
from enforcement.cover import Goods
from enforcement.models import DrawdownLine, Reservation
from enforcement.services import drawdown
from licensing.models import Licence

NUMBER = OpenApiParameter("number", str, OpenApiParameter.PATH, description="of the licence")
UID = OpenApiParameter("uid", str, OpenApiParameter.PATH, description="of the reservation")
BECAUSE = {"reason": "The declaration was withdrawn."}


class DrawdownLineSerializer(serializers.ModelSerializer[DrawdownLine]):
    class Meta:
        model = DrawdownLine
        fields = ("kind", "quantity", "reason", "written_at")


class ReservationSerializer(serializers.ModelSerializer[Reservation]):
    """A quantity of a line, in the line's unit, that a customs office has taken for a declaration."""

    licence = serializers.CharField(source="licence.number")
    line = serializers.IntegerField(source="licence_line.line")
    unit = serializers.CharField(source="licence_line.unit")
    member = serializers.CharField(source="jurisdiction_id")
    shipment = serializers.CharField(source="shipment.reference", default=None, allow_null=True)
    status = serializers.CharField(
        source="state", help_text="as it stands now: reserved, confirmed, released, expired or cancelled"
    )
    drawn = serializers.DecimalField(max_digits=18, decimal_places=3, help_text="what its lines come to")
    lines = DrawdownLineSerializer(many=True)

    class Meta:
        model = Reservation
        fields = (
            "uid", "licence", "line", "quantity", "unit", "member", "office", "declaration", "shipment", "status",
            "reserved_at", "expires_at", "ended_at", "ended_because", "drawn", "lines",
        )  # fmt: skip


class QuantityField(serializers.DecimalField):
    def __init__(self, **told: Any) -> None:
        super().__init__(max_digits=18, decimal_places=3, min_value=0, **told)


class ToReserveSerializer(serializers.Serializer[Any]):
    line = serializers.IntegerField(min_value=1, max_value=1000)
    quantity = QuantityField()
    unit = serializers.CharField(
        max_length=3, help_text="UN/ECE Recommendation 20; kilograms, grams and tonnes are converted if exact"
    )
    office = serializers.CharField(max_length=10, help_text="code of the customs office, such as DE004851")
    declaration = serializers.CharField(
        max_length=35, help_text="MRN or number of the declaration; it reserves once of a line"
    )
    shipment = serializers.CharField(
        max_length=20,
        required=False,
        default="",
        allow_blank=True,
        help_text="a shipment declared under the licence: it is drawn of what that shipment takes already",
    )


class ToDrawSerializer(serializers.Serializer[Any]):
    quantity = QuantityField(
        required=False, help_text="what has left, in the line's unit; all of it if left out"
    )


class ToCorrectSerializer(serializers.Serializer[Any]):
    quantity = QuantityField(help_text="what was drawn in truth, in the line's unit; zero cancels instead")
    reason = serializers.CharField(max_length=500)


class ToGiveBackSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=500)


class ReservationViewSet(Listed):
    lookup_field = "uid"
    serializer_class = ReservationSerializer
    filterset_class = filters.ReservationFilters
    ordering_fields = ("reserved_at",)
    scopes = {
        "list": "licences:read",
        "retrieve": "licences:read",
        "create": "drawdown:write",
        "confirmation": "drawdown:write",
        "release": "drawdown:write",
        "correction": "drawdown:write",
        "cancellation": "drawdown:write",
    }

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Reservation.objects.none()
        rows = Reservation.objects.visible_to(self.person)  # type: ignore[attr-defined]
        rows = rows.filter(licence__number=normalise_reference(self.kwargs["number"])[:20])
        return rows.select_related("licence__case", "licence_line", "shipment").prefetch_related("lines")

    def _found(self, uid: object) -> Reservation:
        found: Reservation = visible(self.get_queryset(), uid=uid)
        return found

    def _shown(self, reservation: Reservation, status: int = 200) -> Response:
        return Response(ReservationSerializer(self._found(reservation.uid)).data, status=status)

    @extend_schema(
        summary="List what customs have drawn of a licence",
        parameters=[NUMBER],
        responses={200: ReservationSerializer(many=True), **PROBLEMS},
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        number = normalise_reference(self.kwargs["number"])[:20]
        visible(Licence.objects.visible_to(self.person), number=number)  # type: ignore[attr-defined]
        return super().list(request, *args, **kwargs)

    @extend_schema(
        summary="Read a reservation",
        parameters=[NUMBER, UID],
        responses={200: ReservationSerializer, **PROBLEMS},
    )
    def retrieve(self, request: Request, number: str, uid: object) -> Response:
        return self._shown(self._found(uid))

    @extend_schema(
        summary="Reserve a quantity of a licence",
        description="Customs only. 409 with `reasons` where the licence does not cover it in your member now, each "
        "with a code: not_valid_here, not_yet_valid, suspended, revoked, expired, exhausted, surrendered, "
        "line_unknown, wrong_unit, over_limit.",
        parameters=[NUMBER],
        request=ToReserveSerializer,
        examples=[OpenApiExample("Two articles", value=RESERVATION, request_only=True)],
        responses={201: ReservationSerializer, **PROBLEMS},
    )
    def create(self, request: Request, number: str) -> Response:
        given = body(request, ToReserveSerializer)
        licence = cover.found_for(self.person, number)
        return self._shown(drawdown.reserve(actor=self.person, licence=licence, **given), 201)

    @extend_schema(
        summary="Confirm what has left of a reservation",
        description="The rest is free again. One that has lapsed is confirmed late where as much is still left.",
        parameters=[NUMBER, UID],
        request=ToDrawSerializer,
        examples=[OpenApiExample("One of two", value=DRAWN, request_only=True)],
        responses={200: ReservationSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def confirmation(self, request: Request, number: str, uid: object) -> Response:
        given = body(request, ToDrawSerializer)
        return self._shown(drawdown.confirm(actor=self.person, reservation=self._found(uid), **given))

    @extend_schema(
        summary="Give a reservation back",
        parameters=[NUMBER, UID],
        request=ToGiveBackSerializer,
        examples=[OpenApiExample("Why", value=BECAUSE, request_only=True)],
        responses={200: ReservationSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def release(self, request: Request, number: str, uid: object) -> Response:
        given = body(request, ToGiveBackSerializer)
        return self._shown(drawdown.release(actor=self.person, reservation=self._found(uid), **given))

    @extend_schema(
        summary="Set right what was drawn",
        parameters=[NUMBER, UID],
        request=ToCorrectSerializer,
        examples=[OpenApiExample("It was one", value=CORRECTION, request_only=True)],
        responses={200: ReservationSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def correction(self, request: Request, number: str, uid: object) -> Response:
        given = body(request, ToCorrectSerializer)
        return self._shown(drawdown.adjust(actor=self.person, reservation=self._found(uid), **given))

    @extend_schema(
        summary="Cancel what was drawn",
        description="A contra line: all of it is free again.",
        parameters=[NUMBER, UID],
        request=ToGiveBackSerializer,
        examples=[OpenApiExample("Why", value=BECAUSE, request_only=True)],
        responses={200: ReservationSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def cancellation(self, request: Request, number: str, uid: object) -> Response:
        given = body(request, ToGiveBackSerializer)
        return self._shown(drawdown.cancel(actor=self.person, reservation=self._found(uid), **given))


class GoodsSerializer(serializers.Serializer[Any]):
    """What is to leave: of a line of the licence, or by its control code."""

    line = serializers.IntegerField(min_value=1, max_value=1000, required=False, default=0)
    control_code = serializers.CharField(max_length=20, required=False, default="", allow_blank=True)
    quantity = QuantityField()
    unit = serializers.CharField(max_length=3)
    value = serializers.DecimalField(
        max_digits=18,
        decimal_places=2,
        min_value=0,
        required=False,
        default=None,
        allow_null=True,
        help_text="in the currency of the line; looked at where it is given",
    )


class PreShipmentSerializer(serializers.Serializer[Any]):
    licence = serializers.CharField(
        max_length=30, required=False, default="", allow_blank=True, help_text="empty for goods without one"
    )
    goods = GoodsSerializer(many=True, allow_empty=False, max_length=100)  # type: ignore[call-arg]
    destination = serializers.RegexField(r"^[A-Z]{2}$", help_text="ISO 3166-1 alpha-2")
    leaves_from = serializers.RegexField(
        r"^[A-Z]{2}$", required=False, default="", help_text="the member at whose border it is asked"
    )
    shipment = serializers.CharField(max_length=20, required=False, default="", allow_blank=True)


class ReasonSerializer(serializers.Serializer[Any]):
    code = serializers.CharField(help_text=", ".join(cover.CODES))
    detail = serializers.CharField()
    line = serializers.IntegerField(allow_null=True)


class TermSerializer(serializers.Serializer[Any]):
    """A condition of the licence, as it stands for these goods."""

    code = serializers.CharField()
    says = serializers.CharField()
    line = serializers.IntegerField(allow_null=True)
    status = serializers.CharField(help_text="met, failed, or to_satisfy by whoever lets the goods go")
    detail = serializers.CharField(help_text="why it failed")


class CheckedSerializer(serializers.Serializer[Any]):
    verdict = serializers.CharField(help_text="go or no_go")
    reasons = ReasonSerializer(many=True)
    conditions = TermSerializer(
        many=True, help_text="of the licence; those that failed stand among the reasons"
    )
    licence = serializers.CharField(allow_null=True)
    would_cover = serializers.ListField(
        child=serializers.CharField(), help_text="own licences that cover the goods, where none was named"
    )
    checked_at = serializers.DateTimeField()


class PreShipmentViewSet(Scoped):
    scopes = {"create": "licences:read"}
    volatile = ("checked_at",)

    @extend_schema(
        summary="Ask whether goods may leave now",
        description="`go`, or `no_go` with every reason at once; goods that no licence covers answer `no_cover`. "
        "Nothing is written: a `go` reserves nothing and holds for the instant it is given.",
        request=PreShipmentSerializer,
        examples=[OpenApiExample("Two articles", value=PRE_SHIPMENT, request_only=True)],
        responses={200: CheckedSerializer, **PROBLEMS},
    )
    def create(self, request: Request) -> Response:
        given = body(request, PreShipmentSerializer)
        answer = cover.check(
            self.person,
            licence=given["licence"],
            goods=[Goods(**one) for one in given["goods"]],
            destination=given["destination"],
            member=given["leaves_from"],
            shipment=given["shipment"],
        )
        return Response(
            {
                "verdict": answer.verdict,
                "reasons": [one.told for one in answer.reasons],
                "conditions": [one.told for one in answer.conditions],
                "licence": answer.licence.number if answer.licence else None,
                "would_cover": list(answer.would_cover),
                "checked_at": clock.now(),
            }
        )
