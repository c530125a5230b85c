"""The addresses of TAXII: discovery, the API root, its collections, and what stands in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from api.limits import Limited
from api.permissions import HasScope
from api.taxii import asking, media, problems
from api.taxii.authentication import BasicAuthentication, TokenAuthentication
from core.errors import Invalid, NotFound
from members.models import User
from sharing import contributing, policies, selectors
from sharing.models import Collection, Contribution, Entry
from sharing.selectors import Asked, Page

ROOT = "/taxii2/members/"
LARGEST = 2_000_000  # bytes of a body
METHODS = ["get", "head", "post", "put", "patch", "delete"]


class Taxii(Limited):
    """What holds at every address: who asks, its media type, its errors, its limits."""

    authentication_classes = (BasicAuthentication, TokenAuthentication)
    permission_classes = (HasScope,)
    renderer_classes = (media.TaxiiRenderer,)
    parser_classes = (media.TaxiiParser,)
    content_negotiation_class = media.TaxiiNegotiation
    http_method_names = METHODS
    scopes: ClassVar[dict[str, str]] = dict.fromkeys(METHODS, "taxii:read")
    schema = None  # described by the standard, not by our OpenAPI

    @property
    def person(self) -> User:
        user = self.request.user
        assert isinstance(user, User)
        return user

    def get_exception_handler(self) -> Callable[..., Any]:
        return problems.handler

    def collection(self, key: str) -> Collection:
        """Return a collection that the person may read; NotFound alike for another's and one there is not."""
        try:
            found = selectors.collections(self.person).filter(uid=UUID(key)).first()
        except ValueError:
            found = None
        if found is None:
            raise NotFound(_("There is no such collection, or it is not releasable to your member."))
        return found

    def told(self, collection: Collection) -> dict[str, Any]:
        """Return the resource of a collection, with what this client may do in it."""
        members = collection.members
        writes = "taxii:write" in getattr(self.request.auth, "scope", "").split()
        return {
            "id": str(collection.uid),
            "title": selectors.title_of(collection),
            "description": selectors.description_of(collection),
            "alias": "-".join(["rel", *members]).lower() if members else "all-members",
            "can_read": True,
            "can_write": bool(writes and policies.can_contribute(self.person, collection)),
            "media_types": [media.STIX],
        }


class DiscoveryView(Taxii):
    """Which API roots there are (section 4.1)."""

    def get(self, request: Request) -> Response:
        asking.known(request)
        root = request.build_absolute_uri(ROOT)
        return Response(
            {
                "title": "Entente",
                "description": "What licensing authorities share: denials, suspicious orders, guidance.",
                "contact": settings.SITE_URL,
                "default": root,
                "api_roots": [root],
            }
        )


class RootView(Taxii):
    """The API root (section 4.2)."""

    def get(self, request: Request) -> Response:
        asking.known(request)
        return Response(
            {
                "title": "Members of the alliance",
                "description": "One collection for each set of members that something is releasable to.",
                "versions": [media.TAXII],
                "max_content_length": LARGEST,
            }
        )


class StatusView(Taxii):
    """What became of objects that the reader's systems added (section 4.3)."""

    def get(self, request: Request, status: str) -> Response:
        asking.known(request)
        try:
            found = Contribution.objects.visible_to(self.person).filter(uid=UUID(status)).first()  # type: ignore[attr-defined]
        except ValueError:
            found = None
        if found is None:
            raise NotFound(_("There is no such status among yours."))
        return Response(status_of(found))


class CollectionsView(Taxii):
    """The collections that the reader's member may read (section 5.1)."""

    def get(self, request: Request) -> Response:
        asking.known(request)
        found = [self.told(one) for one in selectors.collections(self.person)]
        return Response({"collections": found} if found else {})


class CollectionView(Taxii):
    """One of them (section 5.2)."""

    def get(self, request: Request, key: str) -> Response:
        asking.known(request)
        return Response(self.told(self.collection(key)))


class ManifestView(Taxii):
    """Which objects stand in a collection, without their content (section 5.3)."""

    def get(self, request: Request, key: str) -> Response:
        page = selectors.entries(self.person, self.collection(key), asking.asked(request, asking.MATCHED))
        return paged(page, "objects", manifest_of)


class ObjectsView(Taxii):
    """What stands in a collection (section 5.4)."""

    scopes: ClassVar[dict[str, str]] = {**Taxii.scopes, "post": "taxii:write"}

    def get(self, request: Request, key: str) -> Response:
        page = selectors.entries(self.person, self.collection(key), asking.asked(request, asking.MATCHED))
        return paged(page, "objects", content_of)

    def post(self, request: Request, key: str) -> Response:
        """Take objects, each that is fit; the status says what became of each (section 5.5)."""
        asking.known(request)
        collection = self.collection(key)
        envelope = request.data
        if not isinstance(envelope, dict) or not isinstance(envelope.get("objects"), list):
            raise Invalid.field("objects", _('Send an envelope: {"objects": [...]}.'))
        found = contributing.contribute(actor=self.person, collection=collection, objects=envelope["objects"])
        return Response(status_of(found), status=202)


class ObjectView(Taxii):
    """One object (section 5.6)."""

    def get(self, request: Request, key: str, stix_id: str) -> Response:
        return paged(self.found(key, stix_id, asking.OF_OBJECT), "objects", content_of)

    def found(self, key: str, stix_id: str, matches: tuple[str, ...], **fixed: Any) -> Page:
        """Return what is asked of one object; NotFound where none of its versions stands here."""
        collection = self.collection(key)
        asked = asking.asked(self.request, matches, ids=[stix_id], **fixed)
        anything = Asked(limit=1, ids=[stix_id], versions=(selectors.ALL,))
        if not selectors.entries(self.person, collection, anything).entries:
            raise NotFound(_("There is no such object in this collection."))
        return selectors.entries(self.person, collection, asked)


class VersionsView(ObjectView):
    """Which versions of an object there are (section 5.8)."""

    def get(self, request: Request, key: str, stix_id: str) -> Response:
        page = self.found(key, stix_id, asking.OF_VERSIONS, versions=(selectors.ALL,))
        return paged(page, "versions", version_of)


class NothingView(Taxii):
    """Any other address below `/taxii2/`."""

    def get(self, request: Request, rest: str) -> Response:
        raise NotFound(_("There is nothing at this address; begin at /taxii2/."))

    post = put = patch = delete = get


def status_of(found: Contribution) -> dict[str, Any]:
    """Return a status resource: every object is judged before the answer, so none is pending."""
    told: dict[bool, list[dict[str, str]]] = {True: [], False: []}
    for one in found.outcomes:
        said = {name: one[name] for name in ("id", "version", "message") if one[name]}
        told[one["taken"]].append(said)
    return {
        "id": str(found.uid),
        "status": "complete",
        "request_timestamp": asking.written(found.received_at),
        "total_count": len(found.outcomes),
        "success_count": len(told[True]),
        "successes": told[True],
        "failure_count": len(told[False]),
        "failures": told[False],
        "pending_count": 0,
    }


def content_of(entry: Entry) -> dict[str, Any]:
    content: dict[str, Any] = entry.object.content
    return content


def version_of(entry: Entry) -> str:
    content = entry.object.content
    return str(content.get("modified", content.get("created")))


def manifest_of(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.object.stix_id,
        "date_added": asking.written(entry.added_at),
        "version": version_of(entry),
        "media_type": media.STIX,
    }


def paged(page: Page, name: str, told: Callable[[Entry], Any]) -> Response:
    """Return a page with the dates between which it was added; one that is empty is `{}`, as the standard asks."""
    if not page.entries:
        return Response({})
    last = page.entries[-1].added_at
    body: dict[str, Any] = {"more": page.more}
    if page.more:
        body["next"] = asking.cursor_of(last)
    body[name] = [told(entry) for entry in page.entries]
    headers = {
        "X-TAXII-Date-Added-First": asking.written(page.entries[0].added_at),
        "X-TAXII-Date-Added-Last": asking.written(last),
    }
    return Response(body, headers=headers)
