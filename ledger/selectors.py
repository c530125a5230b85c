"""Reading the ledger: timelines, feeds, and what could not be delivered."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from django.db.models import Exists, Min, OuterRef, QuerySet

from core.audience import Audience
from core.errors import Invalid
from ledger.models import Delivery, Event, FeedEntry


@dataclass(frozen=True)
class FeedPage:
    """Events in sealed order, and the cursor to ask with next time."""

    events: list[Event]
    next_cursor: str


def readable(audience: Audience) -> QuerySet[Event]:
    """Return the events an audience may read."""
    mine = FeedEntry.objects.filter(event=OuterRef("pk"), audience__in=sorted(audience.keys))
    return Event.objects.filter(Exists(mine))


def timeline(aggregate: str, audience: Audience) -> QuerySet[Event]:
    """Return what happened to an aggregate, oldest first, as far as the audience may read it."""
    return readable(audience).filter(aggregate=aggregate).order_by("pk")


def cursor_of(position: int) -> str:
    """Return the opaque cursor that stands after a position."""
    return base64.urlsafe_b64encode(f"feed:{position}".encode()).decode().rstrip("=")


def position_of(cursor: str | None) -> int:
    """Return the position a cursor stands after, -1 for none; Invalid for what is no cursor."""
    if not cursor:
        return -1
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        kind, _, number = text.partition(":")
        position = int(number)
    except ValueError:
        kind, position = "", -1
    if kind != "feed" or not -1 <= position < 2**62:
        raise Invalid.field("cursor", "Pass back a cursor exactly as a page of the feed gave it, or none.")
    return position


def feed(audience: Audience, cursor: str | None, limit: int, types: list[str] | None = None) -> FeedPage:
    """Return the next sealed events after a cursor, each once however many audience keys it is read by.

    An event widened to the reader later comes at the place where it was widened. An event already read
    through another key may come again after a widening: readers drop it by its id.
    """
    after = position_of(cursor)
    entries = FeedEntry.objects.filter(audience__in=sorted(audience.keys), position__gt=after)
    if types:
        entries = entries.filter(event__type__in=types)
    places = list(entries.values("event_id").annotate(place=Min("position")).order_by("place")[:limit])
    events = Event.objects.in_bulk([row["event_id"] for row in places])
    last = places[-1]["place"] if places else after
    return FeedPage([events[row["event_id"]] for row in places], cursor_of(last))


def parked() -> QuerySet[Delivery]:
    """Return the deliveries that were given up, oldest first."""
    return Delivery.objects.filter(parked_at__isnull=False).select_related("event").order_by("parked_at")
