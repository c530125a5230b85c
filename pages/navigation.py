"""Links around every page. A door offers its own in `<door>/navigation.py`, found at start."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise

Place = Literal["main", "person", "footer"]


@dataclass(frozen=True)
class Item:
    """A link offered to those whom `when` lets see it; `count` is shown beside it unless it is 0."""

    label: str | Promise
    url_name: str
    when: Callable[[Any], bool] = lambda user: True
    count: Callable[[Any], int] | None = None
    rank: int = 100
    place: Place = "main"


@dataclass(frozen=True)
class Link:
    """A link as one reader sees it now."""

    label: str
    href: str
    current: bool
    active: bool
    count: int


_offered: list[Item] = []


def offer(*items: Item) -> None:
    """Add links; the same address in the same place is offered once, the last time counts."""
    for item in items:
        _offered[:] = [
            known for known in _offered if (known.url_name, known.place) != (item.url_name, item.place)
        ]
        _offered.append(item)
    _offered.sort(key=lambda item: item.rank)


def offered() -> list[Item]:
    """Return every link on offer, by rank."""
    return list(_offered)


def links(request: HttpRequest, place: Place) -> list[Link]:
    """Return the links of a place for the reader of a request; the deepest that leads here is active."""
    user = getattr(request, "user", None)
    items = [(item, reverse(item.url_name)) for item in _offered if item.place == place and item.when(user)]
    under = [href for _, href in items if href != "/" and request.path.startswith(href)]
    nearest = max(under, key=len, default=None)
    return [
        Link(
            label=str(item.label),
            href=href,
            current=href == request.path,
            active=href in (request.path, nearest),
            count=item.count(user) if item.count else 0,
        )
        for item, href in items
    ]
