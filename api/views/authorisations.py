"""Authorisations for systems: the terms in force, registering, declaring uses, reports, and whether a use holds."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from alliance import instruments
from alliance.models import Instrument
from alliance.use_facts import PURPOSES
from api import filters
from api.bodies import body
from api.examples import AUTHORISATION_USE
from api.files import FileSerializer, decoded
from api.serializers import ReasonSerializer
from api.views.base import PROBLEMS, Listed, Scoped, own_organisation, visible
from api.views.documents import PDF, DocumentSerializer
from core import clock
from core.errors import Invalid
from core.references import normalise_reference
from correspondence.models import Document
from exemptions import authorising, registering, registration_reports
from exemptions import instrument_selectors as selectors
from exemptions.bench import Asked, Line, Party
from exemptions.models import Authorisation, Registration, RegistrationReport, Use
from licensing import using

REFERENCE = OpenApiParameter("reference", str, OpenApiParameter.PATH)
KEY = OpenApiParameter("key", str, OpenApiParameter.PATH)
ENDED = {"reason": "The last camera has left; the contract is fulfilled."}
REGISTRATION = {
    "authorisation": "trusted-destinations",
    "undertakings": ["read_conditions", "keep_records"],
}
WITH_PROGRAMME: dict[str, Any] = {
    "authorisation": "eu007",
    "undertakings": ["read_conditions", "keep_records", "guarantee", "parent"],
    "programme": "One person is responsible, with a deputy, and stops a transaction without asking sales.",
    "document": {"name": "handbook.pdf", "content": PDF},
}
REPORT = {"exports": 2, "found": "Two cameras left, both seen at the test hall on 3 December."}


class AuthorisationSerializer(serializers.ModelSerializer[Instrument]):
    terms = serializers.JSONField(source="payload", help_text="as the bundle in force has them")

    class Meta:
        model = Instrument
        fields = ("key", "kind", "title", "terms")


class UseStatusSerializer(serializers.Serializer[Any]):
    """Whether goods may leave under a use at an instant: registration, bars, measures and lists as of then."""

    reference = serializers.CharField()
    status = serializers.CharField(help_text="recorded, refused or in_review")
    holds = serializers.BooleanField()
    reasons = serializers.ListField(child=serializers.CharField())
    until = serializers.DateTimeField(help_text="after this it has to be declared again")
    exporter = serializers.CharField()
    destination = serializers.CharField()
    value = serializers.CharField()
    currency = serializers.CharField()
    at = serializers.DateTimeField()


class LineSerializer(serializers.Serializer[Any]):
    description = serializers.CharField(max_length=500)
    control_code = serializers.CharField(max_length=20)
    hs_code = serializers.CharField(max_length=12, allow_blank=True, default="")
    quantity = serializers.DecimalField(max_digits=15, decimal_places=3)
    unit = serializers.CharField(max_length=3)
    value = serializers.DecimalField(max_digits=15, decimal_places=2)


class UsePartySerializer(serializers.Serializer[Any]):
    role = serializers.ChoiceField(using.ROLES)
    name = serializers.CharField(max_length=200)
    address = serializers.CharField(max_length=400)
    country = serializers.CharField(max_length=2)


class ToUseSerializer(serializers.Serializer[Any]):
    lines = LineSerializer(many=True)
    currency = serializers.CharField(max_length=3)
    parties = UsePartySerializer(many=True)
    purpose = serializers.ChoiceField(sorted(PURPOSES))
    end_use = serializers.CharField(max_length=4000)
    military_end_user = serializers.BooleanField()
    informed = serializers.BooleanField(
        help_text="by an authority, or aware, of a use for weapons of mass destruction or a military end-use"
    )
    free_zone = serializers.BooleanField()
    statements = serializers.ListField(child=serializers.CharField(max_length=60), default=list)
    statement_by = serializers.CharField(max_length=200, allow_blank=True, default="")
    statement_on = serializers.DateField(allow_null=True, default=None)
    own_reference = serializers.CharField(max_length=60, allow_blank=True, default="")


class FindingSerializer(serializers.Serializer[Any]):
    rule = serializers.CharField()
    verdict = serializers.CharField(help_text="refused or review")
    reason = serializers.CharField()
    next = serializers.CharField(help_text="apply, register, report, wait, correct or officer")


class UseSerializer(serializers.ModelSerializer[Use]):
    registration = serializers.CharField(source="registration.reference")
    findings = FindingSerializer(many=True)

    class Meta:
        model = Use
        fields: tuple[str, ...] = (
            "reference", "registration", "status", "findings", "destination", "value", "currency", "amount",
            "declared_at", "judged_because",
        )  # fmt: skip


class RegistrationReportSerializer(serializers.ModelSerializer[RegistrationReport]):
    class Meta:
        model = RegistrationReport
        fields = ("number", "due_at", "filed_at", "exports", "recorded", "found", "late", "sha256")


class ToFileSerializer(serializers.Serializer[Any]):
    exports = serializers.IntegerField(min_value=0, help_text="that left in the period; 0 where none did")
    found = serializers.CharField(max_length=4000)


class ToRegisterSerializer(serializers.Serializer[Any]):
    authorisation = serializers.CharField(max_length=60, help_text="key of the authorisation")
    granted = serializers.CharField(
        max_length=30,
        required=False,
        allow_blank=True,
        default="",
        help_text="reference of the one that was granted, where the terms are a template",
    )
    organisation = serializers.UUIDField(
        required=False, allow_null=True, default=None, help_text="yours, where you belong to more than one"
    )
    undertakings = serializers.ListField(
        child=serializers.CharField(max_length=60), max_length=50, help_text="keys of the terms' undertakings"
    )
    programme = serializers.CharField(
        max_length=4000,
        required=False,
        allow_blank=True,
        default="",
        help_text="how your compliance programme works, where the terms ask for one",
    )
    document = FileSerializer(required=False, help_text="what proves it")


class RegistrationSerializer(serializers.ModelSerializer[Registration]):
    exporter = serializers.CharField(source="organisation.name")
    registration_number = serializers.CharField(source="organisation.registration_number")
    member = serializers.CharField(source="organisation.jurisdiction_id")
    authorisation = serializers.CharField(source="authorisation.reference", default="")
    status = serializers.SerializerMethodField(
        help_text="in_notice, active, suspended, barred or ended: as of now, whether or not a clock has ticked"
    )
    reports = RegistrationReportSerializer(many=True)

    class Meta:
        model = Registration
        fields: tuple[str, ...] = (
            "reference", "key", "authorisation", "exporter", "registration_number", "member", "status",
            "registered_at", "usable_from", "valid_until", "reports",
        )  # fmt: skip

    def get_status(self, registration: Registration) -> str:
        return str(self.context["now"][registration.pk].status)


class RegistrationFileSerializer(RegistrationSerializer):
    """One registration, with what was undertaken and why it is not active."""

    why = serializers.SerializerMethodField(help_text="why it is not active; empty where it is")
    document = serializers.SerializerMethodField(
        help_text="What proves the programme: for the exporter and its own member."
    )

    class Meta(RegistrationSerializer.Meta):
        fields: tuple[str, ...] = (
            *RegistrationSerializer.Meta.fields, "why", "undertakings", "programme", "document",
        )  # fmt: skip

    def get_why(self, registration: Registration) -> str:
        why = str(self.context["now"][registration.pk].why)
        return selectors.told_to(self.context["person"], registration.organisation, [why])[0]

    @extend_schema_field(DocumentSerializer(allow_null=True))
    def get_document(self, registration: Registration) -> Any:
        rows = Document.objects.visible_to(self.context["person"])  # type: ignore[attr-defined]
        found = rows.filter(pk=registration.document_id).first() if registration.document_id else None
        return DocumentSerializer(found).data if found else None


class AuthorisationViewSet(Scoped):
    lookup_field = "key"
    serializer_class = AuthorisationSerializer
    scopes = {"list": "licences:read", "retrieve": "licences:read", "use": "licences:read"}

    def get_queryset(self) -> Any:
        return Use.objects.visible_to(self.person)  # type: ignore[attr-defined]

    @extend_schema(
        summary="List the authorisations in force",
        responses={200: AuthorisationSerializer(many=True), **PROBLEMS},
    )
    def list(self, request: Request) -> Response:
        return Response(AuthorisationSerializer(instruments.in_force(), many=True).data)

    @extend_schema(
        summary="Read the terms of an authorisation",
        parameters=[KEY],
        responses={200: AuthorisationSerializer, **PROBLEMS},
    )
    def retrieve(self, request: Request, key: str) -> Response:
        return Response(AuthorisationSerializer(authorising.row_in_force(key)).data)

    @extend_schema(
        summary="Ask whether a use of an authorisation holds now",
        parameters=[KEY, REFERENCE],
        responses={200: UseStatusSerializer, **PROBLEMS},
    )
    def use(self, request: Request, key: str, reference: str) -> Response:
        rows = self.get_queryset().filter(registration__key=key)
        found: Use = visible(
            rows.select_related("registration__organisation"), reference=normalise_reference(reference)[:20]
        )
        held = using.holding(found)
        answer = {
            "reference": found.reference,
            "status": found.status,
            "holds": held.holds,
            "reasons": selectors.told_to(self.person, found.registration.organisation, held.reasons),
            "until": held.until,
            "exporter": found.registration.organisation.name,
            "destination": found.destination,
            "value": f"{found.value:f}",
            "currency": found.currency,
            "at": clock.now(),
        }
        return Response(UseStatusSerializer(answer).data)


class RegistrationViewSet(Listed):
    lookup_field = "reference"
    serializer_class = RegistrationSerializer
    filterset_class = filters.RegistrationFilters
    scopes = {
        "list": "licences:read",
        "retrieve": "licences:read",
        "create": "applications:write",
        "end": "applications:write",
        "uses": "applications:write",
        "reports": "applications:write",
    }

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Registration.objects.none()
        rows = Registration.objects.visible_to(self.person)  # type: ignore[attr-defined]
        related = ("organisation__jurisdiction", "instrument", "authorisation__declaration")
        return rows.select_related(*related).prefetch_related("reports")

    def _found(self, reference: str) -> Registration:
        found: Registration = visible(self.get_queryset(), reference=normalise_reference(reference)[:20])
        return found

    @extend_schema(
        summary="List registrations for authorisations",
        responses={200: RegistrationSerializer(many=True), **PROBLEMS},
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        context = {"now": selectors.standings(rows)}
        return self.get_paginated_response(RegistrationSerializer(rows, many=True, context=context).data)

    @extend_schema(
        summary="Read a registration",
        parameters=[REFERENCE],
        responses={200: RegistrationFileSerializer, **PROBLEMS},
    )
    def retrieve(self, request: Request, reference: str) -> Response:
        return self._shown(reference)

    def _shown(self, reference: str, status: int = 200) -> Response:
        found = self._found(reference)
        context = {"now": selectors.standings([found]), "person": self.person}
        return Response(RegistrationFileSerializer(found, context=context).data, status=status)

    @extend_schema(
        summary="Register for an authorisation",
        description="With everything its terms ask to be undertaken (422 with the sentences that are missing).",
        request=ToRegisterSerializer,
        examples=[
            OpenApiExample("Trusted destinations", value=REGISTRATION, request_only=True),
            OpenApiExample("With a compliance programme", value=WITH_PROGRAMME, request_only=True),
        ],
        responses={201: RegistrationFileSerializer, **PROBLEMS},
    )
    def create(self, request: Request) -> Response:
        given = body(request, ToRegisterSerializer)
        granted = None
        if given["granted"]:
            rows = Authorisation.objects.visible_to(self.person)  # type: ignore[attr-defined]
            granted = rows.filter(reference=normalise_reference(given["granted"])[:20]).first()
            if granted is None:
                raise Invalid.field(
                    "granted",
                    _(
                        "Nothing was granted to you under this reference. Read /api/v1/granted-authorisations/."
                    ),
                )
        proof = given.get("document")
        try:
            made = registering.register(
                actor=self.person,
                organisation=own_organisation(self.person, given["organisation"]),
                instrument=authorising.row_in_force(given["authorisation"]),
                undertakings=given["undertakings"],
                authorisation=granted,
                programme=given["programme"],
                document=(decoded(proof["content"], "document.content"), proof["name"]) if proof else None,
            )
        except Invalid as error:
            places = {"file": "document.content", "authorisation": "granted"}
            fields = {places.get(name, name): told for name, told in error.fields.items()}
            raise Invalid(error.detail, fields=fields) from None
        return self._shown(made.reference, 201)

    @extend_schema(
        summary="End a registration",
        description="What is due by then stays due.",
        parameters=[REFERENCE],
        request=ReasonSerializer,
        examples=[OpenApiExample("Why", value=ENDED, request_only=True)],
        responses={200: RegistrationFileSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def end(self, request: Request, reference: str) -> Response:
        reason = body(request, ReasonSerializer)["reason"]
        registering.end(actor=self.person, registration=self._found(reference), reason=reason)
        return self._shown(reference)

    @extend_schema(
        summary="Declare a use of an authorisation",
        description="Answers 201 whether it is recorded, refused or waits for an officer: it is kept either way.",
        parameters=[REFERENCE],
        request=ToUseSerializer,
        examples=[OpenApiExample("Two cameras", value=AUTHORISATION_USE, request_only=True)],
        responses={201: UseSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def uses(self, request: Request, reference: str) -> Response:
        given = body(request, ToUseSerializer)
        asked = Asked(
            **{
                **given,
                "lines": tuple(Line(**one) for one in given["lines"]),
                "parties": tuple(Party(**one) for one in given["parties"]),
                "statements": tuple(given["statements"]),
            }
        )
        made = using.declare(actor=self.person, registration=self._found(reference), asked=asked)
        return Response(UseSerializer(made).data, status=201)

    @extend_schema(
        summary="File the next report on an authorisation",
        parameters=[REFERENCE],
        request=ToFileSerializer,
        examples=[OpenApiExample("First half-year", value=REPORT, request_only=True)],
        responses={201: RegistrationReportSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def reports(self, request: Request, reference: str) -> Response:
        given = body(request, ToFileSerializer)
        filed = registration_reports.file(actor=self.person, registration=self._found(reference), **given)
        return Response(RegistrationReportSerializer(filed).data, status=201)
