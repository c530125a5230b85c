"""Partners are told a year ahead what is going to end, on each answer and in the schema."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.utils import extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory

from api.deprecations import Deprecated
from api.views.base import Conventions

ENDS = Deprecated(date(2027, 1, 1), date(2028, 3, 1), instead="GET /api/v1/cases/")


class Ending(Conventions):
    permission_classes = (AllowAny,)
    deprecated = {"get": ENDS}

    @extend_schema(summary="Old", description="As before.", responses={200: None})
    def get(self, request: Request) -> Response:
        return Response({})

    @extend_schema(summary="New", request=None, responses={200: None})
    def post(self, request: Request) -> Response:
        return Response({})


def test_an_answer_says_since_when_and_until_when() -> None:
    view, make = Ending.as_view(), APIRequestFactory()
    told: Any = view(make.get("/old/"))
    assert told["Deprecation"] == "@1798761600"
    assert told["Sunset"] == "Wed, 01 Mar 2028 00:00:00 GMT"
    assert 'rel="deprecation"' in told["Link"]
    assert "Deprecation" not in view(make.post("/old/"))


def test_the_schema_says_so_too() -> None:
    from django.urls import path

    generator = SchemaGenerator(patterns=[path("api/v1/old/", Ending.as_view())])
    operations = generator.get_schema(request=None, public=True)["paths"]["/api/v1/old/"]  # type: ignore[no-untyped-call]
    assert operations["get"]["deprecated"] is True
    assert operations["get"]["description"].endswith("Instead: GET /api/v1/cases/")
    assert "deprecated" not in operations["post"]


def test_nobody_gets_less_than_a_year_of_notice() -> None:
    with pytest.raises(ValueError, match="365 days"):
        Deprecated(date(2027, 1, 1), date(2027, 12, 31), instead="something")
