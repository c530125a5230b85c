"""Who says whether a case is essentially identical to a denial, and who explains a grant all the same."""

from django.utils.translation import gettext as _

from core.policies import ALLOW, Verdict, deny
from licensing.models import Case, UndercutCheck
from licensing.policies.common import is_ready_officer
from licensing.policies.decisions import may_decide
from licensing.policies.positions import VOICES
from members.models import Role, User


def can_answer(user: User, check: UndercutCheck) -> Verdict:
    """An officer of the member that denied, with a voice; of a denial of the lead's own, its deciders alone."""
    verdict = is_ready_officer(user, check.case)
    if not verdict:
        return verdict
    if user.jurisdiction_code != check.jurisdiction_id:
        return deny(_("Only the member that denied says whether this is essentially identical."))
    if check.own and Role.DECIDER not in user.roles:
        return deny(_("Only a decider says whether this is what the own member denied."))
    if not VOICES & user.roles:
        return deny(_("Your role does not answer for your member."))
    if check.status != UndercutCheck.Status.ASKED:
        return deny(_("Nobody is asked about this denial any more."))
    return ALLOW


def can_withdraw_denial(user: User, check: UndercutCheck) -> Verdict:
    """A decider who may answer."""
    verdict = can_answer(user, check)
    if verdict and Role.DECIDER not in user.roles:
        return deny(_("Only a decider withdraws a denial."))
    return verdict


def can_explain(user: User, check: UndercutCheck) -> Verdict:
    """A decider of the lead, once the member that denied finds it identical and until the case is decided."""
    verdict = may_decide(user, check.case)
    if not verdict:
        return verdict
    if check.status != UndercutCheck.Status.IDENTICAL:
        return deny(_("Only what was found essentially identical is explained."))
    if check.case.status not in (Case.Status.IN_REVIEW, Case.Status.ON_HOLD, Case.Status.PROVISIONAL):
        return deny(_("The case is decided, or not in review yet."))
    return ALLOW
