"""Reading the ledger: timelines, feeds, and what could not be delivered."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from django.conf import settings
from django.db.models import Exists, Max, OuterRef, QuerySet
from django.utils.translation import gettext as _

from core.audience import Audience
from core.errors import Invalid
from ledger.models import Delivery, Event, EventDetail, FeedEntry
from ledger.services import commitment


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


def _ciphers() -> list[AESSIV]:
    """One cipher for the secret key in use and one for each that it replaced: cursors outlive keys."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return [AESSIV(hashlib.sha512(f"ledger.feed {key}".encode()).digest()) for key in keys]


def cursor_of(position: int) -> str:
    """Return the cursor that stands after a position: encrypted, since positions count what others did."""
    sealed = _ciphers()[0].encrypt(position.to_bytes(8, "big", signed=True), None)
    return base64.urlsafe_b64encode(sealed).decode()


def position_of(cursor: str | None) -> int:
    """Return the position a cursor stands after, -1 for none; Invalid for what is no cursor."""
    if not cursor:
        return -1
    for cipher in _ciphers():
        try:
            plain = cipher.decrypt(base64.urlsafe_b64decode(cursor.encode("ascii")), None)
        except (ValueError, InvalidTag):
            continue
        return int.from_bytes(plain, "big", signed=True)
    message = _("Pass back a cursor exactly as a page of the feed gave it, or none.")
    raise Invalid.field("cursor", message)


def feed(audience: Audience, cursor: str | None, limit: int, types: list[str] | None = None) -> FeedPage:
    """Return the next sealed events after a cursor: each once, however many audience keys it is read by.

    An event comes at the first of its places for the reader; one that was widened to the reader later comes
    where it was widened. A page that is not full stands at the end of the feed.
    """
    after = position_of(cursor)
    keys = sorted(audience.keys)
    top: int | None = FeedEntry.objects.aggregate(last=Max("position"))["last"]
    head = -1 if top is None else top
    if head <= after or not keys:
        return FeedPage([], cursor_of(after))
    before = FeedEntry.objects.filter(
        event=OuterRef("event"), audience__in=keys, position__lt=OuterRef("position")
    )
    entries = FeedEntry.objects.filter(position__gt=after, position__lte=head).exclude(Exists(before))
    if types:
        entries = entries.filter(event__type__in=types)
    # One slice of the index for each key, so that a page costs the same wherever the reader stands.
    slices = [entries.filter(audience=key).order_by("position")[:limit] for key in keys]
    columns = [part.values_list("position", "event_id") for part in slices]
    merged = (
        columns[0].union(*columns[1:], all=True).order_by("position")[:limit] if columns[1:] else columns[0]
    )
    places = [(place, event) for place, event in merged if place is not None]
    events = Event.objects.in_bulk([event for _place, event in places])
    last = int(places[-1][0] or 0) if len(places) == limit else head
    return FeedPage([events[event] for _place, event in places], cursor_of(last))


def parked() -> QuerySet[Delivery]:
    """Return the deliveries that were given up, oldest first."""
    return Delivery.objects.filter(parked_at__isnull=False).select_related("event").order_by("parked_at")


def private_facts(event: Event) -> dict[str, Any] | None:
    """Return the personal part of an event, None once it is erased; ValueError if it is not what was recorded.

    Whoever shows it has asked a policy first.
    """
    detail = EventDetail.objects.filter(event=event).first()
    if detail is None:
        return None
    payload: dict[str, Any] = detail.payload
    if commitment(bytes(detail.salt), payload) != event.commitment:
        raise ValueError(f"The detail of event {event.uid} does not match its commitment.")
    return payload
