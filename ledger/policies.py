"""Who may repair and who may erase. The ledger sits below the people, so it asks for roles by name only."""

from __future__ import annotations

from django.utils.translation import gettext as _

from core.actors import Actor
from core.policies import ALLOW, Verdict, deny
from ledger.models import Delivery, Event


def _holds(actor: Actor, *roles: str) -> bool:
    return bool(set(roles) & set(getattr(actor, "roles", ())))


def can_retry(actor: Actor, delivery: Delivery) -> Verdict:
    """Auditors and administrators may send a parked delivery again."""
    if not _holds(actor, "auditor", "administrator"):
        return deny(_("Only an auditor or an administrator can send a parked delivery again."))
    if delivery.parked_at is None:
        return deny(_("This delivery is not parked: it is tried again by itself."))
    return ALLOW


def can_erase_detail(actor: Actor, event: Event) -> Verdict:
    """Administrators may erase personal facts; nobody those of an event of their own making."""
    if not _holds(actor, "administrator"):
        return deny(_("Only an administrator can erase personal facts."))
    if (event.actor_kind, event.actor_id) == (actor.actor_kind, actor.actor_id):
        return deny(_("Nobody erases what they recorded themselves: ask another administrator."))
    return ALLOW
