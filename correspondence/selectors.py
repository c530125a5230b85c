"""What waits in a person's inbox, and how webhooks fare."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncHour

from core import clock
from correspondence.models import Notice, WebhookAttempt, WebhookEndpoint, WebhookLetter
from ledger import selectors as ledger
from members.models import User


def unread(user: User) -> int:
    """Count the notices a person has not read."""
    return Notice.objects.filter(recipient=user, read_at__isnull=True).count()


@dataclass(frozen=True)
class Hour:
    """What came of the calls to an endpoint in one hour, in UTC."""

    start: datetime
    delivered: int
    failed: int


def hours_of(endpoint: WebhookEndpoint) -> list[Hour]:
    """Count the calls of the last 24 hours by the hour, oldest first, the present one last."""
    last = clock.now().replace(minute=0, second=0, microsecond=0)
    first = last - timedelta(hours=23)
    rows = (
        endpoint.attempts.filter(at__gte=first)
        .order_by()
        .annotate(hour=TruncHour("at"))
        .values("hour")
        .annotate(good=Count("pk", filter=Q(delivered=True)), bad=Count("pk", filter=Q(delivered=False)))
    )
    found = {row["hour"]: Hour(row["hour"], row["good"], row["bad"]) for row in rows}
    starts = [first + timedelta(hours=number) for number in range(24)]
    return [found.get(start, Hour(start, 0, 0)) for start in starts]


def attempts_of(endpoint: WebhookEndpoint) -> QuerySet[WebhookAttempt]:
    """The calls to an endpoint that are kept, newest first."""
    return endpoint.attempts.select_related("event").order_by("-at", "-pk")


def dead_letters_of(endpoint: WebhookEndpoint) -> QuerySet[WebhookLetter]:
    """What an endpoint could not be told, in the order of the feed."""
    return endpoint.letters.filter(died_at__isnull=False).select_related("event").order_by("position")


@dataclass(frozen=True)
class Standing:
    """An endpoint with what came of it in the last 24 hours."""

    endpoint: WebhookEndpoint
    delivered: int
    failed: int
    dead: int


def overview(user: User) -> list[Standing]:
    """Return the endpoints of the systems a person sees, with their figures."""
    since = Q(attempts__at__gte=clock.now() - timedelta(hours=24))
    rows = WebhookEndpoint.objects.visible_to(user).select_related("client__user")  # type: ignore[attr-defined]
    counted = {
        row["pk"]: row
        for row in rows.order_by()
        .values("pk")
        .annotate(
            good=Count("attempts", filter=since & Q(attempts__delivered=True)),
            bad=Count("attempts", filter=since & Q(attempts__delivered=False)),
        )
    }
    letters = WebhookLetter.objects.filter(endpoint__in=rows.order_by(), died_at__isnull=False)
    dead = dict(letters.order_by().values_list("endpoint").annotate(Count("pk")))
    return [
        Standing(one, counted[one.pk]["good"], counted[one.pk]["bad"], dead.get(one.pk, 0)) for one in rows
    ]


def waits(endpoint: WebhookEndpoint) -> int:
    """Count the events that wait to be sent, as far as 100."""
    person = endpoint.client.user
    if person is None:
        return 0
    stretch = ledger.read_after(person.audience, endpoint.position, 100, endpoint.types, but="webhook.")
    return len(stretch.places)
