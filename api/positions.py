"""How a signed position or message is sent and shown."""

from __future__ import annotations

import base64
import json
from typing import Any

from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from licensing.models import MessageSignature, PositionSignature
from licensing.models.signatures import KeptSignature

SIGNATURE = [
    OpenApiParameter(name, str, OpenApiParameter.HEADER, description=told)
    for name, told in (
        ("Content-Digest", "Of the body (RFC 9530), where it is signed."),
        ("Signature-Input", "What is signed, and with which registered key (RFC 9421)."),
        ("Signature", "The signature."),
    )
]


class SignatureSerializer(serializers.ModelSerializer[Any]):
    """What it takes to verify offline what a system signed."""

    public_key = serializers.SerializerMethodField(help_text="JWK, in JSON")
    body = serializers.SerializerMethodField(help_text="as it was sent, in base64")

    class Meta:
        fields: tuple[str, ...] = (
            "client_name", "thumbprint", "algorithm", "public_key", "base", "signature", "body", "verified_at",
        )  # fmt: skip

    def get_public_key(self, signature: KeptSignature) -> str:
        return json.dumps(signature.public_key)

    def get_body(self, signature: KeptSignature) -> str:
        return base64.b64encode(bytes(signature.body)).decode()


class PositionSignatureSerializer(SignatureSerializer):
    class Meta(SignatureSerializer.Meta):
        model = PositionSignature


class MessageSignatureSerializer(SignatureSerializer):
    class Meta(SignatureSerializer.Meta):
        model = MessageSignature
