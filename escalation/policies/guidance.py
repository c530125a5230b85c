"""Who writes, issues and ends guidance, and who answers for a member or a case."""

from django.utils.translation import gettext as _

from core.policies import ALLOW, Verdict, deny
from escalation.models import Guidance, GuidedCase, Reading
from licensing.policies.cases import CASEWORKERS
from licensing.policies.common import serves_lead
from members.models import Role, User
from members.policies import in_role, other_hands, unit_seat

READERS = CASEWORKERS | {Role.CRISIS_SEAT}


def is_seat(user: User) -> Verdict:
    """A seat of the crisis unit, in office, with a second factor, and in person."""
    return unit_seat(user, _("Only officers of an authority work in the crisis unit."))


def can_write(user: User) -> Verdict:
    """A seat of the crisis unit."""
    return is_seat(user)


def can_issue(user: User, guidance: Guidance) -> Verdict:
    """A seat of another member than the one whose seat wrote it."""
    verdict = is_seat(user)
    if not verdict:
        return verdict
    if guidance.status != Guidance.Status.PROPOSED:
        return deny(_("This notice does not wait for a second seat."))
    if guidance.proposed_by_id == user.pk:
        return deny(_("A notice is issued by another person than its author."))
    if guidance.proposed_for_id == user.jurisdiction_code:
        return deny(_("A notice is issued by a seat of another member than its author’s."))
    return other_hands(user, guidance.proposed_by_id, guidance.proposed_at)


def can_decline(user: User, guidance: Guidance) -> Verdict:
    """Any seat while it waits, its author among them."""
    verdict = is_seat(user)
    if verdict and guidance.status != Guidance.Status.PROPOSED:
        return deny(_("This notice does not wait for a second seat."))
    return verdict


def can_withdraw(user: User, guidance: Guidance) -> Verdict:
    """Any seat while it is in force."""
    verdict = is_seat(user)
    if verdict and guidance.status != Guidance.Status.IN_FORCE:
        return deny(_("Only a notice in force can be withdrawn."))
    return verdict


def can_take_note(user: User, guidance: Guidance) -> Verdict:
    """An officer who works on cases or holds a seat, once for each member while the notice is in force."""
    verdict = in_role(
        user,
        READERS,
        outsider=_("Only officers of an authority take note of guidance."),
        otherwise=_("Your role does not answer for your authority."),
    )
    if not verdict:
        return verdict
    if guidance.status != Guidance.Status.IN_FORCE:
        return deny(_("This notice is not in force."))
    if Reading.objects.filter(guidance=guidance, jurisdiction=user.jurisdiction_code).exists():
        return deny(_("Your member has taken note of this notice already."))
    return ALLOW


def can_acknowledge(user: User, guided: GuidedCase) -> Verdict:
    """An officer of the lead who works on cases, once."""
    verdict = _of_the_lead(user, guided)
    if verdict and guided.acknowledged_at is not None:
        return deny(_("The lead has acknowledged this notice already."))
    return verdict


def can_answer(user: User, guided: GuidedCase) -> Verdict:
    """Of a question, an officer of the lead who works on cases; of a notice to deny, a decider of the lead."""
    verdict = _of_the_lead(user, guided)
    if not verdict:
        return verdict
    effect = guided.guidance.effect
    if effect == Guidance.Effect.EXPEDITE:
        return deny(_("A notice to expedite asks for no answer."))
    if effect == Guidance.Effect.DENY and Role.DECIDER not in user.roles:
        return deny(_("Only a decider of the lead departs from guidance."))
    if guided.answered_at is not None:
        return deny(_("This notice has been answered already."))
    return ALLOW


def _of_the_lead(user: User, guided: GuidedCase) -> Verdict:
    verdict = serves_lead(user, guided.case)
    if not verdict:
        return verdict
    if not CASEWORKERS & user.roles:
        return deny(_("Your role does not work on cases."))
    if guided.ended_at is not None:
        return deny(_("This notice does not bear on the case any more."))
    if not guided.case.is_open:
        return deny(_("The case is closed."))
    return ALLOW
