"""Items and parties of a draft as CSV, for systems."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from api.bodies import body
from api.parsers import BoundedJSONParser
from api.serializers import ApplicationSerializer, shown
from api.views.base import PROBLEMS, Scoped, visible
from core.errors import NotFound
from licensing.dossier import tables as csv
from licensing.models import Application
from licensing.services import tables

HOW = ("replace", "append")
SECTIONS = tuple(csv.COLUMNS)


class CSVParser(BaseParser):
    """A body that is CSV, as bytes; what it is worth is judged later.

    It is read as the request's body, not as its stream, which leaves it there for the hash of an Idempotency-Key.
    """

    media_type = "text/csv"

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        return (parser_context or {})["request"]._request.body


class CSVRenderer(JSONRenderer):
    """Lets a client ask for text/csv; what is refused is told in JSON all the same."""

    media_type = "text/csv"
    format = "csv"


class ToLoadSerializer(serializers.Serializer[Any]):
    """How a file is taken over."""

    mode = serializers.ChoiceField(
        choices=HOW, default="replace", help_text="What becomes of the entries there."
    )
    version = serializers.IntegerField(
        required=False, help_text="The version you read; refused with 409 where the draft has moved on."
    )
    preview = serializers.BooleanField(default=False, help_text="Only judge it: nothing is kept.")


class ToSendSerializer(ToLoadSerializer):
    """The same in JSON, with the text of the file."""

    table = serializers.CharField(max_length=csv.LARGEST, trim_whitespace=False, help_text="CSV")


class TableUploadSerializer(ToLoadSerializer):
    file = serializers.FileField(allow_empty_file=True, help_text="CSV in UTF-8, at most 300 kilobytes")


class PreviewSerializer(serializers.Serializer[Any]):
    """What a file without faults would make of the section."""

    rows = serializers.IntegerField()
    entries = serializers.ListField(child=serializers.DictField())


SECTION = OpenApiParameter("section", str, OpenApiParameter.PATH, enum=list(SECTIONS))
ASKED = [
    SECTION,
    OpenApiParameter("mode", str, enum=list(HOW), description="`replace` unless named"),
    OpenApiParameter("version", int, description="The version you read"),
    OpenApiParameter("preview", bool, description="Only judge it: nothing is kept"),
]


class ApplicationTableViewSet(Scoped):
    serializer_class = ApplicationSerializer
    parser_classes = (BoundedJSONParser, CSVParser, MultiPartParser)
    renderer_classes = (JSONRenderer, CSVRenderer)
    scopes = {"retrieve": "applications:read", "load": "applications:write"}
    query_names = {"retrieve": ("template",)}

    def _application(self, reference: str, section: str) -> Application:
        if section not in SECTIONS:
            raise NotFound()
        found: Application = visible(
            Application.objects.visible_to(self.person).select_related("organisation", "mandate__agent"),  # type: ignore[attr-defined]
            reference=reference,
        )
        return found

    @extend_schema(
        summary="Fetch items or parties as CSV",
        description="What the draft has, in the shape in which it is taken over; with `template` the header and an "
        "example row instead.",
        parameters=[SECTION, OpenApiParameter("template", bool)],
        responses={(200, "text/csv"): OpenApiResponse(OpenApiTypes.STR, description="CSV"), **PROBLEMS},
    )
    def retrieve(self, request: Request, reference: str, section: str) -> HttpResponse:
        application = self._application(reference, section)
        if request.query_params.get("template", "").lower() in ("true", "1"):
            text = csv.template(section)
        else:
            held = application.draft.get(section)
            text = csv.write(section, held if isinstance(held, list) else [])
        return HttpResponse(text, content_type="text/csv; charset=utf-8")

    @extend_schema(
        summary="Fill in items or parties from CSV",
        description="As a body of text/csv, as a form (`file`) or as JSON (`table`). All rows are "
        "taken over or none: faults are told by "
        "pointers such as `/rows/3/quantity`, with the header as row 1.",
        parameters=ASKED,
        request={
            "application/json": ToSendSerializer,
            "text/csv": OpenApiTypes.STR,
            "multipart/form-data": TableUploadSerializer,
        },
        examples=[shown("One item behind those there", {"mode": "append", "table": csv.template("items")})],
        responses={200: ApplicationSerializer, **PROBLEMS},
    )
    def load(self, request: Request, reference: str, section: str) -> Response:
        application = self._application(reference, section)
        content, asked = _sent(request)
        how = {
            "actor": self.person,
            "application": application,
            "section": section,
            "content": content,
            "append": asked["mode"] == "append",
        }
        if asked["preview"]:
            found = tables.judged(**how)
            return Response(PreviewSerializer({"rows": len(found.rows), "entries": found.entries}).data)
        made = tables.load(**how, version=asked.get("version"))
        return Response(ApplicationSerializer(made).data)


def _sent(request: Request) -> tuple[bytes, dict[str, Any]]:
    """Return the file and how it is taken over, whichever way it was sent."""
    sent: Any = request.data
    if isinstance(sent, bytes):
        return sent, _asked(ToLoadSerializer, request.query_params.dict())
    if str(request.content_type).startswith("multipart/"):
        form = _asked(TableUploadSerializer, {**request.query_params.dict(), **sent.dict()})
        return form["file"].read(csv.LARGEST + 1), form
    data = body(request, ToSendSerializer)
    return data["table"].encode(), data


def _asked(serializer_class: Any, given: dict[str, Any]) -> dict[str, Any]:
    serializer = serializer_class(data=given)
    serializer.is_valid(raise_exception=True)
    found: dict[str, Any] = serializer.validated_data
    return found
