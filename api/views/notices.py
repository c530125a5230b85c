"""The inbox of the person a system acts for."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from api import filters
from api.views.base import PROBLEMS, Listed, visible
from correspondence import services as correspondence
from correspondence.models import Notice
from members.models import User


class NoticeSerializer(serializers.ModelSerializer[Notice]):
    """Something that the person should know."""

    event = serializers.UUIDField(
        source="event.uid", default=None, allow_null=True, help_text="the event it came of, as in the feed"
    )
    page = serializers.CharField(source="path", help_text="the page it is about, for a person to open")

    class Meta:
        model = Notice
        fields = ("uid", "subject", "text", "event", "page", "sent_at", "read_at")


class ReadSerializer(serializers.Serializer[Any]):
    read = serializers.IntegerField(help_text="how many had been unread")


def _has_to_enrol(person: User) -> bool:
    """Whether a person is an officer without a second factor, whom pages send to set it up before the inbox."""
    return person.is_officer and not person.has_second_factor


class NoticeViewSet(Listed):
    """Marking as read needs no other scope than reading: it changes what this one person sees as new."""

    lookup_field, lookup_value_converter = "uid", "uuid"
    serializer_class = NoticeSerializer
    filterset_class = filters.NoticeFilters
    scopes = dict.fromkeys(("list", "retrieve", "reading", "read_all"), "events:read")

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Notice.objects.none()
        rows: Any = Notice.objects.visible_to(self.person).select_related("event")  # type: ignore[attr-defined]
        return rows.none() if _has_to_enrol(self.person) else rows

    def _notice(self, uid: UUID) -> Notice:
        found: Notice = visible(self.get_queryset(), uid=uid)
        return found

    @extend_schema(
        summary="List the notices of your person",
        description="What stands in the inbox of the person the system acts for; `unread=true` for what is new.",
        responses={200: NoticeSerializer(many=True), **PROBLEMS},
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(summary="Read a notice", responses={200: NoticeSerializer, **PROBLEMS})
    def retrieve(self, request: Request, uid: UUID) -> Response:
        return Response(NoticeSerializer(self._notice(uid)).data)

    @extend_schema(
        summary="Mark a notice as read",
        description="Reading it over the API does not: the person may not have seen it.",
        request=None,
        responses={200: NoticeSerializer, **PROBLEMS},
    )
    @action(detail=True, methods=["post"])
    def reading(self, request: Request, uid: UUID) -> Response:
        correspondence.mark_read(actor=self.person, notice=self._notice(uid))
        return Response(NoticeSerializer(self._notice(uid)).data)

    @extend_schema(
        operation_id="notices_read_all",
        summary="Mark every notice as read",
        request=None,
        responses={200: ReadSerializer, **PROBLEMS},
    )
    @action(detail=False, methods=["post"], url_path="reading", url_name="read-all")
    def read_all(self, request: Request) -> Response:
        read = 0 if _has_to_enrol(self.person) else correspondence.mark_read(actor=self.person)
        return Response({"read": read})
