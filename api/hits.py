"""The shapes of hits and cleared pairs, and what their lists are narrowed to."""

from __future__ import annotations

from typing import Any

from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from api import examples
from api.filters import ReferenceFilter, choice, flag, status, text
from licensing.models import Case
from licensing.selectors import hits as selectors
from screening.models import ClearedPair, Hit
from screening.services import BULK, REMEMBER_MOST
from screening.statistics import Tally


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


class RaisedHitSerializer(HitSerializer):
    """A hit with the case that it was raised in, and what was made of it so far."""

    case = serializers.SerializerMethodField(help_text="reference of the case, where it was raised in one")
    name = serializers.CharField(source="queried_name", help_text="of the party, as the case has it")
    party = serializers.UUIDField(source="shared_party.uid")
    rule = serializers.CharField()
    lead = serializers.CharField(help_text="the member whose officers judge it")
    raised_at = serializers.DateTimeField()
    reason = serializers.CharField(allow_blank=True, help_text="of the last judgement")
    proposed_by = serializers.CharField(source="proposed_by.name", default=None, allow_null=True)
    resolved_by = serializers.CharField(source="resolved_by.name", default=None, allow_null=True)
    resolved_at = serializers.DateTimeField(allow_null=True)
    pair = serializers.UUIDField(
        source="pair.uid", default=None, allow_null=True, help_text="the cleared pair that answered it"
    )

    def get_case(self, hit: Hit) -> str | None:
        found: str | None = self.context["references"].get(hit.case_ref)
        return found


class JudgedHitSerializer(serializers.Serializer[Any]):
    uid = serializers.UUIDField()
    status = serializers.CharField()


def _hits(**given: Any) -> serializers.ListField:
    return serializers.ListField(child=serializers.UUIDField(), min_length=1, max_length=BULK, **given)


@extend_schema_serializer(
    examples=[OpenApiExample("Two hits of one entry", value=examples.CLEARANCES, request_only=True)]
)
class ToClearSerializer(serializers.Serializer[Any]):
    hits = _hits(help_text="uids; all of them are cleared or proposed, or none")
    reason = serializers.CharField(max_length=4000)
    remember_days = serializers.IntegerField(
        min_value=1, max_value=REMEMBER_MOST, required=False, allow_null=True, default=None
    )


@extend_schema_serializer(
    examples=[OpenApiExample("What a colleague proposed", value=examples.CONFIRMATIONS, request_only=True)]
)
class ToSecondSerializer(serializers.Serializer[Any]):
    hits = _hits(help_text="uids; all of them are cleared, or none")


class TallySerializer(serializers.Serializer[Any]):
    """The hits of one list and rule that your jurisdiction leads."""

    list = serializers.CharField(source="list_key")
    rule = serializers.CharField()
    raised = serializers.IntegerField()
    waiting = serializers.IntegerField()
    unsure = serializers.IntegerField()
    true = serializers.IntegerField(help_text="confirmed to be the listed party")
    false = serializers.IntegerField(help_text="cleared by officers")
    by_pair = serializers.IntegerField(help_text="answered by a cleared pair: nobody judged them")
    share_false = serializers.FloatField(allow_null=True, help_text="of those that officers judged")
    median_hours = serializers.SerializerMethodField(help_text="from raised to judged")

    def get_median_hours(self, tally: Tally) -> float | None:
        return tally.hours


class HitFilters(filters.FilterSet):
    status = status(Hit.Status)
    waiting = flag("waits", "What waits for your own jurisdiction, as in its queue.")
    strong = flag("by_strength")
    list = text("list_key", "Key of a list, exactly.")
    entry = text("entry_id", "Id of an entry, exactly; give `list` as well.")
    case = ReferenceFilter(method="of_case")
    party = filters.UUIDFilter(field_name="shared_party__uid")
    pair = filters.UUIDFilter(field_name="pair__uid", help_text="What a cleared pair answered.")

    class Meta:
        model = Hit
        fields: tuple[str, ...] = ()

    def waits(self, rows: Any, name: str, value: str) -> Any:
        waiting = selectors.queue(self.request.user).order_by().values("pk")
        return rows.filter(pk__in=waiting) if value == "true" else rows.exclude(pk__in=waiting)

    def by_strength(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(strong=value == "true")

    def of_case(self, rows: Any, name: str, value: str) -> Any:
        found = Case.objects.visible_to(self.request.user).filter(reference=value)  # type: ignore[attr-defined]
        return rows.filter(case_ref__in=[f"case:{pk}" for pk in found.values_list("pk", flat=True)])


STATES = [("standing", "In force"), ("expired", "Expired"), ("ended", "Ended")]


class ClearedPairFilters(filters.FilterSet):
    state = choice("state", STATES, method="in_state")
    mentions = filters.CharFilter(
        method="saying",
        max_length=100,
        help_text="In the name of the party or entry, or exactly its id or list.",
    )

    class Meta:
        model = ClearedPair
        fields: tuple[str, ...] = ()

    def in_state(self, rows: Any, name: str, value: str) -> Any:
        return selectors.narrowed(rows, state=value)

    def saying(self, rows: Any, name: str, value: str) -> Any:
        return selectors.narrowed(rows, text=value)
