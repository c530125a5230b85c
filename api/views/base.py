"""What every operation shares: scopes, visible rows only, keys and versions, answers as problem details."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, ClassVar
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import OpenApiResponse
from rest_framework import status, viewsets
from rest_framework.mixins import ListModelMixin
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response

from api import deprecations, idempotency, lists, versions
from api.bodies import require_none
from api.deprecations import Deprecated
from api.limits import Limited
from api.pagination import NewestFirst
from api.permissions import HasScope
from api.serializers import ProblemSerializer
from core.errors import Forbidden, Invalid, NotFound
from members.models import Organisation, User

PROBLEM = OpenApiResponse(ProblemSerializer, description="Problem details (RFC 9457)")
PROBLEMS = dict.fromkeys((400, 401, 403, 404, 409, 422), PROBLEM)


class Conventions(Limited):
    """What a partner may rely on at every address that takes a token; docs/api.md tells it.

    Reads carry an ETag and answer 304 to If-None-Match. Unsafe calls honour If-Match, and with an Idempotency-Key
    are done once: act, key and answer are one transaction. Every answer tells what is left of its rate limit.
    """

    permission_classes = (HasScope,)
    scopes: ClassVar[dict[str, str]] = {}
    #: Names of a representation that only tell the time; its tag leaves them out and is weak.
    volatile: ClassVar[Collection[str]] = ()
    #: What an action of this view takes in its address, besides what every list does.
    query_names: ClassVar[Mapping[str, Collection[str]]] = {}
    #: Actions that are going to end.
    deprecated: ClassVar[Mapping[str, Deprecated]] = {}

    @property
    def person(self) -> User:
        """The person on whose behalf the client acts; `via` names the client."""
        user = self.request.user
        assert isinstance(user, User)
        return user

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer as DRF does, with the act inside what the headers ask for."""
        self.args, self.kwargs = args, kwargs
        asked = self.request = self.initialize_request(request, *args, **kwargs)
        self.headers = self.default_response_headers
        try:
            self.initial(asked, *args, **kwargs)
            response = self._read(asked) if asked.method in SAFE_METHODS else self._act(asked)
        except (
            Exception
        ) as error:  # DRF's own way: what the handler of exceptions does not know is raised again
            response = self.handle_exception(error)
        self.response = self.finalize_response(asked, response, *args, **kwargs)
        return self.response

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        if said := deprecations.of(self):
            for name, value in said.headers.items():
                response.headers[name] = value
        return response

    def _answer_of(self, request: Request) -> Any:
        method = str(request.method).lower()
        found = getattr(self, method, None) if method in self.http_method_names else None
        return (found or self.http_method_not_allowed)(request, *self.args, **self.kwargs)

    def _read(self, request: Request) -> Any:
        lists.require_known(self, request)
        response = self._answer_of(request)
        if (
            request.method not in ("GET", "HEAD")
            or not isinstance(response, Response)
            or response.status_code != 200
        ):
            return response
        etag, text = versions.tagged(response.data, self.volatile)
        if versions.unchanged(request, etag):
            return Response(status=status.HTTP_304_NOT_MODIFIED, headers={"ETag": etag})
        thinned = lists.sparse(self, request, response.data)
        if thinned is response.data and not self.volatile:
            response.written = text  # type: ignore[attr-defined]
        response.data = thinned
        response["ETag"] = etag
        return response

    def _act(self, request: Request) -> Any:
        key = idempotency.key_of(request)
        if key is not None:
            return idempotency.once(request, self.person, key, lambda: self._rendered(request))
        if "If-Match" not in request.headers:
            return self._changed(request)
        with transaction.atomic():
            return self._tried(request)

    def _rendered(self, request: Request) -> Any:
        return self.finalize_response(request, self._tried(request), *self.args, **self.kwargs).render()

    def _tried(self, request: Request) -> Any:
        """Do the act inside a transaction that outlives a refusal: what was due before it stays applied."""
        versions.require_unchanged(self, request)
        try:
            return self._changed(request)
        except Exception as error:
            return self.handle_exception(error)

    def _changed(self, request: Request) -> Any:
        require_none(self, request)
        response = self._answer_of(request)
        if getattr(self, "action", "") == "partial_update" and isinstance(response, Response):
            response["ETag"] = versions.etag_of(response.data, self.volatile)
        return response


class Scoped(Conventions, viewsets.GenericViewSet[Any]):
    """A viewset whose actions each name a scope; an action that names none is refused."""

    pagination_class: Any = None


class Listed(ListModelMixin, Scoped):
    """One that has a list: filters, orderings, fields and a cursor."""

    listed: ClassVar[bool] = True
    pagination_class = NewestFirst
    filter_backends = (DjangoFilterBackend,)
    filterset_class: ClassVar[Any] = None
    #: Never null and never changed, so that a cursor stays where it was.
    ordering_fields: ClassVar[Collection[str]] = ()


def visible(rows: Any, **lookup: Any) -> Any:
    """Return the one row among those visible; NotFound alike for a foreign and an absent one."""
    try:
        found = rows.filter(**lookup).first()
        if found is not None and versions.holding():
            versions.lock(found)
            found = rows.filter(**lookup).first()
    except (ValueError, TypeError):  # an identifier that cannot be one
        found = None
    if found is None:
        raise NotFound()
    return found


def own_organisation(person: User, uid: UUID | None) -> Organisation:
    """Return the organisation of the person that is named, or the only one; Invalid where it has to be named."""
    own = Organisation.objects.visible_to(person).filter(pk__in=person.organisation_ids)
    found = list(own.filter(uid=uid) if uid else own[:2])
    if not own.exists():
        raise Forbidden(_("Only a person who belongs to an exporter's organisation can file."))
    if len(found) != 1:
        raise Invalid.field("organisation", _("Name one of the organisations you belong to."))
    return found[0]
