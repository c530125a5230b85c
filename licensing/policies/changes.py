"""Who asks to have a licence changed, who recommends and decides it, and who speaks for a member that it
concerns."""

from __future__ import annotations

from django.utils.translation import gettext as _

from core.policies import ALLOW, Verdict, deny
from licensing.models import ChangeConsent, Licence, LicenceChange
from licensing.policies.common import is_ready_officer
from members.models import Role, User
from members.policies import no_system, other_hands

RECOMMENDING = frozenset({Role.LICENSING_OFFICER, Role.DECIDER})
DECIDING = frozenset({Role.DECIDER, Role.COUNTERSIGNER})


def can_ask(user: User, licence: Licence) -> Verdict:
    """The holder: to amend, to extend, to replace."""
    if licence.holder_id in user.organisation_ids:
        return ALLOW
    return deny(_("Only the holder asks for a licence to be changed."))


def can_withdraw(user: User, change: LicenceChange) -> Verdict:
    """The holder, while nobody has decided."""
    if change.licence.holder_id not in user.organisation_ids:
        return deny(_("Only the holder takes this back."))
    return ALLOW if change.is_open else deny(_("It is decided or over already."))


def _works_on(user: User, change: LicenceChange, roles: frozenset[Role], otherwise: str) -> Verdict:
    verdict = is_ready_officer(user, change.licence.case)
    if not verdict:
        return verdict
    if user.jurisdiction_code != change.licence.issued_by_id:
        return deny(_("Only the authority that issued the licence can change it."))
    return ALLOW if roles & user.roles else deny(otherwise)


def can_recommend(user: User, change: LicenceChange) -> Verdict:
    """A licensing officer or a decider of the issuer."""
    verdict = _works_on(
        user, change, RECOMMENDING, _("Only a licensing officer or a decider recommends a change.")
    )
    if verdict and change.status != LicenceChange.Status.ASKED:
        return deny(_("It does not wait for a recommendation."))
    return verdict


def can_decide(user: User, change: LicenceChange) -> Verdict:
    """A decider or a countersigner of the issuer, other than who recommended it."""
    verdict = _works_on(user, change, DECIDING, _("Only a decider or a countersigner decides on a change."))
    if not verdict:
        return verdict
    if change.status != LicenceChange.Status.RECOMMENDED or change.recommended_by_id is None:
        return deny(_("It does not wait for a decision: an officer recommends first."))
    if change.recommended_by_id == user.pk:
        return deny(_("A change is decided by another person than who recommended it."))
    assert change.recommended_at is not None
    return other_hands(user, change.recommended_by_id, change.recommended_at)


def can_speak(user: User, change: LicenceChange) -> Verdict:
    """A decider of a member that is asked and has not answered, in person."""
    verdict = is_ready_officer(user, change.licence.case)
    if not verdict:
        return verdict
    if Role.DECIDER not in user.roles:
        return deny(_("Only a decider says for a member whether a licence holds there."))
    asked = ChangeConsent.objects.filter(
        change=change.pk, jurisdiction=user.jurisdiction_code, status=ChangeConsent.Status.ASKED
    )
    if not asked.exists():
        return deny(_("Your member is not asked about this, or has answered."))
    return no_system(user)
