"""Who may take a position on a case."""

from django.utils.translation import gettext as _

from core.policies import ALLOW, Verdict, deny
from licensing.models import Case, Consultation, Position
from licensing.policies.common import is_ready_officer
from members.models import Role, User

VOICES = frozenset({Role.LICENSING_OFFICER, Role.ADVISER, Role.DECIDER})


def speaks_for(user: User, consultation: Consultation) -> Verdict:
    """Whether the officer belongs to the addressee: its jurisdiction, or the ministry's seat in the unit."""
    if consultation.jurisdiction_id is not None:
        if user.jurisdiction_code != consultation.jurisdiction_id:
            return deny(_("Only the consulted jurisdiction can answer this consultation."))
        return ALLOW
    if Role.CRISIS_SEAT not in user.roles:
        return deny(_("Only a seat of the crisis unit can answer at this tier."))
    if user.authority is None or user.authority.ministry != consultation.ministry:
        return deny(_("This seat belongs to another ministry."))
    return ALLOW


def can_take(user: User, consultation: Consultation) -> Verdict:
    """An officer of the addressee, with a voice there, who spoke at no lower tier, while the case is in review."""
    case = consultation.case
    verdict = is_ready_officer(user, case)
    if not verdict:
        return verdict
    verdict = speaks_for(user, consultation)
    if not verdict:
        return verdict
    if consultation.jurisdiction_id is not None and not VOICES & user.roles:
        return deny(_("Your role does not take positions."))
    if case.status != Case.Status.IN_REVIEW:
        return deny(_("Positions are taken while the case is in review."))
    below = Position.objects.filter(
        consultation__case=case,
        consultation__round=consultation.round,
        consultation__tier__lt=consultation.tier,
    )
    if below.filter(taken_by=user).exists():
        return deny(_("You took a position on this case at a lower tier; another person has to answer here."))
    return ALLOW


def can_countersign(user: User, position: Position) -> Verdict:
    """A countersigner of the addressee who is not the author."""
    consultation = position.consultation
    verdict = is_ready_officer(user, consultation.case)
    if not verdict:
        return verdict
    verdict = speaks_for(user, consultation)
    if not verdict:
        return verdict
    if consultation.jurisdiction_id is not None and Role.COUNTERSIGNER not in user.roles:
        return deny(_("Only a countersigner can countersign a position."))
    if position.taken_by_id == user.pk:
        return deny(_("A position is countersigned by another person than its author."))
    return ALLOW
