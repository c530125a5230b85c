"""What waits for an officer, in the order in which it is worked off, and the one search over what they may see."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import (
    OpenApiParameter,
    extend_schema,
    extend_schema_field,
    extend_schema_serializer,
)
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.bodies import checked
from api.pagination import limit_of
from api.serializers import CaseListSerializer
from api.views.base import PROBLEMS, Scoped
from core import clock
from core.errors import NotFound
from licensing.models import Case
from licensing.selectors import backlog as backlogs
from licensing.selectors import queue as queues
from licensing.selectors.search import SHORTEST, search

VIEWS = [view.value for view in backlogs.VIEWS]


class QueueAskedSerializer(serializers.Serializer[Any]):
    """What a queue is narrowed to: filters take cases out and move none."""

    view = serializers.ChoiceField(
        VIEWS,
        default="waiting",
        help_text="waiting: for the person; mine: claimed by them; team: for anyone of their authority; ours: open "
        "in their jurisdiction. Every case, closed ones as well, is in /api/v1/cases/.",
    )
    status = serializers.ChoiceField(Case.OPEN, required=False)
    lane = serializers.ChoiceField(sorted(queues.LANES), required=False)
    band = serializers.ChoiceField(sorted(queues.BANDS), required=False, help_text="of risk")
    due = serializers.ChoiceField(
        sorted(queues.DUE), required=False, help_text="overdue, within a day or a week"
    )
    claimed = serializers.ChoiceField(["me", "nobody"], required=False)
    mentions = serializers.CharField(
        max_length=100, required=False, help_text="in a reference, the exporter's name or a party's"
    )
    page = serializers.IntegerField(min_value=1, max_value=100_000, default=1)


class WaitingCostsSerializer(serializers.Serializer[Any]):
    points = serializers.CharField(help_text="an hour of waiting, as agreed by the members")
    reasons = serializers.ListField(child=serializers.CharField())
    rises = serializers.BooleanField()


class QueuedCaseSerializer(CaseListSerializer):
    """A case with what waits for the reader in it and why it stands at its place."""

    place = serializers.SerializerMethodField(help_text="1 is what to do first")
    next_due_at = serializers.DateTimeField(
        allow_null=True, help_text="when something happens by itself, whatever officers do"
    )
    score = serializers.IntegerField(allow_null=True)
    band = serializers.CharField(allow_null=True)
    waits = serializers.SerializerMethodField(help_text="such as position, decision, hit")
    first_because = serializers.SerializerMethodField(
        help_text="pressed: its legal time; barred: its checks; empty: what waiting costs"
    )
    costs = serializers.SerializerMethodField(help_text="what an hour of waiting costs, where that is judged")

    class Meta(CaseListSerializer.Meta):
        fields: tuple[str, ...] = (
            "place", *CaseListSerializer.Meta.fields,
            "next_due_at", "score", "band", "waits", "first_because", "costs",
        )  # fmt: skip

    def get_place(self, case: Any) -> int:
        return int(self.context["places"][case.pk])

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_waits(self, case: Any) -> list[str]:
        return [name.removeprefix("waits_") for name in queues.WAITS if getattr(case, name)]

    def get_first_because(self, case: Any) -> str:
        return str(case.by) if case.by in backlogs.BY else ""

    @extend_schema_field(WaitingCostsSerializer(allow_null=True))
    def get_costs(self, case: Any) -> Any:
        found = backlogs.costs(case, self.context["now"])
        return WaitingCostsSerializer(found).data if found else None


@extend_schema_serializer(many=False)
class QueueSerializer(serializers.Serializer[Any]):
    """One page of a queue; its order changes while time passes, so begin again rather than read on for long."""

    total = serializers.IntegerField(help_text="cases in the queue, narrowed")
    pages = serializers.IntegerField()
    results = QueuedCaseSerializer(many=True)


class QueueViewSet(Scoped):
    serializer_class = QueuedCaseSerializer
    scopes = {"list": "cases:read"}
    query_names = {"list": (*QueueAskedSerializer().fields, "limit")}

    @extend_schema(
        summary="Read what waits, in its order",
        description="What is to be done first comes first: legal time, checks, then what waiting costs.",
        parameters=[QueueAskedSerializer, OpenApiParameter("limit", int, description="1 to 200.")],
        responses={200: QueueSerializer, **PROBLEMS},
    )
    def list(self, request: Request) -> Response:
        if not self.person.serves:
            raise NotFound()
        limit = limit_of(request, 50)
        names = QueueAskedSerializer().fields
        given = QueueAskedSerializer(data={k: v for k, v in request.query_params.items() if k in names})
        asked = dict(checked(given))
        view, page, mentions = asked.pop("view"), asked.pop("page"), asked.pop("mentions", "")
        found = backlogs.backlog(self.person, view, queues.Filters(**asked, text=mentions))
        keys = found.keys[(page - 1) * limit : page * limit]
        rows = backlogs.cases(self.person, view, found, keys)
        context = {
            **self.get_serializer_context(),
            "now": clock.now(),
            "places": {key: place for place, key in enumerate(keys, start=(page - 1) * limit + 1)},
        }
        return Response(
            {
                "total": len(found.keys),
                "pages": -(-len(found.keys) // limit),
                "results": QueuedCaseSerializer(rows, many=True, context=context).data,
            }
        )


class FoundSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField(help_text="case or licence")
    reference = serializers.CharField()
    title = serializers.CharField()
    by = serializers.CharField(help_text="the words by which it was found")
    case = serializers.CharField(source="case.reference")


@extend_schema_serializer(many=False)
class SearchSerializer(serializers.Serializer[Any]):
    results = FoundSerializer(many=True)


class SearchViewSet(Scoped):
    serializer_class = FoundSerializer
    scopes = {"list": "cases:read"}
    query_names = {"list": ("q",)}

    @extend_schema(
        summary="Search everything an officer may see",
        description="A reference, a party, an item or its code, a licence number; misspelt names are found too. At "
        "most 20 of each kind, the most exact first.",
        parameters=[
            OpenApiParameter("q", str, required=True, description=f"At least {SHORTEST} characters.")
        ],
        responses={200: SearchSerializer, **PROBLEMS},
    )
    def list(self, request: Request) -> Response:
        if not self.person.serves:
            raise NotFound()
        found = search(self.person, wanted(request))
        return Response({"results": FoundSerializer(found, many=True).data})


class WantedSerializer(serializers.Serializer[Any]):
    q = serializers.CharField(min_length=SHORTEST, max_length=100)


def wanted(request: Request) -> str:
    """Return the words to search for; 422 at `q` where there are none."""
    given = WantedSerializer(data={"q": request.query_params.get("q", "")})
    return str(checked(given)["q"])
