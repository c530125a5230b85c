"""Applications: file a dossier, correct the draft, submit, withdraw, copy."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api import filters
from api.bodies import body
from api.serializers import (
    ApplicationSerializer,
    DraftSerializer,
    ReplacementSerializer,
    SubmissionSerializer,
)
from api.views.base import PROBLEMS, Listed, own_organisation, visible
from core.errors import Invalid
from licensing.models import Application
from licensing.services import applications
from members.models import Mandate
from members.selectors import mandate_from

#: What JSON-LD 1.1 (section 6.1) lets an answer of plain JSON name: the context in which its dossier is read.
CONTEXT = '</contexts/dossier/v1/>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'


class ApplicationViewSet(Listed):
    lookup_field = "reference"
    serializer_class = ApplicationSerializer
    filterset_class = filters.ApplicationFilters
    ordering_fields = ("created_at",)
    scopes = {
        "list": "applications:read",
        "retrieve": "applications:read",
        "create": "applications:write",
        "partial_update": "applications:write",
        "submission": "applications:write",
        "withdrawal": "applications:write",
        "copy": "applications:write",
        "dossier": "applications:read",
    }

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Application.objects.none()
        rows = Application.objects.visible_to(self.person)  # type: ignore[attr-defined]
        return rows.select_related("organisation", "mandate__agent", "mandate__principal", "case")

    def _answer(self, application: Application, code: int = status.HTTP_200_OK) -> Response:
        return Response(ApplicationSerializer(application).data, status=code)

    @extend_schema(
        summary="List your applications", responses={200: ApplicationSerializer(many=True), **PROBLEMS}
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(summary="Read one application", responses={200: ApplicationSerializer, **PROBLEMS})
    def retrieve(self, request: Request, reference: str) -> Response:
        return self._answer(visible(self.get_queryset(), reference=reference))

    @extend_schema(
        summary="Read the dossier of an application",
        description="As it was last frozen, or as the draft has it: plain JSON, and linked data by the "
        "context that the header `Link` names.",
        responses={200: {"type": "object", "additionalProperties": True}, **PROBLEMS},
    )
    @action(detail=True, methods=["get"])
    def dossier(self, request: Request, reference: str) -> Response:
        found = self._answer(visible(self.get_queryset(), reference=reference)).data["dossier"]
        return Response(found, headers={"Link": CONTEXT})

    def _mandate(self, data: dict[str, Any]) -> Mandate | None:
        exporter, reference = data.get("on_behalf_of"), data.get("mandate", "")
        if exporter is None:
            if reference:
                raise Invalid.field("on_behalf_of", _("Name the exporter whose mandate this is."))
            return None
        if data.get("organisation") is not None:
            raise Invalid.field("organisation", _("Leave this out where you file on behalf of an exporter."))
        return mandate_from(self.person, exporter, reference)

    @extend_schema(
        summary="Start a draft",
        description="For your own organisation, or as agent with `on_behalf_of`: the exporter stays the applicant. "
        "Without a mandate in force that lets you write drafts you are refused (403), and told which mandate it is "
        "and what is wrong: its day, its state or its acts.",
        request=DraftSerializer,
        responses={201: ApplicationSerializer, **PROBLEMS},
    )
    def create(self, request: Request) -> Response:
        data = body(request, DraftSerializer)
        mandate = self._mandate(data)
        organisation = (
            mandate.principal if mandate else own_organisation(self.person, data.get("organisation"))
        )
        application = applications.start(
            actor=self.person, organisation=organisation, dossier=data["dossier"], mandate=mandate
        )
        return self._answer(application, status.HTTP_201_CREATED)

    @extend_schema(
        summary="Replace sections of a draft",
        description="Send the sections to replace under `dossier`, and the `version` you read.",
        request=ReplacementSerializer,
        responses={200: ApplicationSerializer, **PROBLEMS},
    )
    def partial_update(self, request: Request, reference: str) -> Response:
        application = visible(self.get_queryset(), reference=reference)
        data = body(request, ReplacementSerializer)
        return self._answer(
            applications.replace_draft(
                actor=self.person,
                application=application,
                dossier=data["dossier"],
                version=data["version"],
            )
        )

    @extend_schema(
        summary="Submit a draft",
        description="Registers a complete dossier and opens its case; an incomplete one is returned without "
        "action, with the deficiencies listed.",
        request=SubmissionSerializer,
        responses={200: ApplicationSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def submission(self, request: Request, reference: str) -> Response:
        application = visible(self.get_queryset(), reference=reference)
        data = body(request, SubmissionSerializer)
        return self._answer(
            applications.submit(
                actor=self.person, application=application, declaration=data.get("declaration"), final=True
            )
        )

    @extend_schema(summary="Withdraw", request=None, responses={200: ApplicationSerializer, **PROBLEMS})
    @action(detail=True, methods=["post"])
    def withdrawal(self, request: Request, reference: str) -> Response:
        application = visible(self.get_queryset(), reference=reference)
        return self._answer(applications.withdraw(actor=self.person, application=application))

    @extend_schema(
        summary="Copy as a new draft", request=None, responses={201: ApplicationSerializer, **PROBLEMS}
    )
    @action(detail=True, methods=["post"])
    def copy(self, request: Request, reference: str) -> Response:
        application = visible(self.get_queryset(), reference=reference)
        return self._answer(
            applications.copy(actor=self.person, application=application), status.HTTP_201_CREATED
        )
