"""What members say of a licence after it was issued, and asking one more to let it hold there."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from api import examples
from api.bodies import body
from api.serializers import shown
from api.views.base import PROBLEMS, Listed, visible
from core.references import normalise_reference
from licensing.models import Consent, Licence
from licensing.services import consents

NUMBER = OpenApiParameter("number", str, OpenApiParameter.PATH, description="of the licence")


class ConsentSerializer(serializers.ModelSerializer[Consent]):
    """Whether a member lets a licence hold there too; its reasons for letting it are its officers' own."""

    member = serializers.CharField(source="jurisdiction_id")

    class Meta:
        model = Consent
        fields = (
            "uid", "member", "status", "asked_at", "asked_because", "due_at", "given_at", "ended_at",
            "ended_because",
        )  # fmt: skip


@extend_schema_serializer(examples=[shown("To be shipped from its port", examples.WIDENING)])
class ToWidenSerializer(serializers.Serializer[Any]):
    member = serializers.CharField(min_length=2, max_length=2, help_text="two letters, such as FR")
    reason = serializers.CharField(max_length=1000, help_text="at least 10 characters: that member reads it")


class ConsentViewSet(Listed):
    lookup_field, lookup_value_converter = "uid", "uuid"
    serializer_class = ConsentSerializer
    scopes = {"list": "licences:read", "retrieve": "licences:read", "create": "licences:write"}

    def _licence(self) -> Licence:
        number = normalise_reference(self.kwargs["number"])[:20]
        found: Licence = visible(Licence.objects.visible_to(self.person), number=number)  # type: ignore[attr-defined]
        return found

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Consent.objects.none()
        return Consent.objects.visible_to(self.person).filter(licence=self._licence())  # type: ignore[attr-defined]

    @extend_schema(
        summary="List what members said of a licence since it was issued",
        description="In which members it holds now is the `territory` of the licence.",
        parameters=[NUMBER],
        responses={200: ConsentSerializer(many=True), **PROBLEMS},
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(
        summary="Read what one member said",
        parameters=[NUMBER],
        responses={200: ConsentSerializer, **PROBLEMS},
    )
    def retrieve(self, request: Request, number: str, uid: UUID) -> Response:
        return Response(ConsentSerializer(visible(self.get_queryset(), uid=uid)).data)

    @extend_schema(
        summary="Ask a member to let a licence hold there",
        description="As its holder. The member may read the case from then on, and has ten of its working days; "
        "its silence never widens a licence. A decider of the member answers in person.",
        parameters=[NUMBER],
        request=ToWidenSerializer,
        responses={201: ConsentSerializer, **PROBLEMS},
    )
    def create(self, request: Request, number: str) -> Response:
        licence, data = self._licence(), body(request, ToWidenSerializer)
        asked = consents.ask(actor=self.person, licence=licence, **data)
        return Response(ConsentSerializer(asked).data, status=status.HTTP_201_CREATED)
