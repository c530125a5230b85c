"""Links that belong to no single door: a person's own pages, and administration."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from correspondence import selectors
from members.models import Role, User
from members.policies import VETTING_ROLES
from pages.navigation import Item, offer


def _person(user: Any) -> bool:
    return isinstance(user, User)


def _exporter(user: Any) -> bool:
    return isinstance(user, User) and not user.is_officer


def _vets(user: Any) -> bool:
    return isinstance(user, User) and bool(VETTING_ROLES & user.roles)


def _administers(user: Any) -> bool:
    return isinstance(user, User) and Role.ADMINISTRATOR in user.roles


def _serves(user: Any) -> bool:
    return isinstance(user, User) and user.serves


offer(
    Item(_("Organisation"), "organisation:list", when=_exporter, rank=60),
    Item(_("Exporters"), "administration:organisations", when=_vets, rank=70),
    Item(_("On duty"), "administration:rota", when=_serves, rank=65),
    Item(_("Officers"), "administration:people", when=_administers, rank=80),
    Item(_("Inbox"), "inbox", when=_person, count=selectors.unread, rank=10, place="person"),
    Item(_("Account"), "account_email", when=_person, rank=20, place="person"),
)
