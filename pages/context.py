"""What the frame of every page needs."""

from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from core import clock
from pages.navigation import beside, links


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return the navigation of the reader, worked out only where a template asks for it."""
    return {
        "nav": partial(links, request, "main"),
        "nav_beside": partial(beside, request),
        "nav_person": partial(links, request, "person"),
        "nav_footer": partial(links, request, "footer"),
        "demo": settings.ENTENTE_DEMO,
        "sandbox": settings.SANDBOX,
        "sandbox_now": clock.now,
    }
