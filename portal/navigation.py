"""What the exporter's door offers around every page."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from exemptions.models import Waiver
from licensing.models import Licence
from pages.navigation import Item, offer


def _files(user: Any) -> bool:
    return bool(getattr(user, "is_authenticated", False) and user.organisation_ids)


def _has_waivers(user: Any) -> bool:
    """A link that most exporters never need is there for those who hold a waiver."""
    return _files(user) and Waiver.objects.visible_to(user).exists()


def _has_licences(user: Any) -> bool:
    return _files(user) and Licence.objects.visible_to(user).exists()


offer(
    Item(_("Applications"), "portal:dashboard", when=_files, rank=10),
    Item(_("Licences"), "portal:licences", when=_files, rank=20),
    Item(_("Shipments"), "portal:shipments", when=_has_licences, rank=22),
    Item(_("Waivers"), "portal:waivers", when=_has_waivers, rank=25),
    Item(_("Authorisations"), "portal:registrations", when=_files, rank=22),
    Item(_("Trusted trader"), "portal:trusted", when=_files, rank=27),
    Item(_("Suspicious orders"), "portal:suspicious-orders", when=_files, rank=28),
    Item(_("Is a licence needed?"), "portal:need", when=_files, rank=30),
)
