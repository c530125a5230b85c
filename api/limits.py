"""How much a system may ask in a minute, told in headers (draft-ietf-httpapi-ratelimit-headers) beforehand.

Counted for each client and kind of call; for each address where nobody signs in. The counters are in the cache:
while it is away everything is let through, with a line in the log, since a lost count must not stop a licence.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

import structlog
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from redis import RedisError
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from api.problems import CONTENT_TYPE, details
from core import clock
from core.addresses import address_of
from core.errors import Throttled

log = structlog.get_logger("entente.api.limits")
WINDOW = 60  # seconds; all windows begin with a minute


@dataclass(frozen=True)
class Used:
    """What has been used of a limit, this call included."""

    kind: str
    most: int
    used: int
    reset: int  # seconds until the count begins anew

    @property
    def headers(self) -> dict[str, str]:
        left = max(self.most - self.used, 0)
        return {
            "RateLimit-Policy": f'"{self.kind}";q={self.most};w={WINDOW}',
            "RateLimit": f'"{self.kind}";r={left};t={self.reset}',
        }


def kind_of(view: Any, request: Request) -> str:
    """Return which limit a call counts towards: `open`, `screening`, `read` or `write`."""
    if request.auth is None:
        return "open"
    action = getattr(view, "action", None) or str(request.method).lower()
    if str(view.scopes.get(action, "")).startswith("screening:"):
        return "screening"
    return "read" if request.method in SAFE_METHODS else "write"


def count(kind: str, who: str) -> Used | None:
    """Count one call; None where there is no limit, or nothing to count with."""
    most = settings.API_LIMITS[kind]
    if not most:
        return None
    now = int(clock.now().timestamp())
    key = f"limit:{kind}:{who}:{now // WINDOW}"
    try:
        used = _incremented(key)
    except (RedisError, OSError) as error:
        log.warning("limits.not_counted", kind=kind, error=str(error))
        return None
    return Used(kind, most, used, WINDOW - now % WINDOW)


def _incremented(key: str) -> int:
    try:
        return int(cache.incr(key))
    except ValueError:  # the first of its minute
        return 1 if cache.add(key, 1, WINDOW * 2) else int(cache.incr(key))


def limited(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Count the calls of a view that is none of the framework's, by address, beside the open ones: tokens."""

    @wraps(view)
    def counted(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        used = count("open", f"token-{address_of(request.META)}")
        if used is not None and used.used > used.most:
            problem = details(Throttled(_("Ask again in %(seconds)s seconds.") % {"seconds": used.reset}))
            answer: HttpResponse = JsonResponse(
                {**problem, "error": "temporarily_unavailable"}, status=429, content_type=CONTENT_TYPE
            )
            answer["Retry-After"] = str(used.reset)
        else:
            answer = view(request, *args, **kwargs)
        for name, value in (used.headers if used else {}).items():
            answer[name] = value
        return answer

    return counted


class Counted(BaseThrottle):
    def allow_request(self, request: Request, view: Any) -> bool:
        client = getattr(request.user, "via", None)
        who = f"client-{client.pk}" if client is not None else str(address_of(request.META))
        self.used = view.used = count(kind_of(view, request), who)
        return self.used is None or self.used.used <= self.used.most

    def wait(self) -> float | None:
        return self.used.reset if self.used is not None else None


class Limited(APIView):
    """A view that counts its calls and tells what is left."""

    throttle_classes = (Counted,)
    used: Used | None = None

    def perform_authentication(self, request: Request) -> None:
        """Count before anything is refused: a refusal for its token or scope tells what is left too, and costs."""
        try:
            super().perform_authentication(request)
        finally:
            super().check_throttles(request)

    def check_throttles(self, request: Request) -> None:
        """Do nothing more: the call has been counted."""

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        for name, value in (self.used.headers if self.used else {}).items():
            response.headers[name] = value
        return response
