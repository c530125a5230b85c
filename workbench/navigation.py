"""What the workbench offers around every page."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from licensing.selectors.queue import waiting
from pages.navigation import Item, offer


def is_serving(user: Any) -> bool:
    return bool(getattr(user, "serves", False))


offer(
    Item(_("Work queue"), "workbench:queue", when=is_serving, count=waiting, rank=10),
    Item(_("Hits"), "workbench:hits", when=is_serving, rank=15),
    Item(_("Search"), "workbench:search", when=is_serving, rank=20),
    Item(_("Denials"), "workbench:denials", when=is_serving, rank=30),
    Item(_("Lists"), "workbench:lists", when=is_serving, rank=35),
)
