"""Times on pages are told in the zone of the reader."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from members.models import User

KEY = "zone"


class ReadersZone:
    """Tell times in the zone of the jurisdiction a signed-in person serves or trades from.

    Found once a session: it takes a query, and people seldom move.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not isinstance(request.user, User):
            return self.get_response(request)
        zone = request.session.get(KEY)
        if zone is None:
            zone = request.session[KEY] = zone_of(request.user)
        with timezone.override(ZoneInfo(zone)):
            return self.get_response(request)


def zone_of(user: User) -> str:
    """Return the IANA zone of a person, UTC for one who belongs nowhere yet."""
    if user.authority:
        return str(user.authority.jurisdiction.timezone)
    membership = user.memberships.select_related("organisation__jurisdiction").order_by("pk").first()
    return str(membership.organisation.jurisdiction.timezone) if membership else "UTC"
