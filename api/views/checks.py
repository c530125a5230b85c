"""Pre-shipment checks: asked for, performed by an inspector, withdrawn; nothing leaves that one bears on."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api import exporters, versions
from api.acts import ActSerializer, offer, told
from api.bodies import body
from api.judged_filters import CheckFilters
from api.views.base import PROBLEMS, Listed, visible
from core.errors import Invalid
from core.policies import require
from core.references import normalise_reference
from enforcement import policies, selectors
from enforcement.models import PreShipmentCheck
from enforcement.services import checks
from licensing.models import Licence

REFERENCE = OpenApiParameter("reference", str, OpenApiParameter.PATH)
ASKED = {"licence": "EL-7K3M-9QX2", "reason": "Count the boxes and look at the seals."}
BY_DESTINATION = {"destination": "SG", "reason": "Goods for this port were seen to turn elsewhere."}
PERFORMED = {"result": "limited", "found": "Boxes and seals were seen; two crates were not opened."}
WITHDRAWN = {"reason": "The order was cancelled: nothing leaves any more."}
MOST_SHOWN = 50


class ShipmentCheckListSerializer(serializers.ModelSerializer[PreShipmentCheck]):
    """A check of one licence, one exporter or one destination; two of the three are empty."""

    member = serializers.CharField(source="member_id", help_text="whose licences it means")
    licence = serializers.CharField(source="licence.number", default="")
    exporter = serializers.CharField(source="provider.name", default="")
    registration_number = serializers.CharField(source="provider.registration_number", default="")
    destination = serializers.CharField()
    status = serializers.CharField(help_text="asked, performed or withdrawn")
    result = serializers.CharField(help_text="favourable, limited, unfavourable or unable; empty before")
    found = serializers.CharField(help_text="what was found, or why it was withdrawn")
    blocks = serializers.BooleanField(
        help_text="holds up what it bears on, unless a later one of the same thing was passed"
    )

    class Meta:
        model = PreShipmentCheck
        fields: tuple[str, ...] = (
            "reference", "member", "licence", "exporter", "registration_number", "destination", "status", "reason",
            "asked_at", "result", "found", "ended_at", "blocks",
        )  # fmt: skip


class ShipmentCheckSerializer(ShipmentCheckListSerializer):
    holds_up = serializers.SerializerMethodField(
        help_text="shipments that have not left and that it bears on, those that leave first in front"
    )
    acts = serializers.SerializerMethodField()

    class Meta(ShipmentCheckListSerializer.Meta):
        fields: tuple[str, ...] = (*ShipmentCheckListSerializer.Meta.fields, "holds_up", "acts")

    def get_holds_up(self, check: PreShipmentCheck) -> list[str]:
        if not check.blocks:
            return []
        bearing = [one.pk for one in checks.declared_under(check)]
        rows = selectors.shown(self.context["person"]).filter(pk__in=bearing)
        rows = rows.order_by("planned_departure", "pk")
        return list(rows.values_list("reference", flat=True)[:MOST_SHOWN])

    @extend_schema_field(ActSerializer(many=True))
    def get_acts(self, check: PreShipmentCheck) -> Any:
        person, home = self.context["person"], f"/api/v1/checks/{check.reference}/"
        if check.status != PreShipmentCheck.Status.ASKED:
            return []
        perform, withdraw = (
            policies.can_perform_check(person, check),
            policies.can_withdraw_check(person, check),
        )
        return told(
            [
                offer("perform_check", _("Say what was found"), f"{home}performance/", perform),
                offer("withdraw_check", _("Withdraw this check"), f"{home}withdrawal/", withdraw),
            ]
        )


class ToAskForCheckSerializer(serializers.Serializer[Any]):
    """One of `licence`, `exporter` and `destination`."""

    licence = serializers.CharField(max_length=30, required=False, help_text="number of the licence")
    exporter = serializers.CharField(
        max_length=exporters.MOST,
        required=False,
        help_text="everything of one exporter: its number in the register of its member",
    )
    destination = serializers.CharField(
        min_length=2,
        max_length=2,
        required=False,
        help_text="everything to one destination: ISO 3166-1 alpha-2",
    )
    reason = serializers.CharField(max_length=1000, help_text="why, and what to look at")


class ToPerformSerializer(serializers.Serializer[Any]):
    result = serializers.ChoiceField(choices=PreShipmentCheck.Result.values)
    found = serializers.CharField(max_length=4000)


class ToWithdrawCheckSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=1000)


class CheckViewSet(Listed):
    lookup_field = "reference"
    serializer_class = ShipmentCheckListSerializer
    filterset_class = CheckFilters
    ordering_fields = ("asked_at",)
    scopes = {
        "list": "licences:read",
        "retrieve": "licences:read",
        "create": "shipments:write",
        "performance": "shipments:write",
        "withdrawal": "shipments:write",
    }

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return PreShipmentCheck.objects.none()
        rows = PreShipmentCheck.objects.visible_to(self.person)  # type: ignore[attr-defined]
        return rows.select_related("licence__case__application", "provider")

    def _found(self, reference: str) -> PreShipmentCheck:
        rows = self.get_queryset().filter(reference=normalise_reference(reference)[:20])
        if versions.holding() and (bearing := rows.first()) is not None:
            checks.hold(bearing)
        found: PreShipmentCheck = visible(rows)
        return found

    def _shown(self, reference: str, status: int = 200) -> Response:
        context = {"person": self.person}
        return Response(ShipmentCheckSerializer(self._found(reference), context=context).data, status=status)

    @extend_schema(
        summary="List pre-shipment checks",
        description="Of the own member. `status=asked` are those that wait for an inspector.",
        responses={200: ShipmentCheckListSerializer(many=True), **PROBLEMS},
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(
        summary="Read a pre-shipment check",
        parameters=[REFERENCE],
        responses={200: ShipmentCheckSerializer, **PROBLEMS},
    )
    def retrieve(self, request: Request, reference: str) -> Response:
        return self._shown(reference)

    @extend_schema(
        summary="Ask for a pre-shipment check",
        description="Of one licence, one exporter or one destination, among what the own member has issued, as a "
        "licensing officer, decider, customs officer or inspector. From now on nothing departs that it bears on.",
        request=ToAskForCheckSerializer,
        examples=[
            OpenApiExample("Of a licence", value=ASKED, request_only=True),
            OpenApiExample("Of a destination", value=BY_DESTINATION, request_only=True),
        ],
        responses={201: ShipmentCheckSerializer, **PROBLEMS},
    )
    def create(self, request: Request) -> Response:
        given = body(request, ToAskForCheckSerializer)
        require(policies.can_ask_check, self.person)
        target: dict[str, Any] = {}
        if "licence" in given:
            rows = Licence.objects.visible_to(self.person)  # type: ignore[attr-defined]
            target["licence"] = rows.filter(number=normalise_reference(given["licence"])[:20]).first()
            if target["licence"] is None:
                raise Invalid.field("licence", _("No licence you may see has this number."))
        if "exporter" in given:
            target["provider"] = exporters.named(self.person, given["exporter"])
        if "destination" in given:
            target["destination"] = given["destination"].upper()
        try:
            made = checks.ask(actor=self.person, reason=given["reason"], **target)
        except Invalid as error:
            raise exporters.at_exporter(error) from None
        return self._shown(made.reference, 201)

    @extend_schema(
        summary="Say what a check has found",
        description="As an inspector of the member, and another person than asked for it. `favourable` and "
        "`limited` let it leave; `unfavourable` stops every declared shipment that it bears on, at once.",
        parameters=[REFERENCE],
        request=ToPerformSerializer,
        examples=[OpenApiExample("As far as could be seen", value=PERFORMED, request_only=True)],
        responses={200: ShipmentCheckSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def performance(self, request: Request, reference: str) -> Response:
        given = body(request, ToPerformSerializer)
        checks.perform(actor=self.person, check=self._found(reference), **given)
        return self._shown(reference)

    @extend_schema(
        summary="Withdraw a check before it was performed",
        description="As who asked for it, or a decider of the same member.",
        parameters=[REFERENCE],
        request=ToWithdrawCheckSerializer,
        examples=[OpenApiExample("Why", value=WITHDRAWN, request_only=True)],
        responses={200: ShipmentCheckSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def withdrawal(self, request: Request, reference: str) -> Response:
        given = body(request, ToWithdrawCheckSerializer)
        checks.withdraw(actor=self.person, check=self._found(reference), **given)
        return self._shown(reference)
