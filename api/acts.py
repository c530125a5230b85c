"""What a caller may do next with a thing: each act with its address, or why not."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from rest_framework import serializers

from core.policies import Verdict


@dataclass(frozen=True)
class Offer:
    """One act: whether the caller may, why not, and where to send it. `blockers`: what has to be settled first."""

    name: str
    title: str
    href: str
    allowed: bool
    reason: str
    blockers: tuple[str, ...] = ()
    method: str = "POST"


def offer(
    name: str, title: str, href: str, verdict: Verdict, blockers: Collection[str] = (), method: str = "POST"
) -> Offer:
    return Offer(name, title, href, verdict.allowed, verdict.reason, tuple(blockers), method)


class ActSerializer(serializers.Serializer[Any]):
    """Something the caller may do next, or may not, and why."""

    name = serializers.CharField()
    title = serializers.CharField()
    allowed = serializers.BooleanField()
    reason = serializers.CharField(allow_blank=True, help_text="Why not, where it is not allowed.")
    blockers = serializers.ListField(
        child=serializers.CharField(), help_text="What would have to be settled first for it to succeed."
    )
    method = serializers.CharField()
    href = serializers.CharField(help_text="Where to send it.")


def told(offers: Collection[Offer]) -> Any:
    return ActSerializer(list(offers), many=True).data
