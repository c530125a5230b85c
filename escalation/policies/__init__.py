"""Who may move a case on its ladder."""

from django.utils.translation import gettext as _

from alliance.charters import CharterData
from alliance.settling import DECIDED
from core.policies import ALLOW, Verdict, deny
from escalation import judging
from licensing.models import Case, Consultation
from licensing.policies.common import is_rapid, is_ready_officer, not_of_who_files, serves_lead
from licensing.policies.positions import VOICES, can_take, speaks_for
from members.models import Role, User


def can_refer_up(user: User, case: Case, charter: CharterData) -> Verdict:
    """A decider of the lead jurisdiction, while there is a tier above."""
    if not user.has_second_factor:
        return deny(_("Set up your second factor first."))
    if user.jurisdiction_code != case.lead_id:
        return deny(_("Only the jurisdiction that leads the case can refer it up."))
    if Role.DECIDER not in user.roles:
        return deny(_("Your role can advise but not refer a case up."))
    if not (verdict := not_of_who_files(user, case.application)):
        return verdict
    if case.status != Case.Status.IN_REVIEW:
        return deny(_("Only a case in review can be referred up."))
    if case.tier + 1 >= len(charter.tiers):
        return deny(_("This case is already at the last tier of its charter."))
    return ALLOW


def can_appeal(user: User, case: Case, charter: CharterData) -> Verdict:
    """An officer of an authority that was asked in this round and said otherwise than the tier decided.

    Source: EO 12981 s.5, by which a reviewing agency appeals a decision it disagrees with.
    """
    verdict = is_ready_officer(user, case)
    if not verdict:
        return verdict
    if not (VOICES | {Role.CRISIS_SEAT}) & user.roles:
        return deny(_("Your role does not take positions."))
    asked = Consultation.objects.filter(case=case, round=case.round, tier__lte=case.tier)
    own = [
        item
        for item in asked.select_related("jurisdiction", "case")
        if speaks_for(user, item) and user.authority and user.authority.ministry == item.ministry
    ]
    if not own:
        return deny(_("Your authority was not asked about this case."))
    if case.status != Case.Status.IN_REVIEW or case.tier + 1 >= len(charter.tiers):
        return deny(_("There is no tier above to appeal to now."))
    outcome = judging.judged(case, charter)
    if outcome not in DECIDED:
        return deny(_("The tier has not decided yet."))
    disagree = {answer.addressee for answer in judging.dissenting(case, charter, outcome)}
    if not any(item.addressee in disagree for item in own):
        return deny(_("The tier decided as your authority said."))
    return ALLOW


def can_confirm_routing(user: User, case: Case) -> Verdict:
    """A licensing officer or decider of the lead jurisdiction."""
    if not user.has_second_factor:
        return deny(_("Set up your second factor first."))
    if user.jurisdiction_code != case.lead_id:
        return deny(_("Only the jurisdiction that leads the case can confirm its way."))
    if not {Role.LICENSING_OFFICER, Role.DECIDER} & user.roles:
        return deny(_("Only a licensing officer or a decider can confirm the way of a case."))
    if not (verdict := not_of_who_files(user, case.application)):
        return verdict
    if not case.is_open:
        return deny(_("The case is closed."))
    return ALLOW


def can_extend(user: User, consultation: Consultation) -> Verdict:
    """Whoever may answer for the addressee; where windows are hours, a decider of the lead for another's."""
    case = consultation.case
    verdict = is_ready_officer(user, case)
    if not verdict:
        return verdict
    if consultation.status != Consultation.Status.OPEN or not case.is_open:
        return deny(_("Only a window that is open can be extended."))
    if not is_rapid(case):
        verdict = can_take(user, consultation)
        return ALLOW if verdict else deny(_("Only those who answer for the addressee extend its window."))
    if user.jurisdiction_code == consultation.jurisdiction_id:
        return deny(_("Where windows are hours nobody extends a window of its own."))
    if user.jurisdiction_code != case.lead_id or Role.DECIDER not in user.roles:
        return deny(_("Where windows are hours only a decider of the lead extends a window."))
    return ALLOW


def can_recount(user: User, case: Case) -> Verdict:
    """A decider of the lead."""
    verdict = serves_lead(user, case)
    if not verdict:
        return verdict
    if Role.DECIDER not in user.roles:
        return deny(_("Only a decider has a clock counted anew."))
    if not case.is_open:
        return deny(_("The case is closed."))
    return ALLOW
