"""Documents of dossiers: listed, attached to a draft, taken off it, and read."""

from __future__ import annotations

import base64
import binascii
import io
from typing import IO, Any
from uuid import UUID

from django.http import FileResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from api.bodies import body
from api.parsers import BoundedJSONParser
from api.serializers import shown
from api.views.base import PROBLEMS, Scoped, visible
from api.views.cases import cases_of
from core.errors import Invalid
from core.models import ref
from correspondence import services as correspondence
from correspondence.models import Document
from licensing.models import Application
from licensing.services import applications

PDF = "JVBERi0xLjcKMSAwIG9iago8PC9UeXBlL0NhdGFsb2c+PgplbmRvYmoKdHJhaWxlcgo8PC9Sb290IDEgMCBSPj4KJSVFT0YK"
ATTACHED = {"kind": "end_user_certificate", "name": "certificate.pdf", "content": PDF}


class DocumentSerializer(serializers.ModelSerializer[Document]):
    class Meta:
        model = Document
        fields = ("uid", "kind", "name", "media_type", "size", "sha256", "stored_at")


class ToAttachSerializer(serializers.Serializer[Any]):
    """A file in JSON, for requests of at most two megabytes; larger ones are sent as a form."""

    kind = serializers.CharField(max_length=40, help_text="what it is for, such as end_user_certificate")
    name = serializers.CharField(
        max_length=150, help_text="with its ending: pdf, png, jpg, docx, xlsx, txt, csv"
    )
    content = serializers.CharField(help_text="of the file, in base64")


class ToUploadSerializer(serializers.Serializer[Any]):
    """A file as a form sends it: at most 20 MB."""

    kind = serializers.CharField(max_length=40)
    file = serializers.FileField(allow_empty_file=True, help_text="judged by its content, not by its name")


class Documents(Scoped):
    """What belongs to an application or to a case's dossier, for whoever may read that."""

    serializer_class = DocumentSerializer

    def _of(self, application: Application) -> Any:
        return Document.objects.visible_to(self.person).filter(aggregate=ref(application))  # type: ignore[attr-defined]


class ApplicationDocumentViewSet(Documents):
    parser_classes = (BoundedJSONParser, MultiPartParser)
    scopes = {"list": "applications:read", "create": "applications:write", "destroy": "applications:write"}

    def _application(self, reference: str) -> Application:
        found: Application = visible(
            Application.objects.visible_to(self.person),  # type: ignore[attr-defined]
            reference=reference,
        )
        return found

    @extend_schema(
        summary="List the documents of an application",
        responses={200: DocumentSerializer(many=True), **PROBLEMS},
    )
    def list(self, request: Request, reference: str) -> Response:
        return Response(DocumentSerializer(self._of(self._application(reference)), many=True).data)

    @extend_schema(
        summary="Attach a document to a draft",
        description="As a form (`kind`, `file`), or as JSON with the file in base64. What a file is, is told by "
        "its content. The draft's section `documents` names it from then on.",
        request={"application/json": ToAttachSerializer, "multipart/form-data": ToUploadSerializer},
        examples=[shown("A certificate", ATTACHED)],
        responses={201: DocumentSerializer, **PROBLEMS},
    )
    def create(self, request: Request, reference: str) -> Response:
        application = self._application(reference)
        name, file, kind = _sent(request)
        document = applications.attach_document(
            actor=self.person, application=application, upload=file, filename=name, kind=kind
        )
        return Response(DocumentSerializer(document).data, status=201)

    @extend_schema(summary="Take a document off a draft", responses={204: None, **PROBLEMS})
    def destroy(self, request: Request, reference: str, uid: UUID) -> Response:
        application = self._application(reference)
        document = visible(self._of(application), uid=uid)
        applications.detach_document(actor=self.person, application=application, document=document)
        return Response(status=204)


def _sent(request: Request) -> tuple[str, IO[bytes], str]:
    """Return name, file and kind of what was sent, whichever way."""
    if str(request.content_type).startswith("multipart/"):
        form = body(request, ToUploadSerializer)
        return form["file"].name, form["file"], form["kind"]
    data = body(request, ToAttachSerializer)
    try:
        return data["name"], io.BytesIO(base64.b64decode(data["content"], validate=True)), data["kind"]
    except (binascii.Error, ValueError):
        raise Invalid.field("content", _("Send the file in base64.")) from None


class CaseDocumentViewSet(Documents):
    scopes = {"list": "cases:read"}

    @extend_schema(
        summary="List the documents of a case's dossier",
        responses={200: DocumentSerializer(many=True), **PROBLEMS},
    )
    def list(self, request: Request, reference: str) -> Response:
        case = visible(cases_of(self).select_related("application"), reference=reference)
        return Response(DocumentSerializer(self._of(case.application), many=True).data)


class DocumentViewSet(Documents):
    scopes = {"retrieve": "cases:read", "content": "cases:read"}

    def _found(self, uid: UUID) -> Document:
        found: Document = visible(Document.objects.visible_to(self.person), uid=uid)  # type: ignore[attr-defined]
        return found

    @extend_schema(summary="Read what a document is", responses={200: DocumentSerializer, **PROBLEMS})
    def retrieve(self, request: Request, uid: UUID) -> Response:
        return Response(DocumentSerializer(self._found(uid)).data)

    @extend_schema(
        summary="Fetch the file of a document",
        description="As it was stored: its SHA-256 is the one told.",
        responses={
            (200, "application/octet-stream"): OpenApiResponse(OpenApiTypes.BINARY, description="The file"),
            **PROBLEMS,
        },
    )
    def content(self, request: Request, uid: UUID) -> FileResponse:
        found = self._found(uid)
        return FileResponse(
            correspondence.open_document(found),
            as_attachment=True,
            filename=found.name,
            content_type="application/octet-stream",
        )
