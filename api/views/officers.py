"""Who holds cases: the officers who may, and giving one case or several to one of them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api import examples
from api.bodies import body
from api.officers import OfficerFilters, OfficerSerializer
from api.serializers import CaseListSerializer, CaseSerializer, shown
from api.views.base import PROBLEMS, Listed, Scoped
from api.views.cases import CaseViewSet, cases_of
from core.errors import Invalid
from core.references import normalise_reference
from licensing.models import Case
from licensing.selectors.cases import caseworker, colleagues
from licensing.services import cases
from members.models import User

MOST_AT_ONCE = 200


class OfficerViewSet(Listed):
    serializer_class = OfficerSerializer
    filterset_class = OfficerFilters
    scopes = {"list": "cases:read"}

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return User.objects.none()
        return colleagues(self.person).prefetch_related("appointments")

    @extend_schema(
        summary="List the officers who may hold cases",
        description="Those in office in your own jurisdiction who work on cases, for who does so too; an exporter, "
        "customs or an auditor reads none.",
        responses={200: OfficerSerializer(many=True), **PROBLEMS},
    )
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)


@extend_schema_serializer(examples=[shown("To a colleague", examples.REASSIGNMENT)])
class ToReassignSerializer(serializers.Serializer[Any]):
    officer = serializers.UUIDField(help_text="uid, see /api/v1/officers/")


@extend_schema_serializer(examples=[shown("Two cases to a colleague", examples.ALLOCATION)])
class ToAllocateSerializer(ToReassignSerializer):
    cases = serializers.ListField(
        child=serializers.CharField(max_length=40),
        min_length=1,
        max_length=MOST_AT_ONCE,
        help_text="references",
    )


class AllocatedSerializer(serializers.Serializer[Any]):
    given = CaseListSerializer(many=True, help_text="those that the officer did not hold already")


def _officer(uid: UUID) -> User:
    """Return who works on cases, anywhere: the service says whether the case may be given, then whether to them."""
    found = caseworker(uid)
    if found is None:
        raise Invalid.field("officer", _("Choose an active officer of the jurisdiction that leads the case."))
    return found


class CaseReassignmentViewSet(CaseViewSet):
    """A case as its address names it, so that If-Match holds for it here as well."""

    scopes = {"retrieve": "cases:read", "reassign": "positions:write"}

    @extend_schema(
        summary="Give a case to another officer",
        description="Of the jurisdiction that leads it; also to yourself, from a colleague who has claimed it.",
        request=ToReassignSerializer,
        responses={200: CaseSerializer, **PROBLEMS},
    )
    def reassign(self, request: Request, reference: str) -> Response:
        data, case = body(request, ToReassignSerializer), self._case(reference)
        cases.reassign(actor=self.person, case=case, officer=_officer(data["officer"]))
        return self._answer(reference)


class CaseAllocationViewSet(Scoped):
    serializer_class = AllocatedSerializer
    scopes = {"create": "positions:write"}

    @extend_schema(
        summary="Give several cases to one officer",
        description="All of them, or none: the first that you may not give away is why nothing was given.",
        request=ToAllocateSerializer,
        responses={200: AllocatedSerializer, **PROBLEMS},
    )
    def create(self, request: Request) -> Response:
        data = body(request, ToAllocateSerializer)
        asked = [normalise_reference(one)[:20] for one in data["cases"]]
        rows: dict[str, Case] = {one.reference: one for one in cases_of(self).filter(reference__in=asked)}
        if missing := {f"cases[{at}]": one for at, one in enumerate(asked) if one not in rows}:
            told = _("There is no case %(reference)s that you may see.")
            raise Invalid(
                _("Nothing was given to anyone."),
                fields={at: [told % {"reference": one}] for at, one in missing.items()},
            )
        officer = _officer(data["officer"])
        given = cases.allocate(actor=self.person, cases=rows.values(), officer=officer)
        shape = CaseListSerializer(given, many=True, context=self.get_serializer_context())
        return Response({"given": shape.data})
