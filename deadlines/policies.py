"""Who may set a failed due instant going again. Roles by name: this floor sits below the people."""

from __future__ import annotations

from django.utils.translation import gettext as _

from core.actors import Actor
from core.policies import ALLOW, Verdict, deny
from deadlines.models import DueInstant


def can_retry(actor: Actor, due: DueInstant) -> Verdict:
    """Auditors and administrators, while it is set aside."""
    if not {"auditor", "administrator"} & set(getattr(actor, "roles", ())):
        return deny(_("Only an auditor or an administrator can set this going again."))
    if due.state != DueInstant.State.PARKED:
        return deny(_("This due instant is not set aside."))
    return ALLOW
