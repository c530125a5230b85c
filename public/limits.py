"""How often one address may ask what costs the database a look."""

from collections.abc import Callable
from functools import wraps

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core.addresses import address_of

WINDOW = 60  # seconds
View = Callable[..., HttpResponse]


def at_most(times: int, view: View) -> View:
    """Answer 429 once an address has asked `times` within a minute; a lost cache forgets and lets pass."""

    @wraps(view)
    def limited(request: HttpRequest, *args: str, **kwargs: str) -> HttpResponse:
        key = f"asked:{view.__module__}:{address_of(request.META)}"
        cache.add(key, 0, WINDOW)
        try:
            asked = cache.incr(key)
        except ValueError:
            asked = 1
        if asked > times:
            response = render(request, "errors/429.html", {"seconds": WINDOW}, status=429)
            response["Retry-After"] = str(WINDOW)
            return response
        return view(request, *args, **kwargs)

    return limited
