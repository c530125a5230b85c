"""Who decides, and who countersigns."""

from django.utils.translation import gettext as _

from core.policies import ALLOW, Verdict, deny
from licensing.models import Case, Decision
from licensing.policies.common import serves_lead
from licensing.policies.provisional import may_second
from members.models import Role, User
from members.policies import other_hands


def may_decide(user: User, case: Case) -> Verdict:
    """A decider of the lead jurisdiction."""
    verdict = serves_lead(user, case)
    if not verdict:
        return verdict
    if Role.DECIDER not in user.roles:
        return deny(_("Your role can recommend but not decide."))
    return ALLOW


def can_propose(user: User, case: Case) -> Verdict:
    """Whoever may decide, while the case is in review or on hold and no decision is pending."""
    verdict = may_decide(user, case)
    if not verdict:
        return verdict
    if case.status not in (Case.Status.IN_REVIEW, Case.Status.ON_HOLD, Case.Status.PROVISIONAL):
        return deny(_("A case is decided while it is in review or on hold."))
    if case.decisions.filter(status=Decision.Status.PROPOSED).exists():
        return deny(_("A decision already waits for countersignature."))
    return ALLOW


def can_countersign(user: User, decision: Decision) -> Verdict:
    """A countersigner of the lead jurisdiction other than the proposer; of what was granted provisionally, somebody
    of another member (`provisional.may_second`)."""
    if decision.case.status == Case.Status.PROVISIONAL:
        verdict = may_second(user, decision.case)
    else:
        verdict = serves_lead(user, decision.case)
        if verdict and Role.COUNTERSIGNER not in user.roles:
            verdict = deny(_("Only a countersigner can countersign a decision."))
    if not verdict:
        return verdict
    if decision.proposed_by_id == user.pk:
        return deny(_("A decision is countersigned by another person than its proposer."))
    if decision.status != Decision.Status.PROPOSED:
        return deny(_("This decision does not wait for a countersignature."))
    return other_hands(user, decision.proposed_by_id, decision.proposed_at)
