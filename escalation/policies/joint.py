"""Who makes decisions of several cases take effect together."""

from django.utils.translation import gettext as _

from core.policies import Verdict, deny
from escalation.models import JointEffect
from escalation.policies.guidance import is_seat
from members.models import User
from members.policies import other_hands

Status = JointEffect.Status


def can_propose(user: User) -> Verdict:
    """A seat of the crisis unit, in person."""
    return is_seat(user)


def can_agree(user: User, effect: JointEffect) -> Verdict:
    """A seat of another member than the one whose seat proposed it."""
    verdict = is_seat(user)
    if not verdict:
        return verdict
    if effect.status != Status.PROPOSED:
        return deny(_("It does not wait for a second key."))
    if user.jurisdiction_code == effect.proposed_for_id:
        return deny(_("A seat of another member agrees to it."))
    return other_hands(user, effect.proposed_by_id, effect.proposed_at)


def can_withdraw(user: User, effect: JointEffect) -> Verdict:
    """A seat of the crisis unit, while it is not in effect."""
    verdict = is_seat(user)
    if verdict and effect.status not in (Status.PROPOSED, Status.AGREED):
        return deny(_("It is in effect or was withdrawn."))
    return verdict
