"""Who looks at the situation of the whole alliance, and who reads the reports on it."""

from django.utils.translation import gettext as _

from core.policies import ALLOW, Verdict, deny
from members.models import Role, User


def can_watch(user: User) -> Verdict:
    """Seats of the crisis unit and auditors."""
    if not user.serves:
        return deny(_("Only officers in office with a second factor see the situation room."))
    if not {Role.CRISIS_SEAT, Role.AUDITOR} & user.roles:
        return deny(_("The situation room is for seats of the crisis unit and auditors."))
    return ALLOW


def can_read_reports(user: User) -> Verdict:
    """Officers in office, of every member: also of one that has not adopted the measures."""
    if not user.serves:
        return deny(_("Situation reports are for officers in office with a second factor."))
    return ALLOW
