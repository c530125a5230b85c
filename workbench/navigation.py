"""What the workbench offers around every page."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from enforcement.models.offline import SETTLERS
from escalation.policies import liaison, situation
from licensing.policies.packs import can_take_pack
from licensing.policies.stops import can_read_statistic
from licensing.selectors.queue import waiting
from pages.navigation import Item, offer


def is_serving(user: Any) -> bool:
    return bool(getattr(user, "serves", False))


def is_reviewer(user: Any) -> bool:
    return is_serving(user) and can_read_statistic(user).allowed


def is_watching(user: Any) -> bool:
    return is_serving(user) and liaison.can_watch(user).allowed


def is_in_the_room(user: Any) -> bool:
    return is_serving(user) and situation.can_watch(user).allowed


def is_at_the_border(user: Any) -> bool:
    return is_serving(user) and can_take_pack(user).allowed


def settles_offline(user: Any) -> bool:
    return is_serving(user) and not SETTLERS.isdisjoint(user.roles)


offer(
    Item(_("Work queue"), "workbench:queue", when=is_serving, count=waiting, rank=10),
    Item(_("Messages"), "workbench:messages", when=is_serving, rank=12, place="person"),
    Item(_("Humanitarian lane"), "workbench:aid", when=is_serving, rank=45, group="aid"),
    Item(_("Emergencies"), "workbench:emergencies", when=is_serving, rank=52, group="crisis"),
    Item(_("Changes"), "workbench:licence-changes", when=is_serving, rank=16),
    Item(_("Hits"), "workbench:hits", when=is_serving, rank=15),
    Item(_("Shipments"), "workbench:shipments", when=is_serving, rank=60, group="aid"),
    Item(_("Border pack"), "workbench:border-pack", when=is_at_the_border, rank=61, group="aid"),
    Item(_("Drawdown"), "workbench:drawdown", when=is_serving, rank=60, group="aid"),
    Item(_("Without a network"), "workbench:offline-tokens", when=settles_offline, rank=61, group="aid"),
    Item(_("Customs files"), "workbench:customs-files", when=is_at_the_border, rank=61, group="aid"),
    Item(_("Pre-shipment checks"), "workbench:checks", when=is_serving, rank=61, group="aid"),
    Item(_("Trusted traders"), "workbench:traders", when=is_serving, rank=62, group="aid"),
    Item(_("Burden"), "workbench:burden", when=is_serving, rank=63, group="aid"),
    Item(_("Search"), "workbench:search", when=is_serving, rank=20),
    Item(_("Denials"), "workbench:denials", when=is_serving, rank=30),
    Item(_("Suspicious orders"), "workbench:suspicious-orders", when=is_serving, rank=64, group="aid"),
    Item(_("Lists"), "workbench:lists", when=is_serving, rank=35),
    Item(_("Stopped clocks"), "workbench:stops", when=is_reviewer, rank=40),
    Item(_("Charters"), "workbench:charters", when=is_serving, rank=38),
    Item(_("Intermediaries"), "workbench:intermediaries", when=is_watching, rank=56, group="crisis"),
    Item(_("Pre-positions"), "workbench:prepositions", when=is_serving, rank=54, group="crisis"),
    Item(_("Situation"), "workbench:situation", when=is_in_the_room, rank=49, group="crisis"),
    Item(_("Guidance"), "workbench:guidance", when=is_serving, rank=51, group="crisis"),
    Item(_("Crises"), "workbench:crises", when=is_serving, rank=50, group="crisis"),
    Item(_("Waivers"), "workbench:waivers", when=is_serving, rank=53, group="crisis"),
    Item(_("Authorisations"), "workbench:authorisations", when=is_serving, rank=62, group="aid"),
    Item(_("Registrations"), "workbench:registrations", when=is_serving, rank=63, group="aid"),
    Item(_("Prepared measures"), "workbench:measures", when=is_serving, rank=52, group="crisis"),
    Item(_("Risk appetite"), "workbench:appetite", when=is_serving, rank=55, group="crisis"),
    Item(_("Exercises"), "workbench:exercises", when=is_serving, rank=57, group="crisis"),
    Item(_("Coordination"), "workbench:coordination", when=is_serving, rank=59, group="crisis"),
    Item(_("Readiness"), "workbench:readiness", when=is_serving, rank=58, group="crisis"),
)
