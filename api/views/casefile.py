"""What officers read of a case besides where it stands: dossier, parties, timeline, and their own notes."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef
from drf_spectacular.utils import (
    OpenApiParameter,
    extend_schema,
    extend_schema_field,
    extend_schema_serializer,
)
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from api import examples
from api.bodies import body
from api.serializers import EventSerializer, shown
from api.views.base import PROBLEMS, Listed, Scoped, visible
from api.views.cases import cases_of
from api.views.events import entry
from core.errors import Invalid, NotFound
from escalation import intermediaries
from intelligence.models import SharedParty
from ledger.models import Event
from licensing.models import Case, LinkedCase, Note, Party, Revision
from licensing.selectors import cases as selectors
from licensing.selectors import messages
from licensing.services import cases
from members.models import Organisation

LONGEST_NOTE = 10_000


def case_at_work(view: Scoped, reference: str) -> Case:
    """Return a case as its officers have it; an exporter has its application instead, and finds nothing here."""
    if not view.person.serves:
        raise NotFound()
    rows = cases_of(view).select_related("revision", "application__organisation", "lead")
    found: Case = visible(rows, reference=reference)
    return found


class NoteSerializer(serializers.ModelSerializer[Note]):
    author = serializers.CharField(source="author.name")

    class Meta:
        model = Note
        fields = ("text", "author", "written_at")


@extend_schema_serializer(examples=[shown("What a colleague should know", examples.NOTE)])
class ToNoteSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=LONGEST_NOTE)


class CaseNoteViewSet(Listed):
    serializer_class = NoteSerializer
    scopes = {"list": "cases:read", "create": "positions:write"}

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Note.objects.none()
        return selectors.notes(self.person, case_at_work(self, self.kwargs["reference"]))

    @extend_schema(
        summary="List the notes of a case",
        description="The internal notes of your own jurisdiction: no other member and no exporter reads them.",
        responses={200: NoteSerializer(many=True), **PROBLEMS},
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)

    @extend_schema(
        summary="Write a note on a case",
        request=ToNoteSerializer,
        responses={201: NoteSerializer, **PROBLEMS},
    )
    def create(self, request: Request, reference: str) -> Response:
        case, data = case_at_work(self, reference), body(request, ToNoteSerializer)
        note = cases.add_note(actor=self.person, case=case, text=data["text"])
        return Response(NoteSerializer(note).data, status=status.HTTP_201_CREATED)


class TimelineViewSet(Listed):
    """What happened to a case, as its page tells it; to follow events as they come there is the feed."""

    serializer_class = EventSerializer
    scopes = {"list": "events:read"}

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Event.objects.none()
        return messages.timeline_of(self.person, case_at_work(self, self.kwargs["reference"]))

    @extend_schema(
        summary="Read what happened to a case",
        description="As far as you may know it, the newest first. To follow a case use the event feed.",
        responses={200: EventSerializer(many=True), **PROBLEMS},
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        rows = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        return self.get_paginated_response([entry(event) for event in rows])


class FieldDifferenceSerializer(serializers.Serializer[Any]):
    path = serializers.CharField(help_text="in the dossier, such as items[0].hs_code")
    before = serializers.JSONField(help_text="null: there was none")
    after = serializers.JSONField(help_text="null: there is none")


class CaseExporterSerializer(serializers.ModelSerializer[Organisation]):
    member = serializers.CharField(source="jurisdiction_id")

    class Meta:
        model = Organisation
        fields = ("name", "registration_number", "member")
        extra_kwargs = {"registration_number": {"help_text": "in the register of its member"}}


class RevisionSerializer(serializers.ModelSerializer[Revision]):
    """A frozen state of the dossier; assessments, positions and decisions name it by its number."""

    exporter = serializers.SerializerMethodField()
    differences = serializers.SerializerMethodField(help_text="from the revision before")
    revisions = serializers.SerializerMethodField(help_text="the numbers that can be read, the newest first")
    in_hand = serializers.SerializerMethodField(help_text="whether the case is judged by it now")

    class Meta:
        model = Revision
        fields = (
            "number", "in_hand", "revisions", "made_at", "reason", "sha256", "exporter", "differences", "dossier",
        )  # fmt: skip

    @extend_schema_field(CaseExporterSerializer)
    def get_exporter(self, revision: Revision) -> Any:
        return CaseExporterSerializer(self.context["case"].application.organisation).data

    @extend_schema_field(FieldDifferenceSerializer(many=True))
    def get_differences(self, revision: Revision) -> Any:
        return [
            {"path": one["path"], "before": one.get("before"), "after": one.get("after")}
            for one in revision.difference
        ]

    @extend_schema_field(serializers.ListField(child=serializers.IntegerField()))
    def get_revisions(self, revision: Revision) -> list[int]:
        return [one.number for one in self.context["revisions"]]

    def get_in_hand(self, revision: Revision) -> bool:
        return bool(revision.pk == self.context["case"].revision_id)


class CaseDossierViewSet(Scoped):
    serializer_class = RevisionSerializer
    scopes = {"retrieve": "cases:read"}
    query_names = {"retrieve": ("revision",)}

    @extend_schema(
        summary="Read the dossier of a case",
        description="As frozen in the revision in hand, or in another one. Documents are listed beside it, under "
        "`/api/v1/cases/{reference}/documents/`. An exporter reads its application.",
        parameters=[OpenApiParameter("revision", int, description="Number of an earlier or later revision.")],
        responses={200: RevisionSerializer, **PROBLEMS},
    )
    def retrieve(self, request: Request, reference: str) -> Response:
        case = case_at_work(self, reference)
        revisions = selectors.revisions(case)
        asked = request.query_params.get("revision")
        shown = case.revision
        if asked is not None:
            numbered = {str(one.number): one for one in revisions}
            if asked not in numbered:
                raise Invalid.field("revision", f"One of: {', '.join(numbered)}.")
            shown = numbered[asked]
        context = {"revisions": revisions, "case": case}
        return Response(RevisionSerializer(shown, context=context).data)


class CasePartySerializer(serializers.ModelSerializer[Party]):
    """A party as the revision in hand names it."""

    identifiers = serializers.ListField(child=serializers.DictField())
    aliases = serializers.ListField(child=serializers.CharField())
    party = serializers.SerializerMethodField(
        help_text="who it is, across cases; hits can be narrowed to it. Null where you may not know of it."
    )

    class Meta:
        model = Party
        fields = (
            "party", "role", "kind", "name", "aliases", "address", "country", "identifiers", "website",
            "incorporated_on", "owns", "share",
        )  # fmt: skip

    @extend_schema_field(serializers.UUIDField(allow_null=True))
    def get_party(self, party: Any) -> str | None:
        return str(party.shared_party.uid) if party.known else None


class ElsewhereSerializer(serializers.Serializer[Any]):
    """Another case; its reference only where you may read it."""

    party = serializers.CharField()
    lead = serializers.CharField(help_text="the member that leads it: ask the colleague there")
    case = serializers.CharField(allow_null=True)


class CasePartiesSerializer(serializers.Serializer[Any]):
    parties = CasePartySerializer(many=True)
    same_end_user = ElsewhereSerializer(
        many=True, help_text="cases of other members for the same end-user, within 90 days of this one"
    )
    intermediaries = ElsewhereSerializer(
        many=True, help_text="cases and live licences in which an intermediary of this case stands as well"
    )


class CasePartiesViewSet(Scoped):
    serializer_class = CasePartiesSerializer
    scopes = {"retrieve": "cases:read"}

    @extend_schema(
        summary="Read the parties of a case",
        description="With where else they stand. What they resemble on lists is told by the `hits` of the case.",
        responses={200: CasePartiesSerializer, **PROBLEMS},
    )
    def retrieve(self, request: Request, reference: str) -> Response:
        case, person = case_at_work(self, reference), self.person
        mine = Case.objects.visible_to(person).filter(pk=OuterRef("other"))  # type: ignore[attr-defined]
        links: Any = LinkedCase.objects.visible_to(person).filter(case=case).annotate(readable=Exists(mine))  # type: ignore[attr-defined]
        known: Any = SharedParty.objects.visible_to(person).filter(pk=OuterRef("shared_party"))  # type: ignore[attr-defined]
        parties = case.revision.parties.select_related("shared_party")
        told = {
            "parties": parties.annotate(known=Exists(known)),
            "same_end_user": [
                {
                    "party": link.shared_party.name,
                    "lead": link.other.lead_id,
                    "case": link.other.reference if link.readable else None,
                }
                for link in links.select_related("other", "shared_party")
            ],
            "intermediaries": [
                {"party": one.party.name, "lead": other.member, "case": other.reference or None}
                for one in intermediaries.shared_in(person, case)
                for other in one.elsewhere
            ],
        }
        return Response(CasePartiesSerializer(told).data)
