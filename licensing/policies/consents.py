"""Who asks a member to let a licence hold there, and who speaks for the member."""

from django.utils.translation import gettext as _

from core.policies import ALLOW, Verdict, deny
from licensing.models import Consent, Licence, Stake
from licensing.policies.common import is_ready_officer
from members.models import Role, User
from members.policies import no_system


def can_ask(user: User, licence: Licence) -> Verdict:
    """The holder."""
    if licence.holder_id not in user.organisation_ids:
        return deny(_("Only the holder asks for a licence to hold in another member."))
    return ALLOW


def _speaks(user: User, licence: Licence) -> Verdict:
    """A decider of a member other than the issuer that has a stake or was asked, in person."""
    verdict = is_ready_officer(user, licence.case)
    if not verdict:
        return verdict
    if Role.DECIDER not in user.roles:
        return deny(_("Only a decider says for a member whether a licence holds there."))
    if user.jurisdiction_code == licence.issued_by_id:
        return deny(_("The member that issued the licence suspends or revokes it instead."))
    if not Stake.objects.filter(case=licence.case_id, jurisdiction=user.jurisdiction_code).exists():
        return deny(_("Your member has no stake in this case, and nobody has asked it."))
    return no_system(user)


def can_consent(user: User, licence: Licence) -> Verdict:
    verdict = _speaks(user, licence)
    if verdict and user.jurisdiction_code in licence.territory:
        return deny(_("The licence holds in your member already."))
    return verdict


def can_decline(user: User, licence: Licence) -> Verdict:
    """Where the member was asked and has not answered."""
    verdict = _speaks(user, licence)
    if not verdict:
        return verdict
    asked = Consent.objects.filter(
        licence=licence, jurisdiction=user.jurisdiction_code, status=Consent.Status.ASKED
    )
    return ALLOW if asked.exists() else deny(_("Nobody has asked your member."))


def can_withdraw(user: User, licence: Licence) -> Verdict:
    """One key is enough: less holds."""
    verdict = _speaks(user, licence)
    if verdict and user.jurisdiction_code not in licence.territory:
        return deny(_("The licence does not hold in your member."))
    return verdict
