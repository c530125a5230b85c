"""What is granted under templates of authorisations: drafted for one exporter, granted by another, taken back.

What is granted for a crisis is read here; seats of the crisis unit draft, grant and take it back in person.
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api import exporters
from api.acts import ActSerializer, offer, told
from api.bodies import body
from api.judged_filters import GrantedFilters
from api.views.base import PROBLEMS, Listed, visible
from core.errors import Invalid, NotFound
from core.policies import require
from core.references import normalise_reference
from exemptions import authorising
from exemptions import instrument_policies as policies
from exemptions import instrument_selectors as selectors
from exemptions.models import Authorisation
from exemptions.models.bounds import Bounded

REFERENCE = OpenApiParameter("reference", str, OpenApiParameter.PATH)
DRAFTED: dict[str, Any] = {
    "authorisation": "individual",
    "exporter": "HRB 4711",
    "control_codes": ["6A"],
    "destinations": ["KR"],
    "recipients": ["Hanbit Optical Laboratory"],
    "cap_of": "value",
    "cap": "100000",
    "unit": "EUR",
    "first_day": "2026-12-01",
    "last_day": "2026-12-31",
    "report_every_days": 15,
    "reasons": "Filming sprays needs these cameras this year.",
}
TAKEN_BACK = {"reason": "The laboratory has handed a camera on."}


class BoundsSerializer(serializers.Serializer[Any]):
    """Within what something is granted: asked of a waiver and of an authorisation alike."""

    control_codes = serializers.ListField(
        child=serializers.CharField(max_length=20), max_length=100, help_text="beginnings of control codes"
    )
    destinations = serializers.ListField(
        child=serializers.CharField(max_length=2), max_length=100, help_text="ISO 3166-1 alpha-2 codes"
    )
    cap_of = serializers.ChoiceField(choices=Bounded.Cap.choices)
    cap = serializers.DecimalField(max_digits=15, decimal_places=3, help_text="of all uses together")
    unit = serializers.CharField(
        max_length=3, help_text="the currency, or the unit of quantity (UN/ECE Recommendation 20)"
    )
    first_day = serializers.DateField()
    last_day = serializers.DateField()
    report_every_days = serializers.IntegerField(min_value=1, max_value=366)
    reasons = serializers.CharField(max_length=4000)


class ToDraftAuthorisationSerializer(BoundsSerializer):
    authorisation = serializers.CharField(max_length=60, help_text="key of the template: individual, global")
    exporter = exporters.number_field()
    recipients = serializers.ListField(
        child=serializers.CharField(max_length=200),
        max_length=100,
        help_text="full names of consignees and end-users; nobody else receives the goods",
    )


class ToTakeBackSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=1000)


class GrantedListSerializer(serializers.ModelSerializer[Authorisation]):
    """What was granted, or waits for its second key, under a template; `exporter` is empty where for a crisis."""

    key = serializers.CharField(source="instrument.key", help_text="of the template")
    crisis = serializers.CharField(source="declaration.reference", default="")
    exporter = serializers.CharField(source="holder.name", default="")
    registration_number = serializers.CharField(source="holder.registration_number", default="")
    member = serializers.CharField(source="holder.jurisdiction_id", default="")
    status = serializers.SerializerMethodField(
        help_text="drafted, granted, expired or revoked: as of now, whether or not a clock has ticked"
    )
    cap_of = serializers.CharField(help_text="value or quantity")

    class Meta:
        model = Authorisation
        fields: tuple[str, ...] = (
            "reference", "key", "crisis", "exporter", "registration_number", "member", "status", "control_codes",
            "destinations", "recipients", "cap_of", "cap", "unit", "first_day", "last_day", "report_every_days",
            "drafted_at", "granted_at", "valid_from", "valid_until", "ended_at", "ended_because",
        )  # fmt: skip

    def get_status(self, found: Authorisation) -> str:
        return selectors.status_now(found)


class GrantedSerializer(GrantedListSerializer):
    used = serializers.SerializerMethodField(help_text="of the cap, by the uses on record")
    reasons = serializers.SerializerMethodField(help_text="officers read them; empty for everyone else")
    acts = serializers.SerializerMethodField()

    class Meta(GrantedListSerializer.Meta):
        fields: tuple[str, ...] = (*GrantedListSerializer.Meta.fields, "used", "reasons", "acts")

    def get_used(self, found: Authorisation) -> str:
        return f"{authorising.used(found):f}"

    def get_reasons(self, found: Authorisation) -> str:
        return found.reasons if self.context["person"].serves else ""

    @extend_schema_field(ActSerializer(many=True))
    def get_acts(self, found: Authorisation) -> Any:
        person, home = self.context["person"], f"/api/v1/granted-authorisations/{found.reference}/"
        if not person.serves or found.status not in (
            Authorisation.Status.DRAFTED,
            Authorisation.Status.GRANTED,
        ):
            return []
        grant = offer(
            "grant_authorisation",
            _("Grant this authorisation"),
            f"{home}grant/",
            policies.can_grant(person, found),
        )
        back = offer(
            "revoke_authorisation",
            _("Take this authorisation back"),
            f"{home}revocation/",
            policies.can_revoke(person, found),
        )
        return told([grant, back] if found.status == Authorisation.Status.DRAFTED else [back])


class GrantedViewSet(Listed):
    lookup_field = "reference"
    serializer_class = GrantedListSerializer
    filterset_class = GrantedFilters
    ordering_fields = ("drafted_at",)
    scopes = {
        "list": "licences:read",
        "retrieve": "licences:read",
        "create": "decisions:write",
        "grant": "decisions:write",
        "revocation": "decisions:write",
    }

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Authorisation.objects.none()
        rows = Authorisation.objects.visible_to(self.person)  # type: ignore[attr-defined]
        return rows.select_related("instrument", "declaration", "holder", "drafted_by__authority")

    def _found(self, reference: str) -> Authorisation:
        found: Authorisation = visible(self.get_queryset(), reference=normalise_reference(reference)[:20])
        return found

    def _shown(self, reference: str, status: int = 200) -> Response:
        context = {"person": self.person}
        return Response(GrantedSerializer(self._found(reference), context=context).data, status=status)

    @extend_schema(
        summary="List what is granted under templates",
        responses={200: GrantedListSerializer(many=True), **PROBLEMS},
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(
        summary="Read what is granted under a template",
        parameters=[REFERENCE],
        responses={200: GrantedSerializer, **PROBLEMS},
    )
    def retrieve(self, request: Request, reference: str) -> Response:
        return self._shown(reference)

    @extend_schema(
        summary="Draft an authorisation for one exporter",
        description="As a licensing officer or decider of the exporter's member, under a template in force "
        "(`/api/v1/authorisations/`, kind individual or global). Nothing may leave under it until another officer "
        "grants it. Templates for a crisis are drafted by its seats, in person.",
        request=ToDraftAuthorisationSerializer,
        examples=[OpenApiExample("Two cameras to one laboratory", value=DRAFTED, request_only=True)],
        responses={201: GrantedSerializer, **PROBLEMS},
    )
    def create(self, request: Request) -> Response:
        given = body(request, ToDraftAuthorisationSerializer)
        try:
            row = authorising.row_in_force(given.pop("authorisation"))
        except NotFound as error:
            raise Invalid.field("authorisation", str(error.detail)) from None
        require(policies.can_draft, self.person, row)
        holder = exporters.named(self.person, given.pop("exporter"), vetted=True)
        try:
            made = authorising.draft(actor=self.person, instrument=row, holder=holder, **given)
        except Invalid as error:
            raise exporters.at_exporter(error) from None
        return self._shown(made.reference, 201)

    @extend_schema(
        summary="Grant an authorisation that was drafted",
        description="As another person than drafted it: a decider of the exporter's member.",
        parameters=[REFERENCE],
        request=None,
        responses={200: GrantedSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def grant(self, request: Request, reference: str) -> Response:
        authorising.grant(actor=self.person, authorisation=self._found(reference))
        return self._shown(reference)

    @extend_schema(
        summary="Take an authorisation back, or a draft",
        description="As a decider of the exporter's member, for good: nothing leaves under it from this instant.",
        parameters=[REFERENCE],
        request=ToTakeBackSerializer,
        examples=[OpenApiExample("Why", value=TAKEN_BACK, request_only=True)],
        responses={200: GrantedSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def revocation(self, request: Request, reference: str) -> Response:
        given = body(request, ToTakeBackSerializer)
        authorising.revoke(actor=self.person, authorisation=self._found(reference), **given)
        return self._shown(reference)
