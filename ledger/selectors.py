"""Reading the ledger: timelines, feeds, and what could not be delivered."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from django.conf import settings
from django.db.models import Exists, Max, Min, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from core.audience import Audience
from core.errors import Invalid
from ledger.models import Delivery, Event, EventDetail, FeedEntry
from ledger.services import SEAL_BATCH, commitment

CLOCKS_APART = timedelta(minutes=1)  # what the clocks of several machines may differ by


@dataclass(frozen=True)
class FeedPage:
    """Events in sealed order, and the cursor to ask with next time."""

    events: list[Event]
    next_cursor: str


@dataclass(frozen=True)
class Stretch:
    """Events of a feed with their positions, in order, and the position up to which nothing else is the reader's.

    `whole`: the feed has been read to its end.
    """

    places: list[tuple[int, Event]]
    reached: int
    whole: bool


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
    stretch = read_after(audience, position_of(cursor), limit, types)
    return FeedPage([event for _place, event in stretch.places], cursor_of(stretch.reached))


def head() -> int:
    """Return the last position that was given in any feed, -1 before the first."""
    top: int | None = FeedEntry.objects.aggregate(last=Max("position"))["last"]
    return -1 if top is None else top


def read_after(
    audience: Audience, after: int, limit: int, types: list[str] | None = None, but: str = ""
) -> Stretch:
    """Return the next sealed events after a position; see `feed`. Within the house: positions are not told.

    `but`: the beginning of types that are passed over.
    """
    keys = sorted(audience.keys)
    top = head()
    if top <= after or not keys:
        return Stretch([], after, whole=True)
    before = FeedEntry.objects.filter(
        event=OuterRef("event"), audience__in=keys, position__lt=OuterRef("position")
    )
    entries = FeedEntry.objects.filter(position__gt=after, position__lte=top).exclude(Exists(before))
    if types:
        entries = entries.filter(_of_types(types))
    if but:
        entries = entries.exclude(event__type__startswith=but)
    # One slice of the index for each key, so that a page costs the same wherever the reader stands.
    slices = [entries.filter(audience=key).order_by("position")[:limit] for key in keys]
    columns = [part.values_list("position", "event_id") for part in slices]
    merged = (
        columns[0].union(*columns[1:], all=True).order_by("position")[:limit] if columns[1:] else columns[0]
    )
    places = [(place, event) for place, event in merged if place is not None]
    events = Event.objects.in_bulk([event for _place, event in places])
    whole = len(places) < limit
    return Stretch([(place, events[pk]) for place, pk in places], top if whole else places[-1][0], whole)


def _of_types(types: list[str]) -> Q:
    """Those of some types; `case.*` stands for every type whose noun is `case`."""
    found = Q(event__type__in=types)
    for noun in (type[:-1] for type in types if type.endswith(".*")):
        found |= Q(event__type__startswith=noun)
    return found


def position_since(audience: Audience, at: datetime) -> int:
    """Return the position after which an audience reads all that happened from an instant on.

    The clocks of several machines may differ, so it stands a minute earlier, and what happened in that minute comes
    along. What was widened to the reader since then comes as well, however old it is.
    """
    first = _first_since(at - CLOCKS_APART)
    theirs = FeedEntry.objects.filter(
        event__gte=first, audience__in=sorted(audience.keys), position__isnull=False
    )
    # Places follow events closely, not exactly: what committed late was sealed late. A batch holds them all.
    batch = theirs.order_by("event", "audience").values("pk")[:SEAL_BATCH]
    found: int | None = FeedEntry.objects.filter(pk__in=batch).aggregate(first=Min("position"))["first"]
    return head() if found is None else found - 1


def _first_since(at: datetime) -> int:
    """Return the key of the first event from an instant on, found by halving: keys grow with time."""
    ends = Event.objects.aggregate(low=Min("pk"), high=Max("pk"))
    low, high = ends["low"] or 0, (ends["high"] or 0) + 1
    while low < high:
        middle = (low + high) // 2
        found = Event.objects.filter(pk__gte=middle).order_by("pk").values_list("pk", "at").first()
        if found is None or found[1] >= at:
            high = middle
        else:
            low = found[0] + 1
    return int(low)


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
