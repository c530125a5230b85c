"""Changing licences: what holders ask, what officers recommend and decide; giving up and replacing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api import filters
from api.bodies import body
from api.examples import AMENDMENT, EXTENDED, GIVEN_UP, RECOMMENDED, REINSTATED, SUSPENDED, USED_UP
from api.serializers import ApplicationSerializer
from api.views.base import PROBLEMS, Listed, Scoped, visible
from api.views.licences import LicenceSerializer
from core.errors import Invalid
from core.references import normalise_reference
from licensing import amending
from licensing.models import ChangeConsent, Licence, LicenceChange
from licensing.selectors.standings import standings
from licensing.services import change_decisions, changes, licences, replacing

NUMBER = OpenApiParameter("number", str, OpenApiParameter.PATH, description="of the licence")


class FieldChangeSerializer(serializers.Serializer[Any]):
    path = serializers.CharField(help_text="of the licence or the dossier it rests on")
    of = serializers.CharField(help_text="of which party, leg or line")
    before = serializers.CharField()
    after = serializers.CharField()


class ChangeConsentSerializer(serializers.ModelSerializer[ChangeConsent]):
    member = serializers.CharField(source="jurisdiction_id")

    class Meta:
        model = ChangeConsent
        fields = ("member", "status", "due_at", "said_at", "reason")


class LicenceChangeSerializer(serializers.ModelSerializer[LicenceChange]):
    """A request to have a licence changed, and what came of it."""

    licence = serializers.CharField(source="licence.number")
    changes = FieldChangeSerializer(many=True)
    told = serializers.SerializerMethodField(help_text="What the holder reads of a refusal.")
    consents = ChangeConsentSerializer(many=True, help_text="Of each member that it concerns.")

    class Meta:
        model = LicenceChange
        fields = (
            "reference", "licence", "kind", "status", "changes", "reason", "asked_at", "due_at", "overdue_at",
            "ended_at", "ended_because", "told", "edition", "consents",
        )  # fmt: skip

    def get_told(self, change: LicenceChange) -> str:
        return change.told if change.status == LicenceChange.Status.REFUSED else ""


class WantedSerializer(serializers.Serializer[Any]):
    path = serializers.CharField(
        max_length=100, help_text="such as parties[0].address, route.legs[0].origin, lines[1].quantity"
    )
    to = serializers.CharField(max_length=1000, allow_blank=True, help_text="what it shall say")


class ToChangeSerializer(serializers.Serializer[Any]):
    """`valid_until` for an extension, or `changes` for an amendment."""

    valid_until = serializers.DateField(required=False, help_text="The new last day.")
    changes = WantedSerializer(many=True, required=False, max_length=amending.MOST)  # type: ignore[call-arg]
    reason = serializers.CharField(max_length=1000)


class ToRecommendSerializer(serializers.Serializer[Any]):
    proposal = serializers.ChoiceField(choices=LicenceChange.Proposal.choices)
    remark = serializers.CharField(max_length=4000, help_text="Your reasons; officers read them.")
    told = serializers.CharField(
        max_length=1000,
        required=False,
        default="",
        allow_blank=True,
        help_text="What the holder reads of a refusal.",
    )


class ToSendBackSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=4000)


class ToSayWhySerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=500)


def _rows(person: Any) -> Any:
    rows = LicenceChange.objects.visible_to(person)  # type: ignore[attr-defined]
    return rows.select_related("licence").prefetch_related("consents")


class LicenceChangeViewSet(Listed):
    lookup_field = "reference"
    serializer_class = LicenceChangeSerializer
    filterset_class = filters.LicenceChangeFilters
    ordering_fields = ("asked_at",)
    scopes = {
        "list": "licences:read",
        "retrieve": "licences:read",
        "withdrawal": "licences:write",
        "recommendation": "decisions:write",
        "decision": "decisions:write",
        "return_": "decisions:write",
    }

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return LicenceChange.objects.none()
        return _rows(self.person)

    def _found(self, reference: str) -> LicenceChange:
        found: LicenceChange = visible(self.get_queryset(), reference=normalise_reference(reference)[:20])
        return found

    def _shown(self, change: LicenceChange) -> Response:
        return Response(LicenceChangeSerializer(self._found(change.reference)).data)

    @extend_schema(
        summary="List requests to change licences",
        responses={200: LicenceChangeSerializer(many=True), **PROBLEMS},
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(summary="Read one request", responses={200: LicenceChangeSerializer, **PROBLEMS})
    def retrieve(self, request: Request, reference: str) -> Response:
        return Response(LicenceChangeSerializer(self._found(reference)).data)

    @extend_schema(
        summary="Take a request back",
        description="As the holder, while nobody has decided. The licence stays as it is.",
        request=None,
        responses={200: LicenceChangeSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def withdrawal(self, request: Request, reference: str) -> Response:
        return self._shown(changes.withdraw(actor=self.person, change=self._found(reference)))

    @extend_schema(
        summary="Recommend to grant or refuse it",
        description="As an officer of the issuer; the parties are screened first.",
        request=ToRecommendSerializer,
        examples=[OpenApiExample("Grant", value=RECOMMENDED, request_only=True)],
        responses={200: LicenceChangeSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def recommendation(self, request: Request, reference: str) -> Response:
        given = body(request, ToRecommendSerializer)
        return self._shown(
            change_decisions.recommend(actor=self.person, change=self._found(reference), **given)
        )

    @extend_schema(
        summary="Decide as was recommended",
        description="As the second officer. 409 with every reason that stands against a grant.",
        request=None,
        responses={200: LicenceChangeSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def decision(self, request: Request, reference: str) -> Response:
        return self._shown(change_decisions.decide(actor=self.person, change=self._found(reference)))

    @extend_schema(
        summary="Send the recommendation back",
        request=ToSendBackSerializer,
        examples=[OpenApiExample("Why", value=GIVEN_UP, request_only=True)],
        responses={200: LicenceChangeSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"], url_path="return", url_name="return")
    def return_(self, request: Request, reference: str) -> Response:
        remark = body(request, ToSendBackSerializer)["reason"]
        return self._shown(
            change_decisions.send_back(actor=self.person, change=self._found(reference), remark=remark)
        )


class LicenceActsViewSet(Scoped):
    """What the holder, the issuer and customs do with a licence."""

    lookup_field = "number"
    scopes = {
        "changes": "licences:write",
        "surrender": "licences:write",
        "replacement": "licences:write",
        "suspension": "decisions:write",
        "reinstatement": "decisions:write",
        "revocation": "decisions:write",
        "exhaustion": "drawdown:write",
    }

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Licence.objects.none()
        rows = Licence.objects.visible_to(self.person)  # type: ignore[attr-defined]
        return rows.select_related("case", "holder", "issued_by", "replaced_by").prefetch_related("lines")

    def _found(self, number: str) -> Licence:
        found: Licence = visible(self.get_queryset(), number=normalise_reference(number)[:20])
        return found

    def retrieve(self, request: Request, number: str) -> Response:
        """What If-Match is compared with: the licence as its own address shows it."""
        found = self._found(number)
        return Response(LicenceSerializer(found, context={"standings": standings([found])}).data)

    @extend_schema(
        summary="Ask to have a licence extended or amended",
        description="With `valid_until` an extension: every other member in which it holds is asked, and the "
        "licence "
        "goes on in those that consent. With `changes` an amendment of what was not weighed: spellings, addresses, "
        "ports, the national reference, lower limits. Anything else needs a replacement, and its path says so "
        "(422).",
        parameters=[NUMBER],
        request=ToChangeSerializer,
        examples=[
            OpenApiExample("Longer", value=EXTENDED, request_only=True),
            OpenApiExample("Another address", value=AMENDMENT, request_only=True),
        ],
        responses={201: LicenceChangeSerializer, **PROBLEMS},
    )
    def changes(self, request: Request, number: str) -> Response:
        given, licence = body(request, ToChangeSerializer), self._found(number)
        asked = {"actor": self.person, "licence": licence, "reason": given["reason"]}
        if ("valid_until" in given) == bool(given.get("changes")):
            raise Invalid.field("valid_until", _("Give `valid_until` or `changes`, one of the two."))
        made = (
            changes.ask_extension(**asked, valid_until=given["valid_until"])
            if "valid_until" in given
            else changes.ask_amendment(**asked, changes=given["changes"])
        )
        return Response(LicenceChangeSerializer(_rows(self.person).get(pk=made.pk)).data, status=201)

    @extend_schema(
        summary="Give a licence up",
        description="At once and for good. What customs have reserved may still be confirmed in its time.",
        parameters=[NUMBER],
        request=ToSayWhySerializer,
        examples=[OpenApiExample("Why", value=GIVEN_UP, request_only=True)],
        responses={200: LicenceSerializer, **PROBLEMS},
    )
    def surrender(self, request: Request, number: str) -> Response:
        return self._ended(licences.surrender, request, number)

    def _ended(self, act: Callable[..., Licence], request: Request, number: str) -> Response:
        reason = body(request, ToSayWhySerializer)["reason"]
        act(actor=self.person, licence=self._found(number), reason=reason)
        return self.retrieve(request, number)

    @extend_schema(
        summary="Suspend a licence",
        description="As a decider of the issuer, at once: nothing is reserved or leaves until it is reinstated.",
        parameters=[NUMBER],
        request=ToSayWhySerializer,
        examples=[OpenApiExample("Why", value=SUSPENDED, request_only=True)],
        responses={200: LicenceSerializer, **PROBLEMS},
    )
    def suspension(self, request: Request, number: str) -> Response:
        return self._ended(licences.suspend, request, number)

    @extend_schema(
        summary="Reinstate a suspended licence",
        description="As a decider of the issuer.",
        parameters=[NUMBER],
        request=ToSayWhySerializer,
        examples=[OpenApiExample("Why", value=REINSTATED, request_only=True)],
        responses={200: LicenceSerializer, **PROBLEMS},
    )
    def reinstatement(self, request: Request, number: str) -> Response:
        return self._ended(licences.reinstate, request, number)

    @extend_schema(
        summary="Revoke a licence",
        description="As a decider of the issuer, for good.",
        parameters=[NUMBER],
        request=ToSayWhySerializer,
        examples=[OpenApiExample("Why", value=SUSPENDED, request_only=True)],
        responses={200: LicenceSerializer, **PROBLEMS},
    )
    def revocation(self, request: Request, number: str) -> Response:
        return self._ended(licences.revoke, request, number)

    @extend_schema(
        summary="Say that a licence is used up",
        description="As customs where it holds, or a decider of the issuer. What is drawn whole is so by itself.",
        parameters=[NUMBER],
        request=ToSayWhySerializer,
        examples=[OpenApiExample("Why", value=USED_UP, request_only=True)],
        responses={200: LicenceSerializer, **PROBLEMS},
    )
    def exhaustion(self, request: Request, number: str) -> Response:
        return self._ended(licences.mark_exhausted, request, number)

    @extend_schema(
        summary="Start an application that replaces a licence",
        description="A draft filled in from the licence; quantities are totals, and what has left is taken off "
        "when it "
        "is granted. In that instant the former licence ends.",
        parameters=[NUMBER],
        request=None,
        responses={201: ApplicationSerializer, **PROBLEMS},
    )
    def replacement(self, request: Request, number: str) -> Response:
        draft = replacing.start(actor=self.person, licence=self._found(number))
        return Response(ApplicationSerializer(draft).data, status=201)
