"""What every operation shares: scopes, visible rows only, answers as problem details."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiResponse
from rest_framework import viewsets
from rest_framework.request import Request

from api.permissions import HasScope
from api.serializers import ProblemSerializer
from core.errors import NotFound
from members.models import User

PROBLEM = OpenApiResponse(ProblemSerializer, description="Problem details (RFC 9457)")
PROBLEMS = dict.fromkeys((400, 401, 403, 404, 409, 422), PROBLEM)


class Scoped(viewsets.GenericViewSet[Any]):
    """A viewset whose actions each name a scope; an action that names none is refused."""

    permission_classes = (HasScope,)
    scopes: ClassVar[dict[str, str]] = {}

    @property
    def person(self) -> User:
        """The person on whose behalf the client acts; `via` names the client."""
        user = self.request.user
        assert isinstance(user, User)
        return user


def visible(rows: Any, **lookup: Any) -> Any:
    """Return the one row among those visible; NotFound alike for a foreign and an absent one."""
    try:
        found = rows.filter(**lookup).first()
    except (ValueError, TypeError):  # an identifier that cannot be one
        found = None
    if found is None:
        raise NotFound()
    return found


def body(request: Request, serializer_class: Any) -> dict[str, Any]:
    """Return the validated body; DRF's ValidationError becomes a 422 with pointers."""
    serializer = serializer_class(data=request.data)
    serializer.is_valid(raise_exception=True)
    found: dict[str, Any] = serializer.validated_data
    return found
