"""The shapes of officers, and what their list is narrowed to."""

from __future__ import annotations

from typing import Any

from django_filters import rest_framework as filters
from rest_framework import serializers

from api.filters import choice
from licensing.policies.cases import CASEWORKERS
from members.models import Role, User


class CaseOfficerSerializer(serializers.Serializer[Any]):
    uid = serializers.UUIDField()
    name = serializers.CharField()


class OfficerSerializer(serializers.ModelSerializer[User]):
    """A colleague who may be given cases."""

    authority = serializers.CharField(source="authority.name")
    ministry = serializers.CharField(source="authority.ministry")
    roles = serializers.SerializerMethodField(
        help_text="of their own; a deputy holds those of others as well"
    )

    class Meta:
        model = User
        fields = ("uid", "name", "authority", "ministry", "roles")

    def get_roles(self, officer: User) -> list[str]:
        return sorted(one.role for one in officer.appointments.all())


class OfficerFilters(filters.FilterSet):
    ministry = filters.CharFilter(field_name="authority__ministry", max_length=20)
    role = choice("role", [one for one in Role.choices if one[0] in CASEWORKERS], method="in_role")

    class Meta:
        model = User
        fields: tuple[str, ...] = ()

    def in_role(self, rows: Any, name: str, value: str) -> Any:
        return rows.in_roles(value)
