"""Who may claim, hand on and annotate a case."""

from django.utils.translation import gettext as _

from core.policies import ALLOW, Verdict, deny
from licensing.models import Case, Consultation
from licensing.policies.common import adjudicates, is_ready_officer, serves_lead
from licensing.policies.positions import may_speak, of_the_addressee
from members.models import Role, Shift, User

CASEWORKERS = frozenset({Role.LICENSING_OFFICER, Role.ADVISER, Role.DECIDER, Role.COUNTERSIGNER})
#: Who holds cases at all, an adjudicator those of the humanitarian lane.
HOLDERS = CASEWORKERS | {Role.HUMANITARIAN_ADJUDICATOR}


def can_hold(user: User, case: Case) -> Verdict:
    """An officer of the lead jurisdiction who works on cases; in the humanitarian lane its adjudicators as well."""
    verdict = serves_lead(user, case)
    if verdict and not (CASEWORKERS & user.roles or adjudicates(user, case)):
        if Role.HUMANITARIAN_ADJUDICATOR in user.roles:
            return deny(_("A humanitarian adjudicator works on cases of the humanitarian lane only."))
        return deny(_("Your role does not work on cases."))
    return verdict


def can_claim(user: User, case: Case) -> Verdict:
    """Whoever may hold a case, while it is open and nobody holds it."""
    verdict = can_hold(user, case)
    if not verdict:
        return verdict
    if not case.is_open:
        return deny(_("The case is closed."))
    if case.officer_id == user.pk:
        return deny(_("You have this case already."))
    if case.officer_id is not None:
        return deny(_("Another officer has claimed this case; ask for it to be reassigned."))
    return ALLOW


def can_release(user: User, case: Case) -> Verdict:
    """The officer who holds the case."""
    verdict = can_hold(user, case)
    if verdict and case.officer_id != user.pk:
        return deny(_("You have not claimed this case."))
    return verdict


def can_reassign(user: User, case: Case) -> Verdict:
    """An officer of the lead jurisdiction who works on cases, while the case is open."""
    verdict = can_hold(user, case)
    if verdict and not case.is_open:
        return deny(_("The case is closed."))
    return verdict


def can_claim_consultation(user: User, consultation: Consultation) -> Verdict:
    """Whoever may answer a consultation, while it is open and nobody has claimed it."""
    verdict = may_speak(user, consultation)
    if not verdict:
        return verdict
    if consultation.status != Consultation.Status.OPEN:
        return deny(_("This consultation needs no answer any more."))
    if consultation.officer_id == user.pk:
        return deny(_("You have claimed this consultation already."))
    if consultation.officer_id is not None:
        return deny(_("Another officer of your authority has claimed this consultation."))
    return ALLOW


def can_acknowledge(user: User, consultation: Consultation) -> Verdict:
    """An officer with a voice in the ministry asked, or in one that stands in for it by now, while it waits."""
    verdict = of_the_addressee(user, consultation)
    if not verdict:
        return verdict
    if consultation.status != Consultation.Status.OPEN:
        return deny(_("This consultation needs no answer any more."))
    if consultation.acknowledged_at is not None:
        return deny(_("Your authority has said already that it has this in hand."))
    return ALLOW


def can_take_consultation(user: User, consultation: Consultation) -> Verdict:
    """Whoever may answer, and is on duty, acts for who claimed it, or decides; or once it was taken over.

    A colleague who is at work keeps what is claimed.
    """
    verdict = may_speak(user, consultation)
    if not verdict:
        return verdict
    if consultation.status != Consultation.Status.OPEN:
        return deny(_("This consultation needs no answer any more."))
    if consultation.officer_id is None:
        return deny(_("Nobody has claimed this consultation: claim it."))
    if consultation.officer_id == user.pk:
        return deny(_("You have claimed this consultation already."))
    if consultation.officer_id in user.hands or consultation.taken_over_at or Role.DECIDER in user.roles:
        return ALLOW
    if Shift.objects.running().filter(person=user, authority=user.authority_id).exists():
        return ALLOW
    return deny(
        _("Only who is on duty, who acts for the officer that claimed it, or a decider takes it over.")
    )


def can_release_consultation(user: User, consultation: Consultation) -> Verdict:
    """The officer who has claimed it."""
    verdict = is_ready_officer(user, consultation.case)
    if verdict and consultation.officer_id != user.pk:
        return deny(_("You have not claimed this consultation."))
    return verdict


def can_note(user: User, case: Case) -> Verdict:
    """An officer who works on the case; auditors and customs only read."""
    verdict = is_ready_officer(user, case)
    if not verdict:
        return verdict
    if not set(user.roles) - {Role.AUDITOR, Role.CUSTOMS_OFFICER, Role.ADMINISTRATOR}:
        return deny(_("Your role reads cases and adds nothing to them."))
    if not Case.objects.visible_to(user).filter(pk=case.pk).exists():  # type: ignore[attr-defined]
        return deny(_("You have no part in this case."))
    return ALLOW
