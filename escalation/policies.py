"""Who may move a case on its ladder."""

from django.utils.translation import gettext as _

from alliance.charters import CharterData
from core.policies import ALLOW, Verdict, deny
from licensing.models import Case
from members.models import Role, User


def can_refer_up(user: User, case: Case, charter: CharterData) -> Verdict:
    """A decider of the lead jurisdiction, while there is a tier above."""
    if not user.has_second_factor:
        return deny(_("Set up your second factor first."))
    if user.jurisdiction_code != case.lead_id:
        return deny(_("Only the jurisdiction that leads the case can refer it up."))
    if Role.DECIDER not in user.roles:
        return deny(_("Your role can advise but not refer a case up."))
    if case.application.organisation_id in user.organisation_ids:
        return deny(_("You belong to the exporter's organisation."))
    if case.status != Case.Status.IN_REVIEW:
        return deny(_("Only a case in review can be referred up."))
    if case.tier + 1 >= len(charter.tiers):
        return deny(_("This case is already at the last tier of its charter."))
    return ALLOW


def can_confirm_routing(user: User, case: Case) -> Verdict:
    """A licensing officer or decider of the lead jurisdiction."""
    if not user.has_second_factor:
        return deny(_("Set up your second factor first."))
    if user.jurisdiction_code != case.lead_id:
        return deny(_("Only the jurisdiction that leads the case can confirm its way."))
    if not {Role.LICENSING_OFFICER, Role.DECIDER} & user.roles:
        return deny(_("Only a licensing officer or a decider can confirm the way of a case."))
    if case.application.organisation_id in user.organisation_ids:
        return deny(_("You belong to the exporter's organisation."))
    if not case.is_open:
        return deny(_("The case is closed."))
    return ALLOW
