"""Filters of exercises, of what is to be done because of them, and of versions that are written here."""

from __future__ import annotations

from django_filters import rest_framework as filters

from alliance.models import AuthoredCharter, PreparedSet
from api.filters import after, before, choice, member, status, text
from escalation.models import Exercise, Improvement


class CharterVersionFilters(filters.FilterSet):
    status = status(AuthoredCharter.Status)
    key = text("key")

    class Meta:
        model = AuthoredCharter
        fields: tuple[str, ...] = ()


class MeasureVersionFilters(filters.FilterSet):
    status = status(PreparedSet.Status)
    key = text("key")

    class Meta:
        model = PreparedSet
        fields: tuple[str, ...] = ()


class ExerciseFilters(filters.FilterSet):
    status = status(Exercise.Status)
    kind = choice("kind", Exercise.Kind.choices)
    planned_after, planned_before = after("planned_at"), before("planned_at")

    class Meta:
        model = Exercise
        fields: tuple[str, ...] = ()


class ImprovementFilters(filters.FilterSet):
    status = status(Improvement.Status)
    exercise = filters.UUIDFilter(field_name="exercise__uid")
    member = member("owner__authority__jurisdiction")
    due_after, due_before = after("due_at"), before("due_at")

    class Meta:
        model = Improvement
        fields: tuple[str, ...] = ()
