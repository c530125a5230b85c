"""Who confirms what the clock granted provisionally, and who refuses to."""

from django.utils.translation import gettext as _

from core.policies import ALLOW, Verdict, deny
from licensing.models import Case, ProvisionalGrant
from licensing.policies.common import is_ready_officer
from members.models import Role, User


def may_second(user: User, case: Case) -> Verdict:
    """A decider of another member with a stake; where none has one, a seat of the crisis unit of another member.

    What nobody answered is granted for good only by two members. The lead's decider is the first of them.
    """
    verdict = is_ready_officer(user, case)
    if not verdict:
        return verdict
    if user.jurisdiction_code == case.lead_id:
        return deny(_("Somebody of another member than the lead confirms this."))
    concerned = {stake.jurisdiction_id for stake in case.stakes.all()} - {case.lead_id}
    if not concerned and Role.CRISIS_SEAT not in user.roles:
        return deny(_("No other member has a stake: a seat of the crisis unit confirms this."))
    if concerned and user.jurisdiction_code not in concerned:
        return deny(_("A member with a stake in the case confirms this."))
    if concerned and Role.DECIDER not in user.roles:
        return deny(_("Only a decider can confirm this for a member."))
    return ALLOW


def can_refuse(user: User, grant: ProvisionalGrant) -> Verdict:
    """One of those who could confirm it is enough to end it: a decider of the lead, or whoever seconds."""
    if not grant.is_standing:
        return deny(_("The provisional grant has ended already."))
    otherwise = _("Only a decider can refuse to confirm this for a member.")
    return _either(user, grant.case, otherwise)


def can_ask(user: User, case: Case) -> Verdict:
    """Those who could confirm what was granted ask what they need to know for it."""
    return _either(
        user, case, _("While it waits for confirmation, a decider asks the exporter for a member.")
    )


def _either(user: User, case: Case, otherwise: str) -> Verdict:
    if user.jurisdiction_code != case.lead_id:
        return may_second(user, case)
    verdict = is_ready_officer(user, case)
    return deny(otherwise) if verdict and Role.DECIDER not in user.roles else verdict
