"""Who changes the status of a licence."""

from django.utils.translation import gettext as _

from core.policies import ALLOW, Verdict, deny
from licensing.models import Licence
from licensing.policies.common import is_ready_officer
from members.models import Role, User


def can_change(user: User, licence: Licence) -> Verdict:
    """A decider of the issuing jurisdiction: suspend, reinstate, revoke."""
    verdict = is_ready_officer(user, licence.case)
    if not verdict:
        return verdict
    if user.jurisdiction_code != licence.issued_by_id:
        return deny(_("Only the authority that issued the licence can change it."))
    if Role.DECIDER not in user.roles:
        return deny(_("Only a decider can change a licence."))
    return ALLOW


def can_exhaust(user: User, licence: Licence) -> Verdict:
    """Customs of a jurisdiction in which the licence is valid, or a decider of the issuer."""
    verdict = is_ready_officer(user, licence.case)
    if not verdict:
        return verdict
    if Role.CUSTOMS_OFFICER in user.roles and user.jurisdiction_code in licence.territory:
        return ALLOW
    return can_change(user, licence)


def can_surrender(user: User, licence: Licence) -> Verdict:
    """The holder."""
    if licence.holder_id in user.organisation_ids:
        return ALLOW
    return deny(_("Only the holder can surrender a licence."))
