"""Versions of charters and of prepared measures that are written here: drafted, changed, retired by systems.

A charter is activated, and measures are agreed on, in person.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from alliance import authoring, charter_check, charter_text, charters, crisis_policies, policies, preparing
from alliance.models import AuthoredCharter, PreparedSet
from api import examples
from api.acts import ActSerializer, offer, told
from api.bodies import body
from api.crisis_filters import CharterVersionFilters, MeasureVersionFilters
from api.serializers import shown
from api.views.base import PROBLEMS, Listed, visible
from api.views.charters import CheckSerializer
from core.errors import Invalid
from core.policies import Verdict

UID = OpenApiParameter("uid", UUID, OpenApiParameter.PATH)
OUTDATED = {"reason": "The ladder was too short for cases of the second tier."}
WRITTEN: tuple[str, ...] = (
    "uid", "key", "version", "title", "status", "author", "written_at", "changed_at", "retired_by", "retired_at",
    "retired_because",
)  # fmt: skip


class TextSerializer(serializers.Serializer[Any]):
    """A version as its author writes it."""

    text = serializers.CharField(
        max_length=charter_text.LONGEST,
        trim_whitespace=False,
        help_text="YAML, or JSON, which is YAML too. Not YAML: the fault names line and column; else its path.",
    )


class WhyRetiredSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=1000, help_text="10 to 1,000 characters")


class CharterVersionListSerializer(serializers.ModelSerializer[AuthoredCharter]):
    author = serializers.CharField(source="author.name")
    activated_by = serializers.CharField(source="activated_by.name", default=None, allow_null=True)
    retired_by = serializers.CharField(source="retired_by.name", default=None, allow_null=True)

    class Meta:
        model = AuthoredCharter
        fields: tuple[str, ...] = (*WRITTEN, "activated_by", "activated_at", "effective_from")


def _acts_on_text(path: str, change: Verdict, retire: Verdict) -> Any:
    return told(
        [
            offer("change", _("Change the text"), path, change, method="PATCH"),
            offer("retire", _("Retire this version"), f"{path}retirement/", retire),
        ]
    )


class CharterVersionSerializer(CharterVersionListSerializer):
    """A version with what its check found; `draft` has a hole, `checked` waits for another person's activation."""

    report = serializers.SerializerMethodField()
    acts = serializers.SerializerMethodField()

    class Meta(CharterVersionListSerializer.Meta):
        fields: tuple[str, ...] = (*CharterVersionListSerializer.Meta.fields, "text", "report", "acts")

    @extend_schema_field(CheckSerializer)
    def get_report(self, found: AuthoredCharter) -> Any:
        return CheckSerializer(charter_check.check(charters.parse(found.payload))).data

    @extend_schema_field(ActSerializer(many=True))
    def get_acts(self, found: AuthoredCharter) -> Any:
        user, path = self.context["request"].user, f"/api/v1/charter-versions/{found.uid}/"
        return _acts_on_text(path, policies.can_edit(user, found), policies.can_retire(user, found))


class MeasureVersionListSerializer(serializers.ModelSerializer[PreparedSet]):
    author = serializers.CharField(source="author.name")
    agreed_by = serializers.CharField(source="agreed_by.name", default=None, allow_null=True)
    retired_by = serializers.CharField(source="retired_by.name", default=None, allow_null=True)

    class Meta:
        model = PreparedSet
        fields: tuple[str, ...] = (*WRITTEN, "agreed_by", "agreed_at")


class MeasureVersionSerializer(MeasureVersionListSerializer):
    """A version of a set of measures; a draft waits for a person of another member to agree on it."""

    acts = serializers.SerializerMethodField()

    class Meta(MeasureVersionListSerializer.Meta):
        fields: tuple[str, ...] = (*MeasureVersionListSerializer.Meta.fields, "text", "acts")

    @extend_schema_field(ActSerializer(many=True))
    def get_acts(self, found: PreparedSet) -> Any:
        user, path = self.context["request"].user, f"/api/v1/measure-versions/{found.uid}/"
        return _acts_on_text(
            path, crisis_policies.can_edit(user, found), crisis_policies.can_retire(user, found)
        )


@contextmanager
def faults_of_text() -> Iterator[None]:
    """Name the field of the body where a whole text is at fault; a path within it stays what it is."""
    try:
        yield
    except Invalid as error:
        fields = {"text" if path == "$" else path: told for path, told in error.fields.items()}
        raise Invalid(error.detail, fields=fields) from error


SCOPES = {
    "list": "cases:read",
    "retrieve": "cases:read",
    "create": "crises:write",
    "partial_update": "crises:write",
    "retirement": "crises:write",
}


class CharterVersionViewSet(Listed):
    lookup_field, lookup_value_converter = "uid", "uuid"
    serializer_class = CharterVersionListSerializer
    filterset_class = CharterVersionFilters
    scopes = SCOPES

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return AuthoredCharter.objects.none()
        rows = AuthoredCharter.objects.visible_to(self.person)  # type: ignore[attr-defined]
        return rows.select_related("author", "activated_by", "retired_by")

    def _found(self, uid: UUID) -> AuthoredCharter:
        found: AuthoredCharter = visible(self.get_queryset(), uid=uid)
        return found

    def _told(self, uid: UUID, status: int = 200) -> Response:
        shape = CharterVersionSerializer(self._found(uid), context={"request": self.request})
        return Response(shape.data, status=status)

    @extend_schema(
        summary="List the versions of charters that were written here",
        responses={200: CharterVersionListSerializer(many=True), **PROBLEMS},
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(
        summary="Read a version of a charter, with what its check finds",
        parameters=[UID],
        responses={200: CharterVersionSerializer, **PROBLEMS},
    )
    def retrieve(self, request: Request, uid: UUID) -> Response:
        return self._told(uid)

    @extend_schema(
        summary="Write a version of a charter",
        description="It is kept with a hole as `draft`, without one as `checked`; another person activates it, "
        "signed in. 409 where there is such a version already.",
        request=TextSerializer,
        examples=[shown("The lead alone", {"text": examples.CHARTER_TEXT})],
        responses={201: CharterVersionSerializer, **PROBLEMS},
    )
    def create(self, request: Request) -> Response:
        given = body(request, TextSerializer)
        with faults_of_text():
            made = authoring.write(actor=self.person, **given)
        return self._told(made.uid, 201)

    @extend_schema(
        summary="Change a version that is not active, as its author",
        parameters=[UID],
        request=TextSerializer,
        examples=[shown("Another title", {"text": examples.CHARTER_TEXT})],
        responses={200: CharterVersionSerializer, **PROBLEMS},
    )
    def partial_update(self, request: Request, uid: UUID) -> Response:
        given = body(request, TextSerializer)
        with faults_of_text():
            authoring.write(actor=self.person, charter=self._found(uid), **given)
        return self._told(uid)

    @extend_schema(
        summary="Retire a version, or withdraw one that never was in force",
        description="Its author withdraws it before it is active; an active one is retired by somebody else.",
        parameters=[UID],
        request=WhyRetiredSerializer,
        examples=[shown("Too short", OUTDATED)],
        responses={200: CharterVersionSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def retirement(self, request: Request, uid: UUID) -> Response:
        given = body(request, WhyRetiredSerializer)
        authoring.retire(actor=self.person, charter=self._found(uid), **given)
        return self._told(uid)


class MeasureVersionViewSet(Listed):
    lookup_field, lookup_value_converter = "uid", "uuid"
    serializer_class = MeasureVersionListSerializer
    filterset_class = MeasureVersionFilters
    scopes = SCOPES

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return PreparedSet.objects.none()
        rows = PreparedSet.objects.visible_to(self.person)  # type: ignore[attr-defined]
        return rows.select_related("author", "agreed_by", "retired_by")

    def _found(self, uid: UUID) -> PreparedSet:
        found: PreparedSet = visible(self.get_queryset(), uid=uid)
        return found

    def _told(self, uid: UUID, status: int = 200) -> Response:
        shape = MeasureVersionSerializer(self._found(uid), context={"request": self.request})
        return Response(shape.data, status=status)

    @extend_schema(
        summary="List the versions of measures that were written here",
        responses={200: MeasureVersionListSerializer(many=True), **PROBLEMS},
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(
        summary="Read a version of measures",
        parameters=[UID],
        responses={200: MeasureVersionSerializer, **PROBLEMS},
    )
    def retrieve(self, request: Request, uid: UUID) -> Response:
        return self._told(uid)

    @extend_schema(
        summary="Write a version of a set of measures",
        description="Only one that passes the check is kept, with an exit plan that lifts every measure. "
        "Somebody of another member agrees on it, signed in. 409 where there is such a version already.",
        request=TextSerializer,
        examples=[shown("Cameras to Singapore", {"text": examples.MEASURES_TEXT})],
        responses={201: MeasureVersionSerializer, **PROBLEMS},
    )
    def create(self, request: Request) -> Response:
        given = body(request, TextSerializer)
        with faults_of_text():
            made = preparing.write(actor=self.person, **given)
        return self._told(made.uid, 201)

    @extend_schema(
        summary="Change a draft, as its author",
        parameters=[UID],
        request=TextSerializer,
        examples=[shown("Another title", {"text": examples.MEASURES_TEXT})],
        responses={200: MeasureVersionSerializer, **PROBLEMS},
    )
    def partial_update(self, request: Request, uid: UUID) -> Response:
        given = body(request, TextSerializer)
        with faults_of_text():
            preparing.write(actor=self.person, prepared=self._found(uid), **given)
        return self._told(uid)

    @extend_schema(
        summary="Take a set out of the library, or withdraw a draft",
        description="A draft is withdrawn by its author, an agreed set retired by somebody else. Crises declared "
        "with it keep it.",
        parameters=[UID],
        request=WhyRetiredSerializer,
        examples=[shown("Replaced", OUTDATED)],
        responses={200: MeasureVersionSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def retirement(self, request: Request, uid: UUID) -> Response:
        given = body(request, WhyRetiredSerializer)
        preparing.retire(actor=self.person, prepared=self._found(uid), **given)
        return self._told(uid)
