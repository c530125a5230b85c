"""Licences as machines verify them: the signed forms, a verdict on one, and the border pack of customs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from api.bodies import body
from api.limits import Limited
from api.views.base import PROBLEM, PROBLEMS, Scoped, visible
from core.errors import Invalid
from core.references import normalise_reference
from licensing.credentials import forms, packs
from licensing.credentials.tokens import LONGEST
from licensing.credentials.verdicts import GO, VERDICTS
from licensing.models import Licence
from licensing.selectors.credentials import judged
from licensing.services import border_packs, credentials
from members.selectors import jurisdictions

FORMS = {
    forms.VC_JWT: forms.VC_JWT,
    forms.VC_SD_JWT: forms.VC_SD_JWT,
    "customs": forms.VC_SD_JWT,
    "code": forms.CODE,
}


class CredentialSerializer(serializers.Serializer[Any]):
    number = serializers.CharField()
    edition = serializers.IntegerField()
    form = serializers.ChoiceField(choices=list(FORMS))
    type = serializers.CharField(help_text="typ of the token")
    credential = serializers.CharField(
        help_text="the signed licence; of `code` what the code on paper carries"
    )


class PackSerializer(serializers.Serializer[Any]):
    member = serializers.CharField(help_text="two letters of the member it is for")
    made_at = serializers.DateTimeField()
    valid_until = serializers.DateTimeField(help_text="24 hours after it was made")
    licences = serializers.IntegerField(help_text="how many licences may be used there, today or before long")
    name = serializers.CharField(help_text="what to call the file")
    pack = serializers.CharField(
        help_text="the signed pack, as ./entente verify-licence and the verifier take it"
    )


class JudgedSerializer(serializers.Serializer[Any]):
    credential = serializers.CharField(
        max_length=LONGEST,
        help_text="vc+jwt, vc+sd-jwt with its disclosures, or what the code on paper carries",
    )
    member = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=2,
        help_text="two letters of the member where the goods are",
    )


class VerdictSerializer(serializers.Serializer[Any]):
    verdict = serializers.ChoiceField(choices=list(VERDICTS))
    go = serializers.BooleanField(help_text="whether goods may leave under it")
    known = serializers.BooleanField(
        help_text="whether it was judged at all; else `says` tells what is missing"
    )
    title = serializers.CharField()
    says = serializers.CharField()
    number = serializers.CharField(allow_null=True)
    edition = serializers.IntegerField(allow_null=True)
    claims = serializers.DictField(help_text="what it says and discloses; empty unless its signature holds")


class CredentialViewSet(Scoped):
    serializer_class = CredentialSerializer
    scopes = {"credential": "licences:read", "pack": "licences:read"}
    query_names = {"credential": ("form",)}

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Licence.objects.none()
        return Licence.objects.visible_to(self.person).select_related("issued_by")  # type: ignore[attr-defined]

    @extend_schema(
        summary="Fetch a licence as a verifiable credential",
        parameters=[
            OpenApiParameter(
                "form",
                str,
                enum=list(FORMS),
                description="`vc+jwt` unless named; `customs` is `vc+sd-jwt` without prices",
                examples=[OpenApiExample("For customs", value="customs")],
            )
        ],
        responses={200: CredentialSerializer, **PROBLEMS},
    )
    def credential(self, request: Request, number: str) -> Response:
        found = visible(self.get_queryset(), number=normalise_reference(number))
        form = str(request.query_params.get("form", forms.VC_JWT)).replace(
            " ", "+"
        )  # a plus that was not encoded
        if form not in FORMS:
            raise Invalid.field("form", f"One of: {', '.join(FORMS)}.")
        return Response(
            {
                "number": found.number,
                "edition": found.edition,
                "form": form,
                "type": FORMS[form],
                "credential": credentials.signed(found, form),
            }
        )

    @extend_schema(
        summary="Take the border pack of the day",
        description="For customs, of the member they serve: licences that may be used there, without prices, the "
        "status of every licence, and every member's keys. With it licences are verified without a network.",
        responses={200: PackSerializer, **PROBLEMS},
    )
    def pack(self, request: Request) -> Response:
        made = border_packs.make(actor=self.person)
        return Response(
            {
                "member": self.person.jurisdiction_code,
                "made_at": made.made_at,
                "valid_until": made.made_at + timedelta(seconds=packs.VALID),
                "licences": made.licences,
                "name": made.name,
                "pack": made.text,
            }
        )


class CredentialVerificationView(Limited):
    """Open to everyone: what a credential is worth now."""

    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        summary="Verify a credential",
        description="Anyone may ask; nothing of the credential is kept. A wrong one is no error of the request: "
        "its verdict names what is wrong with it, with status 200.",
        request=JudgedSerializer,
        examples=[
            OpenApiExample(
                "From a file, with the goods in France",
                value={"credential": "eyJhbGciOiJFUzI1NiIsInR5cCI6InZjK2p3dCJ9.e30.e30", "member": "FR"},
                request_only=True,
            )
        ],
        responses={200: VerdictSerializer, **dict.fromkeys((400, 404, 422, 429), PROBLEM)},
        auth=[],
    )
    def post(self, request: Request) -> Response:
        given = body(request, JudgedSerializer)
        member = str(given.get("member", "")).strip().upper()
        if member and not jurisdictions().filter(code=member).exists():
            raise Invalid.field("member", "Choose a member of the alliance, by its two letters.")
        found = judged(given["credential"], member)
        verdict, subject = VERDICTS[found.code], found.claims.get("credentialSubject", {})
        return Response(
            {
                "verdict": found.code,
                "go": found.code in GO,
                "known": verdict.known,
                "title": str(verdict.title),
                "says": str(verdict.says),
                "number": subject.get("number"),
                "edition": subject.get("edition"),
                "claims": found.claims,
            }
        )
