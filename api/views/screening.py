"""Asking the lists about parties: our own shape, and the shape of yente's /match/{dataset}."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from api import examples
from api import screening as shapes
from api.authentication import ClientAuthentication, KeyAuthentication
from api.bodies import body
from api.views.base import PROBLEMS, Conventions
from core.errors import Invalid, NotFound
from screening import services as screening
from screening.engine.align import THRESHOLD


class Asking(Conventions):
    scopes: ClassVar[dict[str, str]] = {"post": "screening:read"}


class MatchView(Asking):
    @extend_schema(
        summary="Ask the lists about up to 1,000 parties",
        description="Each match comes with its list, version and entry and with the alignment of the words: what "
        "stands beside what, how alike it is, by which rule, and how much it weighs.",
        request=shapes.MatchRequestSerializer,
        examples=[OpenApiExample("A company", value=examples.PARTIES, request_only=True)],
        responses={200: shapes.MatchAnswerSerializer, **PROBLEMS},
    )
    def post(self, request: Request) -> Response:
        data = body(request, shapes.MatchRequestSerializer)
        parties = [
            screening.Asked(
                names=tuple(party["names"]),
                kind=party["kind"],
                country=party["country"] or None,
                born=party["born"],
                identifiers=tuple(party["identifiers"]),
                addresses=tuple(party["addresses"]),
            )
            for party in data["parties"]
        ]
        found = screening.ask(actor=self.person, parties=parties, least=data["threshold"], top=data["top"])
        answer = {
            "lists": found.lists,
            "threshold": THRESHOLD,
            "results": [
                {"reference": party["reference"], "matches": matches}
                for party, matches in zip(data["parties"], found.matches, strict=True)
            ],
        }
        return Response(shapes.MatchAnswerSerializer(answer).data)


class YenteMatchView(Asking):
    authentication_classes = (KeyAuthentication, ClientAuthentication)

    @extend_schema(
        summary="Match entities as yente does",
        description="The request and the answer of yente's `/match/{dataset}`, so that its clients work unchanged: "
        "give them `/api/v1/yente` as the base address and an access token as the key. `dataset` is the key of a "
        "list, or `default` for all. There is one way of matching: `algorithm`, weights and configuration are "
        "taken and change nothing.",
        parameters=[shapes.YenteParameters, OpenApiParameter("algorithm", str)],
        request=shapes.YenteRequestSerializer,
        examples=[OpenApiExample("A company", value=examples.QUERIES, request_only=True)],
        responses={200: shapes.YenteAnswerSerializer, **PROBLEMS},
    )
    def post(self, request: Request, dataset: str) -> Response:
        data = body(request, shapes.YenteRequestSerializer)
        told = shapes.parameters(request.query_params)
        queries: dict[str, Any] = data["queries"]
        parties = [shapes.asked(query) for query in queries.values()]
        for key, party in zip(queries, parties, strict=True):
            if not party.names and not party.identifiers:
                raise Invalid.field(f"queries.{key}.properties", _("Give a name or a number."))
        limit = told["limit"]
        found = screening.ask(
            actor=self.person, parties=parties, least=told["cutoff"], top=screening.MOST_MATCHES
        )
        known = {entry["list"] for entry in found.lists}
        if dataset not in shapes.EVERYTHING and dataset not in known:
            raise NotFound()
        wanted = known if dataset in shapes.EVERYTHING else {dataset}
        wanted = wanted & (set(told["include_dataset"]) or wanted) - set(told["exclude_dataset"])
        out: dict[str, Any] = {}
        for (key, query), matches in zip(queries.items(), found.matches, strict=True):
            kept = [
                match
                for match in matches
                if match.list_key in wanted and match.entry_id not in told["exclude_entity_ids"]
            ]
            out[key] = {
                "status": 200,
                "results": [shapes.scored(match, told["threshold"]) for match in kept[:limit]],
                "total": {"value": len(kept), "relation": "eq"},
                "query": {
                    "id": query.get("id"),
                    "schema": query["schema"],
                    "properties": query["properties"],
                },
            }
        matcher = {"name": "Word alignment, weighed by rarity"}
        return Response({"responses": out, "matcher": matcher, "limit": limit})
