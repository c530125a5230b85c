"""Who may add to a collection."""

from django.utils.translation import gettext as _

from core.policies import Verdict, deny
from members.models import Role, User
from members.policies import in_role
from sharing.models import Collection


def can_contribute(user: User, collection: Collection) -> Verdict:
    """A licensing officer or a decider, in office, to the collection of all members: what they warn of is held
    against the cases of every member, so every member has to be able to read it."""
    verdict = in_role(
        user,
        {Role.LICENSING_OFFICER, Role.DECIDER},
        outsider=_("Only officers of an authority warn other members."),
        otherwise=_("Your role does not warn other members."),
    )
    if verdict and collection.members:
        return deny(_("Objects are added to the collection of all members alone; this one is read only."))
    return verdict
