"""What a partner's system may be allowed to do, and whose person its token stands for."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _
from oauth2_provider.models import AccessToken
from oauth2_provider.scopes import BaseScopes

from core import clock
from members.models import ApiClient, Membership, User
from members.models.people import second_factors

SCOPES = {
    "applications:read": _("Read the applications of the person's organisations"),
    "applications:write": _(
        "File, correct, submit and withdraw applications; answer questions, register, report"
    ),
    "cases:read": _("Read the cases the person may see"),
    "positions:write": _(
        "Claim cases and hand them on, note, take positions and countersign them, ask the exporter"
    ),
    "messages:write": _("Write to other members in a case, and acknowledge what they write"),
    "screening:read": _("Read the lists in force, and ask them about parties"),
    "screening:write": _("Clear or confirm screening hits, and end cleared pairs"),
    "decisions:write": _("Propose and countersign decisions; judge exemptions and trusted traders"),
    "crises:write": _(
        "Plan, answer, lead and evaluate exercises; write charters and measures, and retire them"
    ),
    "licences:read": _("Read licences"),
    "licences:write": _("Ask to have licences extended, amended, replaced or widened, and give them up"),
    "shipments:write": _("Declare shipments and confirm their delivery; judge deliveries, see to checks"),
    "denials:read": _("Read the denials that the person may know of"),
    "denials:write": _("Bring denials in, let them be recorded, withdraw them"),
    "drawdown:write": _("Reserve, confirm and give back quantities of licences, as customs"),
    "events:read": _("Read the event feed and the person's notices, and mark these as read"),
    "webhooks:manage": _("Look after the system's own webhooks"),
    "taxii:read": _("Read what members share as STIX objects, over TAXII"),
    "taxii:write": _("Warn other members of parties, over TAXII"),
}
EXPORTER_SCOPES = frozenset(
    {
        "applications:read",
        "applications:write",
        "cases:read",
        "licences:read",
        "licences:write",
        "shipments:write",
        "events:read",
        "webhooks:manage",
    }
)
OFFICER_SCOPES = frozenset(SCOPES) - {"applications:write", "licences:write"}


class ClientScopes(BaseScopes):  # type: ignore[misc]
    """Scopes by client: a token never carries more than its client was registered with."""

    def get_all_scopes(self) -> dict[str, str]:
        return {name: str(text) for name, text in SCOPES.items()}

    def get_available_scopes(
        self, application: ApiClient | None = None, request: Any = None, *args: Any, **kwargs: Any
    ) -> list[str]:
        if application is None:
            return list(SCOPES)
        return [name for name in application.allowed_scopes if name in SCOPES]

    def get_default_scopes(
        self, application: ApiClient | None = None, request: Any = None, *args: Any, **kwargs: Any
    ) -> list[str]:
        return self.get_available_scopes(application) if application is not None else []


def tokens() -> QuerySet[AccessToken]:
    """Return the tokens with what every call asks: whose they are, and what certificate one is bound to."""
    found: QuerySet[AccessToken] = AccessToken.objects.select_related("application__user__authority", "bound")
    person = OuterRef("application__user")
    return found.annotate(  # type: ignore[no-any-return]
        factor=Exists(second_factors().filter(user=person)),
        belongs=Exists(Membership.objects.filter(user=person)),
    )


def resolve_client_user(token: AccessToken, certificate: str = "") -> User | None:
    """Return the person behind one of `tokens()`, with `via` naming the client; None if either is not in force, or
    if the token is bound to another certificate than the one it came with.

    Scopes that the client has lost since the token was given out do not count: see `scopes_in_force`.
    """
    client = token.application
    if client is None or token.expires <= clock.machine() or not client.is_usable(None):
        return None
    bound = getattr(token, "bound", None)
    if bound is not None and not constant_time_compare(bound.certificate, certificate):
        return None
    user: User = client.user
    user.has_second_factor = token.factor
    if not token.belongs:
        user.belongs_nowhere()
    user.via = client
    return user


def scopes_in_force(token: AccessToken) -> frozenset[str]:
    """Scopes of the token that its client still has."""
    return frozenset(token.scope.split()) & frozenset(token.application.allowed_scopes) & SCOPES.keys()
