"""Who judges hits."""

from django.utils.translation import gettext as _

from core.policies import ALLOW, Verdict, deny
from members.models import Role, User
from screening.models import Hit

JUDGES = frozenset({Role.LICENSING_OFFICER, Role.ADVISER, Role.DECIDER, Role.COUNTERSIGNER})


def can_judge(user: User, hit: Hit) -> Verdict:
    """An officer of the lead jurisdiction, in office and with a second factor."""
    if not user.is_officer or not user.roles:
        return deny(_("Only officers of an authority judge hits."))
    if not user.has_second_factor:
        return deny(_("Set up your second factor first."))
    if user.jurisdiction_code != hit.lead:
        return deny(_("Only the authority that leads the case judges its hits."))
    if not JUDGES & user.roles:
        return deny(_("Your role does not judge hits."))
    return ALLOW


def can_propose(user: User, hit: Hit) -> Verdict:
    """A judge, while the hit is open."""
    verdict = can_judge(user, hit)
    if verdict and hit.status != Hit.Status.OPEN:
        return deny(_("This hit is not open."))
    return verdict


def can_second(user: User, hit: Hit) -> Verdict:
    """A second judge, while a clearance waits."""
    verdict = can_judge(user, hit)
    if not verdict:
        return verdict
    if hit.status != Hit.Status.PROPOSED_CLEAR:
        return deny(_("No clearance of this hit waits for a second officer."))
    if hit.proposed_by_id == user.pk:
        return deny(_("A hit is cleared by another officer than the one who proposed it."))
    return ALLOW


def can_confirm_match(user: User, hit: Hit) -> Verdict:
    """A judge, until the hit is resolved."""
    verdict = can_judge(user, hit)
    if verdict and hit.status not in (Hit.Status.OPEN, Hit.Status.PROPOSED_CLEAR):
        return deny(_("This hit has been resolved."))
    return verdict
