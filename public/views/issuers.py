"""What members sign with and what became of what they signed: for verifiers everywhere, on any site."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.utils.http import parse_etags, quote_etag
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from core import clock
from licensing.credentials import forms
from licensing.selectors import status_lists
from members import issuing, selectors
from members.models import Jurisdiction
from members.services.keys import signing_key
from public.limits import at_most

Page = Callable[..., HttpResponse]


def open_to_all(view: Page) -> Page:
    """Let scripts of other sites read the answer: it is public, and who asks makes no difference."""

    @wraps(view)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        answer = view(request, *args, **kwargs)
        answer["Access-Control-Allow-Origin"] = "*"
        return answer

    return opened


def _member(code: str) -> Jurisdiction:
    found = selectors.jurisdictions().filter(code=code.upper()).first() if code.islower() else None
    if found is None:
        raise Http404
    return found


@require_safe
@open_to_all
@cache_control(public=True, max_age=300)
def did_document(request: HttpRequest, code: str) -> JsonResponse:
    """The DID document of a member: `did:web:HOST:members:nl`."""
    member = _member(code)
    signing_key(member)
    return JsonResponse(issuing.did_document(member), content_type="application/did+json")


@require_safe
@open_to_all
@cache_control(public=True, max_age=300)
def jwks(request: HttpRequest, code: str) -> JsonResponse:
    """The public keys of a member: the one that signs, then those that signed before, with when each counts."""
    member = _member(code)
    signing_key(member)
    return JsonResponse(issuing.jwks(member.code), content_type="application/jwk-set+json")


@require_safe
@open_to_all
@partial(at_most, 120)
@cache_control(public=True, max_age=60)
def status_list(request: HttpRequest, code: str, purpose: str, number: int) -> HttpResponse:
    """A Bitstring Status List of a member as it is now, signed."""
    member = _member(code)
    if purpose not in forms.PURPOSES or number not in status_lists.numbers(member.code):
        raise Http404
    told = status_lists.statuses(member.code, number)[purpose]
    token = status_lists.token(signing_key(member), number, purpose, told, clock.now())
    tag = quote_etag(hashlib.sha256(token.encode()).hexdigest()[:32])
    if tag in parse_etags(request.headers.get("If-None-Match", "")):
        answer: HttpResponse = HttpResponseNotModified()
    else:
        answer = HttpResponse(token, content_type=forms.MEDIA_TYPES[forms.VC_JWT])
    answer["ETag"] = tag
    return answer
