"""What the exporter's door offers around every page."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from pages.navigation import Item, offer


def _files(user: Any) -> bool:
    return bool(getattr(user, "is_authenticated", False) and user.organisation_ids)


offer(
    Item(_("Applications"), "portal:dashboard", when=_files, rank=10),
    Item(_("Licences"), "portal:licences", when=_files, rank=20),
    Item(_("Is a licence needed?"), "portal:need", when=_files, rank=30),
)
