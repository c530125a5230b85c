"""Who says whether a case is an emergency."""

from django.utils.translation import gettext as _

from core.policies import ALLOW, Verdict, deny
from licensing.models import EmergencyRequest
from licensing.policies.common import serves_lead
from members.models import Role, User

TRIAGING = frozenset({Role.LICENSING_OFFICER, Role.DECIDER})


def can_triage(user: User, request: EmergencyRequest) -> Verdict:
    """A licensing officer or decider of the lead jurisdiction, once, while the case is open."""
    verdict = serves_lead(user, request.case)
    if not verdict:
        return verdict
    if not TRIAGING & user.roles:
        return deny(_("Only a licensing officer or a decider triages an emergency request."))
    if not request.case.is_open:
        return deny(_("The case is closed."))
    if not request.is_waiting:
        return deny(_("This request has been triaged already."))
    return ALLOW
