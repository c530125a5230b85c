"""Who may act on what the members tell one another."""

from django.utils.translation import gettext as _

from core.policies import ALLOW, Verdict, deny
from intelligence.models import Denial
from members.models import Role, User


def can_review(user: User, denial: Denial) -> Verdict:
    """A decider of the jurisdiction that denied reviews its denial."""
    if user.jurisdiction_code != denial.jurisdiction_id:
        return deny(_("Only the member that denied can review its denial."))
    if Role.DECIDER not in user.roles:
        return deny(_("Only a decider can review a denial."))
    if not user.has_second_factor:
        return deny(_("Enrol a second factor first."))
    return ALLOW
