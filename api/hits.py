"""The shape of a hit."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers


class HitSerializer(serializers.Serializer[Any]):
    """A party of a case that a list may mean."""

    uid = serializers.UUIDField()
    status = serializers.CharField()
    list = serializers.CharField(source="snapshot.source_list.key")
    version = serializers.CharField(source="snapshot.version")
    entry_id = serializers.CharField()
    matched_name = serializers.CharField()
    score = serializers.FloatField()
    strong = serializers.BooleanField()
    explanation = serializers.JSONField(help_text="how the words were aligned")
