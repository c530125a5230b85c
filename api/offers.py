"""What the caller may do next with a thing that is no case: each act with its address, or why not."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from core.policies import Verdict


class OfferSerializer(serializers.Serializer[Any]):
    """An act that belongs to the present state of the thing. `reason` says why not, where it is not allowed."""

    name = serializers.CharField()
    allowed = serializers.BooleanField()
    reason = serializers.CharField(allow_blank=True)
    method = serializers.CharField()
    href = serializers.CharField(help_text="where to send it")


def offer(name: str, verdict: Verdict, href: str, method: str = "POST") -> dict[str, Any]:
    """Return an act as `OfferSerializer` shows it."""
    return {
        "name": name,
        "allowed": verdict.allowed,
        "reason": verdict.reason,
        "method": method,
        "href": href,
    }
