"""Files of a customs system, exchanged by its own gateway."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api import filters
from api.bodies import body
from api.examples import USAGE_FILE
from api.views.base import PROBLEMS, Listed, visible
from enforcement.adapters.records import LARGEST
from enforcement.models import CustomsFile
from enforcement.services import customs_files, usage_files


class CustomsFileSerializer(serializers.ModelSerializer[CustomsFile]):
    """A file as it was exchanged, with what came of its transactions."""

    member = serializers.CharField(source="jurisdiction_id")
    faults = serializers.ListField(
        child=serializers.CharField(), help_text="what was wrong, each with its line and field"
    )
    answer = serializers.CharField(help_text="the usageReply to a usage file, as it is to be sent")

    class Meta:
        model = CustomsFile
        fields = (
            "uid", "member", "kind", "sender", "run_number", "exchanged_at", "accepted", "rejected", "faults",
            "sha256", "text", "answer",
        )  # fmt: skip


class ToReceiveSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(
        max_length=LARGEST,
        trim_whitespace=False,
        help_text="the file: usageData or licenceReply, records on lines",
    )


class CustomsFileViewSet(Listed):
    lookup_field = "uid"
    serializer_class = CustomsFileSerializer
    filterset_class = filters.CustomsFileFilters
    ordering_fields = ("exchanged_at",)
    scopes = {
        "list": "drawdown:write",
        "retrieve": "drawdown:write",
        "create": "drawdown:write",
        "licences": "drawdown:write",
    }

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return CustomsFile.objects.none()
        return CustomsFile.objects.visible_to(self.person)  # type: ignore[attr-defined]

    @extend_schema(
        summary="List the files exchanged with the customs system of your member",
        responses={200: CustomsFileSerializer(many=True), **PROBLEMS},
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(
        summary="Read a file that was exchanged",
        parameters=[OpenApiParameter("uid", str, OpenApiParameter.PATH, description="of the file")],
        responses={200: CustomsFileSerializer, **PROBLEMS},
    )
    def retrieve(self, request: Request, uid: object) -> Response:
        return Response(CustomsFileSerializer(visible(self.get_queryset(), uid=uid)).data)

    @extend_schema(
        summary="Hand in a usage file, or the answer to licences",
        description="In the shapes of UK customs. `answer` is the usageReply: each transaction accepted, or "
        "rejected with every row at fault. The same run again is the file that was kept first. 422 where it cannot "
        "be answered.",
        request=ToReceiveSerializer,
        examples=[OpenApiExample("One article of a licence", value=USAGE_FILE, request_only=True)],
        responses={201: CustomsFileSerializer, **PROBLEMS},
    )
    def create(self, request: Request) -> Response:
        given = body(request, ToReceiveSerializer)
        made = usage_files.receive(actor=self.person, text=given["text"])
        return Response(CustomsFileSerializer(made).data, status=201)

    @extend_schema(
        summary="Make the next file of licences",
        description="licenceData of every licence that your customs do not know as it stands: new, changed or "
        "ended. 409 where there is none, or the last file has no answer yet.",
        request=None,
        responses={201: CustomsFileSerializer, **PROBLEMS},
    )
    def licences(self, request: Request) -> Response:
        made = customs_files.send_licences(actor=self.person)
        return Response(CustomsFileSerializer(made).data, status=201)
