"""Links around every page. A door offers its own in `<door>/navigation.py`, found at start."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Place = Literal["main", "person", "footer"]

#: Links that stand together behind one in the menu; its label, by key.
GROUPS: dict[str, Promise] = {"crisis": _("Crisis"), "aid": _("Aid and traders")}


@dataclass(frozen=True)
class Item:
    """A link offered to those whom `when` lets see it; `count` is shown beside it unless it is 0.

    The menu shows one link for a group (`GROUPS`); on its pages a second row shows all of it.
    """

    label: str | Promise
    url_name: str
    when: Callable[[Any], bool] = lambda user: True
    count: Callable[[Any], int] | None = None
    rank: int = 100
    place: Place = "main"
    group: str = ""


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
    found: dict[str, Link] = {}
    for item, link in _seen(request, place):
        if not item.group:
            found[link.href] = _counted(request, item, link)
        elif item.group not in found:
            found[item.group] = replace(link, label=str(GROUPS[item.group]))
        elif link.active:
            found[item.group] = replace(found[item.group], active=True)
    return list(found.values())


def beside(request: HttpRequest) -> list[Link]:
    """Return the links of the group that the reader is in, for a second row; none elsewhere."""
    seen = _seen(request, "main")
    group = next((item.group for item, link in seen if link.active), "")
    return [_counted(request, item, link) for item, link in seen if group and item.group == group]


def _counted(request: HttpRequest, item: Item, link: Link) -> Link:
    return replace(link, count=item.count(request.user)) if item.count else link


def _seen(request: HttpRequest, place: Place) -> list[tuple[Item, Link]]:
    user = getattr(request, "user", None)
    items = [(item, reverse(item.url_name)) for item in _offered if item.place == place and item.when(user)]
    under = [href for _item, href in items if href != "/" and request.path.startswith(href)]
    nearest = max(under, key=len, default=None)
    return [
        (
            item,
            Link(
                label=str(item.label),
                href=href,
                current=href == request.path,
                active=href in (request.path, nearest),
                count=0,
            ),
        )
        for item, href in items
    ]
