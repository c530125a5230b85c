"""What a load balancer asks: does the process live, and can it work."""

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


@never_cache
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """Answer 200 as long as the process serves requests."""
    return HttpResponse("alive\n", content_type="text/plain")


@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """Answer 200 if database and cache work, else 503 with what does not."""
    found = {"database": _database_works(), "cache": _cache_works()}
    return JsonResponse(found, status=200 if all(found.values()) else 503)


def _database_works() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _cache_works() -> bool:
    try:
        cache.set("health", 1, timeout=5)
        return bool(cache.get("health") == 1)
    except Exception:  # each cache backend has failures of its own
        return False
