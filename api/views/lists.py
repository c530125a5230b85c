"""The screening lists in force, what their versions changed, and what they say of an entry."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.views.base import PROBLEMS, Listed, Scoped
from api.views.queue import wanted
from core import clock
from core.errors import Invalid, NotFound
from core.policies import require
from screening import policies, searching
from screening.models import Entry, EntryName, Snapshot
from screening.selectors import Changes, ListState, changes_of, list_states

VERSIONS = 100  # of a list, the last ones
LONGEST = 200  # entries of one kind of change that are named


class VersionSerializer(serializers.ModelSerializer[Snapshot]):
    class Meta:
        model = Snapshot
        fields = (
            "version", "published", "sha256", "loaded_at", "in_force_from", "in_force_until", "entries_count",
            "names_count", "added_count", "changed_count", "removed_count",
        )  # fmt: skip


class ListSerializer(serializers.Serializer[Any]):
    key = serializers.CharField(source="source.key")
    title = serializers.CharField(source="source.title")
    in_force = VersionSerializer(source="snapshot", allow_null=True, help_text="null before the first load")
    hours = serializers.IntegerField(
        allow_null=True, help_text="since it was last known to be what its publisher publishes"
    )
    stale = serializers.BooleanField(help_text="older than it may be")


class ChangedEntrySerializer(serializers.ModelSerializer[Entry]):
    class Meta:
        model = Entry
        fields = ("entry_id", "name")


class ListChangesSerializer(serializers.Serializer[Any]):
    """At most 200 of each kind are named; the version tells how many there are."""

    version = serializers.CharField()
    added = ChangedEntrySerializer(many=True)
    changed = ChangedEntrySerializer(many=True)
    removed = ChangedEntrySerializer(many=True)


class OneListSerializer(ListSerializer):
    versions = serializers.SerializerMethodField(help_text="the last 100, the newest first")
    changes = serializers.SerializerMethodField(help_text="of the version in force, or of the one asked for")

    @extend_schema_field(VersionSerializer(many=True))
    def get_versions(self, state: ListState) -> Any:
        return VersionSerializer(self.context["versions"], many=True).data

    @extend_schema_field(ListChangesSerializer(allow_null=True))
    def get_changes(self, state: ListState) -> Any:
        shown: Snapshot | None = self.context["shown"]
        if shown is None:
            return None
        found: Changes = changes_of(shown, LONGEST)
        told = {
            "version": shown.version,
            "added": found.added,
            "changed": found.changed,
            "removed": found.removed,
        }
        return ListChangesSerializer(told).data


class EntryNameSerializer(serializers.ModelSerializer[EntryName]):
    class Meta:
        model = EntryName
        fields = ("name", "kind")


class ListEntrySerializer(serializers.ModelSerializer[Entry]):
    """What a list says of one entry, as it stands in the last version with it."""

    list = serializers.CharField(source="source_list.key")
    names = EntryNameSerializer(many=True)
    since = serializers.CharField(
        source="since.version", help_text="the version from which it stands like this"
    )
    in_force = serializers.SerializerMethodField()
    countries = serializers.ListField(child=serializers.CharField())
    identifiers = serializers.ListField(child=serializers.CharField())
    born = serializers.ListField(child=serializers.CharField())
    addresses = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = Entry
        fields: tuple[str, ...] = (
            "list", "entry_id", "kind", "name", "names", "part", "listed", "programmes", "remarks", "countries",
            "identifiers", "born", "addresses", "since", "in_force",
        )  # fmt: skip

    def get_in_force(self, entry: Entry) -> bool:
        return entry.until_id is None


class OwnerSerializer(serializers.Serializer[Any]):
    path = serializers.ListField(child=serializers.CharField(), help_text="from the listed owner down")
    share = serializers.FloatField(help_text="in percent")


class OneEntrySerializer(ListEntrySerializer):
    owners = serializers.SerializerMethodField(
        help_text="by whom it counts as listed, where it is not listed itself"
    )

    class Meta(ListEntrySerializer.Meta):
        fields: tuple[str, ...] = (*ListEntrySerializer.Meta.fields, "owners")

    @extend_schema_field(OwnerSerializer(many=True))
    def get_owners(self, entry: Entry) -> Any:
        return [{"path": path, "share": share} for path, share in searching.owners(entry)]


class ScreeningListViewSet(Scoped):
    serializer_class = ListSerializer
    scopes = {"list": "screening:read", "retrieve": "screening:read", "entry": "screening:read"}
    query_names = {"retrieve": ("version",)}

    @extend_schema(summary="List the screening lists", responses={200: ListSerializer(many=True), **PROBLEMS})
    def list(self, request: Request) -> Response:
        require(policies.can_ask, self.person)
        return Response(ListSerializer(list_states(clock.now()), many=True).data)

    @extend_schema(
        summary="Read a screening list, its versions, and what one of them changed",
        parameters=[OpenApiParameter("version", str, description="One of its `versions`.")],
        responses={200: OneListSerializer, **PROBLEMS},
    )
    def retrieve(self, request: Request, key: str) -> Response:
        require(policies.can_ask, self.person)
        state = next((one for one in list_states(clock.now()) if one.source.key == key), None)
        if state is None:
            raise NotFound()
        versions = list(state.source.snapshots.order_by("-pk")[:VERSIONS])
        shown, asked = state.snapshot, request.query_params.get("version")
        if asked is not None:
            shown = next((one for one in versions if one.version == asked), None)
            if shown is None:
                raise Invalid.field("version", "This list has no such version: see its `versions`.")
        return Response(OneListSerializer(state, context={"versions": versions, "shown": shown}).data)

    @extend_schema(
        summary="Read everything that a list says of an entry",
        responses={200: OneEntrySerializer, **PROBLEMS},
    )
    def entry(self, request: Request, key: str, entry_id: str) -> Response:
        require(policies.can_ask, self.person)
        versions = searching.versions_of(key, entry_id)
        if not versions:
            raise NotFound()
        return Response(OneEntrySerializer(versions[0]).data)


class ListEntryViewSet(Listed):
    serializer_class = ListEntrySerializer
    scopes = {"list": "screening:read"}
    query_names = {"list": ("q",)}

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Entry.objects.none()
        require(policies.can_ask, self.person)
        return searching.entries_like(wanted(self.request))

    @extend_schema(
        summary="Search the entries in force",
        description="With all the words, or beginnings of them, in one name or in the rest of what the list says. "
        "For names that are alike ask `/api/v1/screening/match`.",
        parameters=[OpenApiParameter("q", str, required=True, description="At least two characters.")],
        responses={200: ListEntrySerializer(many=True), **PROBLEMS},
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)
