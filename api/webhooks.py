"""Webhook endpoints as API v1 takes and shows them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from correspondence.models import SCHEMES, WebhookAttempt, WebhookEndpoint, WebhookLetter
from ledger import envelopes
from pages import sentences

URL = "https://hooks.example.org/entente"
TYPES = "types of event, such as case.escalated, or case.* for all of one noun; empty for all: /events/ lists them"


class CloudEventSerializer(serializers.Serializer[Any]):
    """An event as a CloudEvent 1.0."""

    specversion = serializers.CharField()
    id = serializers.CharField(help_text="random; the same whenever the event is told again")
    source = serializers.CharField()  # type: ignore[assignment]
    type = serializers.CharField(help_text="such as org.entente.case.escalated.v1")
    subject = serializers.CharField()
    time = serializers.DateTimeField()
    datacontenttype = serializers.CharField()
    dataschema = serializers.CharField()
    data = serializers.DictField()  # type: ignore[assignment]


class WebhookSerializer(serializers.ModelSerializer[WebhookEndpoint]):
    failures = serializers.IntegerField(help_text="in a row, of the event that is next")
    keys = serializers.SerializerMethodField(help_text="that sign now; of Ed25519 with the public key")

    class Meta:
        model = WebhookEndpoint
        fields = (
            "uid", "url", "description", "types", "status", "status_reason", "failures", "next_attempt_at", "keys",
            "registered_at",
        )  # fmt: skip

    def get_keys(self, endpoint: WebhookEndpoint) -> list[dict[str, Any]]:
        return [
            {"scheme": key.scheme, "public": key.public or None, "retires_at": key.retires_at}
            for key in endpoint.keys.all()
        ]


class KeyMadeSerializer(serializers.Serializer[Any]):
    """A webhook with its new key; a secret one (`whsec_...`) is told this once."""

    webhook = WebhookSerializer(source="endpoint")
    scheme = serializers.ChoiceField(choices=SCHEMES)
    key = serializers.CharField(help_text="what to verify with: whpk_... is public, whsec_... is secret")
    secret = serializers.BooleanField()


class _Typed(serializers.Serializer[Any]):
    def validate_types(self, types: list[str]) -> list[str]:
        if unknown := sentences.unknown(types):
            raise serializers.ValidationError(
                _("%(type)s is no type of event: /events/ lists them.") % {"type": unknown[0]}
            )
        return types


class RegisterWebhookSerializer(_Typed):
    url = serializers.CharField(max_length=500)
    types = serializers.ListField(child=serializers.CharField(max_length=60), default=list, help_text=TYPES)
    description = serializers.CharField(max_length=100, allow_blank=True, default="")
    scheme = serializers.ChoiceField(choices=SCHEMES, default="v1a")


class ChangeWebhookSerializer(_Typed):
    url = serializers.CharField(max_length=500, required=False)
    types = serializers.ListField(child=serializers.CharField(max_length=60), required=False, help_text=TYPES)
    description = serializers.CharField(max_length=100, allow_blank=True, required=False)
    status = serializers.ChoiceField(
        choices=["active", "paused"], required=False, help_text="to resume it, or to pause it"
    )


class RotateSerializer(serializers.Serializer[Any]):
    scheme = serializers.ChoiceField(choices=SCHEMES, required=False, help_text="as before, if not given")


class ReplaySerializer(serializers.Serializer[Any]):
    """One of the three; with none of them everything is sent again from the beginning."""

    event = serializers.UUIDField(required=False, help_text="id of one dead letter")
    since = serializers.DateTimeField(required=False)
    cursor = serializers.CharField(required=False, help_text="as a page of the event feed gave it")

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        if len(given) > 1:
            raise serializers.ValidationError({"event": _("Give event, since or cursor: one of them.")})
        return given


class AttemptSerializer(serializers.ModelSerializer[WebhookAttempt]):
    event = serializers.UUIDField(source="event.uid", help_text="the webhook-id it was sent under")
    type = serializers.SerializerMethodField()

    class Meta:
        model = WebhookAttempt
        fields = ("event", "type", "number", "at", "took_ms", "delivered", "status", "reason", "answer")

    def get_type(self, attempt: WebhookAttempt) -> str:
        return envelopes.type_of(attempt.event.type)


class DeadLetterSerializer(serializers.ModelSerializer[WebhookLetter]):
    event = serializers.UUIDField(source="event.uid")
    type = serializers.SerializerMethodField()

    class Meta:
        model = WebhookLetter
        fields = ("event", "type", "attempts", "reason", "died_at", "asked_at")

    def get_type(self, letter: WebhookLetter) -> str:
        return envelopes.type_of(letter.event.type)
