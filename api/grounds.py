"""The finding on a claimed ground and the assessment around it, as API v1 shows them to officers."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_serializer
from rest_framework import serializers

from alliance.aid import Acceptability, CarveOut, Licence

CONFIDENCE = "read, excerpt, derived, proposed or recalled; what is only recalled does not count"


class CitedSerializer(serializers.Serializer[Any]):
    """What one regime says of one destination under either test."""

    regime = serializers.CharField(help_text="key of the regime, empty where no regime is known")
    regime_title = serializers.CharField()
    place = serializers.CharField(help_text="ISO 3166-1 code of the country or ISO 3166-2 code of the area")
    row = serializers.CharField(help_text="key of the row, empty where none knows the combination")
    sentence = serializers.CharField()
    carve_out = serializers.ChoiceField(choices=CarveOut.choices, help_text="as it counts")
    carve_out_basis = serializers.CharField()
    carve_out_confidence = serializers.CharField(help_text=CONFIDENCE)
    licence = serializers.ChoiceField(choices=Licence.choices, help_text="as it counts")
    licence_basis = serializers.CharField()
    licence_confidence = serializers.CharField(help_text=CONFIDENCE)
    said = serializers.ListField(
        child=serializers.CharField(), help_text="both answers as the row has them: carve-out and licence"
    )
    documents = serializers.ListField(child=serializers.CharField())
    lacks_reference = serializers.BooleanField(
        help_text="the row asks for a plan or appeal, which is not named"
    )


class ReachedSerializer(serializers.Serializer[Any]):
    """What is agreed of a destination of aid."""

    code = serializers.CharField()
    name = serializers.CharField()
    acceptability = serializers.ChoiceField(choices=Acceptability.choices)
    conditions = serializers.ListField(child=serializers.CharField())
    legal_basis = serializers.CharField()


@extend_schema_serializer(component_name="GroundFinding")
class GroundSerializer(serializers.Serializer[Any]):
    """What was found on the ground an exporter claims.

    The table is asked for every humanitarian claim; for others `carve_out`, `licence` and `row` are empty.
    """

    state = serializers.ChoiceField(choices=["none", "accepted", "review", "refused"])
    lane = serializers.ChoiceField(choices=["standard", "crisis", "humanitarian"])
    reason = serializers.CharField()
    legal_basis = serializers.CharField(allow_blank=True)
    rule = serializers.CharField(help_text="the guard that decided, or table")
    row = serializers.CharField(default="", help_text="the row of the table that decided")
    carve_out = serializers.ChoiceField(
        choices=CarveOut.choices, allow_blank=True, default="", help_text="strictest answer of all regimes"
    )
    licence = serializers.ChoiceField(
        choices=Licence.choices, allow_blank=True, default="", help_text="strictest answer of all regimes"
    )
    version = serializers.CharField(default="", help_text="of the decision table")
    cited = CitedSerializer(many=True, default=[])
    reached = ReachedSerializer(many=True, default=[])
    documents = serializers.ListField(child=serializers.CharField(), default=[])


class AssessmentSerializer(serializers.Serializer[Any]):
    """The assessment of the revision in hand that was made last."""

    score = serializers.IntegerField()
    low = serializers.IntegerField()
    high = serializers.IntegerField()
    band = serializers.CharField()
    lines = serializers.ListField(child=serializers.DictField())
    hard_stops = serializers.ListField(child=serializers.DictField())
    findings = serializers.ListField(child=serializers.CharField())
    lists = serializers.ListField(child=serializers.DictField())
    ground = GroundSerializer()
    made_at = serializers.DateTimeField()
