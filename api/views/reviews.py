"""What the measures of a crisis achieved: the reviews that were kept."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from alliance.models import Declaration, Review
from api.views.base import PROBLEMS, Scoped, visible
from core.references import normalise_reference

REFERENCE = OpenApiParameter("reference", str, OpenApiParameter.PATH)


class ReviewSerializer(serializers.ModelSerializer[Review]):
    """A review as it was kept; `sha256` is that of the document's canonical JSON."""

    reviewer = serializers.CharField(source="made_by.name")

    class Meta:
        model = Review
        fields = ("uid", "made_at", "reviewer", "after_the_end", "findings", "document", "sha256")


class ReviewViewSet(Scoped):
    serializer_class = ReviewSerializer
    scopes = {"list": "cases:read"}

    def get_queryset(self) -> Any:
        if getattr(self, "swagger_fake_view", False):
            return Declaration.objects.none()
        rows = Declaration.objects.visible_to(self.person)  # type: ignore[attr-defined]
        return rows if self.person.serves else rows.none()

    @extend_schema(
        summary="Read the reviews of a crisis, the latest first",
        parameters=[REFERENCE],
        responses={200: ReviewSerializer(many=True), **PROBLEMS},
    )
    def list(self, request: Request, reference: str) -> Response:
        found: Declaration = visible(self.get_queryset(), reference=normalise_reference(reference)[:20])
        rows = found.reviews.select_related("made_by")[:50]
        return Response(ReviewSerializer(rows, many=True).data)
