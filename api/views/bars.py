"""Exporters barred from authorisations: read by who is told, set by one decider and lifted by another."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api import exporters
from api.acts import ActSerializer, offer, told
from api.bodies import body
from api.judged_filters import BarFilters
from api.views.base import PROBLEMS, Listed, visible
from exemptions import barring
from exemptions import instrument_policies as policies
from exemptions.models import Bar

BARRED: dict[str, Any] = {
    "exporter": "HRB 4711",
    "keys": ["trusted-destinations"],
    "reason": "Goods declared for Korea were offered on a market elsewhere.",
}
LIFTED = {"reason": "The offers were of another maker's cameras, as its papers show."}


class BarSerializer(serializers.ModelSerializer[Bar]):
    exporter = serializers.CharField(source="organisation.name")
    registration_number = serializers.CharField(source="organisation.registration_number")
    member = serializers.CharField(source="organisation.jurisdiction_id")
    keys = serializers.ListField(child=serializers.CharField(), help_text="of authorisations; empty: of all")
    told = serializers.BooleanField(help_text="whether the other members are told")
    why_untold = serializers.SerializerMethodField(help_text="for officers; empty for everyone else")
    acts = serializers.SerializerMethodField()

    class Meta:
        model = Bar
        fields = (
            "uid", "exporter", "registration_number", "member", "keys", "reason", "told", "why_untold",
            "barred_at", "lifted_at", "lifted_because", "acts",
        )  # fmt: skip

    def get_why_untold(self, bar: Bar) -> str:
        return bar.why_untold if self.context["person"].serves else ""

    @extend_schema_field(ActSerializer(many=True))
    def get_acts(self, bar: Bar) -> Any:
        person = self.context["person"]
        if bar.lifted_at is not None or not person.serves:
            return []
        href = f"/api/v1/bars/{bar.uid}/lifting/"
        return told([offer("lift_bar", _("Lift this bar"), href, policies.can_lift(person, bar))])


class ToBarSerializer(serializers.Serializer[Any]):
    exporter = exporters.number_field()
    keys = serializers.ListField(
        child=serializers.CharField(max_length=60),
        max_length=100,
        required=False,
        default=list,
        help_text="of authorisations in force; none: of all",
    )
    reason = serializers.CharField(max_length=2000, help_text="on what suspicion")
    told = serializers.BooleanField(required=False, default=True, help_text="whether the other members are")
    why_untold = serializers.CharField(
        max_length=1000,
        required=False,
        allow_blank=True,
        default="",
        help_text="why it has no bearing on them, where they are not told",
    )


class ToLiftSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=1000)


class BarViewSet(Listed):
    lookup_field = "uid"
    lookup_value_converter = "uuid"
    serializer_class = BarSerializer
    filterset_class = BarFilters
    ordering_fields = ("barred_at",)
    scopes = {
        "list": "licences:read",
        "retrieve": "licences:read",
        "create": "decisions:write",
        "lifting": "decisions:write",
    }

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Bar.objects.none()
        return Bar.objects.visible_to(self.person).select_related("organisation")  # type: ignore[attr-defined]

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "person": getattr(self.request, "user", None)}

    def _found(self, uid: UUID) -> Bar:
        found: Bar = visible(self.get_queryset(), uid=uid)
        return found

    def _shown(self, uid: UUID, status: int = 200) -> Response:
        return Response(self.get_serializer(self._found(uid)).data, status=status)

    @extend_schema(
        summary="List bars",
        description="Of the exporters of the own member, and those of others that the other members are told of.",
        responses={200: BarSerializer(many=True), **PROBLEMS},
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(summary="Read a bar", responses={200: BarSerializer, **PROBLEMS})
    def retrieve(self, request: Request, uid: UUID) -> Response:
        return self._shown(uid)

    @extend_schema(
        summary="Bar an exporter from authorisations",
        description="As a decider of the exporter's member (Regulation (EU) 2021/821, Article 12(7)). Nothing "
        "leaves under them from this instant; a licence can still be asked for.",
        request=ToBarSerializer,
        examples=[OpenApiExample("From one of them", value=BARRED, request_only=True)],
        responses={201: BarSerializer, **PROBLEMS},
    )
    def create(self, request: Request) -> Response:
        given = body(request, ToBarSerializer)
        organisation = exporters.named(self.person, given.pop("exporter"))
        made = barring.bar(actor=self.person, organisation=organisation, **given)
        return self._shown(made.uid, 201)

    @extend_schema(
        summary="Lift a bar",
        description="As another decider of the exporter's member than barred.",
        request=ToLiftSerializer,
        examples=[OpenApiExample("Why", value=LIFTED, request_only=True)],
        responses={200: BarSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def lifting(self, request: Request, uid: UUID) -> Response:
        given = body(request, ToLiftSerializer)
        barring.lift(actor=self.person, bar=self._found(uid), **given)
        return self._shown(uid)
