"""Who proposes changes of thresholds, and who votes on them for a member."""

from __future__ import annotations

from django.utils.translation import gettext as _

from alliance.models import ThresholdChange
from core.policies import Verdict, deny
from members.models import Role, User
from members.policies import in_role


def _seat(user: User) -> Verdict:
    """A seat of the crisis unit; a system of its authority may pass on what it says."""
    return in_role(
        user,
        {Role.CRISIS_SEAT},
        outsider=_("Only officers of an authority do this."),
        otherwise=_("Only a seat of the crisis unit speaks for its member about thresholds."),
    )


def can_propose(user: User) -> Verdict:
    """A seat of any member."""
    return _seat(user)


def can_vote(user: User, change: ThresholdChange) -> Verdict:
    """A seat, for the member it serves, while the vote is open."""
    if change.status != ThresholdChange.Status.OPEN:
        return deny(_("This vote is over."))
    return _seat(user)


def can_withdraw(user: User, change: ThresholdChange) -> Verdict:
    """A seat of the member that proposed it, while the vote is open."""
    if change.status != ThresholdChange.Status.OPEN:
        return deny(_("This vote is over."))
    verdict = _seat(user)
    if verdict and user.jurisdiction_code != change.proposed_for_id:
        return deny(_("Only the member that proposed the change withdraws it."))
    return verdict
