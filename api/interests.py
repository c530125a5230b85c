"""The two interests in a case as API v1 shows them. Keys are signed by people, in person, on the workbench."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from licensing.models import GroundRuling, Key


class MeetingSerializer(serializers.Serializer[Any]):
    """A criterion by which both interests meet."""

    key = serializers.CharField()
    sentence = serializers.CharField()
    legal_basis = serializers.CharField()


class KeySerializer(serializers.ModelSerializer[Key]):
    """A key that is signed and not taken back."""

    signed_by = serializers.CharField(source="signed_by.name")
    authority = serializers.CharField(source="authority.name")

    class Meta:
        model = Key
        fields = ("uid", "interest", "reasons", "signed_by", "authority", "signed_at")


class RulingSerializer(serializers.ModelSerializer[GroundRuling]):
    """What an adjudicator found on a ground that no rule decided."""

    ruled_by = serializers.CharField(source="ruled_by.name")

    class Meta:
        model = GroundRuling
        fields = ("uid", "outcome", "legal_basis", "reasons", "ruled_by", "ruled_at")


class InterestsSerializer(serializers.Serializer[Any]):
    """What speaks for each interest in the revision in hand. `asked`: whether a grant takes two keys."""

    asked = serializers.BooleanField()
    because = MeetingSerializer(many=True)
    keys = KeySerializer(many=True)
    ruling = RulingSerializer(allow_null=True)
    kept_out_of_the_lane = serializers.BooleanField()
