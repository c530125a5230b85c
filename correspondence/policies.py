"""Who may look after the webhooks of a partner's system."""

from __future__ import annotations

from django.utils.translation import gettext as _

from core.policies import ALLOW, Verdict, deny
from members import policies as members
from members.models import ApiClient, User


def can_manage_webhooks(actor: User, client: ApiClient) -> Verdict:
    """The system itself; whoever answers for it, and whoever could have registered it."""
    if client.revoked_at is not None:
        return deny(_("This system's access has ended."))
    if actor.via is not None:
        if actor.via.pk != client.pk:
            return deny(_("A system looks after its own webhooks only."))
        return ALLOW
    return members.can_revoke_client(actor, client)
