"""How a signed position is sent and shown."""

from __future__ import annotations

import base64
import json

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from licensing.models import PositionSignature

SIGNATURE = [
    OpenApiParameter(name, str, OpenApiParameter.HEADER, description=told)
    for name, told in (
        ("Content-Digest", "Of the body (RFC 9530), where it is signed."),
        ("Signature-Input", "What is signed, and with which registered key (RFC 9421)."),
        ("Signature", "The signature."),
    )
]


class PositionSignatureSerializer(serializers.ModelSerializer[PositionSignature]):
    public_key = serializers.SerializerMethodField(help_text="JWK, in JSON")
    body = serializers.SerializerMethodField(help_text="as it was sent, in base64")

    class Meta:
        model = PositionSignature
        fields = (
            "client_name", "thumbprint", "algorithm", "public_key", "base", "signature", "body", "verified_at",
        )  # fmt: skip

    def get_public_key(self, signature: PositionSignature) -> str:
        return json.dumps(signature.public_key)

    def get_body(self, signature: PositionSignature) -> str:
        return base64.b64encode(bytes(signature.body)).decode()
